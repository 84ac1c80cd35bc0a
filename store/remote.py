"""The two doors of a record that stands elsewhere: questions and words over HTTP, with a token."""

from __future__ import annotations

import http.client
import json
import ssl
import zlib
from collections.abc import Mapping
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from store.codec import CodecError, decode
from store.far import PATH, QUESTIONS
from store.thrift import no_collector

if TYPE_CHECKING:
    from inventory.lookup import Index
    from store.charts import Charts
    from store.happening import Happening
    from store.lines import LightHistory, LinkRow
    from store.opened import Opened
    from store.period import Period, Signature
    from store.questions import LiveRow, OutageRow, Snapshot
    from store.speech import Outcome
    from store.thing_sheet import Sheet
    from store.works import Work

WAIT_S = 15.0
MOST = 256 * 1024 * 1024  # bytes of an answer
_GZIP = zlib.MAX_WBITS | 16
_TOLD = {
    401: "the token is not valid, or no longer; make another with `canh account token`",
    403: "the token may not do this: {detail}",
    404: "there is no Canh at this address",
    429: "it is asked too often; it goes on by itself",
}


class RemoteError(OSError):
    """The record cannot be reached, or does not answer; the text says why."""


class Wire:
    """One connection, kept open. Not safe for two threads at once.

    `url`: of the pages, such as https://canh.example.vn; ValueError where it is none.
    """

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
            raise ValueError(f"{url!r} is no address of Canh; write https://canh.example.vn")
        if parts.scheme == "http" and not _is_here(parts.hostname):
            raise ValueError(f"{url}: the token would be readable on its way; write https://")
        self._base = parts.path.rstrip("/")
        self._name = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        self._headers = {"Accept-Encoding": "gzip", "Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        if parts.scheme == "https":
            context = ssl.create_default_context()
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                parts.hostname, parts.port, timeout=WAIT_S, context=context
            )
        else:
            self._connection = http.client.HTTPConnection(
                parts.hostname, parts.port, timeout=WAIT_S
            )

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        """The document; KeyError where the thing is not there, RemoteError where nothing comes."""
        asked = f"{self._base}{path}" + (f"?{urlencode(query)}" if query else "")
        try:
            return self._answer("GET", asked, None)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()  # it was closed meanwhile: once more, anew
        except http.client.HTTPException as error:
            raise self.lost(error) from error
        return self._once("GET", asked, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Sent once: whether it arrived is not known where nothing comes back."""
        self._connection.close()  # one that was closed meanwhile would lose it
        return self._once("POST", f"{self._base}{path}", json.dumps(body).encode())

    def close(self) -> None:
        self._connection.close()

    def _once(self, method: str, asked: str, body: bytes | None) -> Any:
        try:
            return self._answer(method, asked, body)
        except RemoteError:
            raise
        except (http.client.HTTPException, OSError) as error:
            raise self.lost(error) from error

    def _answer(self, method: str, asked: str, body: bytes | None) -> Any:
        headers = self._headers | ({"Content-Type": "application/json"} if body else {})
        try:
            self._connection.request(method, asked, body, headers)
            answer = self._connection.getresponse()
            told = answer.read(MOST + 1)
        except (BrokenPipeError, ConnectionResetError):
            raise
        except OSError as error:
            raise self.lost(error) from error
        if len(told) > MOST:
            raise self.lost("its answer is too large")
        try:
            if answer.headers.get("Content-Encoding") == "gzip":
                told = zlib.decompressobj(_GZIP).decompress(told, MOST)
            document = json.loads(told) if told else None
        except (ValueError, RecursionError, zlib.error):
            document = None
        if answer.status == 404 and isinstance(document, dict) and document.get("code") == "gone":
            raise KeyError(document.get("detail"))
        if answer.status != 200 or not isinstance(document, dict):
            raise self.lost(_why(answer.status, document))
        return document

    def lost(self, why: object) -> RemoteError:
        """What to raise; the next question begins a new connection."""
        self._connection.close()
        told = why.strerror if isinstance(why, OSError) and why.strerror else str(why)
        return RemoteError(f"{self._name}: {told or type(why).__name__}")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(status: int, document: Any) -> str:
    problem = document if isinstance(document, dict) else {}
    detail = problem.get("detail") or problem.get("title") or ""
    return _TOLD.get(status, f"it answers {status}: {{detail}}").format(detail=detail).rstrip(": ")


class HttpReader:
    """The Reader over HTTP; see store.questions.Reader for each promise.

    What is not there is a KeyError, what cannot be reached a RemoteError.
    """

    def __init__(self, url: str, token: str) -> None:
        self._wire = Wire(url, token)

    def revision(self) -> tuple[str, int]:
        found: tuple[str, int] = self._ask("revision")
        return found

    def snapshot(self, since: int = 0) -> Snapshot:
        found: Snapshot = self._ask("snapshot", since=since)
        return found

    def roots(self) -> tuple[OutageRow, ...]:
        found: tuple[OutageRow, ...] = self._ask("roots")
        return found

    def happenings(self, from_ms: int, limit: int) -> tuple[Happening, ...]:
        found: tuple[Happening, ...] = self._ask("happenings", from_ms=from_ms, limit=limit)
        return found

    def outages(
        self, *, open_only: bool = False, from_ms: int | None = None, to_ms: int | None = None
    ) -> tuple[OutageRow, ...]:
        found: tuple[OutageRow, ...] = self._ask(
            "outages", open_only=open_only, from_ms=from_ms, to_ms=to_ms
        )
        return found

    def find(self, text: str) -> LiveRow | None:
        found: LiveRow | None = self._ask("find", text=text)
        return found

    def lookup(self) -> Index:
        from inventory.lookup import Index

        with no_collector():
            return Index(self._ask("lookup"))

    def sheet(self, thing_id: int) -> Sheet:
        found: Sheet = self._ask("sheet", thing_id=thing_id)
        return found

    def period(
        self,
        from_ms: int,
        to_ms: int,
        now_ms: int,
        *,
        as_of_ms: int | None = None,
        on_today: bool = False,
    ) -> Period:
        raise RemoteError("reports are made where the record stands; see the pages there")

    def opened(self, outage_id: int) -> Opened | None:
        found: Opened | None = self._ask("opened", outage_id=outage_id)
        return found

    def links(self) -> tuple[LinkRow, ...]:
        found: tuple[LinkRow, ...] = self._ask("links")
        return found

    def light_history(self, sensor_id: int, until_ms: int) -> LightHistory:
        found: LightHistory = self._ask("light_history", sensor_id=sensor_id, until_ms=until_ms)
        return found

    def charts(self, thing_id: int, from_ms: int, to_ms: int, steps: int) -> Charts:
        about = {"thing_id": thing_id, "from_ms": from_ms, "to_ms": to_ms, "steps": steps}
        found: Charts = self._ask("charts", **about)
        return found

    def checks(self) -> Mapping[int, Mapping[str, Any]]:
        found: Mapping[int, Mapping[str, Any]] = self._ask("checks")
        return found

    def works(self) -> tuple[Work, ...]:
        found: tuple[Work, ...] = self._ask("works")
        return found

    def signed(self, from_ms: int, to_ms: int) -> Signature | None:
        raise RemoteError("what was signed is kept where the record stands")

    def close(self) -> None:
        self._wire.close()

    def _ask(self, question: str, **about: Any) -> Any:
        query = {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in about.items()
            if value is not None
        }
        document = self._wire.get(f"{PATH}/{question}", query)
        try:
            return decode(QUESTIONS[question].answer, document["answer"])
        except (CodecError, KeyError) as error:
            raise self._wire.lost(f"it speaks another version of Canh: {error}") from error


class HttpActions:
    """People's words over HTTP; who speaks is whoever the token belongs to."""

    def __init__(self, url: str, token: str) -> None:
        self._wire = Wire(url, token)

    def acknowledge(self, outage_id: int, *, actor: str, expected: int, **said: Any) -> Outcome:
        return self._say("acknowledge", outage_id=outage_id, expected=expected, **said)

    def withdraw(self, outage_id: int, *, actor: str, expected: int) -> Outcome:
        return self._say("withdraw", outage_id=outage_id, expected=expected)

    def annotate(self, thing_id: int, *, actor: str, **said: Any) -> Outcome:
        return self._say("annotate", thing_id=thing_id, **said)

    def plan_maintenance(self, thing_id: int, *, actor: str, **said: Any) -> Outcome:
        return self._say("plan_maintenance", thing_id=thing_id, **said)

    def cancel_maintenance(self, work_id: int, *, actor: str) -> Outcome:
        return self._say("cancel_maintenance", work_id=work_id)

    def approve_maintenance(self, work_id: int, *, actor: str) -> Outcome:
        return self._say("approve_maintenance", work_id=work_id)

    def close(self) -> None:
        self._wire.close()

    def _say(self, action: str, **said: Any) -> Outcome:
        from store.speech import Done, Refused

        given = {name: value for name, value in said.items() if value is not None}
        told = self._wire.post(f"{PATH}/say/{action}", given)
        if "refused" in told:
            about = told["refused"]
            return Refused(about["reason"], about["key"], about["values"])
        done: Done = decode(Done, told["done"])
        return done
