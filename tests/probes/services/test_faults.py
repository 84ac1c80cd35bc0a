"""Every fault of a web service and of its certificate is told by its own word, and in time."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web

from inventory.model import Service
from probes.names import Names
from probes.services.asker import Asker
from probes.services.check import check_of
from probes.services.results import Checked, Fault, Phase
from tests.probes.services.authority import DAY, HOST, Authority, Issuer
from tests.probes.services.servers import (
    REFUSED,
    SERVFAIL,
    NameServer,
    Town,
    listen_and_wait,
    town,
)

Stream = asyncio.StreamReader
Out = asyncio.StreamWriter


@dataclass
class Place:
    """A town with its name server and the authority that is trusted there."""

    town: Town
    names: NameServer
    authority: Authority
    asker: Asker

    async def ask(self, url: str, **about: object) -> Checked:
        about.setdefault("timeout_s", 5.0)
        if url.startswith(("https", "tls")):
            about.setdefault("ca_file", str(self.authority.ca_file))
        service = Service(id="s", name="S", site="p", url=url, **about)  # type: ignore[arg-type]
        return await self.asker.ask(check_of(0, service))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
async def place(authority: Authority) -> AsyncIterator[Place]:
    async with town() as here:
        server = await here.dns()
        server.zone[HOST] = ["127.0.0.1"]
        names = Names([server.server])
        yield Place(here, server, authority, Asker(names))
        names.close()


async def page(_: web.Request) -> web.StreamResponse:
    return web.Response(text="<h1>Cổng thông tin điện tử</h1>", content_type="text/html")


def is_(checked: Checked, fault: Fault) -> None:
    assert checked.fault is fault, checked
    assert (checked.detail == "") == (fault is Fault.NONE)


# ---------------------------------------------------------------- HTTP


async def test_what_works_has_its_phases_and_its_certificates(place: Place) -> None:
    port = await place.town.web(page, place.authority.server("good"))
    found = await place.ask(f"https://{HOST}:{port}/", keyword="thông tin")
    is_(found, Fault.NONE)
    assert [phase for phase, _ in found.phases] == list(Phase)
    assert (found.status, found.redirects, found.address) == (200, 0, "127.0.0.1")
    assert found.rtt_us
    assert found.tls_version == "TLSv1.3"
    assert [each.subject for each in found.chain] == [HOST, "Thử Issuing CA"]
    assert found.chain[0].names == (HOST,)
    assert found.expires_ms == found.chain[0].not_after_ms


async def test_an_issuer_that_expires_before_what_it_signed_counts(place: Place) -> None:
    brief = Issuer("Thử CA ngắn hạn", place.authority.root, ends=40 * DAY)
    port = await place.town.web(page, place.authority.server("outlives", by=brief, chain=(brief,)))
    found = await place.ask(f"https://{HOST}:{port}/")
    is_(found, Fault.NONE)
    own, issuer = (each.not_after_ms or 0 for each in found.chain)
    assert 0 < issuer < own
    assert found.expires_ms == issuer


async def test_redirects_are_followed_and_counted_across_schemes(place: Place) -> None:
    secure = await place.town.web(page, place.authority.server("behind"))

    async def turn(request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"https://{HOST}:{secure}/" if request.path == "/b" else "/b")

    port = await place.town.web(turn)
    ca_file = str(place.authority.ca_file)
    found = await place.ask(f"http://{HOST}:{port}/a", ca_file=ca_file)
    is_(found, Fault.NONE)
    assert found.redirects == 2


async def test_a_cookie_lives_for_one_check_alone(place: Place) -> None:
    seen = []

    async def gate(request: web.Request) -> web.StreamResponse:
        seen.append("pass" in request.cookies)
        if seen[-1]:
            return await page(request)
        answer = web.HTTPFound(request.path)
        answer.set_cookie("pass", "1")
        raise answer

    port = await place.town.web(gate)
    for _ in range(2):
        is_(await place.ask(f"http://{HOST}:{port}/"), Fault.NONE)
    assert seen == [False, True, False, True]


async def test_redirects_in_a_circle_are_a_loop_and_endless_ones_are_too_many(place: Place) -> None:
    async def turn(request: web.Request) -> web.StreamResponse:
        if request.path.startswith("/n"):
            raise web.HTTPFound(f"/n{int(request.path[2:] or 0) + 1}")
        raise web.HTTPFound("/b" if request.path == "/a" else "/a")

    port = await place.town.web(turn)
    is_(await place.ask(f"http://{HOST}:{port}/a"), Fault.REDIRECT_LOOP)
    found = await place.ask(f"http://{HOST}:{port}/n")
    is_(found, Fault.MANY_REDIRECTS)
    assert "5" in found.detail


@pytest.mark.parametrize("to", ["ftp://x/", "javascript:alert(1)", "http://x:99999/"])
async def test_a_redirect_to_no_web_address_is_told(place: Place, to: str) -> None:
    async def turn(_: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": to})

    port = await place.town.web(turn)
    is_(await place.ask(f"http://{HOST}:{port}/"), Fault.BAD_REDIRECT)


async def test_statuses_are_told_apart_and_may_be_expected(place: Place) -> None:
    async def status(request: web.Request) -> web.StreamResponse:
        return web.Response(status=int(request.path[1:]))

    port = await place.town.web(status)
    found = await place.ask(f"http://{HOST}:{port}/503")
    is_(found, Fault.SERVER_ERROR)
    assert found.detail == "answered 503 Service Unavailable"
    is_(await place.ask(f"http://{HOST}:{port}/404"), Fault.WRONG_STATUS)
    ranges = ((200, 299), (401, 401))
    is_(await place.ask(f"http://{HOST}:{port}/401", expect_status=ranges), Fault.NONE)


async def test_a_keyword_is_found_in_each_spelling_of_its_letters(place: Place) -> None:
    from unicodedata import normalize

    async def spelt(request: web.Request) -> web.StreamResponse:
        text = "Cổng dịch vụ"
        if request.path == "/nfd":
            return web.Response(text=normalize("NFD", text))
        return web.Response(body=text.encode("utf-16-le"), content_type="text/html")

    port = await place.town.web(spelt)
    for path in ("nfd", "utf16"):
        is_(await place.ask(f"http://{HOST}:{port}/{path}", keyword="dịch vụ"), Fault.NONE)
    found = await place.ask(f"http://{HOST}:{port}/", keyword="Chào mừng")
    is_(found, Fault.WRONG_KEYWORD)
    assert found.detail == "the answer has no “Chào mừng”"


async def test_time_runs_out_in_a_named_step(place: Place) -> None:
    async def slow(request: web.Request) -> web.StreamResponse:
        if request.path == "/late":
            await asyncio.sleep(30)
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(300):  # one byte at a time, for ever
            await answer.write(b".")
            await asyncio.sleep(0.05)
        return answer

    deaf = await place.town.raw(listen_and_wait)
    port = await place.town.web(slow)
    short = {"timeout_s": 0.8}
    for url, fault, phase in (
        (f"http://{HOST}:{port}/late", Fault.HANGS, Phase.FIRST_BYTE),
        (f"http://{HOST}:{port}/drip", Fault.ENDLESS, Phase.TRANSFER),
        (f"https://{HOST}:{deaf}/", Fault.HANGS_TLS, Phase.TLS),
        (f"tls://{HOST}:{deaf}", Fault.HANGS_TLS, Phase.TLS),
    ):
        found = await place.ask(url, **short)
        is_(found, fault)
        assert found.hung_in is phase
        assert "0.8 s" in found.detail


async def test_a_full_backlog_is_no_answer(place: Place) -> None:
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for one in (first, second):
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        await asyncio.sleep(0.05)
        found = await place.ask(f"tcp://{HOST}:{full.getsockname()[1]}", timeout_s=0.4)
    is_(found, Fault.NO_ANSWER)
    assert found.hung_in is Phase.CONNECT


async def test_refused_and_hung_up_and_plain_http_on_https_are_three_things(place: Place) -> None:
    async def rude(reader: Stream, _: Out) -> None:
        await reader.read(1)

    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        is_(await place.ask(f"http://{HOST}:{port}/"), Fault.REFUSED)
        is_(await place.ask(f"tcp://{HOST}:{port}"), Fault.REFUSED)
    rude_port = await place.town.raw(rude)
    is_(await place.ask(f"http://{HOST}:{rude_port}/"), Fault.CLOSED)
    is_(await place.ask(f"https://{HOST}:{rude_port}/"), Fault.CLOSED)
    plain = await place.town.web(page)
    is_(await place.ask(f"https://{HOST}:{plain}/"), Fault.NOT_TLS)
    is_(await place.ask(f"tls://{HOST}:{plain}"), Fault.NOT_TLS)


async def test_an_answer_cut_off_in_its_middle_is_told(place: Place) -> None:
    async def half(reader: Stream, writer: Out) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort")
        await writer.drain()

    port = await place.town.raw(half)
    found = await place.ask(f"http://{HOST}:{port}/")
    is_(found, Fault.CLOSED)
    assert "middle" in found.detail


# ---------------------------------------------------------------- certificates


async def test_each_fault_of_a_certificate_has_its_own_word_and_still_shows_it(
    place: Place,
) -> None:
    authority, stranger = place.authority, Issuer("Người lạ CA")
    below = Issuer("Người lạ cấp dưới", stranger)
    cases = {
        Fault.CERT_EXPIRED: authority.server("old", begins=-60 * DAY, ends=-DAY),
        Fault.CERT_NOT_YET_VALID: authority.server("early", begins=DAY),
        Fault.CERT_WRONG_HOST: authority.server("other", names=("other.prov.test", "192.0.2.1")),
        Fault.CERT_SELF_SIGNED: authority.self_signed("self"),
        Fault.CERT_UNTRUSTED: authority.server("alien", by=below, chain=(below, stranger)),
        Fault.CERT_INCOMPLETE: authority.server("short", chain=()),
        Fault.CERT_EXPIRES: authority.server("soon", ends=5 * DAY),
    }
    for fault, context in cases.items():
        for scheme, path in (("https", "/"), ("tls", "")):
            port = await place.town.web(page, context)
            found = await place.ask(f"{scheme}://{HOST}:{port}{path}")
            is_(found, fault)
            assert found.chain[0].not_after_ms, fault
    is_(found, Fault.CERT_EXPIRES)


async def test_a_root_that_is_not_sent_is_as_untrusted_as_one_that_is(place: Place) -> None:
    below = Issuer("Người lạ cấp dưới", Issuer("Người lạ CA"))
    context = place.authority.server("alien2", by=below, chain=(below,))
    port = await place.town.web(page, context)
    is_(await place.ask(f"https://{HOST}:{port}/"), Fault.CERT_UNTRUSTED)


async def test_a_missing_intermediate_hides_no_worse_fault(place: Place) -> None:
    async def ill(_: web.Request) -> web.StreamResponse:
        return web.Response(status=503)

    authority = place.authority
    for fault, context, handler in (
        (Fault.CERT_EXPIRED, authority.server("so", chain=(), begins=-9 * DAY, ends=-DAY), page),
        (Fault.CERT_WRONG_HOST, authority.server("sw", chain=(), names=("b.prov.test",)), page),
        (Fault.SERVER_ERROR, authority.server("si", chain=()), ill),
    ):
        port = await place.town.web(handler, context)
        is_(await place.ask(f"https://{HOST}:{port}/"), fault)


async def test_a_certificate_may_be_for_another_name_and_the_connection_elsewhere(
    place: Place,
) -> None:
    names = ("www.prov.test",)
    port = await place.town.web(page, place.authority.server("www", names=names))
    url = f"https://nowhere.prov.test:{port}/"
    found = await place.ask(url, address="127.0.0.1", server_name="www.prov.test")
    is_(found, Fault.NONE)
    assert place.names.asked == []


async def test_a_host_with_letters_of_the_country_is_still_our_own(place: Place) -> None:
    host = "cổng.prov.test".encode("idna").decode()
    port = await place.town.web(page, place.authority.server("vi", names=(host,)))
    is_(await place.ask(f"https://{host}:{port}/", address="127.0.0.1"), Fault.NONE)
    place.names.zone[host] = ["127.0.0.1"]
    is_(await place.ask(f"https://{host}:{port}/"), Fault.NONE)


async def test_addresses_of_both_families_may_stand_in_the_url(place: Place) -> None:
    names = ("127.0.0.1", "other.prov.test")
    port = await place.town.web(page, place.authority.server("ip", names=names))
    is_(await place.ask(f"https://127.0.0.1:{port}/"), Fault.NONE)
    is_(await place.ask(f"tcp://[::1]:{port}"), Fault.REFUSED)
    is_(await place.ask(f"http://[::1]:{port}/"), Fault.REFUSED)


# ---------------------------------------------------------------- names and DNS


async def test_a_name_that_does_not_exist_is_the_fault_of_the_service(place: Place) -> None:
    is_(await place.ask("https://gone.prov.test/"), Fault.NO_NAME)
    is_(await place.ask("tcp://gone.prov.test:80"), Fault.NO_NAME)


@pytest.mark.parametrize("rcode", [SERVFAIL, REFUSED])
async def test_a_resolver_that_fails_is_nobodys_fault(place: Place, rcode: int) -> None:
    place.names.zone["ill.prov.test"] = rcode
    found = await place.ask("https://ill.prov.test/")
    is_(found, Fault.RESOLVER)
    assert found.rtt_us is None


async def test_no_route_of_our_own_is_nobodys_fault(place: Place) -> None:
    is_(await place.ask("tcp://[fe80::1]:80"), Fault.UNSENT)


async def test_dns_answers_are_judged_by_code_record_and_expectation(place: Place) -> None:
    zone, server = place.names.zone, place.names.server
    zone |= {"a.prov.test": ["10.0.0.1", "10.0.0.2"], "e.prov.test": [], "s.prov.test": SERVFAIL}
    found = await place.ask(f"dns://{server}/a.prov.test", expect=("10.0.0.2", "10.0.0.1"))
    is_(found, Fault.NONE)
    assert (found.rcode, found.ttl_s) == ("NOERROR", 300)
    assert set(found.answers) == {"10.0.0.1", "10.0.0.2"}
    found = await place.ask(f"dns://{server}/a.prov.test", expect=("10.0.0.1",))
    is_(found, Fault.WRONG_RECORD)
    assert "10.0.0.2" in found.detail
    for name, fault, rcode in (
        ("e", Fault.NO_RECORD, "NOERROR"),
        ("none", Fault.NO_RECORD, "NXDOMAIN"),
        ("s", Fault.DNS_ERROR, "SERVFAIL"),
    ):
        found = await place.ask(f"dns://{server}/{name}.prov.test")
        is_(found, fault)
        assert found.rcode == rcode
    is_(await place.ask(f"dns://{server}/a.prov.test?type=AAAA"), Fault.NO_RECORD)


async def test_a_name_server_that_is_silent_closed_or_no_name_server_is_told(place: Place) -> None:
    place.names.mute = True
    server = place.names.server
    is_(await place.ask(f"dns://{server}/a.prov.test", timeout_s=0.4), Fault.NO_ANSWER)
    place.names.mute, place.names.garbage = False, True
    is_(await place.ask(f"dns://{server}/a.prov.test", timeout_s=0.4), Fault.BAD_ANSWER)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    is_(await place.ask(f"dns://127.0.0.1:{port}/a.prov.test"), Fault.REFUSED)


async def test_the_issuers_may_be_missing_when_the_time_comes(place: Place, tmp_path: Path) -> None:
    port = await place.town.web(page, place.authority.server("lost"))
    found = await place.ask(f"https://{HOST}:{port}/", ca_file=str(tmp_path / "gone.pem"))
    is_(found, Fault.UNSENT)
