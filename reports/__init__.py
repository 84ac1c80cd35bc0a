"""Tells people: figures, html, json."""
