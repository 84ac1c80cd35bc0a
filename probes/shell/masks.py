"""Takes secrets out of a running configuration, before anything else sees it.

What follows a word that announces a secret goes, to the end of its line: rather too much than a
password in the record. A change of nothing but a secret is therefore no change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "***"

_WORDS = (
    r"(?:[\w.-]*-)?(?:password|passwd|passphrase|secret|psksecret|psk)(?:-\w+)?",
    r"(?:[\w.-]*-)?(?:pre-?shared-?key|shared-?key|key-string|private-key|public-key|ssh-key)\w*",
    r"(?:auth|authentication|priv|privacy|encryption|wpa2?|wep|radius|tacacs|ike|ipsec|bgp|ospf)"
    r"[\w-]*-?key",
    r"key(?: \d+)?|cipher|irreversible-cipher|simple|plain|community|token|ENC",
    r"version (?:1|2c)|securityname|ssh-(?:rsa|dss|ed25519)",
    r"md5|sha(?:1|-?256|-?512)?|des|3des|aes(?:-?\d+)?",
)
_SECRET = re.compile(
    rf"(?P<head>(?:^|[\s\"{{;,/]){'(?:' + '|'.join(_WORDS) + ')'}[\"']?)(?P<gap>\s*[=:]\s*|\s+)"
    r"(?P<rest>\S.*?)(?P<tail>\s*[{;]*)$",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(  # several on one line, as `name=x password="y z" disabled=no`
    r"(?P<head>(?:^|\s)[\w-]*(?:password|passphrase|secret|key|community|token)[\w-]*=)"
    r"(?:\"(?:[^\"\\]|\\.)*\"|\S+)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(\bname=)(?:\"[^\"]*\"|\S+)")
_BEGIN, _END = re.compile(r"-----BEGIN [^-]+-----"), re.compile(r"-----END [^-]+-----")
_HARMLESS = re.compile(  # words of the same sound that announce none
    r"^\s*(?:no |undo )?(?:service password-encryption|password-control|crypto key generate|"
    r"(?:ip )?ssh |key chain \S+$|security passwords? min-length)",
    re.IGNORECASE,
)


def masked(config: str, known: Iterable[str | None] = ()) -> str:
    """`known`: secrets that must not stand in it wherever they are."""
    held = sorted(
        (word for word in known if word and len(word) >= _SHORTEST), key=len, reverse=True
    )
    lines, within, section = [], False, ""
    for line in config.splitlines():
        section = line if line.startswith("/") else section
        if within or _BEGIN.search(line):
            if not within:
                lines.append(HIDDEN)
            within = not _END.search(line)
            continue
        for word in held:
            line = line.replace(word, HIDDEN)
        if "community" in section:  # of RouterOS, where its name is the secret
            line = _NAMED.sub(rf"\g<1>{HIDDEN}", line)
        lines.append(_line(line))
    return "\n".join(lines).strip("\n") + "\n"


_SHORTEST = 4  # of a known secret that is looked for everywhere; shorter ones are words of any text


def _line(line: str) -> str:
    found = _ASSIGNED.sub(lambda match: f"{match['head']}{HIDDEN}", line)
    if found != line or _HARMLESS.search(line):
        return found
    match = _SECRET.search(line)
    if match is None or match["rest"] == HIDDEN:
        return line
    return f"{line[: match.end('gap')]}{HIDDEN}{match['tail']}"


# Lines that differ although nothing was changed: when it was written, how long it runs.
_RESTLESS = re.compile(
    r"^\s*(?:[!#;]+\s*)?(?:Building configuration|Current configuration\s*:|"
    r"Last configuration change|"
    r"NVRAM config last updated|Configuration last modified|Time:|## Last (?:commit|changed)|"
    r"# \w{3}/\d\d/\d{4} \d\d:\d\d:\d\d by RouterOS|# \d{4}-\d\d-\d\d \d\d:\d\d:\d\d by RouterOS|"
    r"#conf_file_ver=|ntp clock-period|!Time|!Running configuration last done|"
    r"Using \d+ out of \d+ bytes|:Saved|: Saved|Cryptochecksum:)",
    re.IGNORECASE,
)


def steady(config: str) -> str:
    """Without the lines that move by themselves."""
    return "\n".join(line for line in config.splitlines() if not _RESTLESS.search(line)) + "\n"
