"""Takes device types as NetBox's library writes them: how maker and model are spelled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from inventory.edition import Edition
from inventory.folding import fold
from inventory.importing import Incoming, Trouble
from inventory.problems import quoted
from inventory.tables import TABLES

_USED = ("manufacturer", "model", "slug", "part_number")


@dataclass
class DeviceTypes:
    """Corrects devices of the files, and the `coming` rows that stand beside them."""

    edition: Edition
    coming: Iterable[Incoming]
    troubles: list[Trouble] = field(default_factory=list)

    def __post_init__(self) -> None:
        device = TABLES["device"]
        self._coming = {
            str(one.values["id"]): one
            for one in self.coming
            if one.table is device and "id" in one.values
        }
        self._models = {row.id: row.values.get("model") for row in self.edition.of("device")}
        self._models |= {
            key: one.values["model"] for key, one in self._coming.items() if "model" in one.values
        }
        self._typed: dict[str, str] = {}  # device → the type that it has got

    def rows(self, text: str, name: str) -> Iterator[Incoming]:
        """New rows, for devices that no other row is about. ValueError where it is no YAML of
        device types."""
        for one in _types(text, name):
            at = f"{name}: {one['model']}"
            words = {fold(str(one[key])) for key in _USED[1:] if one.get(key)} - {""}
            mine = [key for key, model in self._models.items() if fold(str(model or "")) in words]
            for key in mine:
                yield from self._correct(key, one, at)
            if not mine:
                self.troubles.append(Trouble(at, "no device is of that model", "warning"))
            if rest := sorted(map(str, one.keys() - set(_USED))):
                self.troubles.append(Trouble(at, f"left out: {', '.join(rest)}", "warning"))

    def _correct(self, key: str, one: Mapping[str, Any], at: str) -> Iterator[Incoming]:
        if first := self._typed.get(key):
            self.troubles.append(Trouble(at, f"device {quoted(key)} has its type from {first}"))
            return
        self._typed[key] = at
        row = self._coming.get(key) or Incoming(TABLES["device"], at, {"id": key}, {})
        row.values |= {"vendor": str(one["manufacturer"]), "model": str(one["model"])}
        row.cells |= {"vendor": at, "model": at}
        if key not in self._coming:
            yield row


def _types(text: str, name: str) -> list[Mapping[str, Any]]:
    import yaml  # nobody else needs it

    try:
        documents = [one for one in yaml.safe_load_all(text) if one is not None]
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"{name}: is no YAML: {' '.join(str(error).split())}") from error
    for one in documents:
        if not isinstance(one, dict) or not {"manufacturer", "model"} <= one.keys():
            raise ValueError(f"{name}: is no device type: manufacturer and model are wanted")
    return documents
