"""Reads sites.toml and all that it includes: the network, or every problem at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from inventory import alert_rules, atlas_rules, build, references, rules, secrets
from inventory.files import Source, patterns, read_all
from inventory.lines import line_of, lines
from inventory.model import Network
from inventory.problems import Finding, Level, LineOf, Problem, Spot, problem, quoted
from inventory.problems import Path as KeyPath
from inventory.rows import Findings, Row, rows_of
from inventory.tables import TABLES

_NOTHING: Mapping[Path, str] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """`network` is None when there is any error; warnings alone leave it whole. `includes`: the
    patterns by which the file names others."""

    network: Network | None
    problems: tuple[Problem, ...]
    includes: tuple[str, ...] = ()

    def count(self, level: Level) -> int:
        return sum(problem.level == level for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Examined:
    """What the files say, before anybody asks for lines. `rows`: as they were read."""

    network: Network
    sources: list[Source]
    rows: list[Row]
    findings: Findings
    secrets: secrets.Secrets | None

    def problems(self, path: Path) -> tuple[Problem, ...]:
        return _problems(self.sources, self.secrets, path, self.findings, self.line_of)

    @property
    def line_of(self) -> LineOf:
        return _Lines(self.sources)


def read(path: Path, *, secrets: bool = True, instead: Mapping[Path, str] = _NOTHING) -> Reading:
    """Read the configuration; never raises for what a file says.

    With `secrets=False` no secret is looked up: profiles then lack what sites.toml names.
    `instead`: texts that stand for those on the disk, by resolved path.
    """
    examined = examine(path, secrets=secrets, instead=instead)
    problems = examined.problems(path)
    sound = not any(one.level == "error" for one in problems)
    includes = tuple(patterns(examined.sources[0]))
    network = examined.network if sound else None
    return Reading(network=network, problems=problems, includes=includes)


def examine(path: Path, *, secrets: bool, instead: Mapping[Path, str]) -> Examined:
    """Read and check everything."""
    sources, lost, sha256 = read_all(path, instead)
    findings = Findings()
    for number, pattern in lost:
        what = f"include: there is no file {quoted(pattern)}"
        findings.file(sources[0].name, ("network", "include", number), what)
    rows = [
        row
        for source in sources
        if source.data is not None
        for row in rows_of(source.name, source.data, findings)
    ]
    found_secrets = _secrets(path) if secrets else None
    network = _check(rows, sources, found_secrets, sha256, findings)
    return Examined(network, sources, rows, findings, found_secrets)


def _secrets(path: Path) -> secrets.Secrets:
    return secrets.load(path.parent / secrets.FILE)


def _check(
    rows: list[Row],
    sources: list[Source],
    found_secrets: secrets.Secrets | None,
    sha256: str,
    findings: Findings,
) -> Network:
    """Everything that can be said of the rows together; gives the network, sound or not."""
    if sources[0].data is not None and not any(row.table.name == "network" for row in rows):
        hint = "it gives the name and the time zone"
        findings.file(sources[0].name, (), "there is no table [network]", hint)
    loose = [name for source in sources for name in source.loose_ids]
    known = references.known_ids(rows, loose, TABLES)
    references.doubles(rows, findings)
    references.doubly_used(rows, findings)
    rules.within_rows(rows, findings)
    rules.anchored(rows, findings)
    rules.hearts(rows, findings)
    rules.trapped(rows, findings)
    rules.scopes(rows, known, findings)
    alert_rules.alerting(rows, findings)
    references.dangling(rows, known, findings)  # from here on rows lack what does not resolve
    atlas_rules.over_time(rows, findings)
    references.link_ends(rows, known, findings)
    build.reveal(rows, found_secrets, findings)
    network = build.network(rows, sha256)
    references.loops(rows, build.sketch(network), findings)
    return network


def _problems(
    sources: list[Source],
    found_secrets: secrets.Secrets | None,
    path: Path,
    findings: Iterable[Finding],
    line_of: LineOf,
) -> tuple[Problem, ...]:
    """All problems with their lines, file by file from top to bottom."""
    problems = [source.fault for source in sources if source.fault]
    problems += [problem(finding, line_of) for finding in findings]
    for line, what, hint in found_secrets.faults if found_secrets else ():
        file = str(path.parent / secrets.FILE)
        problems.append(Problem(file=file, line=line, thing="", what=what, hint=hint))
    order = {source.name: number for number, source in enumerate(sources)}
    last = len(order)
    return tuple(sorted(problems, key=lambda one: (order.get(one.file, last), one.line)))


class _Lines:
    """Path → line of the nearest thing that stands there; a file is scanned when asked first."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._texts = {source.name: source.text for source in sources}
        self._found: dict[str, dict[KeyPath, int]] = {}

    def __call__(self, spot: Spot) -> int:
        if spot.file not in self._found:
            self._found[spot.file] = lines(self._texts[spot.file])
        return line_of(self._found[spot.file], spot.path)
