"""Signing in through another system by OpenID Connect: a code with PKCE, a token that is verified.

Nobody but the issuer of `[oidc]` is ever asked, and no answer leads anywhere else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
import jwt

from inventory.model import Oidc
from store.account_rows import ROLES

log = logging.getLogger(__name__)
TIME_S = 10.0
MOST_BYTES = 256 * 1024  # of an answer
PENDING_S, MOST_PENDING = 600.0, 1_000
FRESH_S = 3_600.0  # how long the issuer's own description and keys are believed
AGAIN_S = 60.0  # before keys are asked for again because one is missing
LEEWAY_S = 60
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class OidcError(RuntimeError):
    """Why nobody was let in; for the log, without a secret."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What one browser began. `own`: what its cookie must say."""

    own: str
    nonce: str
    verifier: str
    redirect: str
    to: str
    until_s: float


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the issuer vouches for. `role` None: none of theirs opens anything here."""

    subject: str  # with the issuer before it
    name: str
    role: str | None
    units: tuple[str, ...] | None


class Provider:
    def __init__(self, settings: Oidc, clock: Callable[[], float] = time.monotonic) -> None:
        self.settings, self._clock = settings, clock
        self._pending: OrderedDict[str, Pending] = OrderedDict()
        self._about: tuple[float, Mapping[str, str]] | None = None
        self._keys: tuple[float, Mapping[str | None, jwt.PyJWK]] | None = None

    async def begin(self, redirect: str, to: str) -> tuple[str, str]:
        """(where the browser goes, what its cookie keeps)."""
        about = await self._described()
        state, own, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        until = self._clock() + PENDING_S
        self._pending[state] = Pending(own, nonce, verifier, redirect, to, until)
        while len(self._pending) > MOST_PENDING:
            self._pending.popitem(last=False)
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect,
            "scope": self.settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": _b64(hashlib.sha256(verifier.encode()).digest()),
            "code_challenge_method": "S256",
        }
        return f"{about['authorization_endpoint']}?{urlencode(asked)}", own

    def taken_up(self, state: str, own: str) -> Pending:
        """What that browser began, once; OidcError: it began nothing."""
        pending = self._pending.pop(state, None)
        if pending is None or pending.until_s < self._clock():
            raise OidcError("this sign-in was not begun here, or too long ago")
        if not secrets.compare_digest(pending.own.encode(), own.encode(errors="replace")):
            raise OidcError("another browser began this sign-in")
        return pending

    async def finish(self, pending: Pending, code: str) -> Person:
        about = await self._described()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": pending.redirect,
            "code_verifier": pending.verifier,
        }
        held = tuple(map(quote_plus, (self.settings.client_id, self.settings.client_secret)))
        given = await self._asked("POST", about["token_endpoint"], data=form, auth=held)
        token = given.get("id_token")
        if not isinstance(token, str):
            raise OidcError("the issuer gave no id_token")
        return self._person(await self._verified(token, pending.nonce))

    async def _verified(self, token: str, nonce: str) -> Mapping[str, Any]:
        """The claims (OpenID Connect Core 3.1.3.7)."""
        settings = self.settings
        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid"))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=settings.client_id,
                issuer=settings.issuer,
                leeway=LEEWAY_S,
                options={"require": ["iss", "sub", "aud", "exp", "iat"]},
            )
        except jwt.PyJWTError as error:
            raise OidcError(f"the id_token is not valid: {type(error).__name__}") from None
        if not secrets.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
            raise OidcError("the id_token answers another sign-in")
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != settings.client_id:
            raise OidcError("the id_token is for another program")
        return claims

    def _person(self, claims: Mapping[str, Any]) -> Person:
        settings = self.settings
        told = ("preferred_username", "email", "name")
        name = next((text for one in told if isinstance(text := claims.get(one), str) and text), "")
        has = set(_texts(claims.get(settings.claim)))
        granted = [role for role in ROLES if has & set(getattr(settings, role))]
        units = None
        if settings.units_claim:
            units = tuple(_texts(claims.get(settings.units_claim)))
        subject = f"{settings.issuer}#{claims['sub']}"
        return Person(subject, name or str(claims["sub"]), granted[-1] if granted else None, units)

    async def _described(self) -> Mapping[str, str]:
        """The issuer's endpoints; each has to be where the issuer itself is."""
        if self._about is None or self._about[0] + FRESH_S < self._clock():
            issuer = self.settings.issuer
            where = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
            found = await self._asked("GET", where)
            if found.get("issuer") != issuer:
                raise OidcError("the issuer calls itself otherwise than [oidc] issuer does")
            for name in _ENDPOINTS:
                if _origin(found.get(name)) != _origin(issuer):
                    raise OidcError(f"its {name} lies elsewhere than the issuer")
            self._about = (self._clock(), {name: str(found[name]) for name in _ENDPOINTS})
        return self._about[1]

    async def _key(self, kid: str | None) -> jwt.PyJWK:
        age_s = FRESH_S if self._keys is None else self._clock() - self._keys[0]
        missing = self._keys is None or kid not in self._keys[1]
        if age_s >= FRESH_S or (missing and age_s >= AGAIN_S):
            found = await self._asked("GET", (await self._described())["jwks_uri"])
            try:
                keys = jwt.PyJWKSet.from_dict(found).keys
            except jwt.PyJWTError:
                raise OidcError("the issuer's keys cannot be read") from None
            self._keys = (self._clock(), {key.key_id: key for key in keys})
        assert self._keys is not None
        key = self._keys[1].get(kid)
        if key is None:
            raise OidcError("the id_token is signed with a key that the issuer does not name")
        return key

    async def _asked(
        self,
        method: str,
        url: str,
        *,
        data: Mapping[str, str] | None = None,
        auth: tuple[str, ...] = (),
    ) -> dict[str, Any]:
        """A JSON object; a redirect is no answer."""
        limit = aiohttp.ClientTimeout(total=TIME_S)
        headers = {"Accept": "application/json"}
        if auth:
            headers["Authorization"] = aiohttp.encode_basic_auth(*auth)
        jar = aiohttp.DummyCookieJar()
        try:
            async with (
                aiohttp.ClientSession(timeout=limit, cookie_jar=jar) as session,
                session.request(
                    method, url, data=data, headers=headers, allow_redirects=False
                ) as answer,
            ):
                body = await answer.content.read(MOST_BYTES)
                more = await answer.content.read(1)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise OidcError(f"the issuer cannot be asked: {type(error).__name__}") from None
        if answer.status != 200 or more:
            what = "more than is read" if more else f"status {answer.status}"
            raise OidcError(f"the issuer answered {what} at {urlsplit(url).path}")
        try:
            found = json.loads(body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise OidcError(f"the issuer answered no JSON object at {urlsplit(url).path}")
        return found


def _origin(url: object) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
    except ValueError:
        return None
    return (parts.scheme, parts.netloc) if parts.netloc else None


def _texts(claim: object) -> list[str]:
    """A claim is a text or a list of them."""
    held = claim if isinstance(claim, list) else [claim]
    return [one for one in held if isinstance(one, str)]


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
