"""Read the road of a challenge: the field by total, the viewer's own stretch, and who closes on whom.

The field is read by its buckets, and runners only near the front and near the viewer, so that the page costs the same
in a group of any size.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from webapp.cache import cached
from webapp.chase.means_queries import means_of
from webapp.leaderboards.page_context import as_another
from webapp.leaderboards.queries import BoardContext, BoardRow, own_placement, rows_from
from webapp.rulebook import chase
from webapp.rulebook.chase_outlook import is_shown
from webapp.rulebook.lifecycle import State
from webapp.rulebook.ranking import BUCKET_WIDTHS, PAGE, bucket_of
from webapp.rulebook.road import EITHER_SIDE, FRONT, Arrow, Located, Zoom, next_pairs

# The most arrows of one picture: those who close fastest.
MAX_ARROWS = 12
# This many stretches of the road are narrower than a dot, and few enough to go through for each page.
MAX_COARSE = 300


@dataclass(frozen=True, slots=True)
class Field:
    """What a road shows: everybody in it, whom of them the page may name, from the front on, and their arrows.

    `ahead`, `behind`: how many who show their totals are beyond the ends of the shown part. `at_zero`: how many of the
    challenge have no total yet.
    """

    positions: list[Located]
    rows: list[BoardRow]
    me: BoardRow | None
    arrows: list[Arrow]
    ahead: int
    behind: int
    at_zero: int

    @property
    def size(self) -> int:
        return sum(each.count for each in self.positions)


def named_rows(context: BoardContext) -> list[BoardRow]:
    """Return those whom the page may name: those in front, and those on either side of the viewer."""
    me = own_placement(context)
    return _merged(_front(context), _around(context, me) if me else [])


def field_of(context: BoardContext, zoom: Zoom, now: datetime) -> Field:
    """Return what the viewer sees of the field."""
    me = own_placement(context)
    around = _around(context, me) if me else []
    if zoom == "field":
        front = _front(context)
        rows = _merged(front, around)
        positions, runs = _whole(context, rows), [front, around]
    else:
        rows = _with_mine(_front(context)[:FRONT], me) if zoom == "front" else _near(around, me, EITHER_SIDE[zoom])
        positions, runs = [Located(row.total or 0, entry_id=row.entry_id) for row in rows], [rows]
    ahead, behind = (0, 0) if zoom == "field" else _beyond(context, rows)
    return Field(positions, rows, me, _arrows(context, runs, now), ahead, behind, context.now.at_zero)


def _front(context: BoardContext) -> list[BoardRow]:
    """Return those in front as any member sees them, cached by version; everybody where the board has one page."""
    nobody = replace(context, viewer=as_another(context.viewer))
    size = PAGE if context.now.size <= PAGE else FRONT
    key = (*context.viewer.edition, "front of the road", context.viewer.units, context.viewer.slug)
    return cached(key, lambda: _on_road(rows_from(nobody, 0, size)))


def _around(context: BoardContext, me: BoardRow) -> list[BoardRow]:
    """Return those on either side of the viewer, and the viewer."""
    before = context.now.before(context.viewer.bucket) - EITHER_SIDE["around"]
    rows = _on_road(rows_from(context, max(0, min(before, context.now.size - PAGE)), PAGE))
    return _near(_merged(rows, [me]), me, EITHER_SIDE["around"])


def _with_mine(rows: Iterable[BoardRow], me: BoardRow | None) -> list[BoardRow]:
    """Return the rows with the viewer's own as they see it."""
    return [me if me and row.entry_id == me.entry_id else row for row in rows]


def _near(rows: Sequence[BoardRow], me: BoardRow | None, side: int) -> list[BoardRow]:
    place = next((n for n, row in enumerate(rows) if me and row.entry_id == me.entry_id), 0)
    return list(rows[max(0, place - side) : place + side + 1])


def _on_road(rows: Iterable[BoardRow]) -> list[BoardRow]:
    """Return the rows of runners who show the viewer their totals."""
    return [row for row in rows if row.total is not None]


def _merged(*lists: Sequence[BoardRow]) -> list[BoardRow]:
    found = {row.entry_id: row for rows in lists for row in rows}
    return sorted(found.values(), key=lambda row: (-(row.total or 0), row.entry_id))


def _whole(context: BoardContext, rows: Collection[BoardRow]) -> list[Located]:
    """Return everybody who shows a total, the front first: the rows, and the others by coarse buckets."""
    width = BUCKET_WIDTHS[context.rules.unit]
    coarse = cached((*context.viewer.edition, "road"), lambda: _Coarse.of(context.now.shown))
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
    width, shown = BUCKET_WIDTHS[context.rules.unit], context.now.shown
    front, back = (bucket_of(row.total or 0, row.entry_id, width) for row in (rows[0], rows[-1]))
    behind = sum(count for bucket, count in shown.items() if bucket > back)
    return sum(count for bucket, count in shown.items() if bucket < front), behind + (
        context.now.at_zero if rows[-1].total else 0
    )


def _arrows(context: BoardContext, runs: Iterable[Sequence[BoardRow]], now: datetime) -> list[Arrow]:
    """Return who closes on the next one ahead, the fastest first; none once no day is left.

    `runs`: rows of neighbours, with nobody between two of them.
    """
    if context.viewer.state(now) is not State.OPEN:
        return []
    # Runners on a break chase nobody, and nobody chases them.
    running = [[row for row in rows if row.runner_id not in context.breaks] for rows in runs]
    pairs = {pair for rows in running for pair in next_pairs([(row.entry_id, row.total or 0) for row in rows])}
    by_entry = {row.entry_id: row for rows in running for row in rows}
    chased = [by_entry[entry] for entry in {entry for pair in pairs for entry in pair}]
    means = means_of(context, chased, now) if chased else {}
    arrows = []
    for chaser, lead in pairs:
        own, other = (means.get(by_entry[entry].runner_id) for entry in (chaser, lead))
        closing = chase.closing(own, other) if own is not None and other is not None else 0
        if closing > 0 and is_shown(closing, context.rules.unit):
            arrows.append(Arrow(chaser, lead, closing))
    return sorted(arrows, key=lambda arrow: (-arrow.closing, arrow.chaser))[:MAX_ARROWS]
