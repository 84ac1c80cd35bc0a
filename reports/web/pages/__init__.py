"""The pages, by topic: each module gives its routes."""

from reports.web.pages import (
    account,
    accounts,
    audit,
    lists,
    live,
    outage,
    outages,
    overview,
    search,
    sheets,
    signing,
    status,
    works,
)
from reports.web.site import Routes

ROOMS: tuple[Routes, ...] = (
    overview.room,
    outages.room,
    outage.room,
    lists.room,
    sheets.room,
    search.room,
    works.room,
    status.room,
    live.room,
    signing.room,
    account.room,
    accounts.room,
    audit.room,
)
