"""No secret is left in a configuration, whatever the make; what is no secret stays."""

from __future__ import annotations

import time

import pytest

from probes.shell.masks import HIDDEN, masked, steady

SECRET = "Zx9vQw77"


@pytest.mark.parametrize(
    "line",
    [
        f"enable secret 5 $1$mERr${SECRET}",
        f"username admin privilege 15 password 7 {SECRET}",
        f"username admin secret {SECRET}",
        f"snmp-server community {SECRET} RO 10",
        f"snmp-server user canh grp v3 auth sha {SECRET} priv aes 128 {SECRET}2",
        f"snmp-server host 10.0.0.1 version 2c {SECRET}",
        f" key-string 7 {SECRET}",
        f"crypto isakmp key {SECRET} address 0.0.0.0",
        f"radius-server host 10.1.1.1 key 7 {SECRET}",
        f"tacacs-server key {SECRET}",
        f" neighbor 10.0.0.2 password {SECRET}",
        f" ip ospf message-digest-key 1 md5 {SECRET}",
        f" ppp chap password 0 {SECRET}",
        f" wpa-psk ascii 0 {SECRET}",
        f" set authentication password cipher %^%#{SECRET}%^%#",
        f" local-user admin password irreversible-cipher {SECRET}",
        f"snmp-agent community read cipher {SECRET}",
        f"snmp-agent usm-user v3 canh group g authentication-mode sha {SECRET}",
        f"snmp-agent target-host trap address udp-domain 10.0.0.1 params securityname {SECRET}",
        f" super password level 3 cipher {SECRET}",
        f'            encrypted-password "$6${SECRET}"; ## SECRET-DATA',
        f'set system root-authentication encrypted-password "{SECRET}"',
        f'    pre-shared-key ascii-text "{SECRET}";',
        f"    community {SECRET} {{",
        f'    authentication-key "{SECRET}";',
        f'    ssh-rsa "ssh-rsa AAAA{SECRET} admin@x";',
        f'add name=vpn password={SECRET} service=l2tp',
        f'set [ find default=yes ] name=p1 wpa2-pre-shared-key="{SECRET} {SECRET}"',
        f"/snmp community set [ find default=yes ] name={SECRET}",
        f"        set password ENC {SECRET}",
        f"        set psksecret ENC {SECRET}",
        f'        set passphrase "{SECRET}"',
        f"create snmp community {SECRET} view CommunityView read_only",
        f"snmp-server host 10.0.0.1 {SECRET}",
        f'snmp-server host 10.0.0.1 "{SECRET}"',
        f"snmp-server host 10.0.0.1 version 2 {SECRET}",
        f"snmp-server host inside 10.0.0.1 poll {SECRET}",
        f"create snmp host 10.0.0.1 v2c {SECRET}",
        f"encrypt sha_1 *@&{SECRET}",
        f" standby 1 authentication {SECRET}",
        f" vrrp 1 authentication text {SECRET}",
        f" vrrp 1 peer authentication {SECRET}",
        f" ip nhrp authentication {SECRET}",
        f" server-key 7 {SECRET}",
        f"event manager environment _pass {SECRET}",
        f'  key-octet-string 7 "{SECRET}"',
        f"        set auth-pwd {SECRET}",
        f"        set enckey {SECRET}",
        f"        set api-key {SECRET}",
        f'        md5-key 1 "{SECRET}"',
        f'radius-server host 10.0.0.1 encrypted-key "{SECRET}"',
        f'    community-name "{SECRET}";',
        f'    value "{SECRET}"; ## SECRET-DATA',
        f"set mgt-config users admin phash {SECRET}",
        f"set deviceconfig system snmp-setting snmp-community-string {SECRET}",
        f"set service snmp v3 user x auth plaintext-key {SECRET}",
        f"set service snmp v3 user x privacy encrypted-key {SECRET}",
        f" sa string-key esp inbound {SECRET}",
        f" sa encryption-hex outbound esp {SECRET}",
        f"   exec TerminAttr -ingestauth=key,{SECRET}",
        f" ppp pap sent-username u encrypted {SECRET}",
        f"set security.passphrase={SECRET}",
        f"add address=x?apikey={SECRET}",
        f"archive path ftp://canh:{SECRET}@10.0.0.1/x",
        f'username a password="x" secret {SECRET}',
        f"ip ssh password {SECRET}",
        f"snmp-server user canh grp v3 auth sha-2 256 {SECRET}",
        f"add name=a wpa2-pre-shared-key=\\\n    {SECRET} disabled=no",
        f"config system snmp community\n    edit 1\n        set name {SECRET}\n    next",
        "x" * 2000 + SECRET,
        f'snmp community "{SECRET}" ro',
    ],
)  # fmt: skip
def test_a_secret_is_gone_with_all_that_follows_it(line: str) -> None:
    told = masked(f"hostname r\n{line}\nend\n")
    assert SECRET not in told
    assert HIDDEN in told
    assert told.startswith("hostname r\n")
    assert told.endswith("\nend\n")


@pytest.mark.parametrize(
    "line",
    [
        "interface GigabitEthernet1/0/1",
        " description Đường truyền về UBND tỉnh – keyword",
        " ip address 10.0.0.1 255.255.255.0",
        "service password-encryption",
        "ip ssh version 2",
        "vlan 20 name keys",
        "  ether1 comment=monkey",
    ],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert masked(line) == f"{line}\n"


def test_a_private_key_goes_as_a_whole() -> None:
    key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----"
    text = f'a\n set private-key "{key}"\nb\n'
    assert masked(text) == f"a\n{HIDDEN}\nb\n"


def test_a_known_secret_goes_wherever_it_stands() -> None:
    assert (
        masked("banner ask for hunter2 here", ["hunter2", None, ""]) == "banner ask for *** here\n"
    )


def test_lines_that_move_by_themselves_are_no_change() -> None:
    one = "! Last configuration change at 10:00:00 UTC\nntp clock-period 17\nhostname r\n"
    other = "! Last configuration change at 11:00:00 UTC\nntp clock-period 18\nhostname r\n"
    assert steady(one) == steady(other) == "hostname r\n"


def test_a_hostile_line_takes_no_time() -> None:
    began = time.thread_time()
    masked(
        "".join(f"{line}\n" for line in ("password x" + " " * 990, "key" * 330, "a=" * 490) * 200)
    )
    assert time.thread_time() - began < 5
