"""The names of tables and keys for people, and which table or key a heading means."""

from __future__ import annotations

from functools import cache

from inventory.folding import fold
from inventory.phrases import LANGUAGES, say
from inventory.tables import TABLES


def table_label(name: str, language: str) -> str:
    return say(language, f"table.{name}")


def key_label(name: str, language: str) -> str:
    return say(language, f"column.{name}")


@cache
def tables_by_heading() -> dict[str, str]:
    """Folded heading → table: its name in the files, and in both languages."""
    return {
        fold(word): name
        for name in TABLES
        for word in (name, *(table_label(name, language) for language in LANGUAGES))
    }


@cache
def keys_by_heading(name: str) -> dict[str, str]:
    """Folded heading → key of a table; the key's own name goes before a label."""
    labels = {
        fold(key_label(key, language)): key for key in headings(name) for language in LANGUAGES
    }
    return labels | {fold(key): key for key in headings(name)}


def headings(name: str) -> tuple[str, ...]:
    """The keys of a table, and the name of a profile, which stands in the header of its own."""
    named = TABLES[name].shape == "named"
    return ("id", *TABLES[name].keys) if named else tuple(TABLES[name].keys)
