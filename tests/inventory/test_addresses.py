"""A MAC is the same however it is written."""

from __future__ import annotations

import pytest

from inventory.addresses import mac_of


@pytest.mark.parametrize(
    "text",
    ["001A.2b3c.4D5E", "00:1a:2b:3c:4d:5e", "00-1A-2B-3C-4D-5E", "001a2b3c4d5e", "001a-2b3c-4d5e"],
)
def test_a_mac_is_known_in_any_spelling(text: str) -> None:
    assert mac_of(text) == "00:1a:2b:3c:4d:5e"


@pytest.mark.parametrize("text", ["10.0.0.1", "switch", "00:1a:2b:3c:4d", "zz:zz:zz:zz:zz:zz"])
def test_what_is_no_mac_is_none(text: str) -> None:
    assert mac_of(text) is None
