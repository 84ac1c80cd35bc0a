"""The pages, by topic: each module gives its routes."""

from reports.web.pages import (
    lists,
    live,
    outage,
    outages,
    overview,
    search,
    sheets,
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
)
