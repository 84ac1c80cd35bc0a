"""Values of options that argparse has no kind for."""

from __future__ import annotations

import argparse


def natural(text: str) -> int:
    """A whole number from 1."""
    if text.isascii() and text.isdecimal() and int(text[:9]) > 0 and len(text) < 10:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is no number from 1")
