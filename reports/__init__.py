"""Tells people: figures as html, pdf, xlsx, csv, json."""
