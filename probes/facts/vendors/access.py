"""Makers of access nodes and small switches of whom one system each is known.

NMS-CHASSIS (BDCOM), ROSMGMT-VERSION- and RAISECOM-SYSTEM-MIB, V1600D (V-SOL), E7-Calix-MIB and
CALIX-PRODUCT-MIB, ADTRAN-AOSUNIT and ADTRAN-MIB, RADLAN-Physicaldescription-MIB (Eltex),
SNR-SWITCH-MIB, NSCRTV-HFCEMS-COMMON-MIB, MWRM-UNIT-MIB (Ceragon), RADIO-BRIDGE-MIB (Siklu),
MIMOSA-NETWORKS-BASE-MIB, CAMBIUM-PMP80211-MIB, CAMBIUM-MIB, WHISP-BOX-MIBV2-MIB, TELTONIKA-MIB,
HMPRIV-MGMT-SNMP- and HM2-DEVMGMT-MIB.
"""

from __future__ import annotations

from probes.facts.rules import (
    System,
    Vendor,
    at,
    body,
    chassis,
    coded,
    descr,
    first,
    joined,
)

_BDCOM = "3320.3.6"  # nmschassis
_RAISECOM = "8886.60.131.1.1"  # rosMgmtVersionScalarGroup
_V_SOL = "37950.1.1.5.10.12.5"
_E7 = "6321.1.2.2"
_ADTRAN = "664.5.53.1.1"
_CERAGON = "2281.10.1.2.10.1.1"  # genEquipInventoryEntry
_MES = "89.53.14.1"  # rlPhdUnitGenParamEntry
_E7_WORDS = ("E5-312", "E5-400", "E7-2", "E7-20")
_E7_MODELS = {f"{_E7}.5.{k}": word for k, word in enumerate(_E7_WORDS, 1)}
_AXOS_WORDS = ("E7-2", "E5-308", "E3-16F", "E5-16F", "E3-2", "E9-2")
_AXOS_MODELS = {f"6321.1.2.4.1.{k}": word for k, word in enumerate(_AXOS_WORDS, 1)}
_MIMOSA_WORDS = ("B5", "B5-Lite", "A5", "C5")
_MIMOSA_MODELS = {f"43356.1.1.{k}": word for k, word in enumerate(_MIMOSA_WORDS, 1)}

VENDOR = Vendor(
    name="access",
    systems=(
        System(
            os="bdcom",
            vendor="bdcom",
            numbers=("3320",),
            model=(descr(r"^BDCOM(?:\(tm\))? (\S+) Software"), chassis("model")),
            version=(descr(r"Version (\S+)"),),
            serial=(
                descr(r"[Ss]erial num:([^,\s]+)"),
                at(f"{_BDCOM}.3.0"),
                chassis("serial"),
                first(f"{_BDCOM}.10.1.4"),
            ),
        ),
        System(
            os="raisecom-ros",
            vendor="raisecom",
            numbers=("8886",),
            model=(
                at(f"{_RAISECOM}.9.0"),
                at("8886.6.1.1.1.19.0"),
                descr(r"^(?:ROS )?.*?\b((?:ISCOM|RAX|RC)\S+)"),
            ),
            version=(
                at(f"{_RAISECOM}.11.0"),
                at(f"{_RAISECOM}.1.0"),
                at("8886.6.1.1.1.1.0"),
                descr(r"(?:ROS[_ ]|Version )(\S+)"),
            ),
            serial=(at(f"{_RAISECOM}.4.0"), at("8886.6.1.1.1.14.0"), chassis("serial")),
        ),
        System(
            os="fiberhome-switch",
            vendor="fiberhome",
            numbers=("3807.1",),
            model=(descr(r"^(?:FiberHome )?(\S*\d\S*)"), chassis("model")),
            version=(chassis("software"), descr(r"[Vv]ersion:? (\S+)")),
            serial=(chassis("serial"),),
        ),
        System(
            os="fiberhome",
            vendor="fiberhome",
            numbers=("5875.800",),
            model=(descr(r"^(\S+)"),),
        ),
        System(
            os="vsolution",
            vendor="v-sol",
            numbers=("37950",),
            model=(descr(r"(V\d{4}\S*)"),),
            version=(at(f"{_V_SOL}.4.0"), descr(r"[Vv]ersion (\S+)")),
            serial=(at(f"{_V_SOL}.11.0"),),
        ),
        System(
            os="gcom",
            vendor="gcom",
            numbers=("13464",),
            model=(descr(r"^(\S*\d\S*)"),),
            version=(descr(r"[Vv]ersion:? (\S+)"),),
        ),
        System(
            os="planetos",
            vendor="planet",
            numbers=("10456",),
            model=(descr(r"^(?:PLANET )?(\S*\d\S*)"), chassis("model")),
            version=(chassis("software"),),
        ),
        System(
            os="calix",
            vendor="calix",
            numbers=("6321",),
            model=(
                coded(_E7_MODELS),
                chassis("model"),
                descr(r"(?:Calix |^)(E\d\S+|B6\S+|C7)"),
            ),
            version=(first(f"{_E7}.2.1.6.1.1.7"), descr(r"(\d+\.\d+\.\d+\S*)")),
            serial=(at(f"{_E7}.2.1.7.10.0"), chassis("serial")),
        ),
        System(
            os="axos",
            vendor="calix",
            numbers=("6321.1.2.4",),
            model=(coded(_AXOS_MODELS), chassis("model"), descr(r"\b([EB]\d-?\S+)")),
            version=(descr(r"(\d+\.\d+\.\d+\S*)"), chassis("software")),
            serial=(chassis("serial"),),
        ),
        System(
            os="occamos",
            vendor="calix",
            numbers=("6066",),
            model=(chassis("model"), descr(r"\b(B6\S+|BLC\S+)")),
            version=(chassis("software"), descr(r"(\d+\.\d+\.\d+\S*)")),
            serial=(chassis("serial"),),
        ),
        System(
            os="adtran-aos",
            vendor="adtran",
            numbers=("664",),
            model=(at(f"{_ADTRAN}.12.0"), at("664.3.1.1.0"), descr(r"^(\S.*?)(?:,|$)")),
            version=(
                at(f"{_ADTRAN}.14.0"),
                descr(r"Version:? (\S+?)(?:,|$)"),
                at("664.3.1.6.0"),
            ),
            serial=(at(f"{_ADTRAN}.13.0"), at("664.3.1.4.0")),
        ),
        *(
            System(
                os=os,
                vendor="eltex",
                numbers=("35265.1",),
                descr=said,
                model=(descr(r"^(MES\S+(?: [A-Z]{1,3}\b)?)"), chassis("descr")),
                version=(first(f"{_MES}.2"), chassis("software"), at("89.2.4.0")),
                serial=(first(f"{_MES}.5"), chassis("serial")),
            )
            for os, said in (
                ("eltex-mes21xx", r"^MES[12]1\d\d"),
                ("eltex-mes24xx", r"^MES[12]4\d\d"),
                ("eltex-mes23xx", r"^MES(?:[12][0235]|[3-7]\d)\d\d"),
            )
        ),
        System(
            os="snr",
            vendor="snr",
            numbers=("40418.7",),
            model=(descr(r"^(SNR-\S+)"),),
            version=(at("40418.7.100.1.3.0"), descr(r"SoftWare Version (\S+)")),
            serial=(descr(r"(?:Device serial number|Serial No\.?:?) (\S+)"),),
        ),
        System(
            os="gw-eydfa",
            vendor="greatway",
            numbers=("17409.1",),
            model=(at("17409.1.3.1.3.0"),),
            serial=(at("17409.1.3.1.4.0"),),
        ),
        System(
            os="qtech",
            vendor="qtech",
            numbers=("27514",),
            model=(descr(r"^(QSW\S+)"), descr(r"^(\S*\d\S*)")),
            version=(descr(r"SoftWare(?: Package)? Version (?:\S+_)?(\d\S*)"),),
            serial=(descr(r"[Ss]erial [Nn]o\.?:? ?(\S+)"),),
        ),
        System(
            os="dcn-software",
            vendor="dcn",
            numbers=("6339",),
            model=(descr(r"^\s*(\S+) Device"), descr(r"^(\S*\d\S*)")),
            version=(descr(r"SoftWare (?:Package )?Version (?:\S+?[_(])?([\d.(][^\s)]*)"),),
            serial=(descr(r"[Ss]erial [Nn]o\.?:? ?(\S+)"),),
        ),
        System(
            os="centec",
            vendor="centec",
            numbers=("27975",),
            model=(descr(r"^(?:Centec )?(\S*\d\S*)"), chassis("model")),
            version=(descr(r"[Vv]ersion (\S+?),?(?:\s|$)"),),
            serial=(chassis("serial"),),
        ),
        System(
            os="ceraos",
            vendor="ceragon",
            numbers=("2281",),
            model=(descr(r"^(\S.*)"), chassis("model")),
            version=(at("2281.10.4.1.13.1.1.4.1"),),
            serial=(
                at(f"{_CERAGON}.6.127"),
                at("2281.10.1.2.1.0"),
                chassis("serial"),
                body(9, "serial"),
            ),
        ),
        System(
            os="siklu",
            vendor="siklu",
            numbers=("31926",),
            model=(descr(r"^(\S+)"),),
            version=(  # of the bank that runs
                joined(at("31926.1.7.0", r"^[23]$"), "", at("31926.1.5.0"), "{}"),
                joined(at("31926.1.8.0", r"^[23]$"), "", at("31926.1.6.0"), "{}"),
            ),
            serial=(chassis("serial"),),
        ),
        System(
            os="mimosa",
            vendor="mimosa",
            numbers=("43356.1.1",),
            model=(coded(_MIMOSA_MODELS),),
            version=(at("43356.2.1.2.1.3.0"),),
            serial=(at("43356.2.1.2.1.2.0"),),
        ),
        System(
            os="epmp",
            vendor="cambium",
            numbers=("17713.21",),
            model=(descr(r"^(\S.*)"),),
            version=(at("17713.21.1.1.1.0"),),
            serial=(at("17713.21.1.1.31.0"),),
        ),
        System(
            os="cnpilote",
            vendor="cambium",
            numbers=("17713.22",),
            model=(at("17713.22.1.1.1.5.0"),),
            version=(at("17713.22.1.1.1.8.0"),),
            serial=(at("17713.22.1.1.1.4.0"),),
        ),
        System(
            os="cnmatrix",
            vendor="cambium",
            numbers=("17713.24",),
            model=(chassis("model"), descr(r"^(\S.*)")),
            version=(chassis("software"), chassis("firmware")),
            serial=(chassis("serial"),),
        ),
        System(
            os="pmp",
            vendor="cambium",
            numbers=("161.19.250",),
            model=(at("161.19.3.3.1.266.0"), descr(r"^(\S.*)")),
            version=(at("161.19.3.3.1.1.0"),),
        ),
        System(
            os="rutos-rutx",
            vendor="teltonika",
            numbers=("48690",),
            model=(at("48690.1.3.0"), at("48690.1.2.0")),
            version=(at("48690.1.6.0"),),
            serial=(at("48690.1.1.0"),),
        ),
        System(
            os="hirschmann",
            vendor="hirschmann",
            numbers=("248.14", "248.11"),
            model=(
                at("248.11.10.1.1.2.0"),
                descr(r"^(?:Hirschmann )?(\S.*?)(?: SW|,|$)"),
                chassis("model"),
            ),
            version=(
                at("248.14.1.1.2.0", r"SW:? ?(\S+)"),
                first("248.11.10.1.3.1.10.1.5"),
                descr(r"(?:SW: ?|Release )(\S+)"),
            ),
            serial=(
                first("248.14.1.1.9.1.10"),
                at("248.11.10.1.1.3.0"),
                chassis("serial"),
            ),
        ),
        System(
            os="weos",
            vendor="westermo",
            numbers=("16177",),
            model=(descr(r"^Westermo (.*?)(?:,|$)"), chassis("model")),
            version=(descr(r"(?:primary:|[Vv]ersion )(\S+?),?(?:\s|$)"), chassis("software")),
            serial=(chassis("serial"),),
        ),
        System(
            os="ericsson-ipos",
            vendor="ericsson",
            numbers=("193.218", "2352"),
            model=(chassis("model"), descr(r"(SE\d+|SSR\S+|Router \d+)")),
            version=(descr(r"Version (?:SEOS|IPOS)-?(\S+?)(?:-|\s|$)"),),
            serial=(chassis("serial"),),
        ),
    ),
)
