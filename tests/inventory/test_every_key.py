"""Every key that may stand in sites.toml is accepted and arrives in the network's values."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import pytest

from inventory.alerts import Channel, Escalation, Notify, Rule
from inventory.hours import Hours
from inventory.model import (
    Calendar,
    Contact,
    Defaults,
    Device,
    End,
    Link,
    Network,
    Oidc,
    Placement,
    PlannedWork,
    Provider,
    Report,
    Retention,
    Service,
    Site,
    SitePath,
    SnmpProfile,
    SshProfile,
    Target,
    Traps,
    Unit,
    Web,
)
from inventory.sites_toml import read
from inventory.tables import TABLES

EVERYTHING = Path(__file__).with_name("every_key.toml").read_text("utf-8")
SECRETS = {
    "OFFICE": "office-secret",
    "CORE_AUTH": "auth-secret",
    "CORE_PRIV": "priv-secret",
    "CORE_SSH": "ssh-secret",
    "CHIEF": "tgram://bot-secret/chief-secret",
}


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Network:
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"CANH_SECRET_{name}", value)
    path = tmp_path / "sites.toml"
    path.write_text(EVERYTHING, "utf-8")
    (tmp_path / "issuers.pem").touch()
    found = read(path)
    assert found.problems == ()
    assert found.network is not None
    return found.network


def test_the_file_of_this_test_holds_every_key_of_every_table() -> None:
    blocks = [block.split("\n") for block in EVERYTHING.split("\n[")]
    for table in TABLES.values():
        keys = {
            line.split(" =")[0].split(".")[0]
            for header, *lines in blocks
            if header.strip("[]").split(".")[0] == table.name
            for line in lines
        }
        assert table.keys.keys() <= keys, table.name


def test_every_key_has_a_field_and_every_field_a_key() -> None:
    collections = {field.name for field in dataclasses.fields(Network)} - {"name", "timezone"}
    for table in TABLES.values():
        fields = {field.name for field in dataclasses.fields(table.model)}
        if table.name == "network":
            fields -= collections - {"language", "anchor", "heartbeat_listen"}
            fields |= {"include"}
        if table.shape == "named":
            fields -= {"id"}
        assert table.keys.keys() == fields, table.name


def test_a_key_is_required_exactly_where_the_model_has_no_default() -> None:
    rows = {key: (required, default) for key, _, required, default in TABLES["link"].describe()}
    assert rows["a"][0]
    assert rows["role"] == (False, "primary")
    assert TABLES["site"].required == {"id", "name", "unit"}


def test_network_defaults_and_profiles_arrive(network: Network) -> None:
    assert (network.name, network.timezone, network.language) == ("Mạng", "Asia/Ho_Chi_Minh", "en")
    assert network.anchor == ("r",)
    assert network.defaults == Defaults(
        ping_interval_s=5, ping_timeout_s=1.5, snmp_interval_s=30, snmp=("core", "office")
    )
    assert network.retention == Retention(samples_days=90, rollups_days=1830)
    assert network.report == Report(
        authority_above="ỦY BAN NHÂN DÂN TỈNH",
        authority="SỞ KHOA HỌC VÀ CÔNG NGHỆ",
        symbol="BC-SKHCN",
        place="Quảng Ngãi",
        signer=("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"),
        recipients=("Ủy ban nhân dân tỉnh", "Các nhà mạng"),
        monthly=True,
        keep_in="bao-cao",
    )
    assert network.web == Web(
        listen="127.0.0.1:8000",
        origin="https://canh.example.vn",
        proxies=("127.0.0.1",),
        certificate="canh.pem",
        certificate_key="canh.key",
        status_page=True,
        photo_space_mb=500,
    )
    assert network.oidc == Oidc(
        issuer="https://id.example.vn/realm",
        client_id="canh",
        client_secret="office-secret",
        name="Cổng đăng nhập của tỉnh",
        scopes="openid email",
        claim="roles",
        viewer=("xem",),
        operator=("van-hanh", "truc"),
        admin=("quan-tri",),
        units_claim="units",
    )
    assert network.traps == Traps(listen="0.0.0.0:162")
    assert network.snmp == {
        "office": SnmpProfile(
            id="office",
            version="1",
            community="office-secret",
            port=1161,
            timeout_s=3,
            retries=2,
            max_repetitions=20,
            context="c",
        ),
        "core": SnmpProfile(
            id="core",
            version="3",
            user="canh",
            auth="sha512",
            auth_key="auth-secret",
            priv="aes256",
            priv_key="priv-secret",
        ),
    }
    assert network.ssh == {
        "core": SshProfile(
            id="core",
            username="canh",
            password="ssh-secret",
            enable="ssh-secret",
            port=2222,
            telnet=True,
            legacy=True,
            timeout_s=10,
        )
    }


def test_units_providers_and_contacts_arrive(network: Network) -> None:
    assert network.providers == {
        "vnpt": Provider(id="vnpt", name="VNPT", hotline="1800", contact="Trực", was=("old-vnpt",))
    }
    assert network.units["51"] == Unit(id="51", code="051", name="Tỉnh", level="province")
    assert network.units["522"] == Unit(
        id="522",
        code="522",
        name="Huyện",
        level="district",
        parent="51",
        valid_from=date(2005, 8, 26),
        valid_to=date(2025, 7, 1),
        act="1677/NQ-UBTVQH15",
        aliases=("H",),
        into=("51",),
        was=("u-old",),
    )
    assert network.placements == (Placement(site="top", unit="522", valid_to=date(2004, 1, 1)),)
    assert network.contacts == {
        "it": Contact(id="it", name="CNTT", phone="0255", email="it@example", role="Trực")
    }


def test_sites_arrive(network: Network) -> None:
    assert network.sites["s"] == Site(
        id="s",
        name="Nơi",
        unit="522",
        uplink=("top",),
        gateway=("r",),
        kind="office",
        postal_address="1 Hùng Vương",
        lat=15.1,
        lon=108.0,
        contacts=("it",),
        calendar="office",
        commissioned=date(2020, 1, 2),
        retired=date(2030, 1, 2),
        lan_since=date(2019, 1, 1),
        broadband_since=date(2019, 2, 1),
        evidence="BB 12",
        soc_cover=True,
        target_pct=99.5,
        was=("s-old",),
    )


def test_devices_arrive(network: Network) -> None:
    assert network.devices["r"] == Device(
        id="r",
        name="Bộ định tuyến",
        site="s",
        role="router",
        address="2001:db8::1",
        snmp=("office",),
        ssh="core",
        platform="juniper_junos",
        uplink=("up",),
        monitor="snmp",
        ping_interval_s=20,
        snmp_interval_s=300,
        vendor="Juniper",
        model="MX",
        serial="1",
        asset_tag="TS1",
        owner="office",
        installed=date(2017, 6, 15),
        warranty_until=date(2020, 6, 15),
        commissioned=date(2017, 7, 1),
        retired=date(2029, 1, 1),
        calendar="office",
        stack=2,
        vrf="mgmt",
        port=8022,
        mac="00:1a:2b:3c:4d:5e",
        seen_by="up:Gi0/1",
        answers_from=("10.51.0.2",),
        via="up:gpon0/1/3:12",
        heartbeat="0123456789abcdef",
        heartbeat_interval_s=120,
        target_pct=99.9,
        was=("r-old",),
    )
    assert network.devices["up"].members == ("quiet",)
    assert network.devices["up"].address == "router.example"


def test_profiles_of_a_device_are_its_own_else_the_default_where_there_is_an_address(
    network: Network,
) -> None:
    assert network.devices["up"].snmp == ("core", "office")
    assert network.devices["quiet"].snmp == ()
    assert network.devices["dumb"].snmp == ()
    assert network.devices["dumb"].monitor == "none"
    assert network.devices["quiet"].monitor == "icmp"


def test_links_and_services_arrive(network: Network) -> None:
    assert network.links["L"] == Link(
        id="L",
        a=End(site="s", device="r", interface="xe-0/0/1:2"),
        b=End(site="top"),
        provider="vnpt",
        medium="fibre",
        role="backup",
        capacity_mbps=1000,
        target_pct=99.9,
        circuit_id="C1",
        contract="HĐ 1",
        contract_until=date(2027, 12, 31),
        terms="4 giờ",
        monthly_cost=2_500_000,
        service_type="TSLCD",
        physical_direction="Bắc",
        level="II",
        connected_on=date(2019, 6, 1),
        legal_document="QĐ 1",
        side_of_responsibility="telco",
        length_km=6.5,
        probe="192.0.2.77",
        metered=True,
        commissioned=date(2019, 6, 2),
        retired=date(2031, 1, 1),
        was=("L-old",),
    )
    assert network.services["portal"] == Service(
        id="portal",
        name="Cổng",
        site="s",
        url="dns://192.0.2.1/portal.example?type=A",
        interval_s=120,
        timeout_s=5,
        expect=("192.0.2.80",),
        target_pct=99,
        commissioned=date(2018, 1, 1),
        retired=date(2032, 1, 1),
        was=("p-old",),
    )


def test_a_web_service_arrives_with_its_file_of_issuers(network: Network, tmp_path: Path) -> None:
    assert network.services["web"] == Service(
        id="web",
        name="Trang",
        site="s",
        url="https://portal.example/",
        address="192.0.2.80",
        server_name="www.portal.example",
        ca_file=str(tmp_path.resolve() / "issuers.pem"),
        expect_status=((200, 299), (401, 401)),
        keyword="Cổng",
        owner="Văn phòng",
        contacts=("it",),
        part_of="portal",
        needs=("portal",),
        outside=True,
        soc_cover=True,
    )


def test_paths_calendars_work_and_targets_arrive(network: Network) -> None:
    assert network.paths == (
        SitePath(site="s", link="L", network="internet", need=2),
        SitePath(site="s", device="r"),
    )
    workday: Hours = (("07:00", "11:30"), ("13:30", "17:00"))
    week: dict[str, Hours] = dict.fromkeys(("mon", "tue", "wed", "thu"), workday)
    week |= {"fri": (("07:00", "24:00"),), "sat": (), "sun": ()}
    assert network.calendars == {
        "office": Calendar(id="office", week=week, days={date(2026, 9, 2): ()}, holidays="VN")
    }
    assert network.maintenance == (
        PlannedWork(
            scope="site:s",
            starts="2026-11-28T22:00:00+07:00",
            ends="2026-11-29T02:00:00+07:00",
            reason="Thay UPS",
            author="Trực",
        ),
    )
    assert network.targets == (Target(applies_to="site:commune", pct=99.5, source="QCVN 34"),)


def test_channels_rules_and_escalations_arrive(network: Network) -> None:
    relay = "mailto://relay.example?from=canh@example.vn&to=noc@example.vn"
    assert network.channels == {
        "noc": Channel(id="noc", url=relay, language="en", min_interval_s=60),
        "chief": Channel(id="chief", url="tgram://bot-secret/chief-secret"),
    }
    assert network.rules == {
        "districts": Rule(
            id="districts",
            to=("noc",),
            unit=("522",),
            level=("district", "commune"),
            kind=("device", "link"),
            severity=("down", "degraded"),
            hours="office",
            delay_s=60,
            quiet_hours=(("22:00", "06:00"),),
        ),
        "weekly": Rule(id="weekly", to=("chief",), digest="mon 07:30"),
    }
    assert network.escalations == (Escalation(rule="districts", after_s=900, to=("chief",)),)
    assert network.notify == Notify(
        heartbeat_url="https://alive.example/canh", heartbeat_interval_s=30, report_to=("noc",)
    )


def test_no_secret_shows_in_any_repr(network: Network) -> None:
    shown = repr(network) + str(network.snmp) + str(network.ssh)
    assert not any(value in shown for value in SECRETS.values())
