"""The pages, by topic: each module gives its routes."""

from reports.web.pages import account, accounts, audit, overview, signing
from reports.web.site import Routes

ROOMS: tuple[Routes, ...] = (
    overview.room,
    signing.room,
    account.room,
    accounts.room,
    audit.room,
)
