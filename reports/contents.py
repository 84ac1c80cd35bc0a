"""From the report's document to its sections, in the order in which they are read."""

from __future__ import annotations

from reports.document import Document
from reports.sections.links import links, services
from reports.sections.method import method
from reports.sections.outages import outages
from reports.sections.places import devices, missing, sites
from reports.sections.scorecard import providers
from reports.sections.signing import errata, signing
from reports.sections.summary import summary
from reports.sections.watch import watch
from reports.tables import Section

_SECTIONS = (
    signing,
    summary,
    watch,
    sites,
    links,
    providers,
    services,
    outages,
    errata,
    missing,
    devices,
    method,
)


def contents(document: Document) -> tuple[Section, ...]:
    """A section without parts is left out."""
    made = (section(document) for section in _SECTIONS)
    return tuple(section for section in made if section.parts)
