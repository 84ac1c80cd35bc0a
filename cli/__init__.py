"""The command `canh`; the only place that builds and connects objects."""
