"""Read the road of a challenge: the field by total, the viewer's own stretch, and who closes on whom.

The field is read by its buckets, and runners only near the front and near the viewer, so that the page costs the same
in a group of any size.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from webapp.cache import cached
from webapp.chase.means_queries import means_of
from webapp.leaderboards.page_context import as_another
from webapp.leaderboards.queries import BoardContext, BoardRow, rows_from
from webapp.rulebook import chase
from webapp.rulebook.chase_outlook import is_shown
from webapp.rulebook.lifecycle import State
from webapp.rulebook.ranking import BUCKET_WIDTHS, PAGE, bucket_of
from webapp.rulebook.road import EITHER_SIDE, FRONT, MAX_NAMED, Arrow, Located, next_pairs

# The most arrows of one picture: those who close fastest.
MAX_ARROWS = 12
# This many stretches of the road are narrower than a dot, and few enough to go through for each page.
MAX_COARSE = 300


@dataclass(frozen=True, slots=True)
class Field:
    """What a road shows: everybody in it, whom of them the page may name, from the front on, and their arrows.

    `ahead`, `behind`: how many who show their totals are beyond the ends of the shown part.
    """

    positions: list[Located]
    rows: list[BoardRow]
    arrows: list[Arrow]
    ahead: int = 0
    behind: int = 0

    @property
    def size(self) -> int:
        return sum(each.count for each in self.positions)


def shared_field(context: BoardContext, zoom: Literal["field", "front"], now: datetime) -> Field:
    """Return the field, or its front, as all other members see it."""
    nobody, front = replace(context, viewer=as_another(context.viewer)), front_of(context)
    if zoom == "front":
        return _part(nobody, front[:FRONT], now)
    return Field(_whole(context, front), front, _arrows(nobody, front, now))


def stretch_of(context: BoardContext, me: BoardRow, zoom: Literal["around", "near"], now: datetime) -> Field:
    """Return the viewer's stretch of the field, as they see it."""
    return _part(context, _near(_around(context, me), me, EITHER_SIDE[zoom]), now)


def named_rows(context: BoardContext, me: BoardRow | None) -> list[BoardRow]:
    """Return those whom a replay may name: those in front, and those on either side of the viewer."""
    front = front_of(context)
    return _merged(front, _near(_around(context, me), me, EITHER_SIDE["around"])) if me else front


def front_of(context: BoardContext) -> list[BoardRow]:
    """Return those in front as all other members see them, cached by version; everybody of a small field."""
    nobody = replace(context, viewer=as_another(context.viewer))
    size = MAX_NAMED if names_all(context) else FRONT
    key = (*context.viewer.edition, "front of the road", context.viewer.units, context.viewer.slug)
    return cached(key, lambda: _on_road(rows_from(nobody, 0, size)))


def names_all(context: BoardContext) -> bool:
    """Return whether the road names everybody."""
    return context.now.size <= MAX_NAMED


def place_in_field(context: BoardContext, me: BoardRow) -> float:
    """Return the total at which the whole field counts the viewer."""
    if not me.total:
        return 0
    coarse = _coarse(context)
    return coarse.middle(coarse.of_bucket(context.viewer.bucket), BUCKET_WIDTHS[context.rules.unit])


def _part(context: BoardContext, rows: list[BoardRow], now: datetime) -> Field:
    positions = [Located(row.total or 0, entry_id=row.entry_id) for row in rows]
    return Field(positions, rows, _arrows(context, rows, now), *_beyond(context, rows))


def _around(context: BoardContext, me: BoardRow) -> list[BoardRow]:
    """Return those on either side of the viewer, and the viewer."""
    if names_all(context):
        return _merged(front_of(context), [me])
    before = context.now.before(context.viewer.bucket) - EITHER_SIDE["around"]
    rows = _on_road(rows_from(context, max(0, min(before, context.now.size - PAGE)), PAGE))
    return _merged(rows, [me])


def _near(rows: Sequence[BoardRow], me: BoardRow, side: int) -> list[BoardRow]:
    place = next((n for n, row in enumerate(rows) if row.entry_id == me.entry_id), 0)
    return list(rows[max(0, place - side) : place + side + 1])


def _on_road(rows: Iterable[BoardRow]) -> list[BoardRow]:
    """Return the rows of runners who show the viewer their totals."""
    return [row for row in rows if row.total is not None]


def _merged(*lists: Sequence[BoardRow]) -> list[BoardRow]:
    found = {row.entry_id: row for rows in lists for row in rows}
    return sorted(found.values(), key=lambda row: (-(row.total or 0), row.entry_id))


def _coarse(context: BoardContext) -> "_Coarse":
    return cached((*context.viewer.edition, "road"), lambda: _Coarse.of(context.now.shown))


def _whole(context: BoardContext, rows: Collection[BoardRow]) -> list[Located]:
    """Return everybody who shows a total, the front first: the rows, and the others by coarse buckets."""
    width = BUCKET_WIDTHS[context.rules.unit]
    coarse = _coarse(context)
    others = dict(coarse.counts)
    for row in rows:
        if row.total and not row.rank_only:
            others[coarse.of_bucket(bucket_of(row.total, row.entry_id, width))] -= 1
    rest = context.now.at_zero - sum(not row.total for row in rows)
    return [
        *(Located(row.total or 0, entry_id=row.entry_id) for row in rows),
        *(Located(coarse.middle(each, width), count) for each, count in others.items() if count > 0),
        *([Located(0, rest)] if rest > 0 else ()),
    ]


@dataclass(frozen=True, slots=True)
class _Coarse:
    """How many show a total in each coarse bucket; `every`: how many buckets are one of them."""

    every: int
    counts: dict[int, int]

    @classmethod
    def of(cls, shown: Mapping[int, int]) -> "_Coarse":
        every = max(1, -min(shown, default=0) // MAX_COARSE)
        counts: defaultdict[int, int] = defaultdict(int)
        for bucket, count in sorted(shown.items()):
            counts[(-bucket - 1) // every] += count
        return cls(every, dict(counts))

    def of_bucket(self, bucket: int) -> int:
        return (-bucket - 1) // self.every

    def middle(self, coarse: int, width: int) -> float:
        """Return the total in the middle of a coarse bucket; `width`: that of a bucket."""
        return (coarse * self.every * width + (coarse + 1) * self.every * width - 1) / 2


def _beyond(context: BoardContext, rows: Sequence[BoardRow]) -> tuple[int, int]:
    """Return how many who show their totals are in front of the rows, and how many behind them.

    Somebody in the same bucket as the first or the last row stands beside them, and is counted on neither side.
    """
    if not rows:
        return 0, 0
    width, now = BUCKET_WIDTHS[context.rules.unit], context.now
    front, back = (bucket_of(row.total or 0, row.entry_id, width) for row in (rows[0], rows[-1]))
    behind = now.shown_before(0) - now.shown_before(back + 1) + now.at_zero if back < 0 else 0
    return now.shown_before(front), behind


def _arrows(context: BoardContext, rows: Sequence[BoardRow], now: datetime) -> list[Arrow]:
    """Return who closes on the next one ahead, the fastest first; none once no day is left.

    `rows`: neighbours, with nobody between two of them.
    """
    if context.viewer.state(now) is not State.OPEN:
        return []
    # Runners on a break chase nobody, and nobody chases them.
    running = [row for row in rows if row.runner_id not in context.breaks]
    pairs = next_pairs([(row.entry_id, row.total or 0) for row in running])
    by_entry = {row.entry_id: row for row in running}
    chased = [by_entry[entry] for entry in {entry for pair in pairs for entry in pair}]
    means = means_of(context, chased, now) if chased else {}
    arrows = []
    for chaser, lead in pairs:
        own, other = (means.get(by_entry[entry].runner_id) for entry in (chaser, lead))
        closing = chase.closing(own, other) if own is not None and other is not None else 0
        if closing > 0 and is_shown(closing, context.rules.unit):
            arrows.append(Arrow(chaser, lead, closing))
    return sorted(arrows, key=lambda arrow: (-arrow.closing, arrow.chaser))[:MAX_ARROWS]
