"""Pictures for uploads."""

from io import BytesIO
from typing import Any

from PIL import Image


def picture_file(size: tuple[int, int] = (800, 600), kind: str = "JPEG", mode: str = "RGB", **options: Any) -> BytesIO:
    """Return a file with a picture of one colour."""
    file = BytesIO()
    Image.new(mode, size, "seagreen" if mode == "RGB" else None).save(file, kind, **options)
    file.seek(0)
    return file
