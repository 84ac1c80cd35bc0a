"""`canh probe` explains one check of a service; the exit code says the state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.cli.running import SITES, canh, folder
from tests.probes.services.authority import DAY, HOST, Authority
from tests.probes.services.servers import Town, town


@dataclass
class Place:
    """A folder for sites.toml, and the servers that it names."""

    folder: Path
    town: Town
    authority: Authority

    async def canh(self, *words: str) -> tuple[int, str, str]:
        return await asyncio.to_thread(canh, self.folder, *words)

    async def service(self, context: Any, handler: Any, more: str = "") -> None:
        port = await self.town.web(handler, context)
        text = f"""
[[service]]
id = "portal"
name = "Cổng"
site = "p"
url = "https://{HOST}:{port}/"
address = "127.0.0.1"
ca_file = "ca/root.pem"
{more}
"""
        folder(self.folder, SITES + text)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    (tmp_path / "ca").mkdir()
    async with town() as here:
        yield Place(tmp_path, here, Authority(tmp_path / "ca"))


async def page(_: web.Request) -> web.StreamResponse:
    return web.Response(text="Cổng thông tin")


async def test_a_service_that_works_shows_its_steps_and_certificates(place: Place) -> None:
    await place.service(place.authority.server("good"), page, 'keyword = "thông tin"')
    code, out, err = await place.canh("probe", "portal", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert (told["service"], told["state"], told["reason"]) == ("portal", "up", "ok")
    assert set(told["phases"]) == {
        "dns_ms", "connect_ms", "tls_ms", "first_byte_ms", "transfer_ms",
    }  # fmt: skip
    assert (told["address"], told["status"], told["redirects"]) == ("127.0.0.1", 200, 0)
    first, second = told["tls"]["certificates"]
    assert (first["subject"], second["subject"]) == (HOST, "Thử Issuing CA")
    assert told["tls"]["expires"] == first["not_after"]
    assert first["not_after"].endswith("+07:00")
    code, out, _ = await place.canh("probe", "portal")
    assert code == 0
    lines = out.splitlines()
    assert lines[0].endswith(": up")
    assert lines[1] == "  asked at 127.0.0.1"
    assert "TLS" in lines[2]


@pytest.mark.parametrize(
    ("about", "state", "code", "word"),
    [
        ({"begins": -9 * DAY, "ends": -DAY}, "down", 2, "the certificate has expired"),
        ({"chain": ()}, "degraded", 1, "an intermediate certificate is not sent"),
    ],
)
async def test_a_certificate_is_shown_and_its_fault_explained(
    place: Place, about: dict[str, Any], state: str, code: int, word: str
) -> None:
    await place.service(place.authority.server("ill", **about), page)
    found, out, err = await place.canh("probe", "portal")
    assert found == code, err
    assert out.splitlines()[0].endswith(f": {state}, {word}")
    assert "certificate of" in out


async def test_a_bare_url_needs_no_configuration(tmp_path: Path) -> None:
    async with town() as here:
        server = await here.dns()
        server.zone["a.prov.test"] = ["10.0.0.1"]
        url = f"dns://{server.server}/a.prov.test"
        code, out, _ = await asyncio.to_thread(canh, tmp_path, "probe", url, "--json")
        told = json.loads(out)
        assert (code, told["dns"]["answers"], told["service"]) == (0, ["10.0.0.1"], None)
        code, out, _ = await asyncio.to_thread(canh, tmp_path, "probe", f"{url}?type=MX")
        assert code == 2
        assert "NOERROR: no record" in out


@pytest.mark.parametrize("url", ["tcp://x", "https://u:p@x/"])
def test_a_url_that_cannot_be_asked_is_refused_with_a_hint(tmp_path: Path, url: str) -> None:
    code, _, err = canh(tmp_path, "probe", url)
    assert code == 2
    assert "Traceback" not in err
    assert "u:p" not in err
