"""What the groups of a trial tell others and their members: invented areas and meetings, and pictures drawn here."""

import math
import random
from collections.abc import Mapping
from io import BytesIO

from PIL import Image, ImageDraw

SIZE = (1200, 675)
# Sky from top to horizon, hills from far to near, track.
PALETTES = (
    ((246, 224, 190), (253, 244, 224), (150, 176, 148), (74, 118, 96), (15, 42, 34)),
    ((166, 205, 226), (238, 246, 240), (140, 170, 190), (72, 112, 140), (20, 46, 66)),
    ((236, 188, 170), (250, 232, 206), (168, 150, 160), (110, 92, 118), (52, 36, 62)),
)
VEST, WHITE = (211, 239, 43), (243, 247, 239)
# By the place of the group in the world: fields of the form.
PROFILES: tuple[Mapping[str, str], ...] = (
    {
        "area": "Hackney Wick, London", "quickest": "5:00", "slowest": "6:30", "shortest": "6", "farthest": "18",
        "languages": "English", "beginners": "y",
        "weekday_1": "1", "starts_at_1": "19:00", "place_1": "The lock keeper’s cottage",
        "weekday_2": "6", "starts_at_2": "09:00", "place_2": "The bridge by the tea stall",
    },
    {
        "area": "Old Town, Chicago", "quickest": "4:45", "slowest": "7:00", "shortest": "5", "farthest": "12",
        "languages": "English, Spanish", "beginners": "y",
        "weekday_1": "0", "starts_at_1": "06:00", "place_1": "North Avenue, at the chess tables",
        "weekday_2": "3", "starts_at_2": "06:00", "place_2": "North Avenue, at the chess tables",
    },
    {
        "area": "Bishan, Singapore", "quickest": "5:30", "slowest": "7:30", "shortest": "5", "farthest": "10",
        "languages": "English, Mandarin, Malay, Tamil",
        "weekday_1": "2", "starts_at_1": "06:15", "place_1": "The rain tree at the pond",
        "weekday_2": "5", "starts_at_2": "06:00", "place_2": "The rain tree at the pond",
    },
)  # fmt: skip

# By the place of the group in the world: what its organiser announces.
ANNOUNCEMENTS: tuple[Mapping[str, str], ...] = (
    {
        "title": "Tea after Sunday’s run",
        "text": "We meet at nine at the bridge by the tea stall. Stay for a cup if you like; every pace is welcome.",
    },
    {
        "title": "Bring somebody along on Thursday",
        "text": "Six o’clock at the chess tables. A neighbour, a colleague, a sister: we go at the pace of our guests.",
    },
    {
        "title": "Breakfast after Saturday’s run",
        "text": "We start at six at the rain tree. Afterwards there is kaya toast, and a seat for everybody.",
    },
)


def profile_of(number: int, text: str) -> dict[str, str]:
    """Return the fields of the form for the group with this place in the world."""
    return {"listed": "y", "public": "y", "text": text, **PROFILES[number % len(PROFILES)]}


def announcement_of(number: int) -> Mapping[str, str]:
    """Return the title and the text of what the organiser of this group announces."""
    return ANNOUNCEMENTS[number % len(ANNOUNCEMENTS)]


def picture_of(number: int) -> bytes:
    """Return a landscape with runners as JPEG; the same at every call."""
    chance = random.Random(number)  # noqa: S311  # a drawing, no secret
    top, horizon, *grounds = PALETTES[number % len(PALETTES)]
    image = Image.new("RGB", SIZE)
    draw = ImageDraw.Draw(image)
    for y in range(SIZE[1]):
        part = y / SIZE[1]
        colour = tuple(round(high + (low - high) * part) for high, low in zip(top, horizon, strict=True))
        draw.line([(0, y), (SIZE[0], y)], fill=colour)
    sun = (chance.randint(150, 1000), chance.randint(90, 200))
    draw.circle(sun, 58, fill=WHITE)
    for depth, ground in enumerate(grounds):
        _hills(draw, chance, 300 + 110 * depth, ground)
    _runners(draw, chance)
    written = BytesIO()
    image.save(written, "JPEG", quality=85)
    return written.getvalue()


def _hills(draw: ImageDraw.ImageDraw, chance: random.Random, height: int, colour: tuple[int, ...]) -> None:
    waves = [(chance.uniform(0.6, 2.2), chance.uniform(0, math.tau), chance.uniform(12, 42)) for _ in range(3)]
    ridge = [
        (x, height + sum(size * math.sin(often * math.tau * x / SIZE[0] + begin) for often, begin, size in waves))
        for x in range(0, SIZE[0] + 8, 8)
    ]
    draw.polygon([*ridge, (SIZE[0], SIZE[1]), (0, SIZE[1])], fill=colour)


def _runners(draw: ImageDraw.ImageDraw, chance: random.Random) -> None:
    """Draw a pack as strokes that lean forward, the front one in the colour of a safety vest."""
    places = sorted(chance.sample(range(330, 860, 50), 6))
    for x in places:
        _runner(draw, x, 590 + chance.randint(-14, 14), WHITE)
    _runner(draw, places[-1] + 110, 584, VEST)


def _runner(draw: ImageDraw.ImageDraw, x: int, y: int, colour: tuple[int, ...]) -> None:
    draw.line([(x, y), (x + 24, y - 58)], fill=colour, width=20)
    for end in ((x, y), (x + 24, y - 58)):
        draw.circle(end, 10, fill=colour)
