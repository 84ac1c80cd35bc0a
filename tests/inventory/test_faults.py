"""Each fault that a person may make in sites.toml is told with its line, its thing and a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inventory.small import SOUND, only, reading


def after(line: str, *more: str) -> tuple[str, str]:
    """The edit that puts lines behind a line of SOUND."""
    return line + "\n", "\n".join([line, *more]) + "\n"


SITE_HUB, DEVICE_HUB = 'unit = "522"', 'address = "192.0.2.2"'
LAST = 'url = "https://portal.example/"'
LINK_A, LINK_B = 'a = "dc-r:ge-0/0/1"', 'b = "hub-r:Gi0/0"'
V3 = 'version = "3"'

# name → (text of SOUND, what stands there instead, the line told, words of the problem)
FAULTS: dict[str, tuple[tuple[str, str], str, str]] = {
    "unknown key": (after(DEVICE_HUB, 'vender = "x"'), "vender", 'did you mean "vendor"?'),
    "key of another table": (
        after(DEVICE_HUB, 'comunity = "x"'),
        "comunity",
        'unknown key "comunity"; did you mean "community"?',
    ),
    "status": (after(LAST, "expect_status = [200, 600]"), "expect_status", "is no status"),
    "status range": (after(LAST, 'expect_status = "299-200"'), "expect_status", "is no status"),
    "no status": (after(LAST, "expect_status = []"), "expect_status", "is empty"),
    "key of another scheme": (after(LAST, 'expect = ["x"]'), "expect", "it is for dns"),
    "longer than its interval": (after(LAST, "timeout_s = 61"), "timeout_s", "interval_s"),
    "issuers": (after(LAST, 'ca_file = "gone.pem"'), "ca_file", "there is no file"),
    "DNS type": ((LAST, 'url = "dns://192.0.2.1/x?type=AAA"'), "type=AAA", 'mean "AAAA"?'),
    "DNS question": ((LAST, 'url = "dns://192.0.2.1/x?a=b"'), "a=b", "asks for no known type"),
    "unknown table": (("[[provider]]", "[[providr]]"), "[[providr]]", 'did you mean "provider"?'),
    "key in no table": (("[network]\n", 'nme = "x"\n[network]\n'), "nme", "stands in no table"),
    "table for tables": (("[[service]]", "[service]"), "[service]", "write [[service]]"),
    "missing key": (('role = "router"\naddress = "192.0.2.2"', DEVICE_HUB), "[[device]]", '"role"'),
    "double id": (
        after(LAST, "[[provider]]", 'id="vnpt"', 'name="x"'),
        'id="vnpt"',
        'provider "vnpt": the id stands already at',
    ),
    "double address": (("192.0.2.2", "192.0.2.1"), "192.0.2.1", 'already that of device "dc-r"'),
    "one address, two writings": (
        (DEVICE_HUB, 'address = "2001:DB8:0::1"\n[[device]]\nid="x"\nsite="dc"\nrole="r"\n'
         'address = "2001:db8::1"'),
        '"2001:db8::1"',
        'already that of device "hub-r"',
    ),
    "wrong type": ((SITE_HUB, "unit = 522"), "unit = 522", "must be a text, not a number"),
    "text for a list's element": (after(SITE_HUB, "contacts = [3]"), "contacts", "must be a text"),
    "dangling site": (('site = "hub"', 'site = "hubb"'), "hubb", 'did you mean "hub"?'),
    "dangling uplink": (('uplink = ["dc"]', 'uplink = [\n"dc",\n"dd"]'), '"dd"]', 'no site "dd"'),
    "dangling gateway": (('gateway = ["dc-r"]', 'gateway = ["dc-s"]'), "dc-s", 'mean "dc-r"?'),
    "dangling parent": (('parent = "51"', 'parent = "52"'), "parent", 'no unit "52"'),
    "dangling provider": (('provider = "vnpt"', 'provider = "vpnt"'), "vpnt", 'mean "vnpt"?'),
    "dangling anchor": (('anchor = ["dc-r"]', 'anchor = ["dcr"]'), "anchor", 'mean "dc-r"?'),
    "dangling calendar": (after(SITE_HUB, 'calendar = "c"'), "calendar", 'no calendar "c"'),
    "monitor via without via": (
        (DEVICE_HUB, 'monitor = "via"'),
        "monitor",
        'monitor "via" needs the key via',
    ),
    "via without an ONU": ((DEVICE_HUB, 'via = "dc-r:gpon0/1/3"'), "via", "names no ONU"),
    "monitor heartbeat without one": (
        (DEVICE_HUB, 'monitor = "heartbeat"'),
        "monitor",
        'monitor "heartbeat" needs the key heartbeat',
    ),
    "a token that can be guessed": (
        (DEVICE_HUB, 'heartbeat = "hunter2"'),
        "heartbeat",
        "is no token",
    ),
    "nowhere to listen": (
        ('anchor = ["dc-r"]', 'anchor = ["dc-r"]\nheartbeat_listen = "localhost"'),
        "heartbeat_listen",
        "no address with a port",
    ),
    "dangling via": (after(DEVICE_HUB, 'seen_by = "olt:1"'), "seen_by", 'no device "olt"'),
    "unknown snmp profile": (after(DEVICE_HUB, 'snmp = "ofice"'), "ofice", 'mean "office"?'),
    "unknown default profile": (('snmp = "office"', 'snmp = "x"'), "snmp = ", 'no profile "x"'),
    "snmp = true": (after(DEVICE_HUB, "snmp = true"), "snmp = true", "names no profile"),
    "unknown ssh profile": (after(DEVICE_HUB, 'ssh = "core"'), "ssh", 'no profile "core"'),
    "site circle": (
        ('gateway = ["dc-r"]', 'uplink = ["hub"]'),
        'uplink = ["hub"]',
        'site "dc": uplink loop: dc → hub → dc',
    ),
    "device circle": (
        after(DEVICE_HUB, 'uplink = ["x"]', "[[device]]", 'id="x"', 'site="hub"', 'role="s"'),
        'uplink = ["x"]',
        "uplink loop: hub-r → x → hub-r",
    ),
    "device on itself": (after(DEVICE_HUB, 'uplink=["hub-r"]'), "uplink=", "hub-r → hub-r"),
    "unit circle": (after('level = "province"', 'parent = "51"'), "parent", "51 → 51"),
    "unit below its like": (('level = "district"', 'level = "province"'), "parent", "higher tier"),
    "bad address": (("192.0.2.2", "192.0.2.300"), "192.0.2.300", "is no address"),
    "address with a prefix": (("192.0.2.2", "192.0.2.2/24"), "/24", "without a prefix length"),
    "address with a port": (("192.0.2.2", "192.0.2.2:161"), ":161", "a port has its own key"),
    "address of no device": (("192.0.2.2", "224.0.0.1"), "224.0.0.1", "no address of a device"),
    "bad mac": (after(DEVICE_HUB, 'mac = "00:1a"'), "mac", "is no MAC address"),
    "bad zone": (("Ho_Chi_Minh", "Ho_Chi_Min"), "timezone", 'did you mean "Asia/Ho_Chi_Minh"?'),
    "a folder as zone": (("Asia/Ho_Chi_Minh", "Asia"), "timezone", "is no time zone"),
    "bad language": (after('name = "Tỉnh"\ntimezone = "Asia/Ho_Chi_Minh"', 'language = "vn"'),
                     "language", "one of vi, en"),
    "zero interval": (after("[defaults]", "ping_interval_s = 0"), "ping_int", "out of range"),
    "endless interval": (after("[defaults]", "ping_interval_s = inf"), "ping_int", "out of range"),
    "no number": (after("[defaults]", "ping_interval_s = nan"), "ping_int", "out of range"),
    "true as number": (after("[defaults]", "ping_interval_s = true"), "ping_int", "a number"),
    "negative capacity": (after(LINK_B, "capacity_mbps = -1"), "capacity", "above 0"),
    "target above 100": (after(LINK_B, "target_pct = 100.1"), "target_pct", "from 0 to 100"),
    "port 0": (after(DEVICE_HUB, "port = 0"), "port = 0", "from 1 to 65535"),
    "latitude": (after(SITE_HUB, "lat = 151.2"), "lat", "from -90 to 90"),
    "bad date": (after(SITE_HUB, 'commissioned = "31/12/2020"'), "commissioned", "is no date"),
    "time for a date": (after(SITE_HUB, "retired = 2020-01-01T00:00:00"), "retired", "a date ("),
    "ends before it begins": (
        after(SITE_HUB, "commissioned = 2021-01-01", "retired = 2020-01-01"),
        "retired",
        "lies before commissioned",
    ),
    "plain community": (('community = "public"', 'community = "hunter2"'), "hunter2", "plainly"),
    "public in capitals": (('"public"', '"Public"'), "Public", "plainly"),
    "plain password": (
        after('community = "public"', "[ssh.core]", 'username = "u"', 'password = "hunter2"'),
        "password",
        "plainly",
    ),
    "password in a URL": (("https://portal", "https://u:hunter2@portal"), "url", "no secret"),
    "secret not set": (('"public"', '"secret:office"'), "secret:office", "$CANH_SECRET_OFFICE"),
    "bad name of a secret": (('"public"', '"secret:of fice"'), "secret:of", "no name of a secret"),
    "no community": (('community = "public"', "port = 161"), "[snmp.office]", "needs a community"),
    "v3 without user": (
        ('community = "public"', f'{V3}\nauth = "sha256"\nauth_key = "secret:set"'),
        "[snmp.office]",
        '"user"',
    ),
    "v3 without a key": (
        ('community = "public"', f'{V3}\nuser = "canh"\nauth = "sha256"'),
        "[snmp.office]",
        '"auth_key"',
    ),
    "v3 privacy without a key": (
        (
            'community = "public"',
            f'{V3}\nuser = "u"\nauth = "sha1"\nauth_key = "secret:set"\npriv = "aes128"',
        ),
        "[snmp.office]",
        '"priv_key"',
    ),
    "unknown algorithm": (
        (
            'community = "public"',
            f'{V3}\nuser = "u"\nauth = "sha265"\nauth_key = "secret:set"',
        ),
        "auth = ",
        'did you mean "sha256"?',
    ),
    "short v3 key": (
        ('community = "public"', f'{V3}\nuser = "u"\nauth = "sha1"\nauth_key = "secret:short"'),
        "auth_key",
        "8 characters",
    ),
    "unknown version": (after("[snmp.office]", 'version = "2"'), "version", 'mean "2c"?'),
    "end at no device": ((LINK_B, 'b = "hub-x:Gi0/0"'), "b = ", 'no device "hub-x"'),
    "end at nothing": ((LINK_B, 'b = "hubb"'), "b = ", 'no site or device "hubb"; did you mean'),
    "end without interface": ((LINK_B, 'b = "hub-r"'), "b = ", 'its site "hub"'),
    "both ends alike": ((LINK_B, LINK_A.replace("a =", "b =")), "b = ", "both ends are the same"),
    "bad id": (("[[service]]\nid = ", '[[service]]\nid = "cổng" #'), "cổng", "is no id"),
    "long id": (('id = "portal"', f'id = "{"x" * 65}"'), "xxx", "at most 64"),
    "control character": (('name = "Cổng"', 'name = "C\\u001b[31m"'), "u001b", "U+001B"),
    "turned reading": (('name = "Cổng"', 'name = "C\u202eb"'), 'name = "C', "U+202E"),
    "empty name": (('name = "Cổng"', 'name = " "'), 'name = " "', "is empty"),
    "unknown monitor": (after(DEVICE_HUB, 'monitor = "imcp"'), "monitor", 'mean "icmp"?'),
    "nothing to ask": ((DEVICE_HUB, 'monitor = "icmp"'), "monitor", "no address to ask"),
    "monitor snmp without": (
        after(DEVICE_HUB, 'monitor = "snmp"', "snmp = false"),
        "monitor",
        "no SNMP profile",
    ),
    "unknown scheme": (("https://portal", "htps://portal"), "url", 'mean "https"?'),
    "tcp without port": (("https://portal.example/", "tcp://portal"), "url", "has no port"),
    "port of letters": (("https://portal.example/", "tcp://portal:x"), "url", "is no URL"),
    "dns without name": (("https://portal.example/", "dns://192.0.2.1"), "url", "asks for no name"),
    "a history twice": (after(SITE_HUB, 'was = ["dc"]'), "was", 'was: "dc" is site "dc"'),
    "vip of nobody": ((f'role = "router"\n{DEVICE_HUB}', 'role = "vip"'), "role", "members"),
    "no such file": (after("[network]", 'include = ["x.toml"]'), "include", "there is no file"),
    "path of no way": (after(LAST, "[[path]]", 'site = "dc"'), "[[path]]", "either device or"),
    "bad hours": (
        after(LAST, "[[calendar]]", 'id = "c"', 'week.mon = ["17:00-07:00"]'),
        "week.mon",
        "no spell of hours",
    ),
    "bad day": (
        after(LAST, "[[calendar]]", 'id = "c"', "week.mon = []", "days.2026-02-30 = []"),
        "days.",
        "is no date",
    ),
    "holidays of nowhere": (
        after(LAST, "[[calendar]]", 'id = "c"', "week.mon = []", 'holidays = "Vietnam"'),
        "holidays",
        'write "VN"',
    ),
    "work without offset": (
        after(LAST, "[[maintenance]]", 'scope = "site:dc"', 'reason = "x"',
            "starts = 2026-01-01T00:00:00", "ends = 2026-01-01T01:00:00Z",
        ),
        "starts",
        "has no offset",
    ),
    "work that ends first": (
        after(LAST, "[[maintenance]]", 'scope = "site:dc"', 'reason = "x"',
            "starts = 2026-01-01T02:00:00+07:00", "ends = 2026-01-01T01:00:00+07:00",
        ),
        "ends",
        "does not lie after starts",
    ),
    "work on nothing": (
        after(LAST, "[[maintenance]]", 'scope = "site:dcc"', 'reason = "x"',
            "starts = 2026-01-01T00:00:00Z", "ends = 2026-01-01T01:00:00Z",
        ),
        "scope",
        'no site "dcc"; did you mean "dc"?',
    ),
    "target for nothing": (
        after(LAST, "[[target]]", 'applies_to = "links"', "pct = 99"),
        "applies_to",
        "is no kind",
    ),
}  # fmt: skip


def test_the_sound_file_has_no_problem(tmp_path: Path) -> None:
    found = reading(tmp_path, SOUND)
    assert found.problems == ()
    assert found.network is not None


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_gives_one_error_at_its_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANH_SECRET_SET", "long enough")
    monkeypatch.setenv("CANH_SECRET_SHORT", "hunter2")
    (old, new), at, words = FAULTS[name]
    assert SOUND.count(old) >= 1, "the fault must be put somewhere"
    head, _, tail = SOUND.rpartition(old)
    text = head + new + tail
    if name == "unknown table":  # what referred to it would dangle too
        text = text.replace('provider = "vnpt"\n', "")
    found = reading(tmp_path, text)
    told = only(found)
    assert told.level == "error"
    assert found.network is None
    assert at in text.splitlines()[told.line - 1], f"{told}"
    assert words in str(told)
    assert "hunter2" not in str(told), "no secret is ever repeated"


WARNINGS = {
    "no anchor": (('anchor = ["dc-r"]\n', ""), "[network]", "no anchor"),
    "nobody listens": (
        (DEVICE_HUB, 'heartbeat = "0123456789abcdef"'),
        "heartbeat",
        'nobody listens for the heartbeat of device "hub-r"',
    ),
    "traps without a profile": (
        (
            '[defaults]\nsnmp = "office"\n[snmp.office]\ncommunity = "public"\n',
            '[traps]\nlisten = "0.0.0.0:162"\n',
        ),
        "[traps]",
        "there is no SNMP profile: no trap is believed",
    ),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_leaves_the_network_whole(name: str, tmp_path: Path) -> None:
    (old, new), at, words = WARNINGS[name]
    text = SOUND.replace(old, new)
    found = reading(tmp_path, text)
    told = only(found)
    assert told.level == "warning"
    assert found.network is not None
    assert at in text.splitlines()[told.line - 1]
    assert words in str(told)


TWELVE = {  # line as it should be → line with a fault, words of the problem
    'timezone = "Asia/Ho_Chi_Minh"': ('timezone = "Asia/Saigonn"', "is no time zone"),
    'anchor = ["dc-r"]': ('anchor = ["dc-router"]', 'there is no device "dc-router"'),
    'snmp = "office"': ("ping_interval_s = -10", "out of range"),
    'community = "public"': ('community = "hunter2"', "a secret stands here plainly"),
    'name = "VNPT"': ('nmae = "VNPT"\nname = "VNPT"', 'unknown key "nmae"; did you mean "name"?'),
    'parent = "51"': ('parent = "15"', 'there is no unit "15"'),
    'gateway = ["dc-r"]': ('uplink = ["hub"]', "uplink loop: dc → hub → dc"),
    'address = "192.0.2.1"': ('address = "192.0.2.256"', "is no address"),
    'address = "192.0.2.2"': (
        'address = "192.0.2.2"\n[[device]]\nid = "hub-r"\nsite = "hub"\nrole = "x"\n'
        '[[device]]\nid = "x"\nsite = "hub"\nrole = "x"\naddress = "192.0.2.2"',
        'already that of device "hub-r"',
    ),
    'b = "hub-r:Gi0/0"': ('b = "hub-q:Gi0/0"', 'there is no device "hub-q"; did you mean "hub-r"?'),
    'provider = "vnpt"': ('provider = "vnpt"\ntarget_pct = 9999', "out of range"),
}


def test_twelve_planted_faults_are_all_told_with_their_lines(tmp_path: Path) -> None:
    text = SOUND
    for sound, (faulty, _) in TWELVE.items():
        text = text.replace(f"\n{sound}\n", f"\n{faulty}\n")
    found = reading(tmp_path, text)
    told = "\n".join(map(str, found.problems))
    for _, words in [*TWELVE.values(), ("", "the id stands already")]:
        assert words in told
    assert len(found.problems) == 12, told
    assert [p.line for p in found.problems] == sorted({p.line for p in found.problems})
    assert "hunter2" not in told
    assert found.network is None


def test_a_problem_prints_as_file_line_thing_what_hint(tmp_path: Path) -> None:
    text = SOUND.replace(DEVICE_HUB, f'{DEVICE_HUB}\ncomunity = "x"')
    path = tmp_path / "sites.toml"
    line = text.splitlines().index('comunity = "x"') + 1
    assert str(only(reading(tmp_path, text))).startswith(
        f'{path}:{line}: device "hub-r": unknown key "comunity"; did you mean "community"?'
    )


def test_what_a_file_says_cannot_steer_the_terminal(tmp_path: Path) -> None:
    text = SOUND + '["\\u001b[31m"]\n"\\u009b2J" = 1\n[snmp."\\u001b]0;x"]\n"a\\nb" = 1\n'
    told = "".join(str(problem) for problem in reading(tmp_path, text).problems)
    assert told.isprintable()


def test_a_circle_is_told_once_even_over_two_links(tmp_path: Path) -> None:
    second = '[[link]]\nid = "L2"\na = "dc"\nb = "hub"\n'
    text = SOUND.replace("[[service]]", f"{second}[[service]]").replace(
        'address = "192.0.2.1"\n', 'address = "192.0.2.1"\nuplink = ["hub-r"]\n'
    )
    assert "dc-r → hub-r → dc-r" in only(reading(tmp_path, text)).what


def test_a_retired_device_leaves_its_address_to_another(tmp_path: Path) -> None:
    text = SOUND.replace("192.0.2.2", "192.0.2.1").replace(
        'role = "router"\naddress = "192.0.2.1"\n[[link]]',
        'role = "router"\nretired = 2020-01-01\naddress = "192.0.2.1"\n[[link]]',
    )
    assert reading(tmp_path, text).problems == ()


def test_one_address_may_stand_in_two_vrfs_and_at_two_ports(tmp_path: Path) -> None:
    text = SOUND.replace('"192.0.2.2"', '"192.0.2.1"\nvrf = "b"')
    assert reading(tmp_path, text).problems == ()
    text = SOUND.replace('"192.0.2.2"', '"192.0.2.1"\nport = 1161')
    assert reading(tmp_path, text).problems == ()
