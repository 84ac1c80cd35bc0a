"""All sources, the special before the general: of what two tell alike the first counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from probes.sensors import (
    alcatel,
    allied_telesis,
    apc_probes,
    aruba_cx,
    bdcom,
    cisco_entity,
    cisco_envmon,
    cisco_small,
    comware,
    d_link,
    entity_sensor,
    extreme,
    fastpath,
    fortinet,
    foundry,
    hp,
    huawei,
    juniper,
    liebert,
    lm_sensors,
    mikrotik,
    moxa,
    raisecom,
    ruijie,
    synology,
    tp_link,
    ubiquiti,
    ups,
    zte,
    zyxel,
)
from probes.sensors.gauges import Source
from probes.sensors.measure import UPS, Kind, Sensor
from wire.ber import Value

SOURCES: tuple[Source, ...] = (
    cisco_entity.SOURCE,
    huawei.TRANSCEIVERS,
    huawei.BOARDS,
    juniper.TRANSCEIVERS,
    juniper.LANES,
    juniper.OPERATING,
    comware.TRANSCEIVERS,
    comware.OLD_TRANSCEIVERS,
    comware.BOARDS,
    comware.OLD_BOARDS,
    mikrotik.TRANSCEIVERS,
    mikrotik.GAUGES,
    mikrotik.HEALTH,
    hp.SOURCE,
    aruba_cx.TRANSCEIVERS,
    aruba_cx.BOARDS,
    ruijie.TRANSCEIVERS,
    ruijie.BOARDS,
    zte.OLD_OPTICS,
    zte.OPTICS,
    zte.CARDS,
    zte.BOARDS,
    tp_link.SOURCE,
    d_link.OLD,
    d_link.NEW,
    alcatel.OMNISWITCH,
    alcatel.SERVICE_ROUTER,
    alcatel.SERVICE_ROUTER_LANES,
    alcatel.ISAM,
    cisco_small.CISCO,
    cisco_small.RADLAN,
    cisco_envmon.SOURCE,
    allied_telesis.SOURCE,
    raisecom.SOURCE,
    bdcom.SOURCE,
    moxa.SOURCE,
    foundry.SOURCE,
    zyxel.SOURCE,
    fortinet.SOURCE,
    fastpath.SOURCE,
    extreme.SOURCE,
    ubiquiti.SOURCE,
    synology.SOURCE,
    apc_probes.SOURCE,
    lm_sensors.SOURCE,
    entity_sensor.SOURCE,
    ups.RFC1628,
    ups.APC,
    ups.EATON,
    ups.MGE,
    ups.CYBERPOWER,
    ups.PHOENIXTEC,
    ups.DELTA,
    liebert.CLIMATE,
    liebert.UPS,
)
ROOTS = tuple(source.root for source in SOURCES)
SENSORS_MAX = 2_000  # of one device


def present(values: Mapping[bytes, Value], sources: Iterable[Source] = SOURCES) -> list[Source]:
    """Those of which a walk of the roots found something."""
    lengths = {len(source.root) for source in sources}
    heads = {oid[:length] for oid in values for length in lengths}
    return [source for source in sources if source.root in heads]


def read(
    sources: Iterable[Source], values: Mapping[bytes, Value], ports: Mapping[int, str]
) -> list[Sensor]:
    """The sensors of a device, each quantity once."""
    found: list[Sensor] = []
    seen: set[tuple[object, ...]] = set()
    for source in sources:
        mine = [(sensor, _same(sensor)) for sensor in source.read(values, ports)]
        found += [sensor for sensor, same in mine if not seen & same]
        seen |= {each for _, same in mine for each in same}
    return _one_ups(found)[:SENSORS_MAX]


def _same(sensor: Sensor) -> set[tuple[object, ...]]:
    """What another source would call the same."""
    same: set[tuple[object, ...]] = {("oid", sensor.oid)}
    if sensor.entity is not None:
        same.add(("entity", sensor.entity, sensor.kind))
    return same


def _one_ups(found: list[Sensor]) -> list[Sensor]:
    """A device is one UPS: of each of its four words the first that has a value."""
    best: dict[Kind, Sensor] = {}
    for sensor in found:
        if sensor.kind in UPS and (sensor.kind not in best or best[sensor.kind].value is None):
            best[sensor.kind] = sensor
    return [sensor for sensor in found if best.get(sensor.kind, sensor) is sensor]
