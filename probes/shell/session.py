"""One login over netmiko: it ends within its limit whatever the device does, and says how it ended.

netmiko reads on until its own time is over, also from a session that is cut; so each read of its is
ours: it ends where the peer is gone, the time is up, or too much has come.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from netmiko import BaseConnection, ssh_dispatcher
from netmiko.exceptions import (
    NetmikoAuthenticationException,
    NetmikoBaseException,
    NetmikoTimeoutException,
    ReadTimeout,
)
from paramiko.ssh_exception import SSHException

from inventory.model import SshProfile
from probes.shell.platforms import ENABLED, PAGED, READ_ONLY, SETUP, TELNET
from probes.shell.values import ShellStatus

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it tells by exceptions, too
MOST_BYTES = 8 << 20  # of one session
COMMAND_S = 20.0  # that a command may take
_KEYS = ("", "a", "n", "N", "q")  # Enter, to accept a banner, and to refuse
_WIPED = r"^(?:[\r\n\b]| +(?=[\r\n\b]))*"  # what takes the word for more away again
_MORE = r"--\s*[Mm][Oo][Rr][Ee]\s*--|CTRL\+C ESC q Quit SPACE n Next Page.*"
# What no device of today needs; sites.toml may allow it for a profile.
_LEGACY: dict[str, list[str]] = {
    "kex": [
        "diffie-hellman-group1-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group-exchange-sha1",
    ],
    "keys": ["ssh-rsa", "ssh-dss"],
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc", "blowfish-cbc"],
    "macs": ["hmac-md5", "hmac-md5-96", "hmac-sha1-96"],
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """`answers`: command → what came, as far as it came; `detail`: one sentence for people."""

    status: ShellStatus
    detail: str = ""
    answers: tuple[tuple[str, str], ...] = ()


class _Ended(NetmikoBaseException):  # type: ignore[misc]
    """Why no more is read."""

    def __init__(self, status: ShellStatus, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def speak(
    address: str, platform: str, profile: SshProfile, commands: Sequence[str], *, limit_s: float
) -> Spoken:
    """Log in, send the commands one by one. Blocks; at most `limit_s` and what a connect takes."""
    unsafe = [command for command in commands if command not in READ_ONLY]
    if unsafe:
        raise ValueError(f"not on the list of commands that only read: {unsafe[0]}")
    answers: list[tuple[str, str]] = []
    try:
        with _session(address, platform, profile, time.monotonic() + limit_s) as session:
            for command in commands:
                answers.append((command, session.answer(command)))
    except _Ended as end:
        return Spoken(end.status, end.detail, tuple(answers))
    except NetmikoAuthenticationException:
        detail = f"user {profile.username} is not let in: wrong password, or no right to log in"
        return Spoken(ShellStatus.DENIED, detail)
    except (NetmikoBaseException, SSHException, EOFError, OSError, ValueError) as problem:
        return Spoken(*_told(problem, profile), tuple(answers))
    return Spoken(ShellStatus.OK, "", tuple(answers))


def _told(problem: Exception, profile: SshProfile) -> tuple[ShellStatus, str]:
    """What netmiko's words for a failure mean."""
    text = " ".join(str(problem).split())
    lower = text.lower()
    if "incompatible" in lower or "no matching" in lower:
        return ShellStatus.LEGACY, (
            "it knows only algorithms that are no longer safe; "
            "remedy: legacy = true in its [ssh.…] profile"
        )
    if "enable mode" in lower:
        remedy = 'enable = "secret:NAME" in its [ssh.…] profile'
        return ShellStatus.DENIED, f"more rights are needed; remedy: {remedy}"
    if isinstance(problem, ReadTimeout):
        return ShellStatus.TOO_SLOW, "it did not answer within the time for a command"
    if isinstance(problem, NetmikoTimeoutException):
        if _refused(problem):
            return ShellStatus.REFUSED, f"nobody listens on TCP port {profile.port}"
        return ShellStatus.NO_ANSWER, f"no session comes about on TCP port {profile.port}"
    if isinstance(problem, EOFError | OSError | SSHException):
        return ShellStatus.CUT, text[:200] or "the session was cut"
    return ShellStatus.TOO_SLOW, text[:200]


def _refused(problem: BaseException | None) -> bool:
    """paramiko holds an error for each address that it tried."""
    while problem is not None:
        tried = getattr(problem, "errors", None)
        errors = list(tried.values()) if isinstance(tried, dict) else [problem]
        if all(isinstance(error, ConnectionRefusedError) for error in errors):
            return True
        problem = problem.__cause__ or problem.__context__
    return False


@dataclass(slots=True)
class _Bounds:
    """What one session may do, and how much has come."""

    platform: str
    words: tuple[str | None, ...]  # of the login
    ends_at: float  # monotonic
    heard: int = 0
    leaving: bool = False  # it logs out, and may have to say yes to that

    def hear(self, text: str, *, gone: bool) -> None:
        self.heard += len(text)
        if self.heard > MOST_BYTES:
            raise _Ended(ShellStatus.TOO_MUCH, f"more than {MOST_BYTES >> 20} MB came")
        if time.monotonic() > self.ends_at:
            raise _Ended(ShellStatus.TOO_SLOW, "the time for the session was up")
        if gone and not text:
            raise _Ended(ShellStatus.CUT, "the device ended the session while it spoke")

    def write(self, lines: str) -> None:
        """Each line is on the lists, a key that agrees to nothing, or a word for the login."""
        for line in map(str.strip, lines.splitlines()):
            key = line in _KEYS or (self.leaving and line.lower() == "y")
            if not (key or line in READ_ONLY or line in self.words or SETUP.fullmatch(line)):
                detail = f"netmiko wants to send {line!r}, which may change the device"
                raise _Ended(ShellStatus.FORBIDDEN, detail)


class _Bounded(BaseConnection):  # type: ignore[misc]
    """Comes before netmiko's class of a platform: its reads end, and it writes what may be written.

    Some classes of netmiko change the configuration to log in; those parts are done here.
    """

    bounds: _Bounds

    def answer(self, command: str) -> str:
        if self.bounds.platform not in PAGED:
            return str(self.send_command(command, read_timeout=COMMAND_S))
        ends = rf"{re.escape(self.base_prompt)}\s*[#$>]?\s*$|{_MORE}"
        self.write_channel(self.normalize_cmd(command))
        text = self.read_until_pattern(pattern=ends, read_timeout=COMMAND_S)
        while more := re.search(rf"(?:{_MORE})\s*$", text):
            self.write_channel(" ")
            rest = self.read_until_pattern(pattern=ends, read_timeout=COMMAND_S)
            text = text[: more.start()] + re.sub(_WIPED, "", rest)
        return "\n".join(text.splitlines()[1:-1])

    def write_channel(self, out_data: str) -> None:
        self.bounds.write(out_data)
        super().write_channel(out_data)

    def read_channel(self) -> str:
        heard: str = super().read_channel()
        self.bounds.hear(heard, gone=self.gone)
        return heard

    @property
    def gone(self) -> bool:
        channel = self.remote_conn
        ended = getattr(channel, "closed", False) or getattr(channel, "eof_received", False)
        return bool(ended)

    def session_preparation(self) -> None:
        if self.bounds.platform != "fortinet":
            super().session_preparation()
            return
        if "to accept" in self._test_channel_read(pattern="to accept|[#$]"):
            self.write_channel("a\r")
            self._test_channel_read(pattern="[#$]")
        self.set_base_prompt()

    def disable_paging(self, *args: Any, **more: Any) -> str:
        return "" if self.bounds.platform in PAGED else str(super().disable_paging(*args, **more))

    def asa_login(self) -> None:
        if not self.find_prompt().endswith("#"):
            super().asa_login()

    @property
    def channel(self) -> Any:
        """netmiko's reads all that comes, for as long as it comes; this one sips."""
        return self._channel

    @channel.setter
    def channel(self, made: Any) -> None:
        def sip() -> str:
            eager = getattr(made.remote_conn, "read_eager", None)  # of Telnet
            if eager is None:
                return str(made.read_buffer())
            return bytes(eager()).decode(made.encoding, "ignore")

        if made is not None:
            made.read_channel = sip
        self._channel = made

    def cleanup(self, *args: Any, **more: Any) -> None:
        self.bounds.leaving = True
        if self.bounds.platform not in PAGED and not self.gone:
            super().cleanup(*args, **more)


@contextmanager
def _session(
    address: str, platform: str, profile: SshProfile, ends_at: float
) -> Iterator[_Bounded]:
    device_type = platform
    if profile.telnet:
        device_type = TELNET.get(platform, f"{platform}_telnet")
    try:
        plain = ssh_dispatcher(device_type)
    except (KeyError, ValueError):
        detail = f"netmiko knows no platform {device_type!r}"
        raise _Ended(ShellStatus.UNKNOWN_PLATFORM, detail) from None
    words = (profile.username, profile.password, profile.enable)
    bounds = _Bounds(platform, words, ends_at)
    left_s = max(1.0, ends_at - time.monotonic())
    session = type("Bounded", (_Bounded, plain), {"bounds": bounds})(
        device_type=device_type,
        host=address,
        port=profile.port,
        username=profile.username,
        password=profile.password or "",
        secret=profile.enable or "",
        conn_timeout=min(10.0, left_s),
        auth_timeout=min(15.0, left_s),
        banner_timeout=min(15.0, left_s),
        disabled_algorithms=None if profile.legacy else _LEGACY,
        allow_auto_change=False,
        auto_connect=False,
    )
    try:
        session._open()  # the constructor would do it, and we could not close what it left open
        if profile.enable and platform in ENABLED:
            session.enable()
        yield session
    finally:
        session.disconnect()
