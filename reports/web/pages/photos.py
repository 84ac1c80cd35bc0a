"""Photos of racks: shown to those who see the site, added and removed by operators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from inventory.phrases import say
from reports.web import sent
from reports.web.album import LONGEST_S, MOST_BYTES, SLOWEST_S, Album, RefusedError
from reports.web.gate import needs, own_token, streams, visitor_of
from reports.web.limits import taking
from reports.web.pages.papers import site_of
from reports.web.scope import Scope
from reports.web.sheet import Telling
from reports.web.site import Site
from reports.web.visitor import Role
from store.photos import CAPTION_LENGTH, Photo
from store.questions import LiveRow
from store.speech import Outcome, Refused
from store.states import Kind

_NAME = re.compile(r"([0-9a-f]{64})(\.small)?\.jpg")
_MOST_TEXT = 4000  # bytes of a field that is no file
_AROUND = 64 * 1024  # bytes of a form beside its file


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    album = Album(site.data)

    async def photo(request: web.Request) -> web.StreamResponse:
        name = _NAME.fullmatch(request.match_info["name"])
        if name is None:
            raise web.HTTPNotFound
        shown = await site.desk.ask(lambda reader: reader.field.photo(name[1]))
        scope = Scope.of(visitor_of(request), site.desk.known)
        path = album.path(name[1], small=bool(name[2]))
        seen = any(scope.sees_thing(one.thing_id) for one in shown)
        if not seen or not await site.desk.work(path.is_file):
            raise web.HTTPNotFound
        headers = {
            "Content-Type": "image/jpeg",
            "Cache-Control": "private, no-cache",
            "Content-Disposition": f'inline; filename="{name[1][:12]}.jpg"',
        }
        return web.FileResponse(path, headers=headers)

    @needs(Role.OPERATOR)
    async def manage(request: web.Request) -> web.Response:
        return await _page(site, request, await site_of(site, request))

    @needs(Role.OPERATOR)
    @streams
    @taking(SLOWEST_S + LONGEST_S)
    async def add(request: web.Request) -> web.StreamResponse:
        row = await site_of(site, request)
        try:
            outcome = await _add(site, album, request, row)
        except RefusedError as refusal:
            told = refusal.key, {"most": MOST_BYTES // 1_000_000}
            return await _page(site, request, row, told, refusal.status)
        if isinstance(outcome, Refused):
            return await _page(site, request, row, (outcome.key, outcome.values), 409)
        raise web.HTTPSeeOther(f"/sheet/{row.key}/photos")

    @needs(Role.OPERATOR)
    async def remove(request: web.Request) -> web.StreamResponse:
        row = await site_of(site, request)
        photos = await site.desk.ask(lambda reader: reader.field.photos(_things(site, row)))
        found = [one for one in photos if str(one.id) == request.match_info["id"]]
        if not found:
            raise web.HTTPNotFound
        actor = visitor_of(request).name
        async with album.turn:
            outcome = await site.desk.say(lambda to: to.remove_photo(found[0].id, actor=actor))
            left = await site.desk.ask(lambda reader: reader.field.photo(found[0].sha256))
            if not left:
                await site.desk.work(lambda: album.drop(found[0].sha256))
        if isinstance(outcome, Refused):
            return await _page(site, request, row, (outcome.key, outcome.values), 409)
        raise web.HTTPSeeOther(f"/sheet/{row.key}/photos")

    return [
        web.get("/photos/{name}", photo),
        web.get("/sheet/{site}/photos", manage),
        web.post("/sheet/{site}/photos", add),
        web.post("/sheet/{site}/photos/{id}/remove", remove),
    ]


async def _add(site: Site, album: Album, request: web.Request, row: LiveRow) -> Outcome:
    """Field by field, in the order of the form: whose it is, what it shows, the file."""
    if (request.content_length or 0) > MOST_BYTES + _AROUND:
        raise RefusedError("photo.refused.large", 413)
    said: dict[str, str] = {}
    async for part in sent.parts(request):
        if part.name != "photo":
            said[part.name] = await _text(part)
            continue
        if visitor_of(request).csrf:
            own_token(request, said.get("csrf", ""))
        thing = _meant(site, row, said.get("of", row.key))
        return await _keep(site, album, part, thing, (visitor_of(request).name, said))
    raise RefusedError("photo.refused.none")


async def _keep(
    site: Site, album: Album, part: sent.Part, thing: int, told: tuple[str, Mapping[str, str]]
) -> Outcome:
    """The files stand before the row does; without a row they go again."""
    actor, said = told
    caption, most = said.get("caption", ""), site.settings.photo_space_mb * 1_000_000
    async with album.developed(part) as (picture, made), album.turn:
        try:
            await site.desk.work(lambda: album.keep(picture, made))
            return await site.desk.say(
                lambda to: to.add_photo(
                    thing, picture, actor=actor, caption=caption, most_bytes=most
                )
            )
        finally:
            if not await site.desk.ask(lambda reader: reader.field.photo(picture.sha256)):
                await site.desk.work(lambda: album.drop(picture.sha256))


async def _text(part: sent.Part) -> str:
    held = b""
    while chunk := await part.read_chunk(_MOST_TEXT):
        held += chunk
        if len(held) > _MOST_TEXT:
            raise web.HTTPRequestEntityTooLarge(_MOST_TEXT, len(held))
    return held.decode(errors="replace")


def _meant(site: Site, row: LiveRow, key: str) -> int:
    """The site, or a device that stands there."""
    known = site.desk.known.rows
    for thing in _things(site, row):
        if known[thing].key == key:
            return thing
    raise web.HTTPBadRequest


def _things(site: Site, row: LiveRow) -> list[int]:
    devices = site.desk.known.rows.values()
    here = [one for one in devices if one.kind is Kind.DEVICE and one.site_id == row.thing_id]
    return [row.thing_id, *(one.thing_id for one in here)]


async def _page(
    site: Site,
    request: web.Request,
    row: LiveRow,
    refused: tuple[str, Mapping[str, Any]] | None = None,
    status: int = 200,
) -> web.Response:
    things = _things(site, row)
    photos: tuple[Photo, ...] = await site.desk.ask(lambda reader: reader.field.photos(things))
    known = site.desk.known

    def made(language: str) -> Mapping[str, Any]:
        return {
            "row": row,
            "devices": [known.rows[thing] for thing in things[1:] if thing in known.rows],
            "photos": photos,
            "tell": Telling(language, ZoneInfo(known.head.timezone), 0),
            "most_bytes": MOST_BYTES,
            "caption_length": CAPTION_LENGTH,
            "refused": None if refused is None else say(language, refused[0], **refused[1]),
        }

    return await site.page(request, "photos.html.j2", made, status=status)
