"""Texts and questions as words: without tones, spelled out, codes and numbers in one piece."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from inventory.addresses import mac_of
from inventory.folding import fold

WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"[^\W_]+(?:[-./:_][^\W_]+)+")  # what people type in one piece: C-1/2, 10.9.0.1
_OCTET = "(?:0|[1-9][0-9]{0,2})"
_DOTTED = re.compile(rf"{_OCTET}(?:\.{_OCTET})+")  # without its dots it would be another address
_ADDRESSED = re.compile(rf"{_DOTTED.pattern}\.?|(?:{_OCTET}\.){{3}}{_OCTET} .*")
_NUMBER = re.compile(r"(?:[+ ().-]*[0-9]){8,}[ ().-]*")
_ABROAD = re.compile(r"^(?:\+|00)840?(?=[0-9]{8,10}$)")  # as who calls from there dials
_SPELLED = {  # offices and cities are written short and long
    "ubnd": "uy ban nhan dan",
    "hdnd": "hoi dong nhan dan",
    "tp": "thanh pho",
    "tx": "thi xa",
}
_SHORT_FOR = re.compile(rf"(?<!\S)({'|'.join(_SPELLED)})(?:[.:]\s*|\s+|$)")
# A syllable of Telex that no keyboard driver took: its tone is a letter behind the vowels or last.
_SYLLABLE = re.compile(
    r"([bcdghklmnpqrstvx]{0,3}?)([aeiouyw]+)[sfrxj]?(ch|nh|ng|[cgkmnpt]?)[sfrxj]?"
)
MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")


class Forms(NamedTuple):
    folded: str
    tight: str  # without blanks and signs
    words: tuple[str, ...]
    codes: tuple[str, ...]  # codes in it and a number, each as one word


def forms_of(text: str) -> Forms:
    """A MAC is one word: its pairs are no words that anybody means. Each port has another: none
    is kept."""
    if not MAC.fullmatch(text):
        return _words_in(text)
    tight = text.replace(":", "")
    return Forms(text, tight, (tight,), ())


@lru_cache(20_000)  # a site's name is that of all that stands there
def _words_in(text: str) -> Forms:
    folded = spelled(fold(text))
    words = tuple(WORD.findall(folded))
    codes = tuple(_code(code) for code in _CODE.findall(folded))
    number = _number(folded)
    return Forms(folded, number or "".join(words), words, (*codes, number) if number else codes)


def spelled(folded: str) -> str:
    return _SHORT_FOR.sub(lambda short: f"{_SPELLED[short[1]]} ", folded).strip()


def _number(folded: str) -> str:
    """A telephone number, grouped or with the country's, as `0905123456`; empty: it is none."""
    if not _NUMBER.fullmatch(folded) or _ADDRESSED.fullmatch(folded):
        return ""
    return _ABROAD.sub("0", re.sub("[^+0-9]", "", folded)).replace("+", "")


def _code(text: str) -> str:
    return text if _DOTTED.fullmatch(text) else tight_of(text)


def tight_of(text: str) -> str:
    return "".join(WORD.findall(text))


def toned(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip()


def words_asked(question: str) -> list[str]:
    """The words of a question: a MAC or number in any spelling and a code are one word each."""
    if mac := mac_of(question.strip()):
        return [tight_of(mac)]
    folded = spelled(fold(question))
    if number := _number(folded):
        return [number]
    codes = [_code(code) for code in _CODE.findall(folded)]
    words = WORD.findall(_CODE.sub(" ", folded))
    return [*dict.fromkeys([*codes, *words])]


def untelex(word: str) -> str:
    """`sown` → `son`, `haf` → `ha`, `ddoongs` → `dong`; a word that is no syllable stays."""
    found = _SYLLABLE.fullmatch(word)
    if found is None:
        return word
    plain = "".join(found.groups()).replace("w", "")
    for twice in ("aa", "ee", "oo", "dd"):
        plain = plain.replace(twice, twice[0])
    return plain or word
