"""Who made a device, what runs on it, model, version and serial: the vendor's word, else standard.

Where a vendor file has nothing to say, or none is there, ENTITY-MIB and sysDescr may: any maker
fills them in some way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from probes.facts.enterprises import ENTERPRISES
from probes.facts.physical import CHASSIS, MODULE, STACK, Body
from probes.facts.rules import Match, Own, Rule, System, Vendor, clean, columns, plain, scalars
from wire import ber


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What is not known is None. `os`: in the words of LibreNMS, which most tools share."""

    vendor: str | None = None
    os: str | None = None
    model: str | None = None
    version: str | None = None
    serial: str | None = None


NOBODY = Identity()


@dataclass(frozen=True, slots=True)
class Asks:
    """What must be asked beside the standard tables to tell who a device is."""

    scalars: tuple[bytes, ...]
    columns: tuple[bytes, ...]


def asks(own: Own, vendors: Iterable[Vendor]) -> Asks:
    """By what its system group says it may be."""
    rules = [rule for _, system in _possible(own, vendors) for rule in system.rules()]
    return Asks((*STANDARD, *scalars(rules)), columns(rules))


def identity(own: Own, vendors: Sequence[Vendor]) -> Identity:
    ranked = [
        (rank, vendor, system)
        for vendor, system in _possible(own, vendors)
        if (rank := system.rank(own)) is not None
    ]
    standard = _standard(own, vendors)
    if not ranked:
        return standard
    _, vendor, system = max(ranked, key=lambda each: each[0])
    return Identity(
        vendor=system.vendor or (vendor.name if vendor.numbers else standard.vendor),
        os=system.os,
        model=_first(system.model, own) or standard.model,
        version=_first(system.version, own) or standard.version,
        serial=_first(system.serial, own) or standard.serial,
    )


def _possible(own: Own, vendors: Iterable[Vendor]) -> list[tuple[Vendor, System]]:
    return [
        (vendor, system) for vendor in vendors for system in vendor.systems if system.may_be(own)
    ]


def _first(rules: Iterable[Rule], own: Own) -> str | None:
    return next(filter(None, (rule.read(own) for rule in rules)), None)


# -- without a vendor's word ---------------------------------------------------------------------

SOFTWARE = ber.oid("1.3.6.1.2.1.16.19.2.0")  # probeSoftwareRev, RMON2-MIB: many switches have it
UPS_MAKER, UPS_MODEL, UPS_SOFTWARE, UPS_AGENT = (  # upsIdent of UPS-MIB, RFC 1628
    ber.oid(f"1.3.6.1.2.1.33.1.1.{column}.0") for column in (1, 2, 3, 4)
)
STANDARD = (SOFTWARE, UPS_MAKER, UPS_MODEL, UPS_SOFTWARE, UPS_AGENT)
_NUMBER = r"[v(]?(\d[\w.()-]*)"
_VERSIONS = (
    rf"\bversion\b[ :,=]*{_NUMBER}",
    r"\b(?:release|revision|firmware|software)\b[ :,=]*[v(]?(\d+\.[\w.()-]*)",
    rf"\b\w*OS[ /]{_NUMBER}",
    r"\bv(?:er)?[.: ]?(\d+\.[\w.()-]+)",
    r"\b(\d+\.\d+\.\d+[\w().-]*)",
    r"\b(\d+\.\d+\w*)",
)
_WORD = r"(?=[\w/+.-]*\d)(?=[\w/+.-]*[A-Za-z])[\w/+.-]{3,40}"  # letters and digits in one
_SOLD_AS = "switch|router|firewall|gateway|ups|olt|controller|access point|bridge"
_MODELS = (
    r"\bmodel(?: name| no\.?| number)? ?[:=] ?([^,;\n]+)",
    rf"^\W*(?:[A-Z][A-Za-z]+ ){{0,2}}({_WORD})",  # it begins with it, or with its maker
    rf"\(({_WORD})\)(?!, Version)",
    rf"({_WORD})[ ,]+(?:[\w-]+[ ,]+){{0,3}}?(?:{_SOLD_AS})\b",
)
_NO_MODEL = re.compile(r"v?\d[\d.]*|\d+[gm](?:bps|b)?|\d+-?ports?", re.IGNORECASE)
_HOLDERS = (1, 3, 4, 5, 11)  # other, chassis, backplane, container, stack
_SHORT = 40  # a description of one line that is no longer is the model itself


def _standard(own: Own, vendors: Iterable[Vendor]) -> Identity:
    cases = list(_cases(own.bodies))
    return Identity(
        vendor=_vendor(own, cases, vendors),
        model=_model(own, cases),
        version=_version(own, cases),
        serial=_serial(own.bodies, cases),
    )


def _cases(bodies: Sequence[Body]) -> Iterator[Body]:
    """What holds all the rest, then each chassis; where neither is told, the first body."""
    nested = any(body.inside for body in bodies)
    outer = [b for b in bodies if nested and not b.inside and b.kind in _HOLDERS and b.model]
    yield from outer
    yield from (body for body in bodies if body.kind == CHASSIS and body not in outer)
    if bodies and not outer and bodies[0].kind != CHASSIS:
        yield bodies[0]


def _vendor(own: Own, cases: Sequence[Body], vendors: Iterable[Vendor]) -> str | None:
    """By the number of its enterprise; net-snmp's says only who wrote the agent."""
    number = own.number.partition(".")[0]
    held: Mapping[str, str] = {str(n): v.name for v in vendors for n in v.numbers}
    found = held.get(number) or ENTERPRISES.get(int(number or 0))
    makers = (plain(own.values.get(UPS_MAKER)), *(body.maker for body in cases))
    maker = next((made.lower() for made in map(clean, makers) if made), None)
    return (maker or found) if found in (None, "net-snmp") else found


def _model(own: Own, cases: Sequence[Body]) -> str | None:
    named = (*(body.model for body in cases), plain(own.values.get(UPS_MODEL)))
    if model := next(filter(None, map(clean, named)), None):
        return model
    for said in (own.descr, *(body.descr for body in cases[:1])):
        found = next(filter(None, (_modelled(pattern, said) for pattern in _MODELS)), None)
        if found:
            return found
    if own.descr and len(own.descr) <= _SHORT and not re.search(r"[,;\n]", own.descr):
        return clean(own.descr)
    parts = (body.model for body in own.bodies if body.kind == MODULE and body.model)
    return clean(cases[0].descr if cases and cases[0].descr else next(parts, None))


def _modelled(pattern: str, said: str | None) -> str | None:
    found = Match(pattern).of(said) if said else None
    return None if found is None or _NO_MODEL.fullmatch(found) else found


def _version(own: Own, cases: Sequence[Body]) -> str | None:
    """What the agent says of its software by itself, else what the descriptions tell."""
    said = (plain(own.values.get(oid)) for oid in (SOFTWARE, UPS_SOFTWARE, UPS_AGENT))
    software = (*said, *(body.software for body in cases))
    found = next((word for word in software if word and re.search(r"\d", word)), None)
    if found:
        return clean(found)
    for text in (own.descr, *(body.descr for body in cases[:1])):
        told = next(filter(None, (Match(each).of(text) for each in _VERSIONS if text)), None)
        if told:
            return told
    within = (body.software or body.firmware for body in (*cases, *own.bodies))
    return clean(next(filter(None, within), None))


def _serial(bodies: Sequence[Body], cases: Sequence[Body]) -> str | None:
    """Of the chassis; of a stack its first; else of the first module that has one."""
    own = (body.serial for body in cases if body.serial)
    whole = (body.serial for body in bodies if body.serial and body.kind in (STACK, MODULE))
    return next(own, None) or next(whole, None)
