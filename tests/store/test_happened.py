"""What happened stands with the thing that it happened to, on both engines."""

from __future__ import annotations

import time
from typing import Any

from store.changes import Batch, DeviceSaid, Happened, Health, Interface
from tests.store.keeping import bring, network, reading, writing


def port(if_index: int, if_name: str) -> Interface:
    return Interface(
        if_index=if_index,
        if_name=if_name,
        if_descr=None,
        if_alias=None,
        if_type=6,
        mac=None,
        speed_bps=None,
        admin_status=1,
        oper_status=1,
    )


def test_what_happened_to_a_port_stands_with_the_interface_or_else_with_its_device(
    url: str,
) -> None:
    now = time.time_ns() // 1_000_000
    ids = bring(url, network(), now - 1000).ids
    here, there = ids["device", "p-r"], ids["device", "d-r"]
    ports = (port(7, "Gi0/7"), port(8, "Gi0/8"))
    said = DeviceSaid(thing_id=here, status="ok", detail="", interfaces=ports)
    events = [
        Happened(kind="trap", thing_id=device, if_index=index, body={"n": n})
        for n, (device, index) in enumerate([(here, 8), (here, 9), (there, 8), (here, None)])
    ]
    with writing(url, now) as writer, reading(url) as reader:
        writer.submit(Batch(at_ms=now, said=(said,), events=tuple(events))).result(timeout=30)
        told: list[tuple[Any, ...]] = [
            (event["thing_key"], event["body"].get("if_index"))
            for event in reader.events()
            if event["kind"] == "trap"
        ]
    assert told == [("p-r:Gi0/8", 8), ("p-r", 9), ("d-r", 8), ("p-r", None)]


def test_what_became_of_the_traps_is_told_of_now_and_not_of_before(url: str) -> None:
    now = time.time_ns() // 1_000_000
    bring(url, network(), now - 600_000)
    with writing(url, now) as writer, reading(url) as reader:
        for age_ms, seen in ((300_000, None), (1000, {"received": 5})):
            row = Health(at_ms=now - age_ms, mono_ns=0, body={"traps": {"received": 5}})
            writer.submit(Batch(at_ms=now, health=row)).result(timeout=30)
            assert reader.snapshot().watching.traps == seen
