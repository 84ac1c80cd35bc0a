"""Turns what a command line said into facts, by the templates of ntc-templates.

Templates give rows of named texts, whose names differ little between platforms: what a name means
is told here once for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ntc_templates.parse import ParsingException, parse_output
from textfsm.parser import TextFSMError

from inventory.addresses import mac_of
from probes.facts.identity import Identity
from probes.facts.rules import clean
from probes.shell.masks import masked, steady
from probes.shell.platforms import PLATFORMS, Topic
from probes.shell.values import Line, ShellFacts
from store.changes import AddressFact, ModuleFact, NeighbourFact, StationFact

Row = Mapping[str, object]

_VERSION = ("version", "vrp_version", "junos_version", "os", "os_version", "sw_version",
            "software_version", "image")  # fmt: skip
_MODEL = ("model", "hardware_model", "board_name", "hardware", "product", "platform", "device_type",
          "system_product_name")  # fmt: skip
_SERIAL = ("serial", "serial_number", "device_serial_number", "chassis_serial_number",
           "system_serial_number")  # fmt: skip
_LINE_MAX = 2_000  # signs of a line that a template is given: its patterns may take their square
_SHORTEST = 3  # lines of a configuration
_ERROR = re.compile(
    r"\s*(?:%|\^|Error\b|Unknown\b|Invalid\b|bad command|syntax error)", re.IGNORECASE
)
_MODEL_BEFORE = re.compile(r"(\S+)[ :]+([vV]\d\S.*)")  # some give both in one
_NAME = ("name", "module", "slot", "slot_id", "chassis_id", "port")
_DESCR = ("descr", "description", "module_type", "slot_type")
_PART = ("pid", "model", "device_name", "hardware_model", "system_product_name")
_SN = ("sn", "serial", "device_serial_number", "serial_number", "system_serial_number")
_LOCAL = ("local_interface", "interface")
_REMOTE_NAME = ("neighbor_name", "identity")
_REMOTE_PORT = ("neighbor_port_id", "neighbor_interface", "interface_name")
_REMOTE_DESCR = ("neighbor_description", "system_description", "platform")
_MANAGED = ("mgmt_address", "ip_address")
_MAC = ("mac_address", "destination_address")
_IP = ("ip_address", "address")
_BEHIND = ("destination_port", "ports", "port", "interface", "on_interface")


def facts(
    platform: str, answers: Iterable[tuple[str, str]], secrets: Iterable[str | None] = ()
) -> ShellFacts:
    """`secrets`: that must not stand in the configuration."""
    said = dict(answers)
    unread: list[str] = []

    def rows(topic: Topic) -> list[Row]:
        found: list[Row] = []
        for command in PLATFORMS[platform].get(topic, ()):
            if command in said:
                read = parsed(platform, command, said[command])
                found += read or ()
                if read is None:
                    unread.append(command)
        return found

    parts, version = rows(Topic.INVENTORY), rows(Topic.VERSION)
    texts = (
        said[command] for command in PLATFORMS[platform].get(Topic.CONFIG, ()) if command in said
    )
    config = next((masked(steady(text), secrets) for text in texts if _is_config(text)), None)
    modules = (*_modules(parts), *_optics(rows(Topic.TRANSCEIVERS)))
    told = _identity((version, parts), modules)
    if not modules and told.serial:
        modules = (ModuleFact("chassis", "chassis", None, told.model, told.serial),)
    return ShellFacts(
        identity=told,
        modules=modules,
        interfaces=tuple(_lines(rows(Topic.INTERFACES))),
        neighbours=tuple(_neighbours(rows(Topic.NEIGHBOURS))),
        macs=tuple(_macs(rows(Topic.MACS))),
        arp=tuple(_arp(rows(Topic.ARP))),
        config=config,
        unread=tuple(dict.fromkeys(unread)),
    )


def _identity(tables: Sequence[Sequence[Row]], modules: Sequence[ModuleFact]) -> Identity:
    """The words about the version come before those about parts."""

    def told(names: Sequence[str]) -> str | None:
        return next(filter(None, (_first(rows, names) for rows in tables)), None)

    model, version = told(_MODEL), told(_VERSION)
    if both := _MODEL_BEFORE.fullmatch(version or ""):
        model, version = model or both[1], both[2]
    return Identity(
        model=model or next((part.model for part in modules if part.model), None),
        version=version,
        serial=told(_SERIAL) or next((p.serial for p in modules if p.serial), None),
    )


def _is_config(text: str) -> bool:
    """An error is none, and neither is a line or two."""
    lines = [line for line in text.splitlines() if line.strip()]
    return len(lines) >= _SHORTEST and not _ERROR.match(lines[0])


def parsed(platform: str, command: str, text: str) -> list[Row] | None:
    """The rows of a template; None: there is none, or it does not fit what came."""
    data = "\n".join(line[:_LINE_MAX] for line in text.splitlines())
    try:
        found = parse_output(platform=platform, command=command.lstrip("/"), data=data)
    except (ParsingException, TextFSMError, IndexError):
        return None
    return [dict(row) for row in found]


def _first(rows: Sequence[Row], names: Sequence[str]) -> str | None:
    """The first of the names that says something, in any row."""
    return next(filter(None, (_said(row, (name,)) for name in names for row in rows)), None)


def _said(row: Row, names: Sequence[str]) -> str | None:
    for name in names:
        value = row.get(name)
        several = value if isinstance(value, list) else [value]
        found = next(filter(None, (clean(str(each)) for each in several if each)), None)
        if found:
            return found
    return None


def _modules(rows: Iterable[Row]) -> Iterator[ModuleFact]:
    for row in rows:
        yield from _wide(row) if "chassis_serial_number" in row else _narrow(row)


def _narrow(row: Row) -> Iterator[ModuleFact]:
    name, model, serial = _said(row, _NAME), _said(row, _PART), _said(row, _SN)
    if model or serial:
        descr = _said(row, _DESCR)
        kind = "chassis" if re.search(r"chassis", f"{name} {descr}", re.IGNORECASE) else "module"
        yield ModuleFact(kind, name or descr or model or "", descr, model, serial)


def _optics(rows: Iterable[Row]) -> Iterator[ModuleFact]:
    """Transceivers by the port that they are in; of some only the values of light are told."""
    for row in rows:
        port, serial = (
            _said(row, ("interface", "port")),
            _said(row, ("serial", "serial_number", "sn")),
        )
        if port and serial:
            model, descr = _said(row, ("product_id", "part_number", "name")), _said(row, ("type",))
            yield ModuleFact(
                "transceiver", port, descr, model, serial, _said(row, ("manufacturer",))
            )


def _wide(row: Row) -> Iterator[ModuleFact]:
    """A row that holds all parts of one line of a chassis side by side."""
    for name in row:
        if name.endswith("_serial_number") and (serial := _said(row, (name,))):
            part = name.removesuffix("_serial_number")
            number = _said(row, (f"{part}_number",))
            called = " ".join(filter(None, (part.upper() if part != "chassis" else part, number)))
            descr = _said(row, (f"{part}_description",))
            kind = "chassis" if part == "chassis" else "module"
            yield ModuleFact(kind, called, descr, _said(row, (f"{part}_part",)) or descr, serial)


def _lines(rows: Iterable[Row]) -> Iterator[Line]:
    for row in rows:
        name = _said(row, ("interface", "port", "name"))
        if name:
            yield Line(
                name=name,
                descr=_said(
                    row, ("description", "interface_description", "interface_desc", "alias")
                ),
                link=_said(row, ("link_status", "line_status", "linkstate", "status", "state")),
                mac=mac_of(_said(row, ("mac_address", "hw_address")) or ""),
            )


def _neighbours(rows: Iterable[Row]) -> Iterator[NeighbourFact]:
    for row in rows:
        port = _said(row, _LOCAL)
        if port:
            yield NeighbourFact(
                protocol="lldp" if "chassis_id" in row else "cdp",
                port=port,
                if_index=None,
                remote_name=_said(row, _REMOTE_NAME) or _said(row, ("chassis_id", "mac_address")),
                remote_port=_said(row, _REMOTE_PORT),
                remote_id=_said(row, ("chassis_id", "mac_address")),
                remote_descr=_said(row, _REMOTE_DESCR),
                remote_address=_said(row, _MANAGED),
            )


def _macs(rows: Iterable[Row]) -> Iterator[StationFact]:
    for row in rows:
        mac, port = mac_of(_said(row, _MAC) or ""), _said(row, _BEHIND)
        if mac and port and port.lower() != "cpu":
            vlan = _said(row, ("vlan_id",)) or ""
            yield StationFact(mac, int(vlan) if vlan.isdecimal() else None, None, port)


def _arp(rows: Iterable[Row]) -> Iterator[AddressFact]:
    for row in rows:
        mac, ip = mac_of(_said(row, _MAC) or ""), _said(row, _IP)
        if mac and ip:
            port = _said(row, ("interface", "port", "physical_port", "port_id"))
            yield AddressFact(ip, mac, None, port)
