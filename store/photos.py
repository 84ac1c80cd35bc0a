"""Photos of racks: who took them, of what, and when somebody took them down again."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from store.speech import Outcome, Refused, Word, find_thing, key_of, refused
from store.spoken import photo
from store.states import Kind
from store.tables import thing

CAPTION_LENGTH = 200
MOST_OF_ONE = 60  # photos of one thing
_PHOTOGRAPHED = (Kind.SITE, Kind.DEVICE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A photo as it was made smaller. `size`: bytes on disk, its small copy too."""

    sha256: str  # of the file, which is called so
    width: int  # pixels
    height: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Photo:
    """One that stands. `kind` and `key`: of what it shows."""

    id: int
    thing_id: int
    kind: Kind
    key: str
    sha256: str
    width: int
    height: int
    caption: str
    author: str
    entered_ms: int


def add(
    conn: Connection, word: Word, thing_id: int, *, made: Picture, caption: str, most_bytes: int
) -> Outcome:
    """`most_bytes`: that all photos together may take."""
    there = find_thing(conn, thing_id)
    if isinstance(there, Refused):
        return there
    if there.retired is not None or there.kind not in _PHOTOGRAPHED:
        return refused("no_photo_of", id=there.key)
    caption = " ".join(caption.split())
    if len(caption) > CAPTION_LENGTH:
        return refused("long_caption", most=CAPTION_LENGTH)
    mine = (photo.c.thing_id == thing_id) & photo.c.removed.is_(None)
    hashes = conn.execute(select(photo.c.sha256).where(mine)).scalars().all()
    if made.sha256 in hashes:
        return refused("photo_there")
    if len(hashes) >= MOST_OF_ONE:
        return refused("many_photos", most=MOST_OF_ONE)
    held = _held(conn)
    if sum(held.values()) + (made.size if made.sha256 not in held else 0) > most_bytes:
        return refused("photos_full", most=most_bytes // 1_000_000)
    about = {"sha256": made.sha256, "width": made.width, "height": made.height, "size": made.size}
    said = {"caption": caption, "author": word.actor, "entered": word.now_ms}
    row = {"thing_id": thing_id, "revision": word.revision} | about | said
    row_id = key_of(conn.execute(insert(photo).values(**row)))
    detail = {"photo": row_id, "sha256": made.sha256, "caption": caption}
    word.leave(conn, "photo", "photo_added", detail, thing_id=thing_id)
    return word.done(row_id)


def remove(conn: Connection, word: Word, photo_id: int) -> Outcome:
    """The row stays, and says who took the photo down."""
    standing = (photo.c.id == photo_id) & photo.c.removed.is_(None)
    row = conn.execute(select(photo).where(standing)).first()
    if row is None:
        return refused("no_photo", id=photo_id)
    gone = {"removed": word.now_ms, "removed_by": word.actor, "revision": word.revision}
    conn.execute(update(photo).where(standing).values(**gone))
    detail = {"photo": photo_id, "sha256": row.sha256, "caption": row.caption}
    word.leave(conn, "photo_removed", "photo_removed", detail, thing_id=row.thing_id)
    return word.done(photo_id)


def photos(
    conn: Connection, *, things: tuple[int, ...] | None = None, sha256: str | None = None
) -> tuple[Photo, ...]:
    """Those that stand, of some things or of one file, the newest first."""
    wanted = (
        select(photo, thing.c.kind, thing.c.key)
        .join(thing, thing.c.id == photo.c.thing_id)
        .where(photo.c.removed.is_(None))
        .order_by(photo.c.entered.desc(), photo.c.id.desc())
    )
    if things is not None:
        wanted = wanted.where(photo.c.thing_id.in_(things))
    if sha256 is not None:
        wanted = wanted.where(photo.c.sha256 == sha256)
    return tuple(
        Photo(
            id=row.id,
            thing_id=row.thing_id,
            kind=Kind(row.kind),
            key=row.key,
            sha256=row.sha256,
            width=row.width,
            height=row.height,
            caption=row.caption,
            author=row.author,
            entered_ms=row.entered,
        )
        for row in conn.execute(wanted)
    )


def _held(conn: Connection) -> dict[str, int]:
    """Hash of each standing file → its bytes; several rows may tell of one file."""
    rows = conn.execute(select(photo.c.sha256, photo.c.size).where(photo.c.removed.is_(None)))
    return {row.sha256: row.size for row in rows}
