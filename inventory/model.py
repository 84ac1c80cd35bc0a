"""The declared network as frozen values, in the words of sites.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from inventory.alerts import NOBODY, Channel, Escalation, Notify, Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    id: str
    name: str
    hotline: str | None = None
    contact: str | None = None
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """An administrative unit; `id` is permanent, `code` is re-used by the state over time.

    What it was from one day up to another, the last not within: a unit has as many of these as
    its name, code, tier or parent changed. `into`: the units that took it over when it ended.
    """

    id: str
    code: str
    name: str
    level: str
    parent: str | None = None
    valid_from: date | None = None  # None: as far back as anybody asks
    valid_to: date | None = None
    act: str | None = None  # by which it began to be so
    aliases: tuple[str, ...] = ()  # as others write its name
    into: tuple[str, ...] = ()
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    id: str
    name: str
    phone: str | None = None
    email: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """An office or room with equipment; `uplink` names the sites it hangs on, any one will do."""

    id: str
    name: str
    unit: str
    uplink: tuple[str, ...] = ()
    gateway: tuple[str, ...] = ()
    kind: str | None = None
    postal_address: str | None = None
    lat: float | None = None
    lon: float | None = None
    contacts: tuple[str, ...] = ()
    calendar: str | None = None
    commissioned: date | None = None
    retired: date | None = None
    lan_since: date | None = None
    broadband_since: date | None = None
    evidence: str | None = None
    soc_cover: bool | None = None
    target_pct: float | None = None
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """In which unit a site stood before it came to where it is now; `valid_to` is not within."""

    site: str
    unit: str
    valid_to: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A managed or merely listed thing; without `address` (or `via`) there is nothing to ask."""

    id: str
    site: str
    role: str
    name: str | None = None
    address: str | None = None
    snmp: tuple[str, ...] = ()  # profiles, tried in order; empty = never asked by SNMP
    ssh: str | None = None
    platform: str | None = None
    uplink: tuple[str, ...] = ()
    monitor: str = "icmp"  # icmp, tcp:PORT, snmp, via, heartbeat, none
    ping_interval_s: float | None = None  # None: that of [defaults], or seldom if it is metered
    snmp_interval_s: float | None = None
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    asset_tag: str | None = None
    owner: str | None = None
    installed: date | None = None
    warranty_until: date | None = None
    commissioned: date | None = None
    retired: date | None = None
    calendar: str | None = None
    stack: int | None = None
    vrf: str | None = None
    port: int | None = None
    mac: str | None = None
    seen_by: str | None = None
    via: str | None = None
    heartbeat: str | None = field(default=None, repr=False)  # the token of its URL
    heartbeat_interval_s: float = 60.0
    answers_from: tuple[str, ...] = ()  # addresses that answer SNMP in its stead, or "any"
    members: tuple[str, ...] = ()
    soc_cover: bool | None = None
    target_pct: float | None = None
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a link: a device's interface, or a site where the interface is not known."""

    site: str
    device: str | None = None
    interface: str | None = None

    def __str__(self) -> str:
        return f"{self.device}:{self.interface}" if self.device else self.site


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    id: str
    a: End
    b: End
    provider: str | None = None
    medium: str | None = None
    role: str = "primary"
    capacity_mbps: float | None = None
    target_pct: float | None = None
    circuit_id: str | None = None
    contract: str | None = None
    physical_direction: str | None = None
    level: str | None = None
    contract_until: date | None = None
    terms: str | None = None
    monthly_cost: float | None = None  # in the money of the network's country
    service_type: str | None = None
    connected_on: date | None = None
    legal_document: str | None = None
    side_of_responsibility: str | None = None
    length_km: float | None = None
    probe: str | None = None
    metered: bool = False
    commissioned: date | None = None
    retired: date | None = None
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`address`: connect there instead of resolving the host; `expect`: the DNS answers that may
    come; `expect_status`: ranges, both ends within; `needs`: the services without which it cannot
    work; `outside`: somebody else's, watched because ours need it."""

    id: str
    name: str
    site: str
    url: str
    owner: str | None = None
    contacts: tuple[str, ...] = ()
    part_of: str | None = None
    needs: tuple[str, ...] = ()
    outside: bool = False
    soc_cover: bool | None = None
    interval_s: float = 60.0
    timeout_s: float = 10.0
    address: str | None = None
    server_name: str | None = None
    ca_file: str | None = None
    expect_status: tuple[tuple[int, int], ...] = ((200, 299),)
    keyword: str | None = None
    expect: tuple[str, ...] = ()
    target_pct: float | None = None
    commissioned: date | None = None
    retired: date | None = None
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SitePath:
    """One way into a site: a device or a link, on the state network or the Internet."""

    site: str
    device: str | None = None
    link: str | None = None
    network: str = "state"  # state, internet
    need: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Service hours: minutes of the week's days, and dates that differ (empty = closed)."""

    id: str
    week: Mapping[str, tuple[tuple[str, str], ...]]  # "mon" → (("07:00", "17:00"), …)
    days: Mapping[date, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    holidays: str | None = None  # country whose public holidays are closed, unless `days` says so


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWork:
    """A `[[maintenance]]` table: scope is `site:ID`, `device:ID`, `link:ID` or `unit:ID`."""

    scope: str
    starts: str  # ISO 8601 with offset
    ends: str
    reason: str
    author: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A contract or house target: applies to a kind, or to one tier, provider or thing."""

    applies_to: str  # "link", "site:commune", "provider:vnpt", "device:ID" …
    pct: float
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SnmpProfile:
    """How to ask by SNMP. Secrets are values here, taken from secrets.toml or the environment."""

    id: str
    version: str = "2c"  # "1", "2c", "3"
    community: str | None = field(default=None, repr=False)
    user: str | None = None
    auth: str | None = None  # sha1, sha256, sha512
    auth_key: str | None = field(default=None, repr=False)
    priv: str | None = None  # aes128, aes256
    priv_key: str | None = field(default=None, repr=False)
    context: str = ""
    port: int = 161
    timeout_s: float = 2.0
    retries: int = 1
    max_repetitions: int | None = None  # without it as many as fit into a frame


@dataclass(frozen=True, slots=True, kw_only=True)
class SshProfile:
    id: str
    username: str
    password: str | None = field(default=None, repr=False)
    enable: str | None = field(default=None, repr=False)  # the word that opens all commands
    port: int = 22
    telnet: bool = False
    legacy: bool = False  # algorithms that are no longer safe are allowed
    timeout_s: float = 60.0  # for all that is asked in one login


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    ping_interval_s: float = 10.0
    ping_timeout_s: float = 2.0
    snmp_interval_s: float = 60.0
    snmp: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """For how many days what was measured is kept; outages and what people said stay for ever."""

    samples_days: int = 400  # as they were measured: the same month a year ago is still there
    rollups_days: int = 3660  # the figures of each hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What a printed report says at its head and foot; what is missing becomes a dotted blank."""

    authority_above: str | None = None  # the body above the one that issues it
    authority: str | None = None
    symbol: str | None = None  # what stands behind the number: BC-SKHCN
    place: str | None = None  # where it is dated
    signer: tuple[str, ...] = ()  # the title of the person who signs, one line each
    recipients: tuple[str, ...] = ()


BLANK = Letterhead()


@dataclass(frozen=True, slots=True, kw_only=True)
class Traps:
    """Where devices tell unasked; communities and users are those of the SNMP profiles."""

    listen: str = ""  # address:port


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Letterhead):
    """And whether the monitor makes the draft of each month, and in which folder it puts it."""

    monthly: bool = False
    keep_in: str = "reports"  # beside sites.toml where it is not absolute


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """Where the pages are shown. Without accounts only on this machine, and only to look at."""

    listen: str = ""  # address:port; "": `canh run` shows no pages
    origin: str = ""  # how browsers call it, where a proxy stands before it
    proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For is believed
    certificate: str | None = None  # PEM, relative to the file; with it the pages speak TLS
    certificate_key: str | None = None
    status_page: bool = False  # /status for everybody
    photo_space_mb: int = 2000  # that photos of sites may take, all together


@dataclass(frozen=True, slots=True, kw_only=True)
class Oidc:
    """Another system through which people sign in (OpenID Connect); the issuer alone is asked."""

    issuer: str = ""  # "": there is none
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    name: str = "OpenID Connect"  # on the button
    scopes: str = "openid profile email"
    claim: str = "groups"  # whose values give the role
    viewer: tuple[str, ...] = ()
    operator: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()
    units_claim: str = ""  # whose values are the units that one is limited to


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """A receiver of events and of what people did, such as a security operations centre."""

    id: str
    url: str = field(repr=False)  # it may be a secret
    format: str = ""  # rfc5424, cef, json; "": json to https, else rfc5424
    kinds: tuple[str, ...] = ()  # state, state.down, acknowledged …; none: all
    units: tuple[str, ...] = ()  # what stands there or below; none: everywhere
    audit: bool = True  # sign-ins and changes too


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The whole declared network; every reference in it resolves (the reader checked)."""

    name: str
    timezone: str
    language: str = "vi"
    anchor: tuple[str, ...] = ()
    heartbeat_listen: str | None = None
    defaults: Defaults = Defaults()
    retention: Retention = Retention()
    traps: Traps = Traps()
    report: Report = Report()
    web: Web = Web()
    oidc: Oidc = Oidc()
    exports: Mapping[str, Export] = field(default_factory=dict)
    snmp: Mapping[str, SnmpProfile] = field(default_factory=dict)
    ssh: Mapping[str, SshProfile] = field(default_factory=dict)
    providers: Mapping[str, Provider] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)  # as each stands last
    former_units: tuple[Unit, ...] = ()  # and as it stood before
    placements: tuple[Placement, ...] = ()
    contacts: Mapping[str, Contact] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    devices: Mapping[str, Device] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    paths: tuple[SitePath, ...] = ()
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    maintenance: tuple[PlannedWork, ...] = ()
    targets: tuple[Target, ...] = ()
    channels: Mapping[str, Channel] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    escalations: tuple[Escalation, ...] = ()
    notify: Notify = NOBODY
    sha256: str = ""  # of all files read, in order
