"""A verdict in words for the owner of the run."""

from datetime import date
from typing import Any

import pytest

from webapp.rulebook.judging import ChallengeRules, Verdict
from webapp.rulebook.ruleset import Eligibility
from webapp.rulebook.verdict_messages import words_for

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
NOVEMBER = ChallengeRules(FIRST, LAST)


def remedy(verdict: Verdict, units: str = "km", **counts: Any) -> str | None:
    return words_for(verdict, ChallengeRules(FIRST, LAST, Eligibility(**counts)), units).remedy


@pytest.mark.parametrize("verdict", list(Verdict))
def test_every_verdict_has_words(verdict: Verdict) -> None:
    words = words_for(verdict, NOVEMBER)
    assert words.reason
    assert words.explanation.endswith(".")


def test_an_only_you_run_is_told_about_the_switch_only_where_it_would_help() -> None:
    assert "your account" in str(remedy(Verdict.PRIVATE, private=True))
    assert "your account" not in str(remedy(Verdict.PRIVATE))


def test_what_would_make_a_run_count_has_the_numbers_of_the_challenge() -> None:
    assert remedy(Verdict.OUTSIDE_WINDOW) == (
        "Runs from 1 November to 30 November count, by the local date where you ran."
    )
    assert remedy(Verdict.TOO_SHORT, min_distance_m=1500, min_time_s=90) == (
        "A run of at least 1.5 km and 1:30 minutes counts."
    )
    assert remedy(Verdict.TOO_SHORT, min_time_s=60) == "A run of at least 1 minute counts."
    assert remedy(Verdict.PACE, quickest=180, slowest=480) == (
        "A run with a mean pace no faster than 3:00 /km and no slower than 8:00 /km counts."
    )


def test_numbers_are_in_the_owners_units() -> None:
    assert remedy(Verdict.TOO_SHORT, "mi", min_distance_m=1500) == "A run of at least 1.0 mi counts."
    assert remedy(Verdict.PACE, "mi", slowest=480) == "A run with a mean pace no slower than 12:52 /mi counts."


def test_the_kinds_of_run_that_count_are_named() -> None:
    rules = ChallengeRules(FIRST, LAST, Eligibility(sports=frozenset({"TrailRun", "Run"})))
    assert words_for(Verdict.OTHER_SPORT, rules).explanation == "These count here: Run and Trail run."


def test_an_unusual_run_is_told_the_longest_of_the_weeks_before_where_it_is_known() -> None:
    known = words_for(Verdict.UNUSUAL, NOVEMBER, usual_longest_m=12_000).explanation
    assert "was 12.0 km; this one is over three times that" in known
    assert "three times your longest run" in words_for(Verdict.UNUSUAL, NOVEMBER).explanation
