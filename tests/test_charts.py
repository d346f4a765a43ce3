"""Geometry of line charts, and how the macro draws them."""

from datetime import date, timedelta

from flask import Flask, render_template_string
from hypothesis import given
from hypothesis import strategies as st

from tests.support.html import elements, shown
from webapp.charts import (
    GROUND,
    LEFT,
    MAX_ROWS,
    RIGHT,
    TOP,
    Band,
    ChartLine,
    ChartSpan,
    Crossing,
    Fan,
    LineChart,
    line_chart,
    round_steps,
)

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
HALF_OF_THE_12TH = 11.5
MONTH = ChartSpan(FIRST, LAST, HALF_OF_THE_12TH)
MINE = ChartLine("me", "You", (5_000, 5_000, *[12_000] * 10), 40_000.0)
BEN = ChartLine("ahead", "Ben O.", (0, 8_000, *[15_000] * 10), 35_000.0)
FAN = Fan((11.5, 20.0, 30.0), (Band(90, (12e3, 12e3, 20e3), (12e3, 40e3, 60e3)),))


def chart(crossing: Crossing | None = None, span: ChartSpan = MONTH) -> LineChart:
    return line_chart(span, [MINE, BEN], 1000.0, FAN, crossing)


def places(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (place.split(",") for place in points.split())]


def test_a_line_begins_at_zero_and_ends_at_the_hour_of_today() -> None:
    drawn = places(chart().lines[0].points)
    assert drawn[0] == (LEFT, GROUND)
    assert len(drawn) == 13
    assert drawn[-1][0] == chart().now == round(LEFT + (RIGHT - LEFT) * HALF_OF_THE_12TH / 30, 2)
    assert places(chart().lines[0].expected)[-1][0] == RIGHT


def test_after_the_last_date_lines_reach_the_edge_and_there_is_no_now() -> None:
    drawn = line_chart(ChartSpan(FIRST, LAST), [ChartLine("me", "You", (1_000,) * 30)], 1000.0)
    assert places(drawn.lines[0].points)[-1] == (RIGHT, TOP)
    assert drawn.now is None


def test_the_fan_goes_there_and_back() -> None:
    band = places(chart().bands[0].points)
    assert [x for x, _ in band[:3]] == [x for x, _ in reversed(band[3:])]
    assert band[3][1] == TOP


def test_a_crossing_within_the_dates_is_drawn_with_its_date_and_a_later_one_is_not() -> None:
    there = chart(Crossing(24.0, 30_000, date(2026, 11, 24))).crossing
    assert there
    assert there.date == date(2026, 11, 24)
    assert chart(Crossing(31.0, 30_000, date(2026, 12, 1))).crossing is None


@given(st.integers(1, 800), st.lists(st.integers(0, 10**7), max_size=40), st.floats(0, 1e7))
def test_everything_lies_inside_the_drawing(days: int, gains: list[int], expected: float) -> None:
    values = tuple(sum(gains[: number + 1]) for number in range(min(len(gains), days)))
    span = ChartSpan(FIRST, FIRST + timedelta(days=days - 1), len(values) - 0.5 if values else None)
    drawn = line_chart(span, [ChartLine("me", "You", values, expected)], 1000.0)
    for x, y in places(drawn.lines[0].points + " " + drawn.lines[0].expected):
        assert LEFT <= x <= RIGHT
        assert TOP <= y <= GROUND
    assert len(drawn.dates) <= 7
    assert len(drawn.rows) <= MAX_ROWS
    if values:
        assert drawn.rows[-1].values == (values[-1],)


@given(st.floats(0.001, 1e10), st.sampled_from([1.0, 1000.0, 1609.344, 3600.0]))
def test_an_axis_has_at_most_four_round_values(top: float, unit: float) -> None:
    steps = round_steps(top, unit)
    assert len(steps) <= 4
    assert all(value <= round(top) for value in steps)


def test_ticks_are_round_in_the_unit_of_the_viewer() -> None:
    assert round_steps(95_000, 1000.0) == [50_000]
    assert round_steps(80_000, 1000.0) == [20_000, 40_000, 60_000, 80_000]
    assert round_steps(500, 1000.0) == []


def test_every_line_has_a_name_a_mark_of_its_own_and_a_column_in_the_table(app: Flask) -> None:
    template = '{% import "macros/charts.html" as charts %}{{ charts.lines(chart, "Your month", "distance", "km") }}'
    with app.test_request_context():
        html = render_template_string(template, chart=chart(Crossing(24.0, 30_000, date(2026, 11, 24))))
    assert "You 12.0 km" in shown(html, ".legend")
    assert {"line-chart__point--me", "line-chart__point--ahead"} <= {
        name
        for mark in elements(html, ".line-chart .line-chart__point")
        for name in (mark.attributes["class"] or "").split()
    }
    assert shown(html, "thead") == "Day You Ben O."
    assert shown(html, "tbody tr:last-child") == "Thu 12 Nov 12.0 km 15.0 km"
    assert "Tue 24 Nov" in shown(html, "svg.line-chart")
    assert "style=" not in html
