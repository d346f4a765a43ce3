"""Pages on which organisers start, change and delete challenges, as each kind of visitor finds them."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.browser import words
from tests.support.builders import invite_of, make_challenge, make_group
from tests.support.cast import Cast, make_cast, run_jobs
from tests.support.challenge_forms import sent
from tests.support.challenge_pages import closed, entry_of, path_of, running
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge, Entry, Team, TeamStint
from webapp.models.scoring import LedgerDay, Standing
from webapp.rulebook.lifecycle import month_name, month_window
from webapp.rulebook.ruleset import Eligibility, RuleSet

OUT, NONE, OK = 302, 404, 200


@pytest.fixture
def cast(app: Flask) -> Cast:
    return make_cast(app)


def test_each_page_opens_to_organisers_alone(cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    assert cast.statuses(f"{cast.home}/challenges/new") == [OK, NONE, NONE, OUT]
    for page in ("edit", "delete", "fix-teams"):
        assert cast.statuses(path_of(cast, challenge, page)) == [OK, NONE, NONE, OUT]


def test_what_an_organiser_does_is_not_there_for_others(cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    for page in ("edit", "delete", "fix-teams", "team-names", "team-more"):
        for who, status in (("member", NONE), ("stranger", NONE), ("visitor", OUT)):
            assert cast.browsers[who].post(path_of(cast, challenge, page)).status_code == status
    assert cast.browsers["member"].post(f"{cast.home}/challenges/new", {"month": "2026-11"}).status_code == NONE
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 1


def test_a_challenge_of_another_group_is_not_reached_through_ones_own(cast: Cast) -> None:
    other = make_challenge(make_group())
    for page in ("edit", "delete", "fix-teams"):
        assert cast.browsers["organiser"].get(path_of(cast, other, page)).status_code == NONE
    assert cast.browsers["organiser"].post(path_of(cast, other, "delete")).status_code == NONE


def test_starting_a_month_enters_everybody_and_puts_the_board_up(app: Flask, cast: Cast) -> None:
    browser = cast.browsers["organiser"]
    today = clock().today(cast.group.tz)
    assert f'value="{today:%Y-%m}"' in browser.get(f"{cast.home}/challenges/new").text
    answer = browser.post(f"{cast.home}/challenges/new", {"month": f"{today:%Y-%m}", "teams_mode": "none"})
    assert answer.headers["Location"] == cast.home
    challenge = db.session.scalars(select(Challenge)).one()
    assert challenge.name == month_name(today.year, today.month)
    assert (challenge.starts_on, challenge.ends_on) == month_window(today.year, today.month)
    assert challenge.grace_hours == 24 and challenge.rules == RuleSet()
    run_jobs(app)
    page = words(cast.browsers["member"].get(cast.home))
    assert challenge.name in page and "Olga Orlova" in page and "being put together" not in page
    assert db.session.scalar(select(func.count()).select_from(Standing)) == 2


def test_a_past_and_a_coming_month_are_as_good(app: Flask, cast: Cast) -> None:
    browser = cast.browsers["organiser"]
    for month in ("2026-01", "2031-02"):
        form = {"month": month, "name": f"Mine {month}", "allow_private": "y", "allow_manual": "y", "grace_hours": "48"}
        assert browser.post(f"{cast.home}/challenges/new", form).status_code == OUT
    past, coming = db.session.scalars(select(Challenge).order_by(Challenge.starts_on)).all()
    assert (past.name, past.grace_hours) == ("Mine 2026-01", 48)
    assert past.rules.counts == Eligibility(private=True, manual=True)
    assert f"{coming.ends_on}" == "2031-02-28"
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 4
    run_jobs(app)
    page = words(browser.get(cast.home))
    assert "Being closed" in page and "Starts soon" in page


def test_named_teams_stand_one_a_line_and_everybody_has_one(cast: Cast) -> None:
    form = {"month": "2031-02", "teams_mode": "named", "team_names": " Red \r\n\r\nBlue\r\n"}
    answer = cast.browsers["organiser"].post(f"{cast.home}/challenges/new", form)
    challenge = db.session.scalars(select(Challenge)).one()
    assert answer.headers["Location"] == path_of(cast, challenge, "fix-teams")
    assert [team.name for team in challenge.teams] == ["Red", "Blue"]
    assert len(set(db.session.scalars(select(TeamStint.team_id)))) == 2


@pytest.mark.parametrize("ticked", [{}, {"late_counts_whole": "y"}])
@pytest.mark.parametrize("template", ["", "/distance"])
def test_what_a_late_joiner_brings_to_a_team_is_chosen_at_the_start(
    cast: Cast, template: str, ticked: dict[str, str]
) -> None:
    form = {"frame": "month", "month": "2031-02", "teams_mode": "named", "team_names": "Red\nBlue", **ticked}
    rules = dict(sent(RuleSet())) if template else {}
    cast.browsers["organiser"].post(f"{cast.home}/challenges/new{template}", rules | form | {"grace_hours": "24"})
    challenge = db.session.scalars(select(Challenge)).one()
    assert challenge.late_counts_whole is bool(ticked)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"team_count": "3"}, ["Team 1", "Team 2", "Team 3"]),
        ({"team_names": "Foxes\nOwls"}, ["Foxes", "Owls"]),
        ({"team_names": "Foxes", "team_count": "2"}, ["Foxes", "Team 1"]),
    ],
)
def test_drawn_teams_are_counted_or_named(cast: Cast, fields: dict[str, str], names: list[str]) -> None:
    day = clock().today(cast.group.tz) - timedelta(days=3)
    for who, metres in (("organiser", 50_000), ("member", 30_000)):
        sums = {"distance_m": metres, "moving_s": 1, "climb_m": 0, "runs": 1, "longest_m": metres}
        db.session.add(LedgerDay(runner_id=cast.runners[who].id, sport_class="run", local_date=day, **sums))
    db.session.commit()
    form = {"month": "2031-02", "teams_mode": "drawn", **fields}
    assert cast.browsers["organiser"].post(f"{cast.home}/challenges/new", form).status_code == OUT
    challenge = db.session.scalars(select(Challenge)).one()
    assert [team.name for team in challenge.teams] == names
    assert len(set(db.session.scalars(select(TeamStint.team_id)))) == 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"month": ""}, "Please choose a month."),
        ({"month": "2026-13"}, "Please enter a month such as 2026-11"),
        ({"month": "a\x00"}, "cannot be shown"),
        ({"name": "x" * 81}, "80"),
        ({"name": "a\u202e"}, "cannot be shown"),
        ({"teams_mode": "lots"}, "Not a valid choice"),
        ({"teams_mode": "named"}, "At least two teams"),
        ({"teams_mode": "named", "team_names": "Red\nred"}, "appears twice"),
        ({"teams_mode": "named", "team_names": "Red\n" + "x" * 61}, "60 characters at most"),
        ({"teams_mode": "named", "team_names": "Red\na\x00b"}, "cannot be shown"),
        ({"teams_mode": "drawn"}, "How many teams?"),
        ({"teams_mode": "drawn", "team_count": "1"}, "Between 2 and 50"),
        ({"teams_mode": "drawn", "team_count": "two"}, "Not a valid integer"),
        ({"teams_mode": "drawn", "team_count": "2", "team_names": "a1\nb1\nc1"}, "more names than teams"),
        ({"grace_hours": "-1"}, "Between 0 and 168"),
        ({"grace_hours": "99999999999999999999"}, "Between 0 and 168"),
        ({"grace_hours": ""}, "Not a valid integer"),
    ],
)
def test_a_form_says_what_is_wrong_and_keeps_the_rest(cast: Cast, fields: dict[str, str], said: str) -> None:
    form = {"month": "2026-11", "name": "Movember", "teams_mode": "none", "grace_hours": "24", **fields}
    answer = cast.browsers["organiser"].post(f"{cast.home}/challenges/new", form)
    assert answer.status_code == OK
    assert said in words(answer) and "Almost there" in words(answer)
    assert ("Movember" if "name" not in fields else "2026-11") in answer.text
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 0


def test_name_and_grace_can_be_changed_until_it_is_closed(cast: Cast) -> None:
    challenge, browser = running(cast), cast.browsers["organiser"]
    browser.post(path_of(cast, challenge, "edit"), {"name": "Movember", "grace_hours": "48"})
    db.session.refresh(challenge)
    assert (challenge.name, challenge.grace_hours, challenge.version) == ("Movember", 48, 1)
    wrong = browser.post(path_of(cast, challenge, "edit"), {"name": "", "grace_hours": "48"})
    assert wrong.status_code == OK and "A challenge needs a name." in words(wrong)


def test_a_closed_challenge_refuses_changes_and_may_be_deleted(cast: Cast) -> None:
    challenge, browser = closed(cast, "Red", "Blue"), cast.browsers["organiser"]
    entry = entry_of(cast, "member")
    assert "This challenge is finished" in words(browser.get(path_of(cast, challenge, "edit")))
    assert "Its teams stay as they are." in words(browser.get(path_of(cast, challenge, "fix-teams")))
    for page, form in (
        ("edit", {"name": "Other", "grace_hours": "168"}),
        ("fix-teams", {f"team-{entry.id}": ""}),
        ("team-names", {f"name-{challenge.teams[0].id}": "Green"}),
        ("team-more", {"new_team": "Green"}),
    ):
        answer = browser.post(path_of(cast, challenge, page), form)
        assert answer.status_code == 409 and "finished" in words(answer)
    db.session.expire_all()
    assert [team.name for team in challenge.teams] == ["Red", "Blue"] and len(entry.stints) == 1
    assert browser.post(path_of(cast, challenge, "delete")).headers["Location"] == cast.home
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 0


def test_someone_who_joins_is_not_entered_in_a_closed_challenge(app: Flask, cast: Cast) -> None:
    past, now = closed(cast), running(cast)
    cast.browsers["stranger"].post(f"/join/{invite_of(cast.group)}", {"name_style": "full"})
    mine = select(Entry.challenge_id).where(Entry.runner_id == cast.runners["stranger"].id)
    assert set(db.session.scalars(mine)) == {now.id}
    assert past.id != now.id


def test_deleting_asks_first_and_takes_all_of_it(app: Flask, cast: Cast) -> None:
    challenge = running(cast, "Red", "Blue")
    browser, path = cast.browsers["organiser"], path_of(cast, challenge, "delete")
    page = words(browser.get(path))
    assert "Delete November?" in page and "all 2 runners" in page
    assert db.session.scalar(select(func.count()).select_from(Challenge)) == 1
    browser.post(path)
    for model in (Challenge, Team, Entry, TeamStint):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0
    assert browser.get(path_of(cast, challenge, "edit")).status_code == NONE
    run_jobs(app)
