"""How far round-trip times are from what the line saw, while the event loop is blocked."""

from __future__ import annotations

from benchmarks.child import UselessError
from benchmarks.figures import titled
from tests.probes.rtt import BLOCKED_S, DELAY_MS, OF_S, Timed, at_pct, measure
from tests.rig import RigError

PROGRAMS = ("fping", "ip", "unshare", "nsenter")
TITLE = "Round-trip times of a blocked loop"
_PCTS = (50, 95, 99)


def compare(*, quick: bool) -> str:
    """Ours from a blocked loop and fping's from its own process, over one line at one time."""
    count = 250 if quick else 2000
    try:
        ours, fping = measure(count)
    except RigError as error:
        raise UselessError(f"no network namespaces here: {error}") from error
    columns = [f"{what} p{pct}" for what in ("measured", "true", "error") for pct in _PCTS]
    lines = [
        "| ms | pings | " + " | ".join(columns) + " |",
        "|---|" + "--:|" * (1 + len(columns)),
        _row("canh, blocked", ours),
        _row("fping", fping),
        "",
        f"A line of {DELAY_MS:g} ms each way; the loop is blocked {BLOCKED_S * 1000:g} of every "
        f"{OF_S * 1000:g} ms. True is what the line itself saw of each ping.",
    ]
    return titled(TITLE, lines)


def _row(name: str, timed: Timed) -> str:
    figures = [at_pct(ms, pct) for ms in (timed.measured_ms, timed.true_ms) for pct in _PCTS]
    errors = [timed.error_ms(pct) for pct in _PCTS]
    cells = [f"{ms:.1f}" for ms in figures] + [f"{ms:.3f}" for ms in errors]
    return f"| {name} | {len(timed.true_ms)} | " + " | ".join(cells) + " |"
