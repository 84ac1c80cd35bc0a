"""The pages, by topic: each module gives its routes."""

from reports.web import offline
from reports.web.pages import archive_files, overview, photos, sheets
from reports.web.site import Routes

ROOMS: tuple[Routes, ...] = (
    overview.room,
    sheets.room,
    photos.room,
    archive_files.room,
    offline.room,
)
