"""The peer: prometheus-snmp-exporter with a module that asks the same objects, and its scraper."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.child import START_LIMIT_S, Child, UselessError, free_tcp_port

MODULE = "bench"


def configured(where: Path, scalars: Sequence[str], columns: Sequence[str], rows: int) -> Path:
    """Its configuration in the form of release 0.21; JSON is YAML. A column fits one request."""
    module = {
        "walk": list(columns),
        "get": [f"{scalar}.0" for scalar in scalars],
        "metrics": [_metric(oid, "ifIndex") for oid in columns] + [_metric(o) for o in scalars],
        "version": 2,
        "max_repetitions": rows + 1,
        "auth": {"community": "public"},
    }
    where.write_text(json.dumps({MODULE: module}))
    return where


def _metric(oid: str, index: str | None = None) -> dict[str, object]:
    indexes = [{"labelname": index, "type": "gauge"}] if index else []
    name = "m_" + oid.replace(".", "_")
    return {"name": name, "oid": oid, "type": _TYPES.get(oid, "gauge"), "indexes": indexes}


_SYSTEM, _IF, _IFX = "1.3.6.1.2.1.1.", "1.3.6.1.2.1.2.2.1.", "1.3.6.1.2.1.31.1.1.1."
_TYPES = {
    _SYSTEM + "1": "DisplayString",
    _SYSTEM + "2": "OctetString",
    _SYSTEM + "5": "DisplayString",
    _IF + "2": "DisplayString",
    _IF + "6": "PhysAddress48",
    _IFX + "1": "DisplayString",
    _IFX + "6": "counter",
    _IFX + "10": "counter",
    _IFX + "18": "DisplayString",
}


class Exporter:
    """Running, and asked over one kept connection as a scraper does it."""

    def __init__(self, config: Path, said: Path) -> None:
        port = free_tcp_port()
        words = ["prometheus-snmp-exporter", f"--config.file={config}", "--log.level=warn"]
        self.child = Child([*words, f"--web.listen-address=127.0.0.1:{port}"], said)
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self._await_start()

    def scrape(self, target: str) -> bytes:
        """The metrics of one device, `target` being ADDRESS:PORT."""
        self._http.request("GET", f"/snmp?module={MODULE}&target={target}")
        answer = self._http.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise UselessError(f"snmp_exporter answered {answer.status}: {body[:200]!r}")
        return body

    def close(self) -> None:
        self._http.close()
        self.child.stop()

    def _await_start(self) -> None:
        until = time.monotonic() + START_LIMIT_S
        while True:
            try:
                return self._http.connect()
            except OSError:
                if time.monotonic() > until:
                    self.child.stop()
                    raise UselessError("snmp_exporter does not start") from None
                time.sleep(0.1)
