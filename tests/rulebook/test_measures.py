"""What is counted of a day, for each measure."""

from tests.support.runs import make_run
from webapp.rulebook.measures import ADDABLE, MEASURES, SINGLE
from webapp.rulebook.plausibility import MAX_DAY_M, MAX_DAY_RUNS, MAX_DAY_S

DAY = [
    make_run(distance_m=5_000, moving_s=1_800, climb_m=100),
    make_run(distance_m=8_000, moving_s=3_000, climb_m=20),
]


def test_each_measure_counts_its_own_of_a_day() -> None:
    assert {name: measure.of_day(DAY) for name, measure in MEASURES.items()} == {
        "distance": 13_000,
        "moving_time": 4_800,
        "climb": 120,
        "runs": 2,
        "active_days": 1,
        "longest_run": 8_000,
        "points": 13_000,
    }


def test_no_day_has_more_than_is_possible() -> None:
    many = [make_run(distance_m=300_000, moving_s=86_400)] * 30
    assert MEASURES["distance"].of_day(many) == MAX_DAY_M
    assert MEASURES["moving_time"].of_day(many) == MAX_DAY_S
    assert MEASURES["runs"].of_day(many) == MAX_DAY_RUNS


def test_a_measure_is_added_up_or_its_greatest_day_counts() -> None:
    assert {"longest_run"} == SINGLE
    assert ADDABLE | SINGLE | {"points"} == MEASURES.keys()


def test_what_would_give_a_day_away_has_a_step_for_its_mean() -> None:
    assert {name for name, measure in MEASURES.items() if measure.mean_step} == {"moving_time", "climb", "longest_run"}
