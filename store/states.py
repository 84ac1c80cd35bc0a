"""The words of belief: states, marks and kinds of things, as they stand in the record."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What we believe of a thing; the order is from best to worst."""

    UP = "up"
    DEGRADED = "degraded"
    UNREACHABLE = "unreachable"  # behind a root cause
    DOWN = "down"
    UNKNOWN = "unknown"  # we could not see, or it never answered
    NOT_MONITORED = "not_monitored"  # nothing to ask


OUTAGE_STATES = frozenset({State.DEGRADED, State.UNREACHABLE, State.DOWN})
SEVERITY = {State.UP: 0, State.DEGRADED: 1, State.UNREACHABLE: 2, State.DOWN: 3}


class Mark(StrEnum):
    """What stands beside a state and never replaces it."""

    NEVER_SEEN = "never_seen"
    FLAPPING = "flapping"
    MAINTENANCE = "maintenance"
    OFF_HOURS = "off_hours"
    MANAGEMENT_SILENT = "management_silent"
    NO_ICMP = "no_icmp"
    ADMIN_DOWN = "admin_down"
    ON_BATTERY = "on_battery"  # a UPS that feeds from its battery
    LOW_BATTERY = "low_battery"
    LIGHT_WARNING = "light_warning"  # light beyond the device's own limit of warning


class Kind(StrEnum):
    UNIT = "unit"
    SITE = "site"
    DEVICE = "device"
    INTERFACE = "interface"
    LINK = "link"
    SERVICE = "service"
    PROVIDER = "provider"
    CALENDAR = "calendar"
    BEYOND = "beyond"  # what lies beyond an anchor: the root of a mass outage that has no other


ROOT_KINDS = (Kind.DEVICE, Kind.LINK, Kind.SERVICE, Kind.BEYOND)  # what fails by itself

# ifAdminStatus and ifOperStatus of the IF-MIB
ADMIN = {1: "up", 2: "down", 3: "testing"}
OPER = {
    1: "up",
    2: "down",
    3: "testing",
    4: "unknown",
    5: "dormant",
    6: "notPresent",
    7: "lowerLayerDown",
}
