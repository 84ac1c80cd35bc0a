"""Asks services as their users do: HTTP, TLS, TCP, DNS."""
