"""From the report's document to its sections, in the order in which they are read."""

from __future__ import annotations

from reports.document import Document
from reports.sections.backups import backups
from reports.sections.capacity import capacity
from reports.sections.changes import changes, terms
from reports.sections.comparison import comparison
from reports.sections.incidents import gathered
from reports.sections.links import links, services
from reports.sections.method import method
from reports.sections.offices import offices
from reports.sections.optics import optics
from reports.sections.other_side import other_side
from reports.sections.outages import outages
from reports.sections.pictures import by_day, pictures
from reports.sections.places import devices, missing, sites
from reports.sections.reliability import classes, reliability
from reports.sections.scorecard import providers
from reports.sections.signing import errata, signing
from reports.sections.summary import summary
from reports.sections.watch import watch
from reports.sections.works import works
from reports.sections.worst import worst
from reports.tables import Section

_SECTIONS = (
    signing,
    summary,
    pictures,
    comparison,
    worst,
    watch,
    offices,
    sites,
    links,
    providers,
    capacity,
    optics,
    services,
    classes,
    reliability,
    backups,
    gathered,
    outages,
    other_side,
    works,
    changes,
    terms,
    errata,
    missing,
    by_day,
    devices,
    method,
)


def contents(document: Document) -> tuple[Section, ...]:
    """A section without parts is left out."""
    made = (section(document) for section in _SECTIONS)
    return tuple(section for section in made if section.parts)
