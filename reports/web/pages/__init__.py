"""The pages, by topic: each module gives its routes."""

from reports.web.pages import overview
from reports.web.site import Routes

ROOMS: tuple[Routes, ...] = (overview.room,)
