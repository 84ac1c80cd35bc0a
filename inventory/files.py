"""The files that make up a configuration: sites.toml and what it includes, read and parsed."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inventory.problems import Problem, plain

LARGEST_BYTES = 256 * 1024 * 1024
_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")
_LOOSE_ID = re.compile(r"""^\s*id\s*=\s*["']([A-Za-z0-9._-]+)["']""", re.MULTILINE)
_LOOSE_NAME = re.compile(r"^\s*\[(?:snmp|ssh)\.([A-Za-z0-9_-]+)\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Source:
    """One file. `data` is None where it could not be parsed; `loose_ids` are then the ids that
    stand in it all the same, so that one slip does not make a thousand references dangle."""

    name: str  # as problems name it
    path: Path
    text: str = field(default="", repr=False)
    data: dict[str, Any] | None = field(default=None, repr=False)
    fault: Problem | None = None
    loose_ids: frozenset[str] = frozenset()


Texts = Mapping[Path, str]


def read_all(path: Path, instead: Texts) -> tuple[list[Source], list[tuple[int, str]], str]:
    """The file and those it includes, patterns that name no file as (index, pattern), sha256.

    `instead`: texts that stand for those on the disk, by resolved path.
    """
    main = _read(str(path), path, instead)
    sources, seen, lost = [main], {path.resolve()}, []
    for number, pattern in enumerate(patterns(main)):
        found = list(matches(path.parent, pattern))
        if not found and not any(sign in pattern for sign in "*?["):
            lost.append((number, pattern))
        for file in found:
            if file.resolve() not in seen:
                seen.add(file.resolve())
                sources.append(_read(str(file), file, instead))
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.text.encode())
    return sources, lost, digest.hexdigest()


def patterns(main: Source) -> list[str]:
    """`[network] include`, as far as it has the right form; the row reader tells of the rest."""
    network = (main.data or {}).get("network")
    wanted = network.get("include", []) if isinstance(network, dict) else []
    wanted = [wanted] if isinstance(wanted, str) else wanted
    return [w for w in wanted if isinstance(w, str)] if isinstance(wanted, list) else []


def matches(folder: Path, pattern: str) -> Iterator[Path]:
    """Files of that pattern, in order; a pattern that cannot be one matches nothing."""
    try:
        anchor = Path(pattern).anchor
        found = Path(anchor).glob(pattern.removeprefix(anchor)) if anchor else folder.glob(pattern)
        yield from sorted(file for file in found if file.is_file())
    except (ValueError, NotImplementedError, OSError, IndexError):
        return


def _read(name: str, path: Path, instead: Texts) -> Source:
    """Read and parse one file; what goes wrong is a value."""
    if (planned := instead.get(path.resolve())) is not None:
        return _parse(name, path, planned)
    try:
        if path.stat().st_size > LARGEST_BYTES:
            return _failed(name, path, 1, f"is larger than {LARGEST_BYTES} bytes")
        raw = path.read_bytes()
    except OSError as error:
        return _failed(name, path, 1, f"cannot be read: {error.strerror}")
    except ValueError:  # a NUL in the name
        return _failed(name, path, 1, "cannot be read: no name of a file")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        loose = _loose(raw.decode("utf-8", "replace"))
        return _failed(name, path, line, "is not UTF-8", "save it as UTF-8", loose)
    return _parse(name, path, text)


def _parse(name: str, path: Path, text: str) -> Source:
    try:
        return Source(name, path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        column = f" (column {found[2]})" if found else ""
        what = _AT_LINE.sub("", str(error)).removesuffix(" (at end of document)")
    except RecursionError:
        line, column, what = 1, "", "tables or lists are nested too deeply"
    except (ValueError, OverflowError) as error:  # a number of thousands of digits
        line, column, what = 1, "", f"a number cannot be read: {error}"
    what = f"not valid TOML: {plain(what)}{column}"
    return _failed(name, path, line, what, loose=_loose(text), text=text)


def _loose(text: str) -> frozenset[str]:
    return frozenset(_LOOSE_ID.findall(text) + _LOOSE_NAME.findall(text))


def _failed(
    name: str,
    path: Path,
    line: int,
    what: str,
    hint: str = "",
    loose: frozenset[str] = frozenset(),
    text: str = "",
) -> Source:
    fault = Problem(file=name, line=line, thing="", what=what, hint=hint)
    return Source(name, path, text, fault=fault, loose_ids=loose)
