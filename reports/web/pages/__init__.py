"""The pages, by topic: each module gives its routes."""

from reports.web import offline
from reports.web.pages import (
    account,
    accounts,
    archive_files,
    audit,
    lists,
    live,
    outage,
    outages,
    overview,
    papers,
    photos,
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
    papers.room,
    photos.room,
    archive_files.room,
    offline.room,
    signing.room,
    account.room,
    accounts.room,
    audit.room,
)
