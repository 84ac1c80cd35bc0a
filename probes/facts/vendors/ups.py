"""UPS of makers whose cards tell little: each at its own objects, else UPS-MIB (RFC 1628).

DeltaUPS-MIB, CPS-MIB, LIEBERT-GP-AGENT-MIB, XPPC-MIB, MIB of UPS Manufacturing, TRIPPLITE-PRODUCTS,
SOCOMECUPS-MIB, GAMATRONIC-MIB.
"""

from __future__ import annotations

from probes.facts.rules import System, Vendor, at, descr, first, joined

_MODEL, _SOFTWARE, _AGENT = (f"1.3.6.1.2.1.33.1.1.{k}.0" for k in (2, 3, 4))
_LIEBERT = "476.1.42.2"
_TRIPP = "850.1.1"

VENDOR = Vendor(
    name="ups",
    systems=(
        System(
            os="deltaups",
            vendor="delta",
            numbers=("2254.2",),
            model=(
                joined(at("2254.2.4.1.1.0"), "{}", at("2254.2.4.1.2.0"), " {}"),
                joined(at("2254.2.5.1.1.0"), "{}", at("2254.2.5.1.2.0"), " {}"),
                at(_MODEL),
            ),
            version=(at("2254.2.4.1.3.0"), at("2254.2.5.1.3.0"), at(_SOFTWARE)),
        ),
        System(
            os="netmanplus",
            vendor="riello",
            numbers=("5491",),
            model=(at("5491.10.1.1.2.0"), at(_MODEL), descr(r"^(\S.*)")),
            version=(at("5491.10.1.1.3.0"), at(_SOFTWARE), at(_AGENT)),
        ),
        System(
            os="cyberpower",
            vendor="cyberpower",
            numbers=("3808",),
            model=(at("3808.1.1.1.1.1.1.0"), at("3808.1.1.3.1.5.0")),
            version=(at("3808.1.1.1.1.2.1.0"), at("3808.1.1.3.1.3.0"), at("3808.1.1.1.1.2.4.0")),
            serial=(at("3808.1.1.1.1.2.3.0"), at("3808.1.1.3.1.6.0")),
        ),
        System(
            os="liebert",
            vendor="vertiv",
            numbers=("476.1.42",),
            model=(first(f"{_LIEBERT}.4.2.1.4"), at(f"{_LIEBERT}.1.2.0")),
            version=(at(f"{_LIEBERT}.1.3.0"), first(f"{_LIEBERT}.4.2.1.5")),
            serial=(first(f"{_LIEBERT}.4.2.1.7"), at(f"{_LIEBERT}.1.4.0")),
        ),
        System(
            os="netagent2",
            vendor="phoenixtec",
            numbers=("935",),
            model=(at("935.1.1.1.1.1.1.0"), at("935.10.1.1.1.2.0"), at(_MODEL)),
            version=(at("935.1.1.1.1.2.1.0"), at("935.10.1.1.1.6.0")),
            serial=(at("935.1.1.1.1.2.3.0"),),
        ),
        System(
            os="poweralert",
            vendor="tripp-lite",
            numbers=("850",),
            model=(first(f"{_TRIPP}.1.2.1.5"), at(_MODEL), descr(r"^(\S.*)")),
            version=(first(f"{_TRIPP}.2.1.1.4"), at(_SOFTWARE), at(_AGENT)),
            serial=(first(f"{_TRIPP}.2.1.1.5"), at("850.100.1.1.4.0")),
        ),
        System(
            os="socomec-ups",
            vendor="socomec",
            numbers=("4555.1.1",),
            model=(at("4555.1.1.1.1.1.1.0"), at("4555.1.1.7.1.1.1.0"), at(_MODEL)),
            version=(at("4555.1.1.1.1.1.2.0"), at("4555.1.1.1.1.1.3.0"), at(_SOFTWARE)),
            serial=(at("4555.1.1.1.1.1.4.0"), at("4555.1.1.7.1.1.2.0")),
        ),
        System(
            os="generex-ups",
            vendor="generex",
            numbers=("1356",),
            model=(at(_MODEL),),
            version=(at(_SOFTWARE), at(_AGENT)),
        ),
        System(
            os="gamatronicups",
            vendor="gamatronic",
            numbers=("6050",),
            model=(at("6050.1.1.4.0"),),
            version=(at("6050.1.1.6.0"),),
        ),
    ),
)
