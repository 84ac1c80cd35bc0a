"""Changed TOML is what a person would have written: comments, order and line ends stay."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from inventory.tables import TABLES
from inventory.toml_text import TomlText, bare, key_text, table_text

TEXT = """\
# head
[network]
name = "x"   # a name

# the first unit
[[unit]]
id = "a"     # permanent
name = "A"
# said beside it
level = "commune"

# a site
[[site]]
id = "s"
contacts = [
  "x",  # one
]

# the second unit
[[unit]]
id = "b"
name = \"\"\"
[[unit]]
id = "no table"
\"\"\"

[snmp.office]
version = "2c"
[[calendar]]
id = "c"
week.mon = ["07:00-08:00"]
# closed
week.tue = ["07:00-08:00"]
"""
ORDER = list(TABLES["unit"].keys)


def test_nothing_changed_is_the_same_text() -> None:
    for text in (TEXT, TEXT.replace("\n", "\r\n"), Path("sites.toml").read_text("utf-8"), "", "\n"):
        assert TomlText(text).text() == text


def test_a_value_changes_and_its_comment_stays() -> None:
    editor = TomlText(TEXT)
    editor.set(("network",), {"name": 'y "z"'})
    editor.set(("unit", 0), {"name": "Ấp Bắc", "parent": "p", "valid_to": date(2025, 7, 1)}, ORDER)
    editor.set(("snmp", "office"), {"version": None, "port": 162})
    text = editor.text()
    assert 'name = "y \\"z\\""   # a name\n' in text
    assert text.index("# said beside it") < text.index("level") < text.index("parent")
    assert 'parent = "p"\nvalid_to = 2025-07-01\n\n# a site' in text
    assert "[snmp.office]\nport = 162\n[[calendar]]" in text


def test_lists_texts_and_dotted_keys_are_replaced_whole() -> None:
    editor = TomlText(TEXT)
    editor.set(("site", 0), {"contacts": ["y", "z"]})
    editor.set(("unit", 1), {"name": "B"})
    editor.set(("calendar", 0), {"week": {"mon-fri": ["07:00-11:30"]}})
    found = tomllib.loads(editor.text())
    assert found["site"] == [{"id": "s", "contacts": ["y", "z"]}]
    assert found["unit"][1] == {"id": "b", "name": "B"}
    assert found["calendar"][0]["week"] == {"mon-fri": ["07:00-11:30"]}
    assert "no table" not in editor.text()


def test_a_new_table_stands_behind_its_like_and_before_the_next_comment() -> None:
    editor = TomlText(TEXT)
    editor.add("[[unit]]", {"id": "n", "valid_from": date(2025, 7, 1)}, ("unit", 0))
    editor.add("[[path]]", {"site": "s", "need": 1.0}, None)
    text = editor.text()
    new = '\n[[unit]]\nid = "n"\nvalid_from = 2025-07-01\n\n# a site'
    assert new in text
    assert text.endswith('\n\n[[path]]\nsite = "s"\nneed = 1\n')
    assert tomllib.loads(text)["unit"][1]["id"] == "n"


def test_line_ends_of_the_file_are_kept() -> None:
    editor = TomlText(TEXT.replace("\n", "\r\n"))
    editor.set(("unit", 0), {"parent": "p"}, ORDER)
    editor.add("[[unit]]", {"id": "n"}, ("unit", 0))
    text = editor.text()
    assert text.count("\n") == text.count("\r\n")
    assert tomllib.loads(text)["unit"][1] == {"id": "n"}


def test_one_other_line_end_changes_nothing_else() -> None:
    text = TEXT.replace("# a site\n", "# a site\r\n")
    editor = TomlText(text)
    editor.set(("unit", 0), {"parent": "p"}, ORDER)
    assert editor.text() == text.replace('level = "commune"\n', 'level = "commune"\nparent = "p"\n')


def test_comments_inside_a_list_stand_above_its_new_value() -> None:
    text = '[[site]]\nuplink = [\n  "a#b", # main way\n  # ask Mr Ba\n  "c",\n]\n'
    editor = TomlText(text)
    editor.set(("site", 0), {"uplink": ["d"]})
    assert editor.text() == '[[site]]\n# main way\n# ask Mr Ba\nuplink = ["d"]\n'


def test_a_comment_on_a_header_stays_with_its_table() -> None:
    text = '[[unit]]\nid = "a"\n# Unit B\n[[unit]]\nid = "b"\n'
    editor = TomlText(text)
    editor.add("[[unit]]", {"id": "n"}, ("unit", 0))
    assert (
        editor.text() == '[[unit]]\nid = "a"\n\n[[unit]]\nid = "n"\n# Unit B\n[[unit]]\nid = "b"\n'
    )


def test_a_key_comes_before_a_table_inside_the_table() -> None:
    text = '[[calendar]]\nid = "c"\n[calendar.week]\nmon = ["07:00-08:00"]\n'
    editor = TomlText(text)
    editor.set(("calendar", 0), {"holidays": "VN"}, list(TABLES["calendar"].keys))
    found = tomllib.loads(editor.text())["calendar"][0]
    assert (found["holidays"], found["week"]) == ("VN", {"mon": ["07:00-08:00"]})


def test_a_key_with_a_table_of_its_own_is_written_anew_before_the_other_tables() -> None:
    text = (
        '[[calendar]]\nid = "c"\n[calendar.days]\n2026-09-02 = []\n'
        '[calendar.week]  # office\nmon = ["07:00-08:00"]  # short\n\n[[unit]]\nid = "a"\n'
    )
    editor = TomlText(text)
    editor.set(("calendar", 0), {"week": {"tue": ["07:00-08:00"]}}, list(TABLES["calendar"].keys))
    assert editor.text() == (
        '[[calendar]]\nid = "c"\n# office\n# short\nweek.tue = ["07:00-08:00"]\n[calendar.days]\n'
        '2026-09-02 = []\n\n[[unit]]\nid = "a"\n'
    )


def test_a_table_that_others_stand_inside_of_changes_without_them() -> None:
    text = '[[calendar]]\nid = "c"\n[[unit]]\nid = "a"\n[calendar.week]\nmon = []\n'
    editor = TomlText(text)
    editor.set(("unit", 0), {"name": "A", "level": "commune", "code": "1"}, ORDER)
    editor.set(("calendar", 0), {"week": {"tue": []}, "holidays": "VN"}, ["id", "week"])
    assert tomllib.loads(editor.text()) == {
        "calendar": [{"id": "c", "week": {"tue": []}, "holidays": "VN"}],
        "unit": [{"id": "a", "name": "A", "level": "commune", "code": "1"}],
    }


def test_the_comment_of_a_value_that_takes_more_lines_stands_above_it() -> None:
    editor = TomlText(
        '[[site]]\nuplink = ["x"]  # why\n[[calendar]]\nweek = {mon = []}  # office\n'
    )
    editor.set(("site", 0), {"uplink": [f"unit-{number}" for number in range(30)]})
    editor.set(("calendar", 0), {"week": {"tue": []}})
    assert "[[site]]\n# why\nuplink = [\n" in editor.text()
    assert editor.text().endswith("[[calendar]]\n# office\nweek.tue = []\n")


def test_a_name_that_is_no_bare_key_is_quoted() -> None:
    for name in ("x = 1\ny", "a.b", "", "đ", 'a"b'):
        assert tomllib.loads(f"{bare(name)} = 1") == {name: 1}
    assert bare("a-b_1") == "a-b_1"
    assert bare(date(2026, 9, 2)) == "2026-09-02"


def test_what_is_written_inline_has_no_header_to_change() -> None:
    editor = TomlText(
        'unit = [{id = "a"}]\n[snmp]\noffice = {version = "2c"}\n[[site]]\nid = "s"\n'
    )
    assert not editor.has(("unit", 0))
    assert not editor.has(("snmp", "office"))
    assert editor.has(("site", 0))
    assert (editor.takes("unit"), editor.takes("site"), editor.takes("link")) == (False, True, True)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-(2**62), 2**62) | texts | st.dates(),
    lambda inner: st.lists(inner, max_size=4),
)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), values, min_size=1))
def test_whatever_is_written_is_read_as_the_same(table: dict[str, Any]) -> None:
    assert tomllib.loads(table_text("[[t]]", table)) == {"t": [table]}


@given(values, values)
def test_whatever_replaces_whatever_is_read_as_the_same(old: Any, new: Any) -> None:
    before = "\n".join(["[[unit]]", 'id = "a"', *key_text("name", old), "# beside", 'code = "1"'])
    editor = TomlText(before)
    editor.set(("unit", 0), {"name": new}, ORDER)
    assert tomllib.loads(editor.text()) == {"unit": [{"id": "a", "name": new, "code": "1"}]}
    assert "# beside" in editor.text()


def test_a_long_list_has_a_line_for_each_element() -> None:
    lines = key_text("of", [f"unit-{number}" for number in range(30)])
    assert len(lines) == 32
    assert max(map(len, lines)) < 40
