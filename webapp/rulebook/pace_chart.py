"""The pace groups of a run as bars over one axis of paces, the slow end on the left, with a runner's own easy pace."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor

from webapp.formatting import METRES
from webapp.rulebook.pace_fit import PaceRange

# How much room an open end, and the edges, have beyond what is known, in seconds per km.
OPEN_S, EDGE_S = 45, 15
MAX_TICKS = 5
_STEPS_S = (15, 30, 60, 120, 300)


@dataclass(frozen=True, slots=True)
class PaceBar:
    """A pace group as it is drawn: from `x` on, `width` wide, both in per cent; which of its ends fade out."""

    band: PaceRange
    x: float
    width: float
    is_open_slow: bool
    is_open_fast: bool


@dataclass(frozen=True, slots=True)
class PaceTick:
    """A pace of the axis, with the reader's seconds per unit."""

    x: float
    seconds: int


@dataclass(frozen=True, slots=True)
class PaceChart:
    """The drawing. `own`: where the reader's easy pace is, None where it is not known."""

    bars: tuple[PaceBar, ...]
    ticks: tuple[PaceTick, ...]
    own: float | None


def pace_chart(bands: Sequence[PaceRange], easy_s_per_km: int | None, units: str) -> PaceChart | None:
    """Draw those of the pace groups that name a pace; None if there are none."""
    drawn = [band for band in bands if band.has_paces]
    if not drawn:
        return None
    known = [end for band in drawn for end in (band.slow_s_per_km, band.fast_s_per_km) if end is not None]
    has_open = any(band.slow_s_per_km is None or band.fast_s_per_km is None for band in drawn)
    all_paces = known if easy_s_per_km is None else [*known, easy_s_per_km]
    edge = OPEN_S if has_open else EDGE_S
    axis = _Axis(max(all_paces) + edge, max(min(all_paces) - edge, 0))
    bars = tuple(_bar(band, axis) for band in drawn)
    return PaceChart(bars, _ticks(axis, units), None if easy_s_per_km is None else axis.at(easy_s_per_km))


@dataclass(frozen=True, slots=True)
class _Axis:
    """An axis from the slow end on the left, in seconds per km, to the fast end on the right."""

    slow: int
    fast: int

    def at(self, seconds: float) -> float:
        return round(100 * (self.slow - seconds) / (self.slow - self.fast), 2)


def _bar(band: PaceRange, axis: _Axis) -> PaceBar:
    slow, fast = band.slow_s_per_km, band.fast_s_per_km
    left = 0.0 if slow is None else axis.at(slow)
    right = 100.0 if fast is None else axis.at(fast)
    return PaceBar(band, left, round(right - left, 2), slow is None, fast is None)


def _ticks(axis: _Axis, units: str) -> tuple[PaceTick, ...]:
    """Return round paces in the reader's unit, the slow ones first."""
    unit = METRES[units] / 1000
    slow, fast = axis.slow * unit, axis.fast * unit
    step = next((step for step in _STEPS_S if (slow - fast) / step <= MAX_TICKS), _STEPS_S[-1])
    rounded = range(floor(slow / step) * step, ceil(fast / step) * step - 1, -step)
    return tuple(PaceTick(axis.at(seconds / unit), seconds) for seconds in rounded)
