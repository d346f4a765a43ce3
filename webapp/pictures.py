"""Pictures: what comes from outside is decoded within limits and written again, so that only its pixels stay."""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import IO

from PIL import Image, ImageOps

MAX_UPLOAD_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
MAX_SIDE = 1600
SMALL = (480, 270)
QUALITY = 82
DIGEST_CHARACTERS = 24
# Pixels of a photo's side: twice what pages show, and no more than Strava has.
SQUARE = 112

# Decoding takes up to 160 MB, so a process decodes one picture at a time.
_one_at_a_time = Lock()


class NotAPicture(ValueError):
    """What was uploaded cannot be used; the message says why, and what can."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as JPEG: whole, of `width` times `height` pixels, and small."""

    whole: bytes
    small: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        return _digest_of(self.whole)


@dataclass(frozen=True, slots=True)
class Square:
    """A small square picture as JPEG."""

    jpeg: bytes

    @property
    def digest(self) -> str:
        return _digest_of(self.jpeg)


def read_picture(file: IO[bytes]) -> Picture:
    """Return the picture in an uploaded file, the right way up. Raises NotAPicture."""
    data = file.read(MAX_UPLOAD_BYTES + 1)
    if len(data) > MAX_UPLOAD_BYTES:
        raise NotAPicture("This file is larger than 5 MB. Please choose a smaller one.")
    with _one_at_a_time:
        image = _decoded(data)
        whole = ImageOps.contain(image, (MAX_SIDE, MAX_SIDE)) if max(image.size) > MAX_SIDE else image
        return Picture(_as_jpeg(whole), _as_jpeg(ImageOps.fit(image, SMALL)), *whole.size)


def read_square(data: bytes) -> Square:
    """Return the middle of a picture, small and the right way up. Raises NotAPicture."""
    with _one_at_a_time:
        return Square(_as_jpeg(ImageOps.fit(_decoded(data), (SQUARE, SQUARE))))


def _digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:DIGEST_CHARACTERS]


def _decoded(data: bytes) -> Image.Image:
    """Return nothing but the pixels, on white: no EXIF with the place and the camera, no comments, no profiles."""
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise NotAPicture("This picture has more than 40 megapixels. Please choose a smaller one.")
            opened.draft("RGB", (MAX_SIDE, MAX_SIDE))
            upright = ImageOps.exif_transpose(opened)
            if not upright.has_transparency_data:
                return _only_pixels(upright.convert("RGB"))
            return _only_pixels(upright.convert("RGBA"))
    except NotAPicture:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise NotAPicture("This picture has more than 40 megapixels. Please choose a smaller one.") from None
    except Exception:  # decoders fail in many ways on what only looks like a picture
        raise NotAPicture("This is not a picture that we can read. Please choose a JPEG, PNG or WebP.") from None


def _only_pixels(image: Image.Image) -> Image.Image:
    plain = Image.new("RGB", image.size, "white")
    plain.paste(image, mask=image if image.mode == "RGBA" else None)
    return plain


def _as_jpeg(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return written.getvalue()
