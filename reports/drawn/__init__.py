"""Pictures as drawings: shapes in units of the page, no form and no file yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reports.drawn import bars, calendar, courses, site_map, sparks, timeline
from reports.drawn.shapes import Drawing
from reports.pictures import Calendar, Courses, Picture, SiteMap, Sparks, TierBars, Timeline

if TYPE_CHECKING:
    from reports.wording import Wording


def drawn(picture: Picture, w: Wording) -> Drawing:
    """As a reader of that language sees it."""
    match picture:
        case Calendar():
            return calendar.draw(picture, w)
        case Sparks():
            return sparks.draw(picture, w)
        case Timeline():
            return timeline.draw(picture, w)
        case TierBars():
            return bars.draw(picture, w)
        case Courses():
            return courses.draw(picture, w)
        case SiteMap():
            return site_map.draw(picture, w)
