"""The words that people see, in Vietnamese and English, from the tables beside this file."""

from __future__ import annotations

from functools import cache
from importlib import resources

LANGUAGES = ("vi", "en")


@cache
def table() -> dict[str, dict[str, str]]:
    """Every phrase: key → language → text; tab-separated files, `key<TAB>vi<TAB>en` a line."""
    phrases: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files("inventory").joinpath("phrases").iterdir(), key=str):
        if not file.name.endswith(".tsv"):
            continue
        for number, line in enumerate(file.read_text("utf-8").splitlines(), 1):
            if not line or line.startswith("#"):
                continue
            key, *texts = line.split("\t")
            if len(texts) != len(LANGUAGES) or key in phrases or not all(texts):
                raise ValueError(f"{file.name}:{number}: key, vi and en are wanted once: {line!r}")
            phrases[key] = dict(zip(LANGUAGES, texts, strict=True))
    return phrases


def say(language: str, key: str, /, **values: object) -> str:
    """The phrase in that language; `{name}` places in it are filled from `values`."""
    text = table()[key][language]
    return text.format(**values) if values else text
