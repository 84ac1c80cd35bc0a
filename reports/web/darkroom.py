"""Makes a photo small and plain, in a process of its own with limits: whatever was sent, it ends.

`python -m reports.web.darkroom FILE` writes FILE.large and FILE.small, both JPEG without metadata,
and prints `{"width", "height"}` of the large one, or `{"refused": WHY}` with a key of the phrases.
"""

from __future__ import annotations

import json
import resource
import sys
import warnings
from pathlib import Path

from PIL import Image, ImageOps

LARGE, SMALL = 2000, 800  # pixels of the longer side
FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = {"JPEG": 250_000_000, "MPO": 250_000_000}  # decoded at a fraction of its size
MOST_OTHER_PIXELS = 50_000_000
_MEMORY, _CPU_S, _FILE = 1 << 30, 20, 32 << 20
_HEIC = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


class RefusedError(Exception):
    """The argument is the last word of a key `photo.refused.…`."""


def develop(path: Path) -> tuple[int, int]:
    """Width and height of the large copy."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC:
        raise RefusedError("heic")
    try:
        with Image.open(path, formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS.get(
                opened.format or "", MOST_OTHER_PIXELS
            ):
                raise RefusedError("pixels")
            opened.draft("RGB", (LARGE, LARGE))  # JPEG alone knows how
            large = _flat(ImageOps.exif_transpose(opened))
    except (Image.DecompressionBombError, MemoryError) as error:
        raise RefusedError("pixels") from error
    except (OSError, ValueError, SyntaxError, OverflowError, EOFError) as error:
        raise RefusedError("broken" if _is_known(head) else "kind") from error
    large.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS)
    large.save(f"{path}.large", "JPEG", quality=85, optimize=True, progressive=True)
    size = large.size
    large.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    large.save(f"{path}.small", "JPEG", quality=80, optimize=True, progressive=True)
    return size


def _flat(image: Image.Image) -> Image.Image:
    """Pixels alone, on white where they were transparent."""
    if image.has_transparency_data:
        image = image.convert("RGBA")
        ground = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(ground, image)
    plain = image.convert("RGB")
    bare = Image.new("RGB", plain.size)
    bare.paste(plain)
    return bare


def _is_known(head: bytes) -> bool:
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG", b"RIFF"))


def _limit() -> None:
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, _CPU_S),
        (resource.RLIMIT_FSIZE, _FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main() -> None:
    _limit()
    Image.MAX_IMAGE_PIXELS = max(MOST_PIXELS.values()) // 2  # it raises at twice that
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    try:
        width, height = develop(Path(sys.argv[1]))
        told: dict[str, object] = {"width": width, "height": height}
    except RefusedError as refusal:
        told = {"refused": str(refusal)}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
