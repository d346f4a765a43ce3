"""The runners who decide about a run, and what its runner can do meanwhile."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests.support.builders import NOON
from tests.support.runs import make_run
from webapp.models.words import Role
from webapp.reviews.rules import (
    IMPLAUSIBLE,
    STOPPED_BY,
    Asked,
    Staff,
    deciders,
    is_over,
    next_step,
    problem_of_adjusted,
    problem_of_climb,
    seconds_from,
    stopped_by,
)
from webapp.rulebook.judging import REVIEWABLE, Verdict
from webapp.rulebook.lifecycle import closes_at

ANA, BEN, CAI, DEE, EVE = range(1, 6)
ORGANISERS = [Staff(ANA, Role.ORGANISER), Staff(BEN, Role.ORGANISER)]
ONE_OF_EACH = [Staff(ANA, Role.ORGANISER), Staff(CAI, Role.CAPTAIN), Staff(DEE, Role.COACH)]


@pytest.mark.parametrize(
    ("staff", "concerned", "expected"),
    [
        (ORGANISERS, EVE, {ANA, BEN}),
        (ORGANISERS, ANA, {BEN}),
        ([*ORGANISERS, Staff(CAI, Role.CAPTAIN)], ANA, {BEN}),
        (ONE_OF_EACH, EVE, {ANA}),
        (ONE_OF_EACH, CAI, {ANA}),
        (ONE_OF_EACH, ANA, {CAI}),
        ([Staff(ANA, Role.ORGANISER), Staff(CAI, Role.CAPTAIN), Staff(EVE, Role.CAPTAIN)], ANA, {CAI, EVE}),
        ([Staff(ANA, Role.ORGANISER), Staff(DEE, Role.COACH)], ANA, {DEE}),
        ([Staff(ANA, Role.ORGANISER), Staff(EVE, Role.MEMBER)], ANA, set()),
        ([Staff(ANA, Role.ORGANISER)], ANA, set()),
        ([], EVE, set()),
    ],
)
def test_who_may_decide_about_a_run(staff: list[Staff], concerned: int, expected: set[int]) -> None:
    assert deciders(staff, concerned) == expected


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.CAPTAIN, Role.COACH])
def test_nobody_ever_decides_about_their_own_run(role: Role) -> None:
    everybody = [Staff(runner_id, role) for runner_id in range(1, 6)]
    assert all(runner_id not in deciders(everybody, runner_id) for runner_id in range(1, 6))


SAME = Asked(10_000, 3000, is_decided=False, is_answered=False)
DECIDED = replace(SAME, is_decided=True)
ANSWERED = replace(SAME, is_answered=True)
SECOND = replace(SAME, is_decided=True, is_answered=True)
LONGER = replace(SAME, distance_m=9000, is_decided=True)


@pytest.mark.parametrize(
    ("verdict", "asked", "over", "expected"),
    [
        (Verdict.IMPOSSIBLE_PACE, None, False, "ask"),
        (Verdict.IMPOSSIBLE_PACE, None, True, "none"),
        (Verdict.PRIVATE, None, False, "none"),
        (Verdict.COUNTS, None, False, "none"),
        (Verdict.IMPOSSIBLE_PACE, SAME, False, "wait"),
        (Verdict.LEFT_OUT, DECIDED, False, "answer"),
        (Verdict.COUNTS, DECIDED, False, "answer"),
        (Verdict.LEFT_OUT, DECIDED, True, "read"),
        (Verdict.LEFT_OUT, ANSWERED, False, "wait"),
        (Verdict.LEFT_OUT, SECOND, False, "read"),
        (Verdict.CHANGED, LONGER, False, "ask"),
        (Verdict.CHANGED, LONGER, True, "none"),
    ],
)
def test_what_a_runner_can_do_about_a_run(verdict: Verdict, asked: Asked | None, over: bool, expected: str) -> None:
    run = make_run(distance_m=10_000, moving_s=3000)
    assert next_step(run, asked, is_disputable=verdict in REVIEWABLE, over=over) == expected


def test_a_run_whose_climb_was_reviewed_is_another_one_once_its_climb_changes() -> None:
    run, seen = make_run(climb_m=9_000), replace(DECIDED, climb_m=9_000)
    assert next_step(run, seen, is_disputable=False, over=False) == "answer"
    assert next_step(run._replace(climb_m=9_500), seen, is_disputable=True, over=False) == "ask"
    assert next_step(run._replace(climb_m=9_500), DECIDED, is_disputable=True, over=False) == "answer"


def test_every_rule_that_can_be_asked_about_has_its_words_for_the_organiser() -> None:
    assert set(STOPPED_BY) == REVIEWABLE | {Verdict.COUNTS}
    assert set(IMPLAUSIBLE) <= REVIEWABLE


@pytest.mark.parametrize(
    ("verdict", "figures", "words"),
    [
        (Verdict.COUNTS, (10_000, 3_000, None), "nothing; it looks like another run of theirs in another time zone"),
        (Verdict.COUNTS, (400_000, 3_000, None), "the distance cannot be right, so it does not count"),
        (Verdict.COUNTS, (10_000, 90_000, None), "the time is longer than a day, so 24 h count"),
        (
            Verdict.COUNTS,
            (10_000, 90_000, 9_000),
            "the time is longer than a day, so 24 h count and the climb cannot be right, so it does not count",
        ),
        (Verdict.UNUSUAL, (10_000, 90_000, None), "far longer than their runs before"),
    ],
)
def test_an_organiser_reads_what_in_particular_they_are_asked_about(
    verdict: Verdict, figures: tuple[int, int, int | None], words: str
) -> None:
    assert stopped_by(verdict, *figures) == words


def test_asking_ends_with_the_grace_time_to_the_second_and_with_freezing() -> None:
    closing: datetime = closes_at(date(2026, 11, 30), 24)
    assert not is_over(False, closing, closing - timedelta(seconds=1))
    assert is_over(False, closing, closing)
    assert is_over(True, closing, NOON)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1:02:03", 3723), ("62:03", 3723), ("62", 3720), ("0:59", 59), ("90:00", 5400), ("1:60:00", None),
        ("1:75", None), ("", None), ("1:", None), ("-5", None), ("1:2:3:4", None), ("٣", None), ("1e3", None),
        ("99999", None), (" 5:00 ", 300),
    ],
)  # fmt: skip
def test_a_time_is_read_as_it_is_written(text: str, seconds: int | None) -> None:
    assert seconds_from(text) == seconds


@pytest.mark.parametrize(
    ("metres", "seconds", "is_wrong"),
    [
        (5000, 1500, False), (10_000, 2999, False), (10_000, 3000, True), (0, 1500, True), (None, 1500, True),
        (500_001, 170_000, True), (5000, 0, True), (5000, None, True), (5000, 172_801, True), (5000, 700, True),
    ],
)  # fmt: skip
def test_an_adjusted_run_is_one_that_can_be(metres: int | None, seconds: int | None, is_wrong: bool) -> None:
    assert (problem_of_adjusted(metres, seconds, (10_000, 3000)) is not None) == is_wrong


def test_an_adjusted_climb_may_be_nothing_and_has_a_bound() -> None:
    assert [problem_of_climb(climb) is None for climb in (0, 900, 50_000, 50_001, None)] == [True] * 3 + [False] * 2
    assert problem_of_adjusted(10_000, 3000, None) is None
