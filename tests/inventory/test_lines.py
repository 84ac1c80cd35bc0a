"""The line scanner agrees with tomllib about what stands in a file, and knows where."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from inventory.lines import lines

TRAPS = '''a.b = 1.5
x = {q = 1.5, "r s" = [1, {z = 2}], d.e = 1979-05-27 07:32:00}
m = """
[[no]]  # "
y = 1 \\""" ""'"""
n = \'\'\'it's
[no]\'\'\'\'
l = [
  "a", # c ] "
  'b]',
  [1, 2], {k = """
"""}, {}, []
]
[s] # ]
"k.\\u0041" = 3
'' = 1
[[dev]]
id = "1"
[[dev.sub]]
v = 1
[[dev.sub]]
v = 1
[dev.tab]
[[dev]]
[[dev . "sub"]]
v = 1
[n1.m]
[n1]
'''


def paths(value: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every key and array element of a parsed document."""
    inside = value.items() if isinstance(value, dict) else ()
    for key, one in enumerate(value) if isinstance(value, list) else inside:
        yield (*way, key)
        yield from paths(one, (*way, key))


def test_every_key_and_element_that_tomllib_finds_has_a_line_and_no_other() -> None:
    assert set(lines(TRAPS)) == set(paths(tomllib.loads(TRAPS)))


def test_lines_point_at_the_key_its_table_or_its_element() -> None:
    found, text = lines(TRAPS), TRAPS.splitlines()
    assert text[found["l", 1] - 1].strip() == "'b]',"
    assert text[found["dev", 0, "sub", 1] - 1] == "[[dev.sub]]"
    assert text[found["dev", 1, "sub", 0, "v"] - 1 - 1] == '[[dev . "sub"]]'
    assert text[found["n1",] - 1] == "[n1]"
    assert text[found["s", "k.A"] - 1].startswith('"k.')


def test_windows_line_ends_do_not_shift_the_lines() -> None:
    assert lines(TRAPS.replace("\n", "\r\n")) == lines(TRAPS)


bare = st.text("abcXYZ019_-", min_size=1, max_size=4)
# What could fool a scanner, inside quotes.
tricky = st.text("ab \t#[]{}=,.'\\\"éĐ", max_size=8)


def basic(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'


def multi_line(text: str) -> str:
    return '"""\n' + text.replace("\\", "\\\\").replace('"', '\\"') + '\n"""'


keys = st.one_of(bare, tricky.map(basic), tricky.filter(lambda t: "'" not in t).map("'{}'".format))
scalars = st.one_of(
    st.integers().map(str),
    st.sampled_from(["true", "1.5", "-1e3", "1979-05-27", "1979-05-27T07:32:00+07:00", "inf"]),
    tricky.map(basic),
    tricky.map(multi_line),
    st.text("ab#[]{}=,.\\\"\n'", max_size=8)
    .filter(lambda t: "'''" not in t and not t.endswith("'"))
    .map("'''{}'''".format),
)


def arrays(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    gaps = st.sampled_from([", ", ",", ",\n  ", ' , # ] "\n', "\n,"])
    return st.builds(lambda gap, all_: f"[{gap.join(all_)}]", gaps, st.lists(values, max_size=3))


def inline_tables(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.dictionaries(keys, values, max_size=3)
    return pairs.map(lambda d: "{" + ", ".join(f"{k} = {v}" for k, v in d.items()) + "}")


values = st.recursive(scalars, lambda inner: arrays(inner) | inline_tables(inner), max_leaves=6)
names = st.lists(keys, min_size=1, max_size=3).map(" . ".join)
statements = st.one_of(
    names.map("[{}]".format),
    names.map("[[{}]] # x".format),
    st.builds("{} = {}".format, names, values),
    st.sampled_from(["", "# [x]", "  "]),
)
documents = st.lists(statements, max_size=12).map("\n".join)


@settings(deadline=None)  # a busy machine is no fault
@given(documents)
@example("[[a]]\n[[a.b]]\n[[a]]\n[[a.b]]\n[a.b.c]\nd=1")
@example("a = {b = 1.5, c = {d = [{e = 2.5}, 'x']}}")
@example('a = [[[1.5, "]"], []], 2]')
def test_scanner_and_tomllib_agree_on_any_valid_text(text: str) -> None:
    found = lines(text)
    try:
        parsed = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(found) == set(paths(parsed))
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())


@settings(deadline=None)  # a busy machine is no fault
@given(st.text("ab\"'[]{}=,.#\n\\ \r", max_size=60) | st.text(max_size=60))
def test_text_that_is_no_toml_never_raises(text: str) -> None:
    lines(text)
