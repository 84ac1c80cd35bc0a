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


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Leave out of the nav what is announced under `extra.coming` and is not written yet."""
    missing = [page for page in config.extra["coming"] if not _there(config, page)]
    config.nav = _without(config.nav or [], missing)
    return config


def _there(config: MkDocsConfig, page: str) -> bool:
    return (Path(config.docs_dir) / page).is_file()


def _without(nav: list[Any], missing: list[str]) -> list[Any]:
    kept: list[Any] = []
    for entry in nav:
        if isinstance(entry, str):
            kept += [] if entry in missing else [entry]
            continue
        [(title, what)] = entry.items()
        if isinstance(what, list):
            kept.append({title: _without(what, missing)})
        elif what not in missing:
            kept.append(entry)
    return kept


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
    """Each word of an entry that has tones, once, as it is typed without them."""
    words = _MARKUP.sub(" ", f"{entry['title']} {entry['text']}").split()
    return " ".join(dict.fromkeys(fold(word) for word in words if not word.isascii()))
