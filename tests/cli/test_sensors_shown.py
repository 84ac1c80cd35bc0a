"""`canh show` of a device lists what it measures, with its own limits, and the words of a UPS."""

from __future__ import annotations

import json
import time
from pathlib import Path

from store.changes import Batch, Sensed, SensorFact, SensorsSaid
from tests.cli.running import canh, folder
from tests.store.keeping import bring, network, writing

RX = SensorFact(
    place="1.3.6.1.4.1.2636.3.60.1.1.1.1.5.513",
    kind="rx_power",
    name="xe-0/0/0 rx",
    unit="dBm",
    scale=1000,
    how={},
    low_alarm=-13.09,
    high_alarm=1.0,
)
UPS = [
    SensorFact(place=f"1.3.{n}", kind=kind, name=kind, unit=unit, scale=10, how={})
    for n, (kind, unit) in enumerate(
        (("ups_status", ""), ("ups_on_battery", ""), ("ups_charge", "%"), ("ups_runtime", "s"))
    )
]


def test_sensors_and_ups_are_shown_with_their_limits(tmp_path: Path) -> None:
    where = folder(tmp_path)
    url = f"sqlite:///{where / 'record.db'}"
    now = time.time_ns() // 1_000_000
    device = bring(url, network(), now).ids["device", "p-r"]
    with writing(url, now) as writer:
        said = SensorsSaid(device_id=device, sensors=(RX, *UPS))
        ids = writer.submit(Batch(at_ms=now, sensors=(said,))).result(timeout=30).sensors[device]
        values = (-2301, 20, 10, 995, 13200)
        sensed = Sensed(device_id=device, at_ms=now, sensor_ids=ids, values=values)
        writer.submit(Batch(at_ms=now, sensed=(sensed,))).result(timeout=30)
    code, out, err = canh(where, "show", "p-r", "--json", "--data", str(where))
    assert code == 0, err
    [told] = json.loads(out)["devices"]
    [rx] = [one for one in told["sensors"] if one["unit"] == "dBm"]
    assert (rx["kind"], rx["name"], rx["value"]) == ("rx_power", "xe-0/0/0 rx", -2.301)
    assert (rx["low_alarm"], rx["low_warn"], rx["high_alarm"]) == (-13.09, None, 1.0)
    assert told["ups"] == {
        "status": "normal",
        "on_battery": True,
        "battery_charge_pct": 99.5,
        "runtime_s": 1320.0,
    }
    text = canh(where, "show", "p-r", "--data", str(where))[1]
    assert "rx_power xe-0/0/0 rx: -2.301 dBm (low alarm -13.09, high alarm 1)" in text
    assert "ups: on battery, battery normal, charge 99.5 %, lasts 22 min" in text
