"""Pictures that are uploaded: decoded within limits, and nothing of them kept but their pixels."""

from io import BytesIO

import pytest
from PIL import Image

from tests.support.pictures import picture_file
from webapp.pictures import MAX_SIDE, MAX_UPLOAD_BYTES, SMALL, NotAPicture, read_picture

ORIENTATION, GPS = 0x0112, 0x8825


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


KINDS = [("JPEG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGB"), ("GIF", "P"), ("PNG", "L")]
NO_PICTURES = [b"", b"no picture", b"\x89PNG\r\n\x1a\n", b"<svg/>", picture_file().getvalue()[:400], b"GIF89a"]


@pytest.mark.parametrize(("kind", "mode"), KINDS)
def test_a_picture_becomes_a_jpeg_and_a_small_one(kind: str, mode: str) -> None:
    made = read_picture(picture_file(kind=kind, mode=mode))
    assert (made.width, made.height) == (800, 600)
    whole, small = opened(made.whole), opened(made.small)
    assert (whole.format, whole.size, small.format, small.size) == ("JPEG", (800, 600), "JPEG", SMALL)


def test_a_large_picture_is_made_smaller() -> None:
    made = read_picture(picture_file((4000, 1000)))
    assert (made.width, made.height) == opened(made.whole).size == (MAX_SIDE, MAX_SIDE // 4)


def test_a_picture_keeps_no_place_no_camera_and_no_comment_and_stands_upright() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # to be turned by a quarter
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(GPS)[1] = "N"
    made = read_picture(picture_file(exif=exif, comment=b"secret words", xmp=b"<secret/>", icc_profile=b"secret" * 30))
    assert (made.width, made.height) == (600, 800)
    for data in (made.whole, made.small):
        image = opened(data)
        assert not image.getexif()
        assert image.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        assert b"secret" not in data.lower()


def test_what_is_transparent_becomes_white() -> None:
    made = read_picture(picture_file(kind="PNG", mode="RGBA"))
    assert opened(made.whole).getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize("data", NO_PICTURES)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(NotAPicture, match="not a picture"):
        read_picture(BytesIO(data))


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO"])
def test_a_picture_of_another_kind_is_refused(kind: str) -> None:
    with pytest.raises(NotAPicture, match="JPEG, PNG or WebP"):
        read_picture(picture_file(kind=kind))


@pytest.mark.parametrize("side", [6400, 9500, 13_500])
def test_too_many_pixels_are_refused_before_they_are_decoded(side: int) -> None:
    small_file = picture_file((side, side), "PNG", "1")
    assert len(small_file.getvalue()) < MAX_UPLOAD_BYTES
    with pytest.raises(NotAPicture, match="40 megapixels"):
        read_picture(small_file)


def test_a_file_that_is_too_large_is_refused() -> None:
    with pytest.raises(NotAPicture, match="larger than 5 MB"):
        read_picture(BytesIO(bytes(MAX_UPLOAD_BYTES + 1)))
