"""Does a run count, and what do those that count add up to?"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.runs import make_run, runs
from webapp.rulebook.judging import (
    ChallengeRules,
    DayValue,
    Differences,
    LedgerValue,
    RunnerContext,
    Sum,
    Verdict,
    counting,
    day_values,
    differences,
    latest_team,
    ledger,
    own_days,
    sum_of,
    team_on,
    team_sums,
    verdicts,
)
from webapp.rulebook.lifecycle import Stint
from webapp.rulebook.ruleset import Eligibility
from webapp.rulebook.runs import Run, overlap_losers

NOVEMBER = ChallengeRules(date(2026, 11, 1), date(2026, 11, 30))
TODAY = date(2026, 11, 25)
SEVEN = datetime(2026, 11, 12, 7, tzinfo=UTC)

# Each breaks one rule, in the order in which the rules are asked.
BROKEN: list[tuple[Verdict, dict[str, Any]]] = [
    (Verdict.PRIVATE, {"private": True}),
    (Verdict.OTHER_SPORT, {"sport_type": "Ride"}),
    (Verdict.OUTSIDE_WINDOW, {"local_date": date(2026, 10, 30)}),
    (Verdict.NOT_YET, {"local_date": date(2026, 11, 26)}),
    (Verdict.MANUAL, {"manual": True}),
    (Verdict.FLAGGED, {"flagged": True}),
    (Verdict.NOTHING_MEASURED, {"distance_m": 0}),
    (Verdict.IMPOSSIBLE_PACE, {"moving_s": 900}),
]


def verdict_on(
    run: Run, rules: ChallengeRules = NOVEMBER, *, count_private: bool = False, today: date = date.max
) -> Verdict:
    return verdicts([run], rules, RunnerContext(count_private), today)[run.id]


def test_a_plain_run_counts() -> None:
    assert verdict_on(make_run()) is Verdict.COUNTS


@pytest.mark.parametrize(("verdict", "values"), BROKEN)
def test_one_broken_rule_names_the_verdict(verdict: Verdict, values: dict[str, Any]) -> None:
    assert verdict_on(make_run(**values), today=TODAY) is verdict


@pytest.mark.parametrize("first", range(len(BROKEN)))
def test_of_several_broken_rules_the_first_names_the_verdict(first: int) -> None:
    verdict, values = BROKEN[first]
    later: dict[str, Any] = {}
    for _, others in BROKEN[first:]:
        later |= others
    assert verdict_on(make_run(**later | values), today=TODAY) is verdict


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({"distance_m": 0, "moving_s": 0}, Verdict.NOTHING_MEASURED),
        ({"moving_s": 0}, Verdict.NOTHING_MEASURED),
        ({"distance_m": 34_807, "moving_s": 912}, Verdict.IMPOSSIBLE_PACE),  # a ride saved as a run
        ({"distance_m": 6_300, "moving_s": 371_520}, Verdict.COUNTS),  # a watch left on for 4.3 days
        ({"sport_type": "TrailRun"}, Verdict.COUNTS),
        ({"sport_type": "VirtualRun"}, Verdict.COUNTS),
        ({"sport_type": "Walk"}, Verdict.OTHER_SPORT),
        ({"sport_type": "Quidditch"}, Verdict.OTHER_SPORT),
        ({"local_date": date(2026, 11, 1)}, Verdict.COUNTS),
        ({"local_date": date(2026, 11, 30)}, Verdict.COUNTS),
        ({"local_date": date(2026, 12, 1)}, Verdict.OUTSIDE_WINDOW),
    ],
)
def test_odd_runs_have_a_stated_verdict(values: dict[str, Any], verdict: Verdict) -> None:
    assert verdict_on(make_run(**values)) is verdict


@pytest.mark.parametrize(
    ("allowed", "wanted", "verdict"),
    [
        (True, True, Verdict.COUNTS),
        (True, False, Verdict.PRIVATE),
        (False, True, Verdict.PRIVATE),
        (False, False, Verdict.PRIVATE),
    ],
)
def test_only_you_runs_count_when_challenge_and_owner_both_say_so(
    allowed: bool, wanted: bool, verdict: Verdict
) -> None:
    rules = ChallengeRules(NOVEMBER.starts_on, NOVEMBER.ends_on, counts=Eligibility(private=allowed))
    assert verdict_on(make_run(private=True), rules, count_private=wanted) is verdict


def test_runs_entered_by_hand_count_where_the_challenge_takes_them() -> None:
    rules = ChallengeRules(NOVEMBER.starts_on, NOVEMBER.ends_on, counts=Eligibility(manual=True))
    assert verdict_on(make_run(manual=True), rules) is Verdict.COUNTS


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({"distance_m": 5_000, "moving_s": 1_800}, Verdict.COUNTS),
        ({"distance_m": 4_999, "moving_s": 1_800}, Verdict.TOO_SHORT),
        ({"distance_m": 5_000, "moving_s": 1_799}, Verdict.TOO_SHORT),
        ({"distance_m": 10_000, "moving_s": 2_400}, Verdict.COUNTS),
        ({"distance_m": 10_000, "moving_s": 2_399}, Verdict.PACE),
        ({"distance_m": 10_000, "moving_s": 4_800}, Verdict.COUNTS),
        ({"distance_m": 10_000, "moving_s": 4_801}, Verdict.PACE),
    ],
)
def test_a_run_at_a_limit_counts_and_one_beyond_it_does_not(values: dict[str, Any], verdict: Verdict) -> None:
    limits = Eligibility(min_distance_m=5_000, min_time_s=1_800, quickest=240, slowest=480)
    assert verdict_on(make_run(**values), replace(NOVEMBER, counts=limits)) is verdict


def test_two_watches_count_once() -> None:
    watch, phone = make_run(distance_m=10_000), make_run(distance_m=10_300, start_utc=SEVEN + timedelta(minutes=3))
    assert verdicts([watch, phone], NOVEMBER, RunnerContext(), date.max) == {
        watch.id: Verdict.OVERLAP,
        phone.id: Verdict.COUNTS,
    }


@pytest.mark.parametrize(("verdict", "values"), BROKEN)
def test_a_run_that_would_not_count_knocks_out_nobody(verdict: Verdict, values: dict[str, Any]) -> None:
    longer = make_run(**{"distance_m": 12_000, "moving_s": 3_600} | values)
    run = make_run(distance_m=5_000, moving_s=2_000)
    assert verdicts([longer, run], NOVEMBER, RunnerContext(), TODAY) == {longer.id: verdict, run.id: Verdict.COUNTS}


def test_the_same_run_as_run_and_ride_counts_as_the_run() -> None:
    # One recording imported twice, with its wall clock read at +00:00 and at +08:00.
    run = make_run(start_utc=SEVEN)
    ride = make_run(start_utc=SEVEN - timedelta(hours=8), sport_type="Ride")
    assert verdicts([run, ride], NOVEMBER, RunnerContext(), date.max) == {
        run.id: Verdict.COUNTS,
        ride.id: Verdict.OTHER_SPORT,
    }


@pytest.mark.parametrize("offset_hours", [14, 0, -12])
def test_the_last_day_ends_where_the_runner_is(offset_hours: int) -> None:
    local = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    late = make_run(start_utc=local - timedelta(hours=offset_hours), local_date=date(2026, 11, 30))
    after = make_run(start_utc=late.start_utc + timedelta(hours=1), local_date=date(2026, 12, 1))
    assert verdicts([late, after], NOVEMBER, RunnerContext(), date.max) == {
        late.id: Verdict.COUNTS,
        after.id: Verdict.OUTSIDE_WINDOW,
    }


def test_a_run_across_midnight_counts_whole_on_the_day_it_began() -> None:
    run = make_run(start_utc=datetime(2026, 11, 30, 23, 30, tzinfo=UTC), local_date=date(2026, 11, 30))
    assert day_values(counting([run], NOVEMBER, RunnerContext(), date.max), []) == {
        date(2026, 11, 30): DayValue(None, 10_000, 1, 10_000)
    }


def test_an_overlap_with_a_run_of_the_next_day_is_still_an_overlap() -> None:
    late = make_run(start_utc=datetime(2026, 11, 12, 23, 30, tzinfo=UTC), local_date=date(2026, 11, 12))
    early = make_run(
        start_utc=datetime(2026, 11, 13, 0, 5, tzinfo=UTC), local_date=date(2026, 11, 13), distance_m=9_000
    )
    assert verdicts([early, late], NOVEMBER, RunnerContext(), date.max)[early.id] is Verdict.OVERLAP


many_runs = st.lists(runs(), max_size=14)


@given(many_runs.flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))), st.booleans())
def test_the_order_of_arrival_does_not_matter(orders: tuple[list[Run], list[Run]], count_private: bool) -> None:
    one, other = orders
    assert verdicts(one, NOVEMBER, RunnerContext(count_private), date.max) == verdicts(
        other, NOVEMBER, RunnerContext(count_private), date.max
    )
    assert ledger(one, date.max) == ledger(other, date.max)


@given(many_runs)
def test_a_run_that_does_not_count_can_be_removed_without_a_trace(some: list[Run]) -> None:
    judged = verdicts(some, NOVEMBER, RunnerContext(), date.max)
    for run in some:
        # One of the date beside the window may stand in the way of one inside.
        if judged[run.id] not in (Verdict.COUNTS, Verdict.OUTSIDE_WINDOW):
            rest = [other for other in some if other.id != run.id]
            assert verdicts(rest, NOVEMBER, RunnerContext(), date.max) == {
                key: value for key, value in judged.items() if key != run.id
            }


@given(many_runs)
def test_what_counts_is_what_the_verdicts_say(some: list[Run]) -> None:
    counted = counting(some, NOVEMBER, RunnerContext(), date.max)
    judged = verdicts(some, NOVEMBER, RunnerContext(), date.max)
    assert {run.id for run in counted} == {key for key, value in judged.items() if value is Verdict.COUNTS}
    assert overlap_losers(counted) == {}
    assert counting(counted, NOVEMBER, RunnerContext(), date.max) == counted


@given(many_runs)
def test_the_days_add_up_to_the_runs_and_the_teams_to_the_days(some: list[Run]) -> None:
    counted = counting(some, NOVEMBER, RunnerContext(), date.max)
    stints = [Stint(1, date(2026, 11, 1), date(2026, 11, 1)), Stint(2, date(2026, 11, 2), None)]
    days = day_values(counted, stints)
    assert sum_of(days.values()) == Sum(sum(run.distance_m for run in counted), len(days))
    brought = team_sums(days.values())
    assert sum(part.total for part in brought.values()) == sum(run.distance_m for run in counted)


STINTS = [Stint(7, date(2026, 11, 1), date(2026, 11, 9)), Stint(8, date(2026, 11, 12), None)]


@pytest.mark.parametrize(("day", "team"), [(1, 7), (9, 7), (10, None), (11, None), (12, 8), (30, 8)])
def test_a_run_counts_for_the_team_of_its_date(day: int, team: int | None) -> None:
    assert team_on(STINTS, date(2026, 11, day)) == team


def test_the_latest_team_is_the_one_still_on() -> None:
    assert latest_team(STINTS) == 8
    assert latest_team(STINTS[:1]) is None
    assert latest_team([]) is None


def test_each_team_gets_the_days_of_its_stint() -> None:
    days = day_values([make_run(local_date=date(2026, 11, day)) for day in (2, 2, 10, 20, 21)], STINTS)
    assert team_sums(days.values()) == {7: Sum(20_000, 1), 8: Sum(20_000, 2)}


def test_the_ledger_keeps_running_and_other_ways_on_foot_apart() -> None:
    day = date(2026, 11, 12)
    some = [
        make_run(start_utc=SEVEN, climb_m=100),
        make_run(start_utc=SEVEN + timedelta(hours=5), distance_m=5_000, moving_s=1_500),
        make_run(start_utc=SEVEN, sport_type="Hike", distance_m=20_000, moving_s=18_000, climb_m=900),
        make_run(start_utc=SEVEN, sport_type="Ride", distance_m=50_000, moving_s=7_000),
    ]
    assert ledger(some, date.max) == {
        ("run", day): LedgerValue(15_000, 4_500, 140, 2, 10_000),
        ("foot", day): LedgerValue(20_000, 18_000, 900, 1, 20_000),
    }


@pytest.mark.parametrize(("verdict", "values"), BROKEN)
def test_the_ledger_leaves_out_what_no_challenge_counts(verdict: Verdict, values: dict[str, Any]) -> None:
    known = bool(ledger([make_run(**values)], TODAY))
    assert known is (verdict is Verdict.OUTSIDE_WINDOW)


def test_the_ledger_takes_no_only_you_runs_and_only_their_owner_counts_them() -> None:
    hidden, shown = make_run(private=True), make_run()
    assert not ledger([hidden], date.max)
    assert own_days([hidden], date.max).keys() == {hidden.local_date}
    # It knocks out nothing either, where both are of one time.
    assert ledger([hidden._replace(distance_m=12_000), shown], date.max) == ledger([shown], date.max)


def test_differences_say_what_to_write() -> None:
    found = differences({("a",): (1,), ("b",): (2,), ("c",): (3,)}, {("b",): (2,), ("c",): (4,), ("d",): (5,)})
    assert found == Differences(new={("a",): (1,)}, changed={("c",): (3,)}, gone={("d",): (5,)})


def test_two_watches_over_midnight_bring_one_run_to_one_month() -> None:
    """The date of the one that stands decides, in whichever month either of them is looked at."""
    december = ChallengeRules(date(2026, 12, 1), date(2026, 12, 31))
    late = datetime(2026, 11, 30, 23, 50, tzinfo=UTC)
    before = make_run(local_date=date(2026, 11, 30), start_utc=late, distance_m=9_950)
    after = make_run(local_date=date(2026, 12, 1), start_utc=late + timedelta(minutes=12), distance_m=10_000)
    assert counting([before, after], NOVEMBER, RunnerContext(), date.max) == []
    assert counting([before, after], december, RunnerContext(), date.max) == [after]
    assert verdicts([before, after], NOVEMBER, RunnerContext(), date.max) == {
        before.id: Verdict.OVERLAP,
        after.id: Verdict.OUTSIDE_WINDOW,
    }
    longer = before._replace(distance_m=10_050)
    assert counting([longer, after], NOVEMBER, RunnerContext(), date.max) == [longer]
    assert counting([longer, after], december, RunnerContext(), date.max) == []


def test_a_run_beside_the_window_that_would_not_count_knocks_out_nobody() -> None:
    late = datetime(2026, 11, 30, 23, 50, tzinfo=UTC)
    before = make_run(local_date=date(2026, 11, 30), start_utc=late)
    after = make_run(local_date=date(2026, 12, 1), start_utc=late, distance_m=12_000, manual=True)
    assert counting([before, after], NOVEMBER, RunnerContext(), date.max) == [before]
