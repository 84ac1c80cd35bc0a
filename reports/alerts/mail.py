"""Mail with a Message-ID of our own: a repeat is recognised, an answer joins its thread.

Apprise reads the URL and knows the providers; it makes a new Message-ID at each try, so what it
found out is sent by the standard library.
"""

from __future__ import annotations

import mimetypes
import smtplib
import ssl
from collections.abc import Iterable, Mapping, Sequence
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, localtime
from pathlib import Path
from typing import Any

from reports.alerts.words import Message
from reports.shown import shown

TIMEOUT_S = 20.0
MOST_BYTES = (
    15 << 20
)  # of all attachments together: many servers take 20 MB, and base64 adds a third
Refused = Mapping[str, tuple[int, bytes]]


def post(way: Any, key: str, thread: str, message: Message, files: Sequence[Path] = ()) -> Refused:
    """Hand it to the server; those that it refused while it took the others.

    `way` is Apprise's NotifyEmail. Raises OSError, smtplib.SMTPException.
    """
    mail = compose(way, key, thread, message, files)
    to = [address for _, address in way.targets]
    everybody = list(dict.fromkeys((*to, *sorted(way.cc), *sorted(way.bcc))))
    refused: Refused | None = None
    try:
        with _server(way) as server:
            refused = server.send_message(mail, way.from_addr[1], everybody)
    except (smtplib.SMTPException, OSError):
        if refused is None:
            raise  # else it was taken, whatever the server says to our farewell
    return refused or {}


def refused_by(refused: Refused) -> str:
    return ", ".join(
        f"{address} ({code} {said.decode('utf-8', 'replace')})"
        for address, (code, said) in sorted(refused.items())
    )


def compose(
    way: Any, key: str, thread: str, message: Message, files: Sequence[Path] = ()
) -> EmailMessage:
    domain = way.from_addr[1].rpartition("@")[2]
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = f"<{key}@{domain}>"
    if thread != key:
        mail["In-Reply-To"] = mail["References"] = f"<{thread}@{domain}>"
    mail["Date"] = localtime()
    mail.set_raw("Subject", Header(message.subject, "utf-8", header_name="Subject").encode())
    name, address = way.from_addr
    mail.set_raw("From", _addresses([(name or "Canh", address)]))
    mail.set_raw("To", _addresses(way.targets))
    for header, some in (("Cc", way.cc), ("Reply-To", way.reply_to)):
        if some:
            mail.set_raw(header, _addresses((way.names.get(one), one) for one in sorted(some)))
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody answers that he is away
    mail.set_content(message.text, cte="quoted-printable")
    mail.add_alternative(message.html, subtype="html", cte="quoted-printable")
    for path, content in _attached(files):
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        main, sub = kind.split("/")
        mail.add_attachment(content, maintype=main, subtype=sub, filename=path.name)
    return mail


def _addresses(some: Iterable[tuple[str | bool | None, str]]) -> str:
    """One a line, ready for the wire: where email.policy folds words, blanks between them get lost
    (seen with Python 3.11)."""
    named = ((shown(name) if isinstance(name, str) else "", address) for name, address in some)
    return ",\n ".join(formataddr(one, charset="utf-8") for one in named)


def _attached(files: Iterable[Path]) -> Iterable[tuple[Path, bytes]]:
    """As many as a usual server takes; the text names those that stay away."""
    left = MOST_BYTES
    for path in files:
        size = path.stat().st_size
        if size <= left:
            left -= size
            yield path, path.read_bytes()


def _server(way: Any) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if not way.verify_certificate:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    here = "localhost"  # the own full name may be asked of a resolver that is dead
    server: smtplib.SMTP
    if way.secure_mode == "ssl":
        server = smtplib.SMTP_SSL(way.smtp_host, way.port, here, timeout=TIMEOUT_S, context=context)
    else:
        server = smtplib.SMTP(way.smtp_host, way.port, here, timeout=TIMEOUT_S)
    try:
        if way.secure_mode == "starttls":
            server.starttls(context=context)
        if way.user and way.password:
            server.login(way.user, way.password)
    except BaseException:
        server.close()
        raise
    return server
