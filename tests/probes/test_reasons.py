"""Every reason that a verdict gives has words in both languages: else people read ours."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import probes
from inventory.phrases import table

FOLDER = Path(probes.__file__).parent


def reasons(tree: ast.Module) -> Iterator[str]:
    """Texts in calls of `tell`, and what is called `reason`, also by a name of the module."""
    names = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        told = [each.value for each in call.keywords if each.arg == "reason"]
        if isinstance(call.func, ast.Attribute) and call.func.attr == "tell":
            told += call.args
        for value in told:
            found = names.get(value.id) if isinstance(value, ast.Name) else value
            if isinstance(found, ast.Constant) and isinstance(found.value, str):
                yield found.value


def test_every_reason_has_words() -> None:
    found = {
        reason
        for path in FOLDER.glob("*.py")
        for reason in reasons(ast.parse(path.read_text("utf-8")))
    }
    assert {"no_answer", "port_down", "not_asked", "not_measured", "gateway"} <= found
    assert {reason for reason in found if f"reason.{reason}" not in table()} == set()
