"""Measures what the monitor costs beside programs that do the same, in one run on one machine."""
