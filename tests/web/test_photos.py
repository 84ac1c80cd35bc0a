"""Photos from a telephone: made small and plain; what is none, or too much, is refused clearly."""

from __future__ import annotations

import io
import os
import shutil
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from PIL import Image

from inventory.model import Web
from inventory.phrases import say
from reports.web.album import MOST_BYTES
from reports.web.desk import Desk
from reports.web.pages import ROOMS
from reports.web.site import Site, application
from reports.web.visitor import Role
from tests.store.keeping import reading
from tests.web.field import filled
from tests.web.gates import CSRF, Passing, person

Client = TestClient[web.Request, web.Application]
UPLOAD = "/sheet/c/photos"


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("record")
    filled(folder)
    return folder / "record.db"


@pytest.fixture
def gate() -> Passing:
    return Passing(person("Trần Thị Bích Ngọc"))


@pytest.fixture
async def client(tmp_path: Path, record: Path, gate: Passing) -> AsyncIterator[Client]:
    shutil.copy(record, tmp_path)
    site = Site(
        desk=Desk(f"sqlite:///{tmp_path / 'record.db'}"),
        settings=Web(photo_space_mb=1),
        data=tmp_path,
        reports=tmp_path / "reports",
        gate=gate,
    )
    async with TestClient(TestServer(application(site, ROOMS))) as one:
        yield one


def jpeg(size: tuple[int, int] = (3000, 1500), **saving: Any) -> bytes:
    """The left half red, the right half blue."""
    image = Image.new("RGB", size, "blue")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    held = io.BytesIO()
    image.save(held, saving.pop("form", "JPEG"), **saving)
    return held.getvalue()


def located() -> bytes:
    """Taken upright, with the place and the maker."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it to the right
    exif[0x010F] = "A secret maker"
    gps = exif.get_ifd(0x8825)
    gps[1], gps[2] = "N", (15.0, 7.0, 12.0)
    return jpeg(exif=exif, comment=b"a secret comment")


def form(content: bytes, name: str = "tu-mang.jpg", **fields: str) -> aiohttp.FormData:
    made = aiohttp.FormData(quote_fields=False)
    for key, value in ({"csrf": CSRF, "of": "c", "caption": "Tủ mạng"} | fields).items():
        made.add_field(key, value)
    made.add_field("photo", io.BytesIO(content), filename=name, content_type="image/jpeg")
    return made


async def send(client: Client, content: bytes, name: str = "tu-mang.jpg", **fields: str) -> int:
    answer = await client.post(UPLOAD, data=form(content, name, **fields), allow_redirects=False)
    return answer.status


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "photos").rglob("*") if path.is_file())


def shown(folder: Path) -> list[tuple[str, str, str]]:
    with reading(f"sqlite:///{folder / 'record.db'}") as reader:
        things = [row.thing_id for row in reader.snapshot().rows]
        return [(one.key, one.caption, one.author) for one in reader.field.photos(things)]


async def test_a_photo_is_turned_made_small_and_tells_nothing_else(
    client: Client, tmp_path: Path
) -> None:
    assert await send(client, located(), of="c-router-1") == 303
    assert shown(tmp_path) == [("c-router-1", "Tủ mạng", "Trần Thị Bích Ngọc")]
    small, large = sorted(files(tmp_path), key=len, reverse=True)
    answer = await client.get(f"/photos/{large}")
    kept = await answer.read()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert b"secret" not in kept
    for name, size in ((large, (1000, 2000)), (small, (400, 800))):
        image = Image.open(io.BytesIO(await (await client.get(f"/photos/{name}")).read()))
        assert (image.format, image.size) == ("JPEG", size)
        assert not image.getexif()
        assert "exif" not in image.info
        assert "comment" not in image.info
        colour = image.getpixel((size[0] // 2, size[1] // 8))
        assert isinstance(colour, tuple)
        assert colour[0] > 200 > 100 > colour[2]  # what was left is above
    page = await (await client.get("/sheet/c")).text()
    assert f'src="/photos/{small}"' in page


@pytest.mark.parametrize(("kind", "extra"), [("PNG", {}), ("WEBP", {"lossless": True})])
async def test_other_kinds_become_jpeg(
    client: Client, tmp_path: Path, kind: str, extra: dict[str, Any]
) -> None:
    image = Image.new("RGBA", (64, 64), (255, 0, 0, 0))  # through and through transparent
    held = io.BytesIO()
    image.save(held, kind, **extra)
    assert await send(client, held.getvalue()) == 303
    large = min(files(tmp_path), key=len)
    flat = Image.open(tmp_path / "photos" / large[:2] / large)
    assert flat.format == "JPEG"
    assert flat.getpixel((5, 5)) == (255, 255, 255)


def png(width: int, height: int) -> bytes:
    """A head that promises so many pixels, and data that is a few bytes for each row."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width // 8 + 1) * min(height, 4000)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no image": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "kind"),
    "a program": (lambda: b"\x7fELF" + bytes(5000), "kind"),
    "a GIF": (lambda: jpeg((20, 20), form="GIF"), "kind"),
    "nothing": (bytes, "none"),
    "half of one": (lambda: jpeg()[:2000], "broken"),
    "a head alone": (lambda: b"\xff\xd8\xff\xe0" + bytes(200), "broken"),
    "a bomb": (lambda: png(100_000, 100_000), "pixels"),
    "a smaller bomb": (lambda: png(12_000, 12_000), "pixels"),
    "HEIC": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500), "heic"),
    "too large": (lambda: jpeg() + bytes(MOST_BYTES), "large"),
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_what_is_no_fit_photo_is_refused_with_the_reason(
    client: Client, tmp_path: Path, what: str
) -> None:
    content, why = HOSTILE[what]
    answer = await client.post(f"{UPLOAD}?lang=vi", data=form(content()), allow_redirects=False)
    assert answer.status == (413 if why == "large" else 422)
    told = say("vi", f"photo.refused.{why}")
    assert told.replace("{most}", "15") in await answer.text()
    assert files(tmp_path) == []
    assert shown(tmp_path) == []


async def test_more_than_15_mb_is_refused_before_it_is_read(client: Client) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        head = f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{CSRF}\r\n'
        part = '--x\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
        yield (head + part).encode()
        while sent < 400_000_000:
            yield bytes(1 << 20)
            sent += 1 << 20

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    try:
        answer = await client.post(UPLOAD, data=endless(), headers=headers)
        assert answer.status == 413
    except aiohttp.ClientConnectionError:
        pass  # it hung up on us
    assert sent < 100_000_000


async def test_what_hides_behind_a_photo_is_gone(client: Client, tmp_path: Path) -> None:
    secret = b"<script>alert(document.domain)</script>PK\x03\x04"
    assert await send(client, jpeg((200, 100)) + secret, name="a.jpg.html") == 303
    for path in (tmp_path / "photos").rglob("*.jpg"):
        assert secret not in path.read_bytes()


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd", "..\\..\\x.jpg", "a%00b.jpg", "/tmp/x", "." * 300]
)
async def test_the_name_that_was_sent_names_nothing(
    client: Client, tmp_path: Path, name: str
) -> None:
    await send(client, jpeg((40, 20)), name=name)
    found = files(tmp_path)
    assert all(len(one.split(".")[0]) == 64 for one in found)
    assert {name for name in os.listdir(tmp_path) if not name.startswith("record.db")} <= {"photos"}


async def test_the_same_photo_twice_and_too_many_are_refused(
    client: Client, tmp_path: Path
) -> None:
    assert await send(client, jpeg((300, 200))) == 303
    assert await send(client, jpeg((300, 200))) == 409
    assert len(files(tmp_path)) == 2
    noise = Image.effect_noise((2000, 2000), 200).convert("RGB")
    held = io.BytesIO()
    noise.save(held, "JPEG", quality=60)
    answer = await client.post(f"{UPLOAD}?lang=en", data=form(held.getvalue()))
    assert answer.status == 409
    assert "the photos fill their 1 MB" in await answer.text()
    assert len(files(tmp_path)) == 2


async def test_a_photo_is_removed_with_its_files_and_leaves_a_word(
    client: Client, tmp_path: Path
) -> None:
    await send(client, jpeg((300, 200)))
    await send(client, jpeg((300, 200)), of="c-router-1")
    large = min(files(tmp_path), key=len)
    with reading(f"sqlite:///{tmp_path / 'record.db'}") as reader:
        second, first = reader.field.photo(large[:64])

    async def remove(number: int, site: str = "c") -> int:
        to = f"/sheet/{site}/photos/{number}/remove"
        return (await client.post(to, data={"csrf": CSRF}, allow_redirects=False)).status

    assert await remove(first.id, "d") == 404  # it stands elsewhere
    assert await remove(first.id) == 303
    assert await remove(first.id) == 404
    assert (await client.get(f"/photos/{large}")).status == 200  # the router has it still
    assert await remove(second.id) == 303
    assert (await client.get(f"/photos/{large}")).status == 404
    assert files(tmp_path) == []


async def test_who_may_not_add_or_see_is_refused(
    client: Client, gate: Passing, tmp_path: Path
) -> None:
    await send(client, jpeg((300, 200)))
    large = min(files(tmp_path), key=len)
    other = jpeg((30, 20))
    assert await send(client, other, csrf="x") == 403
    assert await send(client, other, csrf="") == 403
    away = {"Origin": "https://elsewhere.example"}
    assert (await client.post(UPLOAD, data=form(other), headers=away)).status == 403
    assert await send(client, other, of="d-r") == 400  # it stands elsewhere
    gate.who = person(role=Role.VIEWER)
    assert await send(client, other) == 403
    assert (await client.get(UPLOAD)).status == 403
    assert (await client.get(f"/photos/{large}")).status == 200
    gate.who = person(units=frozenset({"52202"}))
    assert await send(client, other) == 404
    assert (await client.get(f"/photos/{large}")).status == 404
    gate.who = None
    assert (await client.get(f"/photos/{large}", allow_redirects=False)).status == 303
    assert len(files(tmp_path)) == 2


async def test_the_token_comes_before_the_file(client: Client, tmp_path: Path) -> None:
    made = aiohttp.FormData()
    made.add_field("photo", jpeg((30, 20)), filename="a.jpg")
    made.add_field("csrf", CSRF)
    assert (await client.post(UPLOAD, data=made)).status == 403
    assert not (tmp_path / "photos").exists()


@pytest.mark.parametrize(
    "name", ["x.jpg", "..%2Frecord.db", "%00.jpg", f"{'a' * 64}.png", f"{'g' * 64}.jpg"]
)
async def test_only_photos_are_photos(client: Client, name: str) -> None:
    assert (await client.get(f"/photos/{name}")).status in (400, 404)
