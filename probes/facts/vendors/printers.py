"""Printers: HOST-RESOURCES-MIB and Printer-MIB tell most of them.

Besides KYOCERA-MIB, BROTHER-MIB, RicohPrivateMIB, SAMSUNG-PRINTER-EXT-MIB and EPSON-MIB.
"""

from __future__ import annotations

from probes.facts.rules import Rule, System, Vendor, at, descr, first

_DEVICE = first("1.3.6.1.2.1.25.3.2.1.3", r"^(\S.*)")  # hrDeviceDescr
_SERIAL = first("1.3.6.1.2.1.43.5.1.1.17")  # prtGeneralSerialNumber


def _printer(os: str, vendor: str, number: str, version: tuple[Rule, ...], *model: Rule) -> System:
    return System(
        os=os,
        vendor=vendor,
        numbers=(number,),
        model=(*model, _DEVICE),
        version=version,
        serial=(_SERIAL,),
    )


VENDOR = Vendor(
    name="printers",
    systems=(
        _printer(
            "kyocera", "kyocera", "1347.41", (at("1347.43.5.4.1.5.1.1"),), at("1347.43.5.1.1.1.1")
        ),
        _printer(
            "brother",
            "brother",
            "2435",
            (descr(r"Firmware Ver\.?\s*(\S+)"),),
            at("2435.2.3.9.1.1.7.0", r"MDL:([^;]+)"),
        ),
        _printer("ricoh", "ricoh", "367", (at("367.3.2.1.1.1.2.0"),), at("367.3.2.1.1.1.1.0")),
        _printer(
            "xerox",
            "xerox",
            "253.8.62",
            (descr(r"(?:System|ESS|Controller) (\d\S*?)[,;]"),),
            descr(r"^(?:Xerox )?([^;,]+)"),
        ),
        _printer("canonprinter", "canon", "1602", (descr(r"/P?(\d\S*)"),), descr(r"^Canon (\S+)")),
        _printer("epson", "epson", "1248", (descr(r"(\d+\.\d+\S*)"),), at("1248.1.2.2.1.1.1.2.1")),
        _printer(
            "lexmarkprinter",
            "lexmark",
            "641",
            (descr(r"version (\S+)"),),
            descr(r"^(?:Lexmark )?(\S+)"),
        ),
        _printer(
            "konica",
            "konica-minolta",
            "18334",
            (),
            descr(r"^(?:KONICA MINOLTA )?(\S.*)"),
        ),
        _printer(
            "okilan", "oki", "2001", (descr(r"F/W ?(\S+)"),), descr(r"^(?:OKI OkiLAN )?(\S+)")
        ),
        _printer(
            "samsungprinter",
            "samsung",
            "236.11",
            (descr(r"OS (\S+?);"),),
            at("236.11.5.1.1.1.1.0"),
            descr(r"^(?:Samsung )?([^;]+)"),
        ),
        _printer("sharp", "sharp", "2385", (), descr(r"^(?:SHARP )?(\S+)")),
    ),
)
