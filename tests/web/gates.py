"""Gates for tests of pages: who asks is settled."""

from __future__ import annotations

from aiohttp import web

from reports.web.visitor import Role, Visitor

CSRF = "c" * 43


def person(
    name: str = "an", role: Role = Role.OPERATOR, units: frozenset[str] | None = None
) -> Visitor:
    """As the gate of accounts knows one who has signed in."""
    return Visitor(name=name, role=role, units=units, csrf=CSRF)


class Passing:
    """Everybody is that visitor; None: nobody is known."""

    open = False

    def __init__(self, visitor: Visitor | None) -> None:
        self.who = visitor

    async def visitor(self, request: web.Request) -> Visitor | None:
        return self.who
