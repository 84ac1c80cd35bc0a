"""The message that tries a channel out."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from inventory.model import Network
from reports.alerts.ways import Parcel
from reports.alerts.words import Telling, Words
from reports.periods import Clock


def trial(network: Network, channel: str, now_ms: int) -> Parcel:
    """It is no part of the queue: each trial is a message of its own."""
    way = network.channels[channel]
    clock = Clock(ZoneInfo(network.timezone), way.language or network.language)
    words = Words(network, clock, network.web.origin)
    name = f"test.{now_ms}.{channel}"
    message = words.message(Telling(key="test"), now_ms)
    return Parcel(url=way.url, key=name, thread=name, message=message)
