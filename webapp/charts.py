"""Geometry of line charts: dates and totals become percentages of a drawing, which `macros/charts.html` draws. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Literal

# The edges of the drawing inside its place, in per cent of it. The dates stand below.
LEFT, RIGHT, TOP, GROUND = 1.0, 96.0, 8.0, 88.0
MAX_STEPS, MAX_DATES, MAX_ROWS = 4, 6, 62
WEEK_DAYS = 7
Anchor = Literal["start", "middle", "end"]
LineKey = Literal["me", "ahead", "behind"]


@dataclass(frozen=True, slots=True)
class ChartLine:
    """A line over the dates of a chart.

    `key` picks its dash, mark and colour. `values`: the total at the end of each date from the first one on; that of
    today is the total now. `expected`: the total at the end of the last date, None where it is not known.
    """

    key: LineKey
    name: str
    values: tuple[int, ...]
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A part of a fan: in `percent` of 100 chances the total stays between `low` and `high`, at each of some times."""

    percent: int
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Fan:
    """Where a total may go. `at`: times in days since the first date began; `bands`: the widest first."""

    at: tuple[float, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where two lines cross: days since the first date began, the total there, and the date."""

    at: float
    total: float
    date: date


@dataclass(frozen=True, slots=True)
class ChartSpan:
    """The dates of a chart. `now`: days since the first date began; None after the last one."""

    first: date
    last: date
    now: float | None = None

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A line as it is drawn: points of a polyline, those of what is expected ("" for nothing), and its end."""

    key: LineKey
    name: str
    total: int
    points: str
    expected: str
    end: Point


@dataclass(frozen=True, slots=True)
class DrawnBand:
    percent: int
    points: str


@dataclass(frozen=True, slots=True)
class DateTick:
    x: float
    date: date
    anchor: Anchor
    names_month: bool


@dataclass(frozen=True, slots=True)
class ValueTick:
    y: float
    value: int


@dataclass(frozen=True, slots=True)
class DrawnCrossing:
    x: float
    y: float
    date: date
    anchor: Anchor


@dataclass(frozen=True, slots=True)
class Row:
    """A date of the table: the total of each line at its end, None where it has not come yet."""

    date: date
    values: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line chart as `charts.lines` draws it. All places are percentages of its drawing, from the top left."""

    lines: tuple[DrawnLine, ...]
    bands: tuple[DrawnBand, ...]
    crossing: DrawnCrossing | None
    now: float | None
    dates: tuple[DateTick, ...]
    values: tuple[ValueTick, ...]
    rows: tuple[Row, ...]
    ground: float = GROUND


def line_chart(
    span: ChartSpan,
    lines: Sequence[ChartLine],
    unit_size: float,
    fan: Fan | None = None,
    crossing: Crossing | None = None,
) -> LineChart:
    """Return the chart of some totals by date. `unit_size`: what reads as 1 in the viewer's unit (1000.0 for km)."""
    scale = _Scale(span, _top_of(lines, fan))
    return LineChart(
        lines=tuple(_drawn(scale, line) for line in lines),
        bands=_bands(scale, fan) if fan else (),
        crossing=_crossing(scale, crossing) if crossing and crossing.at <= span.days else None,
        now=None if span.now is None else scale.x(span.now),
        dates=_date_ticks(scale),
        values=tuple(ValueTick(scale.y(value), value) for value in round_steps(scale.top, unit_size)),
        rows=_rows(span, lines),
    )


def round_steps(top: float, unit_size: float) -> list[int]:
    """Return round values up to `top` for the ticks of an axis, at most four: 1, 2 or 5 times a power of ten units."""
    step = next(
        size for power in range(12) for digit in (1, 2, 5) if top / (size := digit * 10**power * unit_size) <= MAX_STEPS
    )
    return [round(step * number) for number in range(1, int(top / step) + 1)]


@dataclass(frozen=True, slots=True)
class _Scale:
    span: ChartSpan
    top: float

    def x(self, at: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * at / self.span.days, 2)

    def y(self, value: float) -> float:
        return round(GROUND - (GROUND - TOP) * min(value / self.top, 1.0), 2)

    def points(self, places: Sequence[tuple[float, float]]) -> str:
        return " ".join(f"{self.x(at):g},{self.y(value):g}" for at, value in places)


def _top_of(lines: Sequence[ChartLine], fan: Fan | None) -> float:
    ends = [value for line in lines for value in (*line.values[-1:], line.expected or 0)]
    spread = [high for band in fan.bands for high in band.high] if fan else []
    return max([*ends, *spread, 1])


def _drawn(scale: _Scale, line: ChartLine) -> DrawnLine:
    places = _places(scale.span, line.values)
    expected = [places[-1], (float(scale.span.days), line.expected)] if line.expected is not None else []
    end = Point(scale.x(places[-1][0]), scale.y(places[-1][1]))
    total = line.values[-1] if line.values else 0
    return DrawnLine(line.key, line.name, total, scale.points(places), scale.points(expected), end)


def _places(span: ChartSpan, values: Sequence[int]) -> list[tuple[float, float]]:
    """Return (days since the first date began, total) from the start on; today ends now."""
    ends = [float(number) for number in range(1, len(values) + 1)]
    if span.now is not None and ends:
        ends[-1] = min(ends[-1], span.now)
    return [(0.0, 0.0), *zip(ends, values, strict=True)]


def _bands(scale: _Scale, fan: Fan) -> tuple[DrawnBand, ...]:
    around = [
        (band, [*zip(fan.at, band.low, strict=True)], [*zip(fan.at, band.high, strict=True)]) for band in fan.bands
    ]
    return tuple(DrawnBand(band.percent, scale.points([*low, *reversed(high)])) for band, low, high in around)


def _crossing(scale: _Scale, crossing: Crossing) -> DrawnCrossing:
    return DrawnCrossing(
        scale.x(crossing.at), scale.y(crossing.total), crossing.date, _anchor(crossing.at / scale.span.days)
    )


def _anchor(part: float) -> Anchor:
    """Return how words stand at this part of the width, so that they stay inside."""
    return "start" if part < 0.12 else "end" if part > 0.85 else "middle"


def _date_ticks(scale: _Scale) -> tuple[DateTick, ...]:
    """Return the first date and every some weeks after it, each in the middle of its day."""
    days = scale.span.days
    step = WEEK_DAYS * ceil(days / WEEK_DAYS / MAX_DATES) if days > WEEK_DAYS else 1
    found, month = [], 0
    for number in range(0, days, step):
        day, middle = scale.span.first + timedelta(days=number), number + 0.5
        found.append(DateTick(scale.x(middle), day, _anchor(middle / days), day.month != month))
        month = day.month
    return tuple(found)


def _rows(span: ChartSpan, lines: Sequence[ChartLine]) -> tuple[Row, ...]:
    """Return the table: each date, or one of several in a long time, and always the latest."""
    longest = max((len(line.values) for line in lines), default=0)
    step = ceil(longest / MAX_ROWS) or 1
    numbers = [number for number in range(longest) if (longest - 1 - number) % step == 0]
    return tuple(
        Row(
            span.first + timedelta(days=number),
            tuple(line.values[number] if number < len(line.values) else None for line in lines),
        )
        for number in numbers
    )
