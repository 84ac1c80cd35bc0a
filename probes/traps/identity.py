"""Who we are to senders of SNMPv3 informs: an engine id for good, and how often we have started."""

from __future__ import annotations

import json
import logging
import os
import secrets
from pathlib import Path

log = logging.getLogger(__name__)
FILE = "snmp-engine.json"
# RFC 3411 SnmpEngineID: the number of pysnmp, which answers; 5: octets that the administrator
# chose, here chance.
_HEAD = bytes.fromhex("80004fb805")
_RANDOM_BYTES = 12
_BOOTS_MAX = 0x7FFF_FFFE


class Identity:
    """Kept in a file of the data folder. Without a folder, or one that can be written, senders
    have to learn us anew after each start."""

    def __init__(self, folder: Path | None) -> None:
        self._path = None if folder is None else folder / FILE
        self.engine_id, self._boots = self._read(self._path) if self._path else _new()

    def boot(self) -> int:
        """The number of one more start, on disk before it is used."""
        self._boots += 1
        if self._path is None:
            return self._boots
        new = self._path.with_suffix(".new")
        told = {"engine_id": self.engine_id.hex(), "boots": self._boots}
        try:
            with new.open("w", encoding="ascii") as file:
                file.write(json.dumps(told) + "\n")
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error.strerror)
        return self._boots

    def _read(self, path: Path) -> tuple[bytes, int]:
        """A file that is none begins a new identity: senders ask who we are by themselves."""
        try:
            found = json.loads(path.read_text("ascii"))
            engine_id, boots = bytes.fromhex(found["engine_id"]), int(found["boots"])
            if 5 <= len(engine_id) <= 32 and 0 <= boots < _BOOTS_MAX:
                return engine_id, boots
        except FileNotFoundError:
            log.info("%s is made: senders of informs learn who we are", path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("%s cannot be read: %s", path, type(error).__name__)
        return _new()


def _new() -> tuple[bytes, int]:
    return _HEAD + secrets.token_bytes(_RANDOM_BYTES), 0
