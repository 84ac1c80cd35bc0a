"""Who asks for a page, and what that person may do."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from enum import IntEnum


class Role(IntEnum):
    """Each may do what those before it may."""

    VIEWER = 1
    OPERATOR = 2  # acknowledges, notes, plans work, corrects
    ADMIN = 3  # accounts, tokens, the audit log

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """`units`: keys of the units that the account is limited to, with all below; None: all.

    `csrf`: of the session, which every form sends back; "" where no session is (a token, nobody).
    """

    name: str  # who speaks: the actor of every action
    role: Role
    units: frozenset[str] | None = None
    csrf: str = ""
    language: str | None = None
    signed_in: bool = True

    @property
    def rights(self) -> tuple[str, Role, frozenset[str] | None]:
        return self.name, self.role, self.units

    def owner(self, record_id: str) -> str:
        """Whose copies on a phone these are: what was kept for another is deleted there."""
        about = [record_id, self.name, self.role, self.signed_in, sorted(self.units or ())]
        told = json.dumps([*about, self.units is None], ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()[:32]


NOBODY = Visitor(name="", role=Role.VIEWER, signed_in=False)
