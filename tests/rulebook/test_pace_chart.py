"""The bars of pace groups: in place, in order, and on the drawing."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support.pace_bands import bands, paces
from webapp.rulebook.pace_chart import pace_chart
from webapp.rulebook.pace_fit import PaceRange


def test_slow_is_left_and_the_own_pace_lies_in_its_band() -> None:
    chart = pace_chart([PaceRange(1, "Fast", 330, 300), PaceRange(2, "Easy", 450, 400)], 420, "km")
    assert chart and chart.own
    fast, easy = chart.bars
    assert fast.x > easy.x + easy.width and easy.x < chart.own < easy.x + easy.width
    assert [tick.seconds for tick in chart.ticks] == [420, 360, 300]


def test_an_open_end_reaches_the_edge() -> None:
    chart = pace_chart([PaceRange(1, "Fast", 330, None), PaceRange(2, "Easy", None, 400)], None, "km")
    assert chart and chart.own is None
    fast, easy = chart.bars
    assert fast.is_open_fast and fast.x + fast.width == 100 and easy.is_open_slow and easy.x == 0


def test_without_paces_there_is_nothing_to_draw() -> None:
    assert pace_chart([PaceRange(1, "All", None, None)], 400, "km") is None


@given(bands(), st.none() | paces, st.sampled_from(["km", "mi"]))
def test_everything_is_on_the_drawing(groups: list[PaceRange], easy: int | None, units: str) -> None:
    chart = pace_chart(groups, easy, units)
    if chart is None:
        assert not any(band.has_paces for band in groups)
        return
    assert [bar.band for bar in chart.bars] == [band for band in groups if band.has_paces]
    assert all(bar.x >= 0 and bar.width >= 0 and bar.x + bar.width <= 100.02 for bar in chart.bars)
    assert all(0 <= tick.x <= 100 for tick in chart.ticks) and len(chart.ticks) <= 6
    assert chart.own is None or 0 <= chart.own <= 100
