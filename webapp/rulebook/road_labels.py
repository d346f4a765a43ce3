"""Where words fit on a drawing: beside their dots, in the frame, and on nothing else."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.rulebook.road_course import RoadPoint

# About the size of a letter of the labels; wide ones make up for narrow ones.
LETTER, LINE, LIFT = 7.6, 15.0, 6.0
MAX_LETTERS = 18


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the drawing."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Words about a dot, which reaches `radius` around `at`; `dot`: which of the drawing's, if any."""

    at: RoadPoint
    radius: float
    words: str
    dot: int | None = None


@dataclass(frozen=True, slots=True)
class Label:
    """Words with the middle of their baseline, what they cover, and which dot they are about, if any."""

    x: float
    y: float
    words: str
    box: Box
    dot: int | None = None


def box_of(at: RoadPoint, radius: float) -> Box:
    """Return the rectangle that a dot covers."""
    return Box(at.x - radius, at.y - radius, at.x + radius, at.y + radius)


def placed(wanted: Iterable[Wanted], dots: Sequence[Box], width: float, height: float) -> list[Label]:
    """Return the labels that fit, those wanted first before others: above their dot, or below it."""
    taken, found = list(dots), []
    for each in wanted:
        words = shortened(each.words)
        half = len(words) * LETTER / 2 + 2
        x = min(max(each.at.x, half + 4), width - half - 4)
        lift = each.radius + LIFT
        for baseline in (each.at.y - lift, each.at.y + lift + LINE * 0.7):
            box = Box(x - half, baseline - LINE * 0.8, x + half, baseline + LINE * 0.2)
            if box.top >= 0 and box.bottom <= height and not _is_taken(box, taken):
                taken.append(box)
                found.append(Label(round(x, 1), round(baseline, 1), words, box, each.dot))
                break
    return found


def _is_taken(box: Box, taken: Iterable[Box]) -> bool:
    # The same as `meets` of each, written out: a page asks some thousand times.
    left, top, right, bottom = box.left, box.top, box.right, box.bottom
    for other in taken:
        if left < other.right and other.left < right and top < other.bottom and other.top < bottom:
            return True
    return False


def shortened(words: str) -> str:
    return words if len(words) <= MAX_LETTERS else words[: MAX_LETTERS - 1].rstrip() + "…"
