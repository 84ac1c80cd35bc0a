"""Takes the parts of a channel's URL out of a text before anybody sees it."""

from __future__ import annotations

import re
from urllib.parse import unquote

from inventory.alert_keys import PLAIN
from inventory.problems import shown

LONGEST = 300
SHORTEST = 3  # a part that is shorter tells nothing, and stands in every other word
HIDDEN = "***"
_APART = re.compile(r"[/?&=:@,;#+\s]+")
_COMMON = frozenset({"https", "http", "mailto", "mailtos", "json", "jsons", "form", "forms", "www"})


def hidden(text: str, url: str) -> str:
    """`text` on one line, short, without any part of `url` but the host of a plain scheme."""
    for part in sorted(_parts(url), key=len, reverse=True):
        text = re.sub(re.escape(part), HIDDEN, text, flags=re.IGNORECASE)
    text = shown(" ".join(text.split()))
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _parts(url: str) -> set[str]:
    scheme, apart, rest = url.partition("://")
    if not apart:
        scheme, rest = "", url
    open_: set[str] = set()
    if scheme.lower() in PLAIN:
        host = rest.split("/")[0].split("?")[0].rpartition("@")[2]
        open_ = {host, *_APART.split(host)}
    found = {url, rest, rest.partition("?")[2], rest.partition("/")[2]}
    found |= set(_APART.split(rest))
    found |= {unquote(part) for part in found}
    return {
        part
        for part in found
        if len(part) >= SHORTEST and part not in open_ and part.lower() not in _COMMON
    }
