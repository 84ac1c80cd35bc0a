"""Opens the ear for traps, or says once why it cannot be had."""

from __future__ import annotations

import errno
import logging
from pathlib import Path

from inventory.model import Network
from probes.traps.child import Child
from probes.traps.desk import Desk
from probes.traps.identity import Identity

log = logging.getLogger(__name__)
REMEDIES = {
    errno.EADDRINUSE: "another program has the port: end it (such as snmptrapd), or let it pass"
    " traps on to another port and name that one in [traps]",
    errno.EACCES: "a port below 1024 needs the right to open it: AmbientCapabilities="
    "CAP_NET_BIND_SERVICE in the unit, or setcap, or a port above 1023 (docs/traps.md)",
    errno.EADDRNOTAVAIL: "this machine does not have the address: 0.0.0.0 hears all that it has",
}


def desk(network: Network, folder: Path | None) -> Desk | None:
    """Whoever acts on traps; None where none are wanted, or the port cannot be had.

    `folder` keeps who we are to senders of informs.
    """
    listen = network.traps.listen
    if not listen:
        return None
    host, _, port = listen.rpartition(":")
    try:
        child = Child(host.removeprefix("[").removesuffix("]"), int(port), Identity(folder))
    except OSError as error:
        remedy = REMEDIES.get(error.errno or 0, "see docs/traps.md")
        log.error("no traps are heard: %s: %s; remedy: %s", listen, error.strerror, remedy)
        return None
    return Desk(child, network.snmp)
