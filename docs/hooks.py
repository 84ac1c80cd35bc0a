"""What MkDocs does beside its plugins: pages that come later, and a search for each language."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority

from inventory.folding import fold

LANGUAGES = ("en", "vi")
_MARKUP = re.compile(r"<[^>]*>|&\w+;")
_WORD = re.compile(r"\w+")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Lay out the folders of the nav."""
    docs = Path(config.docs_dir)
    config.nav = [_laid_out(entry, docs) for entry in config.nav or []]
    return config


def _laid_out(entry: Any, docs: Path) -> Any:
    """An entry of the nav with all pages of a folder."""
    if isinstance(entry, str):  # laid out already, for the language before
        return entry
    [(title, what)] = entry.items()
    if isinstance(what, list):
        return {title: [_laid_out(one, docs) for one in what]}
    if (docs / what).is_dir():
        return {title: [f"{what}/{page.name}" for page in sorted((docs / what).glob("*.md"))]}
    return entry


@event_priority(-150)  # behind `offline`, which makes a script of the one index of all languages
def on_post_build(config: MkDocsConfig) -> None:
    """Divide the index by language, and let words be found without their tones."""
    folder = Path(config.site_dir) / "search"
    whole = json.loads((folder / "search_index.json").read_text("utf-8"))
    indexes = {language: _index(whole, language) for language in LANGUAGES}
    for language, index in indexes.items():
        path = folder / language / "search_index.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(index, ensure_ascii=False), "utf-8")
    told = json.dumps(indexes, ensure_ascii=False).replace("</", "<\\/")
    script = f"var __index = {told}[document.documentElement.lang]"
    (folder / "search_index.js").write_text(script, "utf-8")


def _index(whole: dict[str, Any], language: str) -> dict[str, Any]:
    mine = [entry for entry in whole["docs"] if _language(entry["location"]) == language]
    fields = whole["config"]["fields"] | {"tags": {"boost": 0.5}}
    return {
        "config": whole["config"] | {"lang": [language], "fields": fields},
        "docs": [entry | {"tags": [_toneless(entry)]} for entry in mine],
    }


def _language(location: str) -> str:
    first = location.split("/", 1)[0]
    return first if first in LANGUAGES else LANGUAGES[0]


def _toneless(entry: dict[str, Any]) -> str:
    """The words of an entry that have tones, as they are typed without them."""
    bare = _MARKUP.sub(" ", f"{entry['title']} {entry['text']}")
    return " ".join(fold(word) for word in _WORD.findall(bare) if not word.isascii())
