"""What ids and addresses say across tables: twice, to nothing, or round in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from inventory import topology
from inventory.model import End, Network
from inventory.problems import Ids, quoted
from inventory.rows import Findings, Row

SHOWN = 12  # members of a loop that are named
Known = Mapping[str, Ids]  # table → ids that stand in any file


def known_ids(rows: Iterable[Row], loose: Iterable[str], tables: Iterable[str]) -> Known:
    """Every id that stands somewhere, sound or not, so that one fault is told once."""
    ids: dict[str, set[str]] = {table: set(loose) for table in tables}
    for row in rows:
        ids[row.table.name].add(row.id)
    return {table: Ids(names - {""}) for table, names in ids.items()}


def doubles(rows: Iterable[Row], findings: Findings) -> None:
    """Ids (and tables) that an earlier row has. A unit may have several rows, each its time."""
    first: dict[tuple[str, str], Row] = {}
    for row in rows:
        many = row.table.shape == "many"
        if (many and not row.id) or row.table.name == "unit":
            continue
        earlier = first.setdefault((row.table.name, row.id), row)
        if earlier is not row:
            what = "the id stands already" if many else "the table stands already"
            findings.row(row, "id" if many else "", what, there=earlier.spot())


def doubly_used(rows: Sequence[Row], findings: Findings) -> None:
    """Addresses that two devices have, and earlier ids (`was`) that two things claim."""
    used: dict[tuple[object, ...], Row] = {}
    for row in rows:
        values = row.values
        if row.table.name == "device" and "address" in values and "retired" not in values:
            place = (values.get("vrf"), values["address"], values.get("port"))
            earlier = used.setdefault(place, row)
            if earlier is not row and not (row.id and row.id == earlier.id):
                what = f"address {quoted(values['address'])} is already that of {earlier.thing}"
                there = earlier.spot("address")
                findings.row(row, "address", what, "give each its own", there=there)
    _claims(rows, findings)


def _claims(rows: Sequence[Row], findings: Findings) -> None:
    """`was` hands a history on: to one thing, and not while its owner is still there."""
    owners = {(row.table.name, row.id): row for row in rows if row.id}
    claimed: dict[tuple[str, str], Row] = {}
    for row in rows:
        for old in row.values.get("was", ()):
            key = (row.table.name, old)
            other = owners.get(key) or claimed.setdefault(key, row)
            if other is not row and other.id != row.id:
                what = f"was: {quoted(old)} is {other.thing}"
                findings.row(row, "was", what, "a history has one owner", there=other.spot())


def dangling(rows: Iterable[Row], known: Known, findings: Findings) -> None:
    """References to nothing become findings and leave the row's values."""
    for row in rows:
        for key, tables in row.table.references:
            value = row.values.get(key)
            if isinstance(value, tuple):
                row.values[key] = tuple(
                    one
                    for number, one in enumerate(value)
                    if _resolves(row, (key, number), tables, one, known, findings)
                )
            elif value is not None and not _resolves(row, (key,), tables, value, known, findings):
                del row.values[key]


def _resolves(
    row: Row,
    inside: tuple[str | int, ...],
    tables: Sequence[str],
    wanted: str,
    known: Known,
    findings: Findings,
) -> bool:
    wanted = wanted.partition(":")[0]  # device:port; no id has a colon
    if any(wanted in known[table] for table in tables):
        return True
    thing = "profile" if tables[0] in ("snmp", "ssh") else tables[0]
    near = next(filter(None, (known[table].hint(wanted) for table in tables)), "")
    findings.row(row, inside, f"{inside[0]}: there is no {thing} {quoted(wanted)}", near)
    return False


def link_ends(rows: Sequence[Row], known: Known, findings: Findings) -> None:
    """The ends of links become values; those that name nothing become findings."""
    sites = {row.id: row.values.get("site", "") for row in rows if row.table.name == "device"}
    for row in rows:
        for key in ("a", "b"):
            if row.table.name == "link" and key in row.values:
                row.values[key] = _end(row, key, sites, known, findings)


def _end(
    row: Row, key: str, sites: Mapping[str, str], known: Known, findings: Findings
) -> End | None:
    """`device:interface` or a site; `sites` gives each device's own."""
    written: str = row.values[key]
    name, colon, interface = (part.strip() for part in written.partition(":"))
    if not colon and name in known["site"]:
        return End(site=name)
    if colon and interface and name in known["device"]:
        return End(site=sites.get(name, ""), device=name, interface=interface)
    if name in known["device"]:
        where = sites.get(name)
        hint = f"write {quoted(f'{name}:INTERFACE')}"
        hint += f", or its site {quoted(where)}" if where else ""
        findings.row(row, key, f"{key}: {quoted(written)} names no interface", hint)
        return None
    kinds = ("device",) if colon else ("site", "device")
    near = next(filter(None, (known[kind].hint(name) for kind in kinds)), "")
    findings.row(row, key, f"{key}: there is no {' or '.join(kinds)} {quoted(name)}", near)
    return None


def loops(rows: Sequence[Row], network: Network, findings: Findings) -> None:
    """Circles among unit parents, site uplinks, and what devices really hang on."""
    by_id = {(row.table.name, row.id): row for row in rows}
    parents = {unit.id: (unit.parent,) if unit.parent else () for unit in network.units.values()}
    _tell(_circles(parents), "unit", "parent", by_id, findings)
    needs = {one.id: one.needs for one in network.services.values()}
    _tell(_rings(needs), "service", "needs", by_id, findings)
    portals = {one.id: (one.part_of,) if one.part_of else () for one in network.services.values()}
    _tell(_circles(portals), "service", "part_of", by_id, findings)
    uplinks = {site.id: site.uplink for site in network.sites.values()}
    circles = _circles(uplinks)
    _tell(circles, "site", "uplink", by_id, findings)
    if not circles:  # a circle of sites is one of their devices too: told once
        graph = topology.build(network)
        devices = {node: tuple(up for _, up in ways) for node, ways in graph.ways.items()}
        _tell(_circles(devices), "device", "uplink", by_id, findings)


def _circles(above: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Each circle without an exit once, beginning with the node that stands first in the files."""
    ways = {node: tuple((None, up) for up in dict.fromkeys(ups)) for node, ups in above.items()}
    order = {node: number for number, node in enumerate(above)}
    found: dict[tuple[str, ...], None] = {}
    for circle in topology.cycles(topology.stranded(ways)):
        at = min(range(len(circle)), key=lambda number: order[circle[number]])
        turned = circle[at:] + circle[:at]
        found[turned] = None
    return list(found)


def _rings(above: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """Each circle once, also one with an exit: what needs itself can never be up."""
    ways = {node: tuple((None, up) for up in ups if up in above) for node, ups in above.items()}
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for circle in topology.cycles(ways):
        found.setdefault(frozenset(circle), circle)
    return list(found.values())


def _tell(
    circles: Iterable[tuple[str, ...]],
    kind: str,
    key: str,
    by_id: Mapping[tuple[str, str], Row],
    findings: Findings,
) -> None:
    for circle in circles:
        members = [by_id[kind, name] for name in circle]
        row = next((member for member in members if key in member.given), members[0])
        named = circle if len(circle) <= SHOWN else (*circle[: SHOWN - 1], "…", circle[-1])
        shown = " → ".join([*named, circle[0]])
        findings.row(row, key, f"{key} loop: {shown}", "one of them must hang on something else")
