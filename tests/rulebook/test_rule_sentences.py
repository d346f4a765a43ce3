"""The rules of a challenge in sentences: what counts, and how teams are scored."""

import re

import pytest

from webapp.rulebook.rule_sentences import counted, shaped, team_scored
from webapp.rulebook.ruleset import TEAM_SCORES, Eligibility, RuleSet

COUNTS = Eligibility(
    sports=frozenset({"Run", "TrailRun"}),
    private=True,
    manual=True,
    treadmill=False,
    min_distance_m=1500,
    min_time_s=600,
    quickest=150,
    slowest=540,
    stops_unusual=True,
    stops_changed=True,
)


def test_what_counts_is_said_with_every_bound() -> None:
    assert counted(RuleSet(counts=COUNTS), "km") == [
        "These activities count: run and trail run. A run counts on the local date where you ran.",
        "A run must have at least 1.5 km and 10 min.",
        "Its mean pace must be no faster than 2:30 min/km and no slower than 9:00 min/km.",
        "Treadmill and virtual runs do not count.",
        "Runs entered by hand count too.",
        "Runs that somebody flagged on Strava do not count.",
        "“Only You” runs count for runners who allow it.",
        "Of two runs at the same time, the longer one counts. A run faster than the world record does not count.",
        "A run over 25 km that is over three times your longest of the weeks before waits for an organiser’s review.",
        "A run that has grown by over a tenth and over 0.5 km since it came in waits for an organiser’s review.",
    ]
    assert "no slower than 14:29 min/mi" in " ".join(counted(RuleSet(counts=COUNTS), "mi"))


def test_a_bound_that_is_not_set_is_not_spoken_of() -> None:
    said = " ".join(counted(RuleSet(counts=Eligibility(sports=frozenset({"Run"}))), "km"))
    assert "A run must have" not in said and "pace" not in said and "review" not in said


def test_a_cap_is_said_in_the_readers_units() -> None:
    rules = RuleSet(shape="daily_cap", params={"cap": 16_093})
    assert "16.093 km" in " ".join(shaped(rules, "km")) and "10 mi" in " ".join(shaped(rules, "mi"))


@pytest.mark.parametrize("team_score", TEAM_SCORES)
def test_each_way_to_score_teams_is_one_sentence(team_score: str) -> None:
    said = team_scored(RuleSet(team_score=team_score))  # type: ignore[arg-type]  # a table
    assert re.fullmatch(r"A team’s score is the .*\.|A team’s score is that .*\.", said) and len(said) < 120


def test_the_number_of_the_best_is_a_word_as_far_as_there_is_one() -> None:
    said = {best: team_scored(RuleSet(team_score="best", best=best)) for best in (1, 3, 12)}
    assert "its best member" in said[1] and "best three members" in said[3] and "best 12 members" in said[12]


def test_a_target_that_is_met_is_ones_own_unless_totals_are_shares() -> None:
    assert "100 %" in team_scored(RuleSet(shape="target_share", team_score="met"))
    assert "their own target" in team_scored(RuleSet(team_score="met"))
