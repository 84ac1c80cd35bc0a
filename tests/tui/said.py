"""What people and the monitor said of the sample province."""

from __future__ import annotations

from store.happening import Happening
from tests.tui.province import NOW_MS, Province


def people(province: Province) -> list[Happening]:
    """What was said of the oldest open root, of a site, and by the monitor of itself."""
    root = next(iter(province.open.values()))
    site = province.by_key["d-529"]
    told = (
        ("acknowledged", root.thing_id, root, "Nguyễn An", "đã gọi VNPT, chờ xe"),
        ("noted", root.thing_id, root, "Trần Thị Bích Ngọc", "[red]máy nổ\x1b[31m hết dầu"),
        ("ack_expired", root.thing_id, root, "Nguyễn An", None),
        ("maintenance_planned", site, None, "Lê Văn Bình", "thay ắc quy"),
        ("blind", None, None, None, None),
        ("sight", None, None, None, None),
    )
    return [
        Happening(
            id=10_000 + number,
            at_ms=NOW_MS - 900_000 + number * 60_000,
            kind=kind,
            thing_id=thing_id,
            outage=outage,
            actor=actor,
            text=text,
        )
        for number, (kind, thing_id, outage, actor, text) in enumerate(told)
    ]
