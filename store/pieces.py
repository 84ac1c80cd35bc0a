"""Takes batches apart: what can be committed by itself, and what is still of use."""

from __future__ import annotations

from dataclasses import replace

from store.changes import Batch


def pieces(batch: Batch) -> list[Batch]:
    """Each part of a batch by itself, verdicts one by one."""
    at_ms = batch.at_ms
    return [
        *(Batch(at_ms=at_ms, verdicts=(one,)) for one in batch.verdicts),
        *(Batch(at_ms=at_ms, said=(one,)) for one in batch.said),
        *(Batch(at_ms=at_ms, facts=(one,)) for one in batch.facts),
        *(
            piece
            for piece in (
                Batch(at_ms=at_ms, marks=batch.marks),
                Batch(at_ms=at_ms, readings=batch.readings),
                Batch(at_ms=at_ms, sensors=batch.sensors),
                Batch(at_ms=at_ms, sensed=batch.sensed),
                Batch(at_ms=at_ms, seeing=batch.seeing),
                Batch(at_ms=at_ms, events=batch.events),
                Batch(at_ms=at_ms, evidence=batch.evidence),
                Batch(at_ms=at_ms, health=batch.health),
            )
            if piece
        ),
    ]


def without(batch: Batch, ended: frozenset[int]) -> Batch:
    """What it says of things that are still judged."""
    return replace(
        batch,
        verdicts=tuple(one for one in batch.verdicts if one.thing_id not in ended),
        marks=tuple(one for one in batch.marks if one.thing_id not in ended),
        readings=tuple(one for one in batch.readings if one.thing_id not in ended),
        said=tuple(one for one in batch.said if one.thing_id not in ended),
        facts=tuple(one for one in batch.facts if one.device_id not in ended),
        sensors=tuple(one for one in batch.sensors if one.device_id not in ended),
        sensed=tuple(one for one in batch.sensed if one.device_id not in ended),
    )
