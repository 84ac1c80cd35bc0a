"""Files of reports, to keep and to read: from their folder, or as they were signed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from urllib.parse import quote

from aiohttp import web

from reports.web.gate import seen_whole
from reports.web.shelf import TYPES, Shelf, described, page_of, policy
from reports.web.site import Site


def room(site: Site) -> Iterable[web.AbstractRouteDef]:
    shelf = Shelf(site.reports)

    async def draft(request: web.Request) -> web.StreamResponse:
        seen_whole(request)
        name = request.match_info["name"]
        path = await site.desk.work(lambda: shelf.path(name))
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers=_download(name))

    async def signed(request: web.Request) -> web.StreamResponse:
        content, name = await _signed(site, request)
        return web.Response(body=content, headers=_download(name))

    async def read_draft(request: web.Request) -> web.StreamResponse:
        seen_whole(request)
        name = request.match_info["name"]
        path = await site.desk.work(lambda: shelf.path(name))
        if path is None:
            raise web.HTTPNotFound
        return await _read(site, request, path.read_bytes, name)

    async def read_signed(request: web.Request) -> web.StreamResponse:
        content, name = await _signed(site, request)
        return await _read(site, request, lambda: content, name)

    return [
        web.get("/reports/file/{name}", draft),
        web.get("/reports/read/{name}", read_draft),
        web.get("/reports/read/{name}/{member}", read_draft),
        web.get(r"/reports/signed/{id:\d{1,18}}/file/{name}", signed),
        web.get(r"/reports/signed/{id:\d{1,18}}/read/{name}", read_signed),
        web.get(r"/reports/signed/{id:\d{1,18}}/read/{name}/{member}", read_signed),
    ]


async def _signed(site: Site, request: web.Request) -> tuple[bytes, str]:
    seen_whole(request)
    number, name = int(request.match_info["id"]), request.match_info["name"]
    content = await site.desk.ask(lambda reader: reader.archive.file(number, name))
    if content is None or described(name) is None:
        raise web.HTTPNotFound
    return content, name


def _download(name: str) -> dict[str, str]:
    return {
        "Content-Type": TYPES[name.rpartition(".")[2]],
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
    }


async def _read(
    site: Site, request: web.Request, content: Callable[[], bytes], name: str
) -> web.Response:
    """A page as it is, under a policy of its own; a packed one begins at its summary."""
    file, member = described(name), request.match_info.get("member", "")
    assert file is not None
    if file.form == "zip" and not member:
        raise web.HTTPSeeOther(f"{request.path}/index.html")

    def look() -> tuple[bytes, str] | None:
        page = page_of(content(), file.form, member)
        return None if page is None else (page, policy(page))

    found = await site.desk.work(look)
    if found is None:
        raise web.HTTPNotFound
    answer = web.Response(body=found[0], content_type="text/html", charset="utf-8")
    answer.headers["Content-Security-Policy"] = found[1]
    answer.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"  # a sandbox has no other
    answer.enable_compression()
    return answer
