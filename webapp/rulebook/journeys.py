"""Routes with named places for journeys: ready ones, and those that a group writes itself.

Kilometres along a route are approximate: guidebooks differ, and paths are moved. They show about how far a total has
come and are not meant for navigation.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from webapp.rulebook.units import METRES_PER, write_amount
from webapp.text import has_a_letter, is_writable, tidy

OWN = "own"
MIN_PLACES, MAX_PLACES, MAX_NAME, MAX_METRES = 2, 40, 40, 20_000_000
_LINE = re.compile(r"(?P<name>.+?)\s*[,;\t]\s*(?P<far>[0-9]{1,5}(?:\.[0-9]{1,4})?)\s*(?P<unit>km|mi)?", re.ASCII)


class PlacesError(ValueError):
    """The places of a route are wrong; the text says why, for their author."""


@dataclass(frozen=True, slots=True)
class RoutePlace:
    """A place on a route; `metres` from its start."""

    name: str
    metres: int


@dataclass(frozen=True, slots=True)
class Position:
    """How far a total has come: the last place passed, the next one, and the metres to it; None beyond the ends."""

    last: RoutePlace | None
    next: RoutePlace | None
    metres_to_next: int


@dataclass(frozen=True, slots=True)
class Route:
    """A route with its places in order."""

    name: str
    places: tuple[RoutePlace, ...]


def places_from(text: str, own: str = "km") -> tuple[RoutePlace, ...]:
    """Return the places from lines such as "Drymen, 19" or "Drymen, 12 mi"; without a unit, `own` (km or mi) holds.

    Raises PlacesError.
    """
    return checked_places([_place_from(line, own) for line in text.splitlines() if line.strip()])


def places_text(places: Sequence[RoutePlace], own: str = "km") -> str:
    """Return places as `places_from` reads them, each with the roundest number that gives the same metre."""
    return "\n".join(f"{place.name}, {write_amount(place.metres, 'distance', own)}" for place in places)


def checked_places(value: Any) -> tuple[RoutePlace, ...]:
    """Return places from places, or from pairs of a name and metres. Raises PlacesError if they are no route."""
    pairs = [astuple(each) if isinstance(each, RoutePlace) else each for each in value] if _is_row(value) else []
    if not _is_row(value) or not all(_is_place(each) for each in pairs):
        raise PlacesError(f"A name of up to {MAX_NAME} letters and a distance for each place, please.")
    if not MIN_PLACES <= len(pairs) <= MAX_PLACES:
        raise PlacesError(f"Between {MIN_PLACES} and {MAX_PLACES} places, please.")
    places = tuple(RoutePlace(*each) for each in pairs)
    if any(near.metres >= far.metres for near, far in pairwise(places)):
        raise PlacesError("Each place must be farther from the start than the one before.")
    return places


def places_of(params: Mapping[str, Any]) -> tuple[RoutePlace, ...]:
    """Return the places of a journey by its params."""
    return tuple(params["places"]) if params["route"] == OWN else ROUTES[params["route"]].places


def place_on(places: Sequence[RoutePlace], metres: int) -> Position:
    """Return the position on a route after `metres`."""
    passed = [place for place in places if place.metres <= metres]
    ahead = places[len(passed)] if len(passed) < len(places) else None
    return Position(passed[-1] if passed else None, ahead, ahead.metres - metres if ahead else 0)


def _place_from(line: str, own: str) -> RoutePlace:
    found = _LINE.fullmatch(line.strip())
    if not found:
        miles = "miles" if own == "mi" else "km"
        raise PlacesError(f"A name, a comma and the {miles} from the start on each line, please.")
    return RoutePlace(tidy(found["name"]), round(Fraction(found["far"]) * METRES_PER[found["unit"] or own]))


def _is_row(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _is_place(value: Any) -> bool:
    if not _is_row(value) or len(value) != 2:
        return False
    name, metres = value
    far = isinstance(metres, int) and not isinstance(metres, bool) and 0 <= metres <= MAX_METRES
    return far and isinstance(name, str) and _is_name(name)


def _is_name(name: str) -> bool:
    return len(name) <= MAX_NAME and name == tidy(name) and has_a_letter(name) and is_writable(name)


def _ready(name: str, text: str) -> Route:
    return Route(name, places_from(text.replace(" | ", "\n")))


# Lengths as their keepers give them: Hadrian's Wall Path 135 km, West Highland Way 154 km, John Muir Trail 340 km,
# Pennine Way 431 km, the Camino 775 km by the pilgrims' office. The Tokaido is measured between its post stations.
ROUTES: Mapping[str, Route] = {
    "hadrians_wall": _ready(
        "Hadrian's Wall Path",
        "Wallsend, 0 | Newcastle Quayside, 8 | Heddon-on-the-Wall, 24 | Chollerford, 48 | Housesteads, 62"
        " | Steel Rigg, 67 | Gilsland, 81 | Walton, 93 | Carlisle, 111 | Burgh by Sands, 123 | Bowness-on-Solway, 135",
    ),
    "west_highland": _ready(
        "West Highland Way",
        "Milngavie, 0 | Drymen, 19 | Balmaha, 31 | Rowardennan, 43 | Inversnaid, 55 | Inverarnan, 65"
        " | Crianlarich, 75 | Tyndrum, 85 | Bridge of Orchy, 96 | Inveroran, 100 | Kingshouse, 115 | Kinlochleven, 130"
        " | Fort William, 154",
    ),
    "john_muir": _ready(
        "John Muir Trail",
        "Happy Isles, 0 | Tuolumne Meadows, 37 | Donohue Pass, 58 | Reds Meadow, 96 | Silver Pass, 125"
        " | Selden Pass, 163 | Muir Trail Ranch, 177 | Muir Pass, 212 | Mather Pass, 247 | Pinchot Pass, 264"
        " | Glen Pass, 288 | Forester Pass, 308 | Mount Whitney, 340",
    ),
    "pennine": _ready(
        "Pennine Way",
        "Edale, 0 | Crowden, 26 | Standedge, 44 | Hebden Bridge, 68 | Malham, 113 | Horton in Ribblesdale, 136"
        " | Hawes, 158 | Keld, 178 | Middleton-in-Teesdale, 213 | Dufton, 245 | Alston, 277 | Greenhead, 303"
        " | Bellingham, 340 | Byrness, 365 | Kirk Yetholm, 431",
    ),
    "tokaido": _ready(
        "Tokaido, from Edo to Kyoto",
        "Nihonbashi, 0 | Shinagawa, 8 | Fujisawa, 49 | Odawara, 82 | Hakone, 98 | Mishima, 113 | Fuchu in Shizuoka, 175"
        " | Kakegawa, 229 | Hamamatsu, 259 | Okazaki, 320 | Miya, 350 | Kuwana, 378 | Yokkaichi, 390 | Kusatsu, 466"
        " | Kyoto, 492",
    ),
    "camino": _ready(
        "Camino de Santiago",
        "Saint-Jean-Pied-de-Port, 0 | Roncesvalles, 25 | Pamplona, 67 | Estella, 112 | Logroño, 160"
        " | Santo Domingo de la Calzada, 210 | Burgos, 283 | Carrión de los Condes, 368 | Sahagún, 407 | León, 463"
        " | Astorga, 512 | Ponferrada, 564 | O Cebreiro, 615 | Sarria, 661 | Santiago de Compostela, 775",
    ),
}
