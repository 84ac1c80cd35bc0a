"""A backup that was cut, changed or made up is refused, and touches nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from store import archive, restoring
from store.engine import RecordError
from tests.store.saving import standing


def test_one_that_is_cut_or_has_a_wrong_byte_anywhere_is_refused_or_is_the_same(
    saved: Path, here: str, data: Path, tmp_path: Path
) -> None:
    sound, before = saved.read_bytes(), standing(data)
    dice = random.Random(7)
    bad = tmp_path / "bad.tar.gz"
    whole = tmp_path / "whole"
    whole.mkdir()
    archive.unpack(saved, whole)
    for number in range(60):
        at = dice.randrange(len(sound))
        if number % 2:
            bad.write_bytes(sound[:at])
        else:
            bad.write_bytes(
                sound[:at] + bytes([sound[at] ^ 1 << dice.randrange(8)]) + sound[at + 1 :]
            )
        (folder := tmp_path / f"un{number}").mkdir()
        try:
            archive.unpack(bad, folder)
        except archive.BackupError:
            pass
        else:  # a byte of gzip's own header, which says nothing
            assert standing(folder) == standing(whole)
            continue
        with pytest.raises(RecordError, match="nothing was touched"):
            restoring.restore(bad, here, replace=True)
    assert standing(data) == before
    assert [path.name for path in data.iterdir() if path.name.startswith(".canh")] == []


def _rewritten(saved: Path, change: Callable[[dict[str, bytes]], object], target: Path) -> Path:
    """The archive with other members; its list is made by `change`, too."""
    with tarfile.open(saved, "r:gz") as tar:
        members = {one.name: tar.extractfile(one).read() for one in tar}  # type: ignore[union-attr]
    change(members)
    with gzip.open(target, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as tar:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return target


def _listed(name: str, content: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        told = json.loads(members[archive.LIST])
        sha256 = hashlib.sha256(content).hexdigest()
        told["members"].append({"name": name, "size": len(content), "sha256": sha256})
        members[archive.LIST] = json.dumps(told).encode()
        members[name] = content

    return change


def _said(**words: object) -> Callable[[dict[str, bytes]], None]:
    def change(members: dict[str, bytes]) -> None:
        members[archive.LIST] = json.dumps(json.loads(members[archive.LIST]) | words).encode()

    return change


HOSTILE: dict[str, tuple[Callable[[dict[str, bytes]], object], str]] = {
    "a name that leads out": (_listed("files/../../evil", b"x"), "no name of a member"),
    "an absolute name": (_listed("/etc/evil", b"x"), "no name of a member"),
    "a name with control characters": (_listed("files/a\x1b[2J", b"x"), "no name of a member"),
    "a member that is not listed": (lambda m: m.update({"files/photos/x": b"x"}), "in its list"),
    "a member that is missing": (lambda m: m.pop("samples.db"), "it lacks samples.db"),
    "another content": (
        lambda m: m.update({"samples.db": bytes(len(m["samples.db"]))}),
        "sha256 is another",
    ),
    "no list": (lambda m: m.pop(archive.LIST), "first member"),
    "a list that is no JSON": (lambda m: m.update({archive.LIST: b"{"}), "damaged"),
    "a newer form": (_said(canh_backup=99), "has format 99"),
    "a newer schema": (_said(schema="9999"), "has schema 9999"),
    "another record": (_said(record_id="x" * 36), "another record"),
}


@pytest.mark.parametrize("how", HOSTILE)
def test_an_archive_that_is_not_as_its_list_says_is_refused(
    how: str, saved: Path, here: str, data: Path, tmp_path: Path
) -> None:
    change, word = HOSTILE[how]
    before = standing(tmp_path / "data")
    bad = _rewritten(saved, change, tmp_path / "bad.tar.gz")
    with pytest.raises(RecordError, match=word):
        restoring.restore(bad, here, replace=True)
    assert standing(data) == before
    assert not (tmp_path / "evil").exists()


def test_a_link_in_an_archive_is_not_followed(saved: Path, here: str, tmp_path: Path) -> None:
    bad = tmp_path / "bad.tar.gz"
    with tarfile.open(saved, "r:gz") as old, tarfile.open(bad, "w:gz") as new:
        for entry in old:
            if entry.name == "samples.db":
                entry = tarfile.TarInfo("samples.db")
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
                new.addfile(entry)
            else:
                new.addfile(entry, old.extractfile(entry))
    with pytest.raises(RecordError, match="not as its list says"):
        restoring.restore(bad, here, replace=True)
