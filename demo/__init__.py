"""A simulated province on loopback: agents, echo, a seeded script of faults and its truth."""
