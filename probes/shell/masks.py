"""Takes secrets out of a running configuration, before anything else sees it.

What follows a word that announces a secret goes, to the end of its line: rather too much than a
password in the record. A change of nothing but a secret is therefore no change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "***"
LINE_MAX = 1000  # signs; nobody writes a longer one by hand, and what is in it may be anything

_WORDS = (
    r"(?:[\w.-]*[-_.])?(?:password|passwd|passphrase|passwort|secret|psksecret|psk|phash|pin|pw)"
    r"(?:[-_]\w+)?",
    r"[\w.-]*(?:authpwd|privpwd|auth-pwd|authpasswd|enckey|keytab|apikey)",
    r"[\w.-]*[-_]?key(?:-string|-octet-string|-id|-hash)?(?: \d+)?",
    r"cipher|irreversible-cipher|simple|plain(?:text)?|encrypted|ENC|token|[\w.-]*ingestauth",
    r"(?:snmp-)?community(?:-name|-string)?|securityname|encryption-hex|authentication-hex",
    r"md5|sha(?:[-_]?1|-?256|-?512|-2 \d+)?|des|3des|aes(?:-?\d+)?",
    r"version (?:1|2c?)|v2c|ssh-(?:rsa|dss|ed25519)",
    r"(?:standby|vrrp|glbp|nhrp)\b.* authentication(?: text)?",
    r"snmp(?:-server)? host \S+(?: \d+\.\d+\.\d+\.\d+)?",
    r"create snmp host \S+",
    r"environment \S*pass\S*|\"?enable",
)
_SECRET = re.compile(
    rf"(?:^|[\s\"{{;,/?])(?:{'|'.join(_WORDS)})[\"']?(?P<gap>\s*[=:,]\s*|\s+)(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_ASSIGNED = re.compile(  # several on one line, as `name=x password="y z" disabled=no`
    r"(?P<head>(?:^|[\s?&])[\w.-]{0,60}?(?:password|passphrase|secret|key|community|token|pass|pin)"
    r"[\w-]{0,20}=)(?:\"(?:[^\"\\]|\\.)*\"|[^\s&]+)",
    re.IGNORECASE,
)
_NAMED = re.compile(r"(\bname=)(?:\"[^\"]*\"|\S+)")
_SET_NAME = re.compile(r"^(\s*set name )\S.*$")
_IN_ADDRESS = re.compile(r"(://[^/\s:@]+:)[^@\s]+@")
_BEGIN, _END = re.compile(r"-----BEGIN [^-]+-----"), re.compile(r"-----END [^-]+-----")
_WRAPPED = re.compile(r"\\\r?\n\s*")  # of RouterOS
_SECTION = re.compile(r"^(?:/|config )")
_HARMLESS = re.compile(  # lines of the same words that announce none
    r"^\s*(?:no |undo )?(?:service password-encryption|password-control \w+|"
    r"crypto key generate.*|(?:ip )?ssh version \d|key chain \S+|enable)\s*$",
    re.IGNORECASE,
)
_SHORTEST = 4  # of a known secret that is looked for everywhere; shorter ones are words of any text


def masked(config: str, known: Iterable[str | None] = ()) -> str:
    """`known`: secrets that must not stand in it wherever they are."""
    found = (word for word in known if word and len(word) >= _SHORTEST)
    held = sorted(found, key=len, reverse=True)
    lines, within, section = [], False, ""
    for line in _WRAPPED.sub("", config).splitlines():
        section = line if _SECTION.match(line) else section
        if within or _BEGIN.search(line):
            if not within:
                lines.append(HIDDEN)
            within = not _END.search(line)
            continue
        for word in held:
            line = line.replace(word, HIDDEN)
        if "community" in section:  # of RouterOS and FortiOS, where its name is the secret
            line = _SET_NAME.sub(rf"\g<1>{HIDDEN}", _NAMED.sub(rf"\g<1>{HIDDEN}", line))
        lines.append(_line(line))
    return "\n".join(lines).strip("\n") + "\n"


def _line(line: str) -> str:
    if len(line) > LINE_MAX or "SECRET-DATA" in line:
        return HIDDEN
    if _HARMLESS.match(line):
        return line
    line = _IN_ADDRESS.sub(rf"\g<1>{HIDDEN}@", line)
    assigned = _ASSIGNED.sub(lambda match: f"{match['head']}{HIDDEN}", line)
    at = 0
    while match := _SECRET.search(assigned, at):
        if not match["rest"].startswith(HIDDEN):
            rest = match["rest"].rstrip()
            tail = rest[len(rest.rstrip(" {;")) :]
            return f"{assigned[: match.end('gap')]}{HIDDEN}{tail}"
        at = match.start("rest")
    return assigned


# Lines that differ although nothing was changed: when it was written, how long it runs.
_RESTLESS = re.compile(
    r"^\s*(?:[!#;]+\s*)?(?:Building configuration|Current configuration\s*:|"
    r"Last configuration change|"
    r"NVRAM config last updated|Configuration last modified|Time:|## Last (?:commit|changed)|"
    r"# \w{3}/\d\d/\d{4} \d\d:\d\d:\d\d by RouterOS|# \d{4}-\d\d-\d\d \d\d:\d\d:\d\d by RouterOS|"
    r"#conf_file_ver=|ntp clock-period|!Time|!Running configuration last done|"
    r"\w{3} \w{3} +\d+ \d\d:\d\d:\d\d(?:\.\d+)? \S+$|"
    r"Using \d+ out of \d+ bytes|:Saved|: Saved|Cryptochecksum:)",
    re.IGNORECASE,
)


def steady(config: str) -> str:
    """Without the lines that move by themselves."""
    return "\n".join(line for line in config.splitlines() if not _RESTLESS.search(line)) + "\n"
