"""What a search found, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from inventory.lookup import Hit
from reports.api.documents import slots, when
from store.found_reader import Whereabouts


def found_document(
    hits: Sequence[Hit], ports: Sequence[Whereabouts], zone: ZoneInfo
) -> dict[str, Any]:
    """Things by name, and ports behind which a station stands."""
    return {
        "hits": [
            {
                "kind": hit.entry.kind,
                "id": hit.entry.key,
                "name": hit.entry.name,
                "where": hit.entry.where or None,
                "field": hit.field,
                "text": hit.text,
                "score": round(hit.score, 3),
            }
            for hit in hits
        ],
        "ports": [
            {name: value for name, value in slots(each).items() if not name.endswith("_ms")}
            | {"seen": when(each.seen_ms, zone), "since": when(each.since_ms, zone)}
            for each in ports
        ],
    }
