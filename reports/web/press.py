"""Fills the templates of the pages, off the loop, and keeps what everybody is shown."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from markupsafe import escape

from reports.hypertext import clean
from reports.templating import environment
from reports.web.visitor import Visitor

MOST_KEPT = 500  # pages of one revision
# A page that everybody is shown has these where the reader's own words stand.
CSRF, NAME = b"\x02csrf\x03", b"\x02name\x03"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that pages need. Its address changes with its content, so that it is kept for ever."""

    path: Path
    url: str


class Press:
    """One for the whole site."""

    def __init__(self) -> None:
        self._revision = -1
        self._kept: dict[Hashable, asyncio.Future[bytes]] = {}

    @cached_property
    def _environment(self) -> Any:
        made = environment()
        made.filters["clean"] = clean
        made.globals |= {
            "asset": lambda name: self.assets[name].url,
            "csrf": CSRF.decode(),
            "name": NAME.decode(),
        }
        return made

    @cached_property
    def assets(self) -> Mapping[str, Asset]:
        """By name, such as `page.css`."""
        root = Path(str(resources.files("reports.web").joinpath("static")))
        found = {}
        for path in sorted(root.rglob("*")):
            if path.is_file():
                name = path.relative_to(root).as_posix()
                version = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
                found[name] = Asset(path, f"/static/{version}/{name}")
        return found

    def printed(self, template: str, about: Mapping[str, Any]) -> bytes:
        """Blocking: call it in a worker thread."""
        page: str = self._environment.get_template(f"web/{template}").render(about)
        return page.encode()

    async def kept(
        self,
        revision: int,
        key: Hashable | None,
        make: Callable[[], bytes],
        work: Callable[[Callable[[], bytes]], Awaitable[bytes]],
    ) -> bytes:
        """The page of that key, made once a revision however many ask at the same time."""
        if key is None:
            return await work(make)
        if revision > self._revision or len(self._kept) > MOST_KEPT:
            self._revision, self._kept = revision, {}
        if key not in self._kept:
            self._kept[key] = asyncio.ensure_future(work(make))
        try:
            return await asyncio.shield(self._kept[key])
        except Exception:
            self._kept.pop(key, None)
            raise

    @staticmethod
    def addressed(page: bytes, visitor: Visitor) -> bytes:
        """With the reader's own name and the token of their forms."""
        return page.replace(CSRF, visitor.csrf.encode()).replace(
            NAME, str(escape(visitor.name)).encode()
        )
