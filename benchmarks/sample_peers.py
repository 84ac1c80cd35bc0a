"""The peers: VictoriaMetrics and Prometheus, each fed as cheaply as it takes samples."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import numpy as np

from benchmarks.child import START_LIMIT_S, Child, UselessError, free_tcp_port
from benchmarks.sample_data import Load

NAMES = (
    *("in_octets", "out_octets", "in_errors", "out_errors", "in_discards", "out_discards"),
    *("admin_status", "oper_status"),
)
WINDOW = 30  # polls of one series in a request to Prometheus
_CALM_S, _CALM_LIMIT_S = 1.0, 120.0


class Peer:
    """A database in a process of its own, over one kept connection."""

    program = ""

    def __init__(self, work: Path, *flags: str) -> None:
        port = free_tcp_port()
        self.data = work / self.program
        words = [self.program, *flags, self._address.format(port), self._place.format(self.data)]
        self.child = Child(words, work / f"{self.program}.log")
        self._http = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self._await_start()

    _address = _place = ""

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        self._http.request(method, path, body, headers)
        answer = self._http.getresponse()
        said = answer.read()
        if answer.status >= 300:
            raise UselessError(f"{self.program} answered {answer.status}: {said[:200]!r}")
        return said

    def calm(self) -> None:
        """Until it has nothing more to do."""
        until = time.monotonic() + _CALM_LIMIT_S
        while self.child.cpu_during(_CALM_S) > 0.02 * _CALM_S:
            if time.monotonic() > until:
                raise UselessError(f"{self.program} does not come to rest")

    def close(self) -> None:
        self._http.close()
        self.child.stop()

    def _await_start(self) -> None:
        until = time.monotonic() + START_LIMIT_S
        while True:
            try:
                self.ask("GET", "/health" if "victoria" in self.program else "/-/ready")
            except (OSError, UselessError):
                self._http.close()
                if time.monotonic() > until:
                    self.child.stop()
                    raise UselessError(f"{self.program} does not start") from None
                time.sleep(0.2)
            else:
                return


class Victoria(Peer):
    program = "victoria-metrics"
    _address, _place = "-httpListenAddr=127.0.0.1:{}", "-storageDataPath={}"

    def __init__(self, work: Path) -> None:
        super().__init__(work, "-retentionPeriod=100y", "-loggerLevel=ERROR")

    def take_lines(self, load: Load) -> None:
        """A device a request, a line a series."""
        for d, series in enumerate(_devices(load)):
            at = load.at_ms[d].tolist()
            lines = [
                json.dumps({"metric": labels, "values": values.tolist(), "timestamps": at})
                for labels, values in series
            ]
            self.ask("POST", "/api/v1/import", "\n".join(lines).encode())

    def native(self, devices: int) -> Iterator[bytes]:
        """What another one takes without any parsing."""
        self.ask("GET", "/internal/force_flush")
        for d in range(devices):
            wanted = urlencode({"match[]": f'{{device="{d}"}}'})
            yield self.ask("GET", f"/api/v1/export/native?{wanted}")

    def take_native(self, device: bytes) -> None:
        self.ask("POST", "/api/v1/import/native", device)

    def compact(self) -> int:
        """Bytes on disk, index included, after it has merged all it can."""
        self.ask("GET", "/internal/force_flush")
        self.ask("GET", "/internal/force_merge")
        self.calm()
        return _size(self.data / "data") + _size(self.data / "indexdb")

    def read(self, labels: dict[str, str], since_ms: int, until_ms: int) -> int:
        words = {"match[]": _selector(labels), "start": since_ms / 1000, "end": until_ms / 1000}
        found = json.loads(self.ask("GET", f"/api/v1/export?{urlencode(words)}"))
        return len(found["values"])


class Prometheus(Peer):
    program = "prometheus"
    _address, _place = "--web.listen-address=127.0.0.1:{}", "--storage.tsdb.path={}"

    def __init__(self, work: Path) -> None:
        config = work / "prometheus.yml"
        config.write_text("{}")
        super().__init__(
            work,
            f"--config.file={config}",
            "--web.enable-remote-write-receiver",
            "--web.enable-admin-api",
            "--storage.tsdb.retention.time=100y",
            "--log.level=error",
        )

    def take(self, load: Load) -> None:
        """Remote write: half an hour of a device's series a request, in the order of time."""
        devices = [list(_devices(load, d)) for d in range(len(load.at_ms))]
        for start in range(0, load.at_ms.shape[1], WINDOW):
            for d, [series] in enumerate(devices):
                here = slice(start, start + WINDOW)
                body = b"".join(
                    _time_series(labels, load.at_ms[d, here], values[here])
                    for labels, values in series
                )
                self.ask("POST", "/api/v1/write", _snappy(body), **_REMOTE_WRITE)

    def compact(self) -> int:
        """Bytes on disk, index included, of all of it in blocks."""
        said = json.loads(self.ask("POST", "/api/v1/admin/tsdb/snapshot"))
        self.calm()
        return _size(self.data / "snapshots" / said["data"]["name"])

    def read(self, labels: dict[str, str], since_ms: int, until_ms: int) -> int:
        query = f"{_selector(labels)}[{(until_ms - since_ms) // 1000}s]"
        words = f"query={quote(query)}&time={until_ms / 1000}"
        [found] = json.loads(self.ask("GET", f"/api/v1/query?{words}"))["data"]["result"]
        return len(found["values"])


_REMOTE_WRITE = {
    "Content-Encoding": "snappy",
    "Content-Type": "application/x-protobuf",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
}


def labels_of(device: int, port: int, name: str) -> dict[str, str]:
    return {"__name__": name, "device": str(device), "port": str(port)}


_Series = list[tuple[dict[str, str], "np.typing.NDArray[np.float64]"]]


def _devices(load: Load, only: int | None = None) -> Iterator[_Series]:
    """Of each device all series over time."""
    devices, polls, _, ports = load.counters.shape
    for d in range(devices) if only is None else (only,):
        counters = load.counters[d].transpose(1, 2, 0).astype(np.float64)
        found = []
        for k, name in enumerate(NAMES):
            for port in range(ports):
                status = 1 if name == "admin_status" else load.status[d, port]
                values = counters[k, port] if k < len(counters) else np.full(polls, float(status))
                found.append((labels_of(d, port, name), values))
        yield found


def _selector(labels: dict[str, str]) -> str:
    rest = ",".join(f'{key}="{value}"' for key, value in labels.items() if key != "__name__")
    return f"{labels['__name__']}{{{rest}}}"


def _time_series(
    labels: dict[str, str],
    at_ms: np.typing.NDArray[np.int64],
    values: np.typing.NDArray[np.float64],
) -> bytes:
    """prometheus.TimeSeries in protobuf, as field 1 of a WriteRequest."""
    words = b"".join(_field(_text(1, key) + _text(2, labels[key])) for key in sorted(labels))
    samples = np.empty((len(at_ms), 18), np.uint8)
    samples[:, :3] = (0x12, 16, 0x09)
    samples[:, 3:11] = values.astype("<f8").view(np.uint8).reshape(-1, 8)
    samples[:, 11] = 0x10
    for k in range(6):  # UTC ms take six bytes of seven bits, from 1971 until 2109
        samples[:, 12 + k] = (at_ms >> (7 * k) & 0x7F) | (0x80 if k < 5 else 0)
    return _field(words + samples.tobytes())


def _text(number: int, text: str) -> bytes:
    return bytes((number << 3 | 2, len(text))) + text.encode()


def _field(body: bytes) -> bytes:
    return b"\x0a" + _varint(len(body)) + body


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes(found) + bytes((number,))


def _snappy(body: bytes) -> bytes:
    """In snappy's block form, all of it literal: the cheapest to read."""
    parts = [_varint(len(body))]
    for start in range(0, len(body), 1 << 16):
        piece = body[start : start + (1 << 16)]
        parts += [b"\xf4", (len(piece) - 1).to_bytes(2, "little"), piece]
    return b"".join(parts)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
