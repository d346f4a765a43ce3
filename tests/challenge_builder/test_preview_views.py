"""What a preview says of people and teams, of single runs, and of a challenge so far."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.browser import words
from tests.support.cast import Cast
from tests.support.challenge_forms import form, new, post, sent
from tests.support.challenge_pages import entry_of, path_of, running
from tests.support.html import elements, text_of
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Team, TeamStint
from webapp.models.groups import Consent
from webapp.models.scoring import LedgerDay
from webapp.models.words import ConsentLevel
from webapp.rulebook.ruleset import Eligibility, RuleSet

LAST_MONTH = 20
CAPPED = RuleSet(shape="daily_cap", params={"cap": 12_000})
LONG_ONES = RuleSet(counts=Eligibility(min_distance_m=12_000))


def ran(cast: Cast, days_ago: int, **runs: list[int]) -> None:
    """Give each of these a run a day, from `days_ago` on."""
    today = clock().today(cast.group.tz)
    for who, metres in runs.items():
        for number, far in enumerate(metres):
            day = {"sport_class": "run", "local_date": today - timedelta(days=days_ago - number)}
            sums = {"distance_m": far, "longest_m": far, "moving_s": far * 4 // 10, "climb_m": 90, "runs": 1}
            db.session.add(LedgerDay(runner_id=cast.runners[who].id, **day, **sums))
    db.session.commit()


def changes(page: Any) -> list[str]:
    return [text_of(said) for said in elements(page.text, "#preview-changes li")]


def looked(cast: Cast, rules: RuleSet, preset: str = "distance", **typed: str) -> Any:
    return post(cast, new(cast, preset), form(rules, preview="1", **typed))


def put_into_owls(cast: Cast, who: str) -> None:
    stint = db.session.scalars(select(TeamStint).where(TeamStint.entry_id == entry_of(cast, who).id)).one()
    stint.team_id = db.session.scalars(select(Team.id).where(Team.name == "Owls")).one()
    db.session.commit()


@pytest.mark.both_databases
def test_a_preview_speaks_of_people_and_teams(cast: Cast) -> None:
    running(cast, "Otters", "Owls")
    put_into_owls(cast, "member")
    ran(cast, LAST_MONTH, organiser=[30_000], member=[11_000, 13_000])
    teams = {"teams_mode": "named", "team_names": "A\nB"}
    assert changes(looked(cast, CAPPED, **teams)) == [
        "Owls would win by 11.0 km.",
        "Mia Meyer would win by 11.0 km.",
        "Mia Meyer would rise from 2nd to 1st.",
        "You would fall from 1st to 2nd.",
    ]
    assert "Owls" not in " ".join(changes(looked(cast, CAPPED)))  # a challenge without teams


@pytest.mark.parametrize("level", [ConsentLevel.POINTS, ConsentLevel.HIDDEN])
def test_who_shows_no_totals_is_in_no_sentence_and_their_team_in_none(cast: Cast, level: ConsentLevel) -> None:
    running(cast, "Otters", "Owls")
    put_into_owls(cast, "member")
    ran(cast, LAST_MONTH, organiser=[30_000], member=[11_000, 13_000])
    consent = db.session.scalars(select(Consent).where(Consent.runner_id == cast.runners["member"].id)).one()
    consent.level = level
    db.session.commit()
    for rules in (CAPPED, RuleSet("points", "steps"), RuleSet(shape="group_goal")):
        page = looked(cast, rules, teams_mode="named", team_names="A\nB")
        (seen,) = elements(page.text, "#preview")
        said = text_of(seen)
        assert not [hidden for hidden in ("Mia", "Owls", "Otters", "23.0", "24.0", "54.0") if hidden in said], said


def test_rules_about_single_runs_say_nothing_of_others(cast: Cast) -> None:
    ran(cast, LAST_MONTH, organiser=[30_000], member=[11_000])
    page = looked(cast, LONG_ONES)
    assert changes(page) == [] and "You see only your own total" in words(page)


def test_a_goal_gives_no_places(cast: Cast) -> None:
    ran(cast, LAST_MONTH, organiser=[30_000], member=[11_000])
    page = looked(cast, RuleSet(shape="group_goal", params={"goal": 60_000}), "group_goal")
    assert changes(page) == ["The runners in this table would have 41.0 km of 60 km together."]
    (table, *_) = elements(page.text, "#preview table")
    assert "Place" not in text_of(table)


def test_a_change_of_running_rules_is_tried_on_the_days_so_far(cast: Cast) -> None:
    challenge = running(cast)
    ran(cast, LAST_MONTH, organiser=[90_000])
    ran(cast, 2, organiser=[30_000], member=[11_000, 13_000])
    edit = path_of(cast, challenge, "rules/edit")
    assert "Try on the days so far" in words(cast.browsers["organiser"].get(edit))
    page = post(cast, edit, sent(CAPPED, reason="So", preview="1"))
    assert changes(page)[1:] == ["Mia Meyer would rise from 2nd to 1st.", "You would fall from 1st to 2nd."]
    first = clock().today(cast.group.tz) - timedelta(days=5)
    assert f"{first:%a} {first.day} {first:%b} to" in words(page) and "90.0 km" not in words(page)


def test_a_challenge_to_come_is_tried_on_the_last_month(cast: Cast) -> None:
    today = clock().today(cast.group.tz)
    challenge = running(cast, starts_on=today + timedelta(days=3), ends_on=today + timedelta(days=9))
    ran(cast, LAST_MONTH, organiser=[90_000])
    edit = path_of(cast, challenge, "rules/edit")
    assert "Try on last month" in words(cast.browsers["organiser"].get(edit))
    assert "90.0 km" in words(post(cast, edit, sent(CAPPED, reason="So", preview="1")))


@pytest.mark.parametrize("rules", [LONG_ONES, RuleSet("climb"), RuleSet("moving_time"), RuleSet("runs")])
def test_before_a_whole_week_is_over_a_preview_is_about_oneself_alone(cast: Cast, rules: RuleSet) -> None:
    challenge = running(cast)
    ran(cast, 5, organiser=[20_000] * 5, member=[15_000] * 5)
    page = post(cast, path_of(cast, challenge, "rules/edit"), sent(rules, reason="So", preview="1"))
    (card, *_) = elements(page.text, "#preview section.card")
    assert changes(page) == [] and "Mia Meyer" not in text_of(card)
    assert "No whole week of these days is over yet" in text_of(card)


def test_days_so_far_of_single_runs_are_whole_weeks(cast: Cast) -> None:
    today = clock().today(cast.group.tz)
    challenge = running(cast, starts_on=today - timedelta(days=20))
    ran(cast, 20, organiser=[20_000] * 20, member=[15_000] * 20)
    page = post(cast, path_of(cast, challenge, "rules/edit"), sent(LONG_ONES, reason="So", preview="1"))
    (card, *_) = elements(page.text, "#preview section.card")
    assert "Mon 26 Oct to Sun 8 Nov 2026, under these rules" in words(page) and "Mia Meyer" not in text_of(card)
