"""A small issuer of OpenID Connect in the process of the test: it signs with a key of its own."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote_plus, urlencode

import jwt
from aiohttp import BasicAuth, web
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "canh", "bí mật:của máy khách"


class Issuer:
    """Everybody who asks is `claims`; the rest is how it may go wrong."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.signing: Any = self.key
        self.algorithm, self.kid = "RS256", "k1"
        self.claims: dict[str, Any] = {
            "sub": "4711",
            "preferred_username": "Hoàng Yến",
            "groups": ["canh-xem", "khác"],
        }
        self.changed: dict[str, Any] = {}  # over what is right; None: left out
        self.described: dict[str, Any] = {}
        self.moved_to = ""  # where the token endpoint leads
        self.asked: list[str] = []
        self.given: dict[str, dict[str, str]] = {}  # by code

    async def describe(self, request: web.Request) -> web.StreamResponse:
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return web.json_response(told | self.described)

    async def keys(self, request: web.Request) -> web.StreamResponse:
        self.asked.append("keys")
        found = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return web.json_response({"keys": [found | {"kid": "k1", "use": "sig", "alg": "RS256"}]})

    async def authorize(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        assert query["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(8)
        self.given[code] = query
        back = urlencode({"code": code, "state": query["state"], "iss": self.url})
        raise web.HTTPSeeOther(f"{query['redirect_uri']}?{back}")

    async def token(self, request: web.Request) -> web.StreamResponse:
        self.asked.append("token")
        if self.moved_to:
            raise web.HTTPTemporaryRedirect(self.moved_to)
        form = await request.post()
        asked = self.given.pop(str(form["code"]), None)
        held = BasicAuth.decode(request.headers["Authorization"])
        proof = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()

        right = (
            asked is not None
            and (held.login, unquote_plus(held.password)) == (CLIENT, SECRET)
            and challenge == asked["code_challenge"]
            and form["redirect_uri"] == asked["redirect_uri"]
        )
        if not right or asked is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        usual = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300}
        claims = usual | {"nonce": asked["nonce"]} | self.claims | self.changed
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = jwt.encode(claims, self.signing, self.algorithm, headers={"kid": self.kid})
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": signed})


@asynccontextmanager
async def issuing() -> AsyncIterator[Issuer]:
    sock = socket.create_server(("127.0.0.1", 0))
    issuer = Issuer(f"http://127.0.0.1:{sock.getsockname()[1]}")
    app = web.Application()
    app.add_routes(
        [
            web.get("/.well-known/openid-configuration", issuer.describe),
            web.get("/keys", issuer.keys),
            web.get("/authorize", issuer.authorize),
            web.post("/token", issuer.token),
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.SockSite(runner, sock).start()
    try:
        yield issuer
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)
