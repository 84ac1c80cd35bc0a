"""The tables of what was read in devices: parts, neighbours, stations, addresses, configurations.

Parts and neighbours are dated, one open row a place; stations and addresses say when they were
first and last seen there.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, LargeBinary, String, Text

from store.tables import a_table, key, moment, one_open, ref

module_fact = a_table(
    "module_fact",
    key(),
    ref("device_id", "thing", index=True),
    moment("valid_from"),
    moment("valid_to", null=True),
    Column("place", Text, nullable=False),  # its kind and name, and a number where several are so
    Column("kind", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("descr", Text),
    Column("model", Text),
    Column("serial", Text),
    Column("maker", Text),
    Column("hardware", Text),
    Column("firmware", Text),
    Column("software", Text),
    Column("inside", Text),  # the name of the part around it
    Column("member", Integer),  # of a stack
    one_open("ux_module_fact_open", "valid_to", "device_id", "place"),
    Index("ix_module_fact_serial", "serial"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
)

neighbour_fact = a_table(
    "neighbour_fact",
    key(),
    ref("device_id", "thing", index=True),
    ref("thing_id", "thing", null=True),  # the interface behind which it stands
    moment("valid_from"),
    moment("valid_to", null=True),
    Column("place", Text, nullable=False),  # protocol, port and the neighbour's own number
    Column("protocol", String(16), nullable=False),
    Column("port", Text, nullable=False),
    Column("remote_name", Text),
    Column("remote_port", Text),
    Column("remote_port_descr", Text),
    Column("remote_id", Text),
    Column("remote_descr", Text),
    Column("remote_address", String(64)),
    one_open("ux_neighbour_fact_open", "valid_to", "device_id", "place"),
    CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="order"),
)

station = a_table(  # a MAC behind a port of a bridge
    "station",
    key(),
    ref("device_id", "thing"),
    Column("mac", String(17), nullable=False),
    Column("vlan", Integer),
    Column("if_index", Integer),
    Column("port", Text),
    moment("since"),
    moment("seen"),
    Index("ix_station_mac", "mac"),
    Index("ix_station_device_id_seen", "device_id", "seen"),
)

resolved = a_table(  # an address and its MAC, as a device resolves it
    "resolved",
    key(),
    ref("device_id", "thing"),
    Column("ip", String(64), nullable=False),
    Column("mac", String(17), nullable=False),
    Column("if_index", Integer),
    Column("port", Text),
    moment("since"),
    moment("seen"),
    Index("ix_resolved_ip", "ip"),
    Index("ix_resolved_mac", "mac"),
    Index("ix_resolved_device_id_seen", "device_id", "seen"),
)

configuration = a_table(  # each version of what a device runs, without its secrets
    "configuration",
    key(),
    ref("device_id", "thing"),
    moment("at"),
    moment("seen"),  # the last time it was the same
    Column("sha256", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),  # zlib of UTF-8
    Index("ix_configuration_device_id_at", "device_id", "at"),
)
