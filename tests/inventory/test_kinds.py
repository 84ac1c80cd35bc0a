"""A value that the record has no room for is refused where it is written."""

from __future__ import annotations

import pytest

from inventory.kinds import Fault, word


@pytest.mark.parametrize("longest", [16, 64])
def test_a_word_is_as_long_as_its_column(longest: int) -> None:
    read = word(longest)
    assert read("ư" * longest) == "ư" * longest
    refused = read("u" * (longest + 1))
    assert isinstance(refused, Fault)
    assert f"{longest + 1} characters" in refused.what
