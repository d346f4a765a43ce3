"""A face for everybody, drawn from their number, as a picture like those that Strava serves; some have none."""

from functools import lru_cache
from io import BytesIO

from flask import Blueprint, Response
from PIL import Image, ImageColor, ImageDraw
from PIL.PngImagePlugin import PngInfo

from integrations.strava_simulator.figures import dice

blueprint = Blueprint("avatars", __name__)

SKINS = ("#f2d3b8", "#e3b58c", "#c98f62", "#9c6a42", "#6f4a2f")
HAIRS = ("#2b2320", "#5b3a24", "#8c5a2b", "#c99b4a", "#8a8a8f", "#3a2a44")
HUES = (165, 195, 220, 250, 285, 330, 140)
# Pixels of a side, and how much larger it is drawn, so that edges are smooth.
SIDE, SCALE = 124, 3
# One athlete in this many has no picture. Strava then sends this instead of an address.
ONE_IN = 5
NO_PICTURE = "avatar/athlete/large.png"
# A note in each file, as cameras leave one. Nobody who shows the picture should pass it on.
NOTE = "Drawn near 51.5, -0.06"


def address_of(athlete_id: int, public_url: str) -> str:
    """Return what Strava says of an athlete's picture: its address, or a path without a host."""
    return f"{public_url}/avatars/{athlete_id}.png" if athlete_id % ONE_IN else NO_PICTURE


@blueprint.get("/avatars/<int:athlete_id>.png")
def avatar(athlete_id: int) -> Response:
    """Draw the athlete's picture; the same number always has the same face."""
    answer = Response(draw(athlete_id), mimetype="image/png")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


@lru_cache(256)
def draw(number: int) -> bytes:
    """Return a PNG of SIDE by SIDE pixels."""
    chance = dice("face", number)
    skin, hair, hue = chance.choice(SKINS), chance.choice(HAIRS), chance.choice(HUES)
    image = Image.new("RGB", (SIDE * SCALE, SIDE * SCALE), _hsl(hue, 42, 82))
    pen = ImageDraw.Draw(image)
    sun = chance.randint(22, 100)
    pen.ellipse(_box(sun - 13, 11, sun + 13, 37), _hsl(hue + 40, 70, 92))
    pen.ellipse(_box(-40, 84, 164, 200), _hsl(hue, 32, 66))
    if chance.random() < 0.5:
        pen.rounded_rectangle(_box(35, 48, 89, 104), 22 * SCALE, hair)
    pen.ellipse(_box(24, 94, 100, 164), _hsl(hue + 180, 40, 42))
    pen.rounded_rectangle(_box(53, 80, 71, 100), 8 * SCALE, skin)
    pen.ellipse(_box(37, 33, 87, 91), skin)
    if chance.random() < 0.4:
        _cap(pen, _hsl(hue + 140, 45, 45))
    else:
        pen.chord(_box(35, 28, 89, 92), 195 + chance.randint(0, 12), 345, hair)
    for eye in (53, 71):
        pen.ellipse(_box(eye - 2.6, 60.4, eye + 2.6, 65.6), "#222222")
    pen.arc(_box(52, 66, 72, 81), 25, 155, "#222222", round(2.4 * SCALE))
    return _as_png(image.resize((SIDE, SIDE), Image.Resampling.LANCZOS))


def _cap(pen: ImageDraw.ImageDraw, colour: str) -> None:
    pen.pieslice(_box(36, 29, 88, 81), 180, 360, colour)
    pen.rounded_rectangle(_box(60, 52, 104, 58), 3 * SCALE, colour)


def _box(left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
    return left * SCALE, top * SCALE, right * SCALE, bottom * SCALE


def _hsl(hue: int, saturation: int, lightness: int) -> str:
    red, green, blue, *_ = ImageColor.getrgb(f"hsl({hue % 360},{saturation}%,{lightness}%)")
    return f"#{red:02x}{green:02x}{blue:02x}"


def _as_png(image: Image.Image) -> bytes:
    note, written = PngInfo(), BytesIO()
    note.add_text("Comment", NOTE)
    image.save(written, "PNG", pnginfo=note)
    return written.getvalue()
