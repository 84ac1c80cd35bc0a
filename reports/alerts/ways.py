"""The ways out: mail by SMTP, everything else by Apprise; what came of it is a value."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.alerts.mail import post, refused_by
from reports.alerts.secrecy import hidden
from reports.alerts.words import Message

if TYPE_CHECKING:
    from apprise import AppriseAsset

MAIL = ("mailto", "mailtos")
READ_S = 60.0  # of an answer, where the URL says nothing: gateways are slow, and repeats cost
_READS = re.compile(r"[?&]rto=", re.IGNORECASE)
WEBHOOKS = ("json", "jsons", "form", "forms", "xml", "xmls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one try. `said`: in words, and no secret is in them."""

    sent: bool
    said: str
    took_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A message to one channel. `key` is the same whenever it is sent again, `thread` that of all
    messages about the same thing; both are made of letters, digits, dots and hyphens."""

    url: str = field(repr=False)
    key: str
    thread: str
    message: Message
    files: Sequence[Path] = ()


def deliver(parcel: Parcel) -> Outcome:
    """Blocks until the other side has taken it, or says why it did not; never raises."""
    began = time.monotonic()
    try:
        scheme = parcel.url.partition("://")[0].lower()
        sent, said = (_mail if scheme in MAIL else _apprise)(parcel)
    except Exception as error:  # whatever a library thinks of
        sent, said = False, f"{type(error).__name__}: {error}"
    told = hidden(said, parcel.url)
    return Outcome(sent=sent, said=told, took_s=round(time.monotonic() - began, 3))


def fault(url: str) -> str | None:
    """Why Apprise cannot make anything of a URL; None: it can."""
    plugin, said = _plugin(url)
    return None if plugin is not None else hidden(said or "is no URL that Apprise knows", url)


def _mail(parcel: Parcel) -> tuple[bool, str]:
    plugin, said = _plugin(parcel.url)
    if plugin is None:
        return False, said or "is no mail URL that Apprise knows"
    if not plugin.targets:
        return False, "there is nobody to write to: add ?to=ADDRESS"
    refused = post(plugin, parcel.key, parcel.thread, parcel.message, parcel.files)
    server = f"{plugin.smtp_host}:{plugin.port}"
    if not refused:
        return True, f"taken by {server}"
    return True, f"taken by {server}, but it refused {refused_by(refused)}"


def _apprise(parcel: Parcel) -> tuple[bool, str]:
    from apprise import Apprise, NotifyFormat, NotifyType

    plugin, said = _plugin(parcel.url)
    if plugin is None:
        return False, said or "is no URL that Apprise knows"
    if parcel.url.partition("://")[0].lower() in WEBHOOKS:
        plugin.headers["Idempotency-Key"] = parcel.key
        plugin.payload_extras |= {"key": parcel.key, "thread": parcel.thread}
    kind = NotifyType.SUCCESS if parcel.message.good else NotifyType.WARNING
    sender = Apprise(asset=_asset())
    sender.add(plugin)
    result: Any = sender.notify(
        title=parcel.message.subject,
        body=parcel.message.text,
        body_format=NotifyFormat.TEXT,
        notify_type=kind,
    )
    if result:
        return True, f"taken by {plugin.service_name}"
    said = "; ".join(entry.message for one in result for entry in one.logs())
    return False, said or f"{plugin.service_name} did not take it"


def _plugin(url: str) -> tuple[Any, str]:
    """Apprise's object for a URL, or None and why."""
    log, heard = _quiet_log(), _Heard()
    from apprise import Apprise

    log.addHandler(heard)
    try:
        plugin = Apprise.instantiate(url, asset=_asset())
    finally:
        log.removeHandler(heard)
    if plugin is not None:
        plugin.redirects = False  # whatever the URL says: an answer does not choose the address
        if not _READS.search(url):
            plugin.socket_read_timeout = READ_S
    return plugin, "; ".join(heard.lines)


@cache
def _asset() -> AppriseAsset:
    """Nothing is kept on disk, no template is filled, no picture of others is named."""
    from apprise import AppriseAsset

    return AppriseAsset(
        app_id="Canh",
        app_desc="Canh",
        app_url="",
        image_url_mask=False,
        http_redirects=False,
        storage_mode="memory",
        allow_templates=False,
        service_timeout=0,  # ours is that of the thread
        language="en",
    )


@cache
def _quiet_log() -> logging.Logger:
    """What Apprise says may hold secrets: it never reaches our own log."""
    log = logging.getLogger("apprise")
    log.propagate = False
    log.addHandler(logging.NullHandler())
    return log


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
