"""The ways out against real servers: what arrives, what is refused, and that no secret shows."""

from __future__ import annotations

import contextlib
import io
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from reports.alerts import heartbeat
from reports.alerts.secrecy import hidden
from reports.alerts.ways import Parcel, deliver, fault
from reports.alerts.words import Message
from tests.sinks import mailbox, webhook

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")
MESSAGE = Message(
    subject="[Canh] mất kết nối: bộ định tuyến · Ủy ban nhân dân huyện Ba Tơ",
    text="mất kết nối\nTừ: 05/10/2026 08:00:00\n",
    html="<p>mất kết nối &lt;b&gt;</p>",
)


def parcel(url: str, key: str = "outage.17.noc.r", **about: object) -> Parcel:
    return Parcel(url=url, key=key, thread="outage.17.noc.r", message=MESSAGE, **about)  # type: ignore[arg-type]


def test_a_mail_has_our_message_id_both_forms_and_the_words_as_they_are() -> None:
    with mailbox() as box:
        done = deliver(parcel(box.url))
    assert done.sent, done.said
    [mail] = box.mails
    assert mail["Message-ID"] == "<outage.17.noc.r@example.vn>"
    assert mail["In-Reply-To"] is None
    assert mail["Subject"] == MESSAGE.subject
    assert mail["From"] == "Canh <canh@example.vn>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert box.to == [["noc@example.vn"]]
    plain, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert plain.get_content().splitlines() == MESSAGE.text.splitlines()
    assert html is not None
    assert "mất kết nối &lt;b&gt;" in html.get_content()


@pytest.mark.parametrize("count", range(1, 120, 7))
def test_no_blank_of_a_subject_or_name_gets_lost_on_the_way(count: int) -> None:
    """As it did where the standard library folded them."""
    words = "mất kết nối đường truyền L0053 · Trung tâm (+ 23 điểm mạng, 72 thiết bị) ế x"
    subject = f"[Canh] {'a' * count} {words}"
    with mailbox() as box:
        url = f"{box.url}&name=Trung%20t%C3%A2m%20gi%C3%A1m%20s%C3%A1t%20{'b' * (count % 20)}"
        message = replace(MESSAGE, subject=subject)
        assert deliver(replace(parcel(url), message=message)).sent
    assert str(box.mails[0]["Subject"]) == subject
    assert str(box.mails[0]["From"]).startswith(f"Trung tâm giám sát {'b' * (count % 20)} <")


def test_what_follows_joins_the_thread_and_a_repeat_has_the_same_id() -> None:
    with mailbox() as box:
        for _ in range(2):
            assert deliver(parcel(box.url, "outage.17.over.noc.r")).sent
    assert box.ids == ["<outage.17.over.noc.r@example.vn>"] * 2
    assert {mail["References"] for mail in box.mails} == {"<outage.17.noc.r@example.vn>"}
    assert {mail["In-Reply-To"] for mail in box.mails} == {"<outage.17.noc.r@example.vn>"}


@pytest.mark.parametrize("farewell", ["250 bye", "421 too busy", "554 no"])
def test_a_mail_that_was_taken_is_sent_whatever_the_server_says_at_the_end(farewell: str) -> None:
    with mailbox() as box:
        box.farewell = farewell
        done = deliver(parcel(box.url))
    assert (done.sent, len(box.mails)) == (True, 1), done.said


def test_a_slow_gateway_is_waited_for_unless_its_url_says_otherwise() -> None:
    """Apprise alone waits four seconds; each repeat may cost a text message."""
    with webhook() as calls:
        calls.hang_s = 5.0
        assert deliver(parcel(calls.url)).sent
        assert not deliver(parcel(f"{calls.url}?rto=0.5")).sent


def test_files_go_along_as_far_as_a_server_takes_them(tmp_path: Path) -> None:
    small, huge = tmp_path / "báo-cáo.html", tmp_path / "b.pdf"
    small.write_text("xin chào", "utf-8")
    huge.write_bytes(b"0" * (16 << 20))
    with mailbox() as box:
        assert deliver(parcel(box.url, files=[small, huge])).sent
    [mail] = box.mails
    assert [part.get_filename() for part in mail.iter_attachments()] == ["báo-cáo.html"]


def test_who_is_refused_among_others_is_told_and_nobody_gets_it_twice() -> None:
    with mailbox() as box:
        box.refuse = {"gone@example.vn"}
        done = deliver(parcel(f"{box.url},gone@example.vn"))
        assert done.sent
        assert "nobody of that name" in done.said
        box.refuse |= {"noc@example.vn"}
        assert not deliver(parcel(box.url)).sent


@pytest.mark.parametrize("answer", ["451 come back later", "554 \x1b[31m no"])
def test_what_the_server_says_is_told_without_control_characters(answer: str) -> None:
    with mailbox() as box:
        box.answer = answer
        done = deliver(parcel(box.url))
    assert not done.sent
    assert done.said.isprintable()
    assert answer[:3] in done.said


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    done = deliver(parcel("mailto://127.0.0.1:1?from=canh@example.vn&to=noc@example.vn"))
    assert not done.sent
    assert "Connection refused" in done.said


def test_a_webhook_gets_text_and_an_idempotency_key_that_stays() -> None:
    with webhook() as calls:
        for _ in range(2):
            done = deliver(parcel(calls.url))
            assert done.sent, done.said
    assert calls.keys == ["outage.17.noc.r"] * 2
    body = calls.bodies[0]
    assert (body["title"], body["type"]) == (MESSAGE.subject, "warning")
    assert body["message"].splitlines() == MESSAGE.text.splitlines()
    assert (body["key"], body["thread"]) == ("outage.17.noc.r", "outage.17.noc.r")


@pytest.mark.parametrize("more", ["", "?redirect=yes"])
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_an_answer_does_not_choose_the_address(status: int, more: str) -> None:
    with webhook() as calls, webhook() as inside:
        calls.status, calls.location = status, f"http://127.0.0.1:{inside.port}/secret"
        done = deliver(parcel(calls.url + more))
        assert not done.sent
        assert str(status) in done.said
        assert inside.paths == []
        assert heartbeat.call(f"http://127.0.0.1:{calls.port}/") == f"HTTP {status}"
        assert inside.paths == []


SECRETS = (
    "mailtos://noc-user:s3cret%21word@127.0.0.1:1/?to=chief@s3cret-place.vn",
    "tgram://123456789:s3cret-token-abcdefghijk/987654321/",
    "json://user:s3cret-word@127.0.0.1:1/s3cret-path?+Authorization=s3cret-header&:k=s3cret-v",
    "json://127.0.0.1:1/s3cret-path/",
    "slack://s3cretAAA/s3cretBBB/s3cretCCCCCCCCCCCCCCCCCCC",
    "nonsense://s3cret-host/s3cret-path",
    "json://[s3cret-bad",
    "s3cret-no-url",
)


@contextlib.contextmanager
def logged(to: io.StringIO) -> Iterator[None]:
    """All that reaches the log of a process, however detailed it is."""
    root, handler = logging.getLogger(), logging.StreamHandler(to)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


@pytest.mark.parametrize("url", SECRETS)
def test_no_part_of_a_secret_url_is_ever_told(
    url: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("http_proxy", "https_proxy"):  # whatever it calls goes nowhere
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    heard = io.StringIO()
    with logged(heard):
        done = deliver(parcel(url))
    assert not done.sent
    assert done.said
    out = capfd.readouterr()
    for text in (done.said, str(fault(url)), heard.getvalue(), out.out, out.err, repr(parcel(url))):
        assert "s3cret" not in text.lower(), text


def test_a_reply_that_repeats_the_secret_is_hidden_and_cut() -> None:
    url = "json://noc:Pa%24%24w0rd@hook.example/v1/T0ken?+X-Key=abc123"
    said = f"bad password Pa$$w0rd or t0ken for abc123 at {url}\r\nSet-Cookie: x " + "z" * 900
    told = hidden(said, url)
    assert told.isprintable()
    assert len(told) <= 301
    for part in ("Pa$$w0rd", "Pa%24%24w0rd", "T0ken", "abc123"):
        assert part.lower() not in told.lower()


def test_a_dead_mans_signal_is_heard_or_says_why_not() -> None:
    with webhook() as calls:
        assert heartbeat.call(f"http://127.0.0.1:{calls.port}/s3cret") is None
        calls.status = 503
        assert heartbeat.call(f"http://127.0.0.1:{calls.port}/s3cret") == "HTTP 503"
    why = heartbeat.call("http://127.0.0.1:1/s3cret")
    assert why is not None
    assert "s3cret" not in why


def test_a_server_that_never_answers_ends_within_the_time_of_apprise() -> None:
    with webhook() as calls:
        calls.hang_s = 30
        began = time.monotonic()
        assert not deliver(parcel(calls.url + "?rto=1")).sent
        assert time.monotonic() - began < 25
