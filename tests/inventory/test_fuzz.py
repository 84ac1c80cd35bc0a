"""Whatever stands in the file, the reader answers with problems and never raises."""

from __future__ import annotations

import tempfile
from importlib import resources
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.sites_toml import Reading, read
from inventory.tables import TABLES
from tests.inventory.test_every_key import EVERYTHING

STARTER = resources.files("inventory").joinpath("starter.toml").read_text("utf-8")


def read_text(text: str) -> Reading:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sites.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        return read(path)


def answers(found: Reading) -> None:
    errors = [problem for problem in found.problems if problem.level == "error"]
    assert (found.network is None) == bool(errors)
    assert all(problem.line >= 1 and problem.what for problem in found.problems)
    assert all(str(problem).isprintable() for problem in found.problems)
    repr(found)


@settings(deadline=None)  # a busy machine is no fault
@given(st.text(max_size=80) | st.text("[]{}=\"'.,\n #ab1é\\", max_size=80))
def test_any_text(text: str) -> None:
    answers(read_text(text))


names = sorted({key for table in TABLES.values() for key in table.keys} | {"x", '"é\\u001b"'})
ids = st.sampled_from(['"a"', '"b"', '"c"', '"a:b"', '"site:a"', '"public"', '"secret:a"', '"3"'])
NUMBERS = ("1", "-1", "0.5", "nan", "inf", "1e400", "0x" + "f" * 4000, "true", "false")
TEXTS = ('""', '"x y"', '"é"', '"\\u202e"', '"icmp"')
TIMES = ("2026-01-01", "2026-01-01T00:00:00Z", "07:00:00")
scalars = ids | st.sampled_from((*NUMBERS, *TEXTS, *TIMES))
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda many: f"[{', '.join(many)}]")
        | st.dictionaries(st.sampled_from(["a", "mon", "2026-01-01"]), inner, max_size=2).map(
            lambda pairs: "{" + ", ".join(f"{k} = {v}" for k, v in pairs.items()) + "}"
        )
    ),
    max_leaves=4,
)
headers = st.sampled_from(
    [header for name in (*TABLES, "x") for header in (f"[[{name}]]", f"[{name}]")]
    + ["[snmp.a]", "[ssh.a]", "[snmp.b.c]"]
)
tables = st.builds(
    lambda header, pairs: "\n".join([header, *(f"{k} = {v}" for k, v in pairs.items())]),
    headers,
    st.dictionaries(st.sampled_from(names), values, max_size=6),
)


@settings(deadline=None)  # a busy machine is no fault
@given(st.lists(tables, max_size=8).map("\n".join))
def test_any_tables_with_any_values(text: str) -> None:
    answers(read_text(text))


sites = st.builds(
    '[[site]]\nid = "{}"\nname = "x"\nunit = "a"\nuplink = {}\ngateway = {}'.format,
    st.sampled_from("abc"),
    st.lists(ids, max_size=3).map(lambda many: f"[{', '.join(many)}]"),
    st.lists(ids, max_size=2).map(lambda many: f"[{', '.join(many)}]"),
)
devices = st.builds(
    '[[device]]\nid = "{}"\nsite = "{}"\nrole = "x"\naddress = "192.0.2.{}"\nuplink = {}'.format,
    st.sampled_from("abc"),
    st.sampled_from("abc"),
    st.integers(0, 300),
    st.lists(ids, max_size=3).map(lambda many: f"[{', '.join(many)}]"),
)
links = st.builds('[[link]]\nid = "{}"\na = {}\nb = {}'.format, st.sampled_from("abc"), ids, ids)


@settings(deadline=None)  # a busy machine is no fault
@given(st.lists(sites | devices | links, max_size=9).map("\n".join))
def test_any_uplinks(text: str) -> None:
    answers(read_text(text))


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.sampled_from([STARTER, EVERYTHING]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), st.text(max_size=6)), max_size=4),
)
def test_a_good_file_with_slips_of_the_pen(text: str, slips: list[tuple[float, int, str]]) -> None:
    for where, length, instead in slips:
        at = int(where * len(text))
        text = text[:at] + instead + text[at + length :]
    answers(read_text(text))
