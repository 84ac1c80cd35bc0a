"""Bytes: BER, ICMP packets, addresses of datagrams; no I/O policy, no knowledge of the rest."""
