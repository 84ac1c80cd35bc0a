"""The pages, by topic: each module gives its routes."""

from reports.web import offline
from reports.web.pages import archive_files, overview, papers, photos
from reports.web.site import Routes

ROOMS: tuple[Routes, ...] = (
    overview.room,
    papers.room,
    photos.room,
    archive_files.room,
    offline.room,
)
