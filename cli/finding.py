"""One line of `canh doctor`: what was looked at, how it stands, and what helps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from inventory.model import Network
from inventory.phrases import say
from inventory.problems import shown
from store.checkup import Looked


class Standing(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """Told by the phrase `doctor.CHECK.WORD`; unless all is well, `….WORD.do` is what helps."""

    check: str
    standing: Standing
    word: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def found(self, language: str) -> str:
        return shown(say(language, f"doctor.{self.check}.{self.word}", **self.values))

    def remedy(self, language: str) -> str | None:
        if self.standing == Standing.OK:
            return None
        return shown(say(language, f"doctor.{self.check}.{self.word}.do", **self.values))


def ok(check: str, word: str, **values: object) -> Finding:
    return Finding(check, Standing.OK, word, values)


def warning(check: str, word: str, **values: object) -> Finding:
    return Finding(check, Standing.WARNING, word, values)


def problem(check: str, word: str, **values: object) -> Finding:
    return Finding(check, Standing.PROBLEM, word, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What all checks look at; `network` is None where the configuration has errors."""

    config: Path
    url: str
    folder: Path  # of the data; on a server, of the configuration
    network: Network | None
    errors: int
    warnings: int
    record: Looked | None
    broken: str | None  # why the record cannot be read
    now_ms: int

    @property
    def runs(self) -> bool:
        watching = self.record.watching if self.record else None
        return watching is not None and watching.running
