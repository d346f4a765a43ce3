"""The group's log has what an organiser does: every page that decides something writes its line."""

from datetime import date, timedelta

from flask import Flask
from sqlalchemy import select

from jobs.challenges import close_sweep, renew_sweep
from tests.support.builders import NOON, invite_of, make_challenge, make_entry, make_member, make_runner
from tests.support.cast import Cast, run_jobs
from tests.support.challenge_forms import form, new
from tests.support.forms import form_with
from tests.support.html import shown
from webapp.db import db
from webapp.extensions import clock
from webapp.groups.audit_queries import log_page
from webapp.invitations.queries import invitation_by
from webapp.models.challenges import Challenge, Entry, Series
from webapp.paging import Page
from webapp.rulebook.presets import PRESETS
from webapp.rulebook.ruleset import RuleSet


def picked(cast: Cast, **values: object) -> Challenge:
    """Make a challenge of two teams that begins in five days, the organiser and the member in it."""
    today = clock().today(cast.group.tz)
    window = {"starts_on": today + timedelta(days=5), "ends_on": today + timedelta(days=20)}
    made = make_challenge(cast.group, teams=("Red", "Blue"), **{"created_at": clock().now(), **window, **values})
    for who in ("organiser", "member"):
        make_entry(made, cast.runners[who])
    return made


def entry_of(cast: Cast, who: str) -> int:
    return db.session.scalars(select(Entry.id).where(Entry.runner_id == cast.runners[who].id)).one()


def post(cast: Cast, path: str, fields: dict[str, str] | None = None) -> None:
    assert cast.browsers["organiser"].post(f"{cast.home}/{path}", fields or {}).status_code == 302


def log(cast: Cast) -> list[str]:
    """Return the lines of the log, the oldest first."""
    db.session.rollback()
    lines = log_page(cast.group.id, Page(1, 100))
    return [line.sentence + (f": {line.reason}" if line.reason else "") for line in reversed(lines)]


def test_the_log_says_who_starts_changes_and_deletes_a_challenge(cast: Cast) -> None:
    cast.browsers["organiser"].post(new(cast), form(RuleSet(), month="2026-11", name="First"))
    challenge_id = db.session.scalars(select(Challenge.id)).one()
    post(cast, f"c/{challenge_id}/edit", {"name": "Second", "grace_hours": "48"})
    assert log(cast) == ["Olga Orlova started Second", "Olga Orlova changed Second"]
    post(cast, f"c/{challenge_id}/delete")
    assert log(cast)[-1] == "Olga Orlova deleted a challenge: Second"


def test_a_challenge_that_is_built_and_what_renews_is_written_down(cast: Cast, app: Flask) -> None:
    browser, page = cast.browsers["organiser"], f"{cast.home}/challenges/new/{PRESETS[0].key}"
    today = clock().today(cast.group.tz)
    shown = form_with(browser.get(page).text, "renews").filled
    built = {"frame": "month", "month": f"{today:%Y-%m}", "renews": "y", "lead_days": "28", "teams_mode": "none"}
    assert browser.post(page, shown | built).status_code == 302
    first = db.session.scalars(select(Challenge.name)).one()
    assert log(cast) == [f"Olga Orlova started {first}", f"Olga Orlova made {first} repeat"]
    renew_sweep()
    run_jobs(app)
    made = db.session.scalars(select(Challenge.name).order_by(Challenge.id)).all()
    assert log(cast)[2:] == [f"{name} was created automatically, like the one before" for name in made[1:]]


def test_what_is_changed_of_a_series_is_written_down(cast: Cast) -> None:
    browser, today = cast.browsers["organiser"], clock().today(cast.group.tz)
    ahead = (today.replace(day=1) + timedelta(days=70)).replace(day=1)
    made = Series(group_id=cast.group.id, name="Club", frame="month", rules=RuleSet(), created_at=clock().now())
    made.next_on, made.lead_days = ahead, 7
    db.session.add(made)
    db.session.commit()
    series = f"series/{made.id}"
    post(cast, f"{series}/skip", {"starts_on": ahead.isoformat()})
    post(cast, f"{series}/skip", {"starts_on": ahead.isoformat(), "again": "y"})
    post(cast, series, form_with(browser.get(f"{cast.home}/{series}").text, "lead_days").filled | {"lead_days": "9"})
    post(cast, f"{series}/end")
    assert log(cast) == [
        f"Olga Orlova skipped a coming challenge: {ahead:%B %Y}",
        f"Olga Orlova restored a skipped challenge: {ahead:%B %Y}",
        "Olga Orlova changed how a deleted challenge repeats",
        "Olga Orlova stopped a repeating challenge: Club",
    ]


def test_what_is_done_to_teams_is_written_down_of_each_who_is_moved(cast: Cast) -> None:
    challenge = picked(cast)
    red, blue = challenge.teams
    here, mia = f"c/{challenge.id}", entry_of(cast, "member")
    post(cast, f"{here}/fix-teams", {f"team-{mia}": str(red.id)})
    post(cast, f"{here}/fix-teams", {f"team-{mia}": str(red.id)})
    post(cast, f"{here}/team-names", {f"name-{red.id}": "Crimson", f"name-{blue.id}": "Navy"})
    assert log(cast) == [
        "Olga Orlova changed the team of Mia Meyer in November",
        "Olga Orlova changed the teams of November",
    ]


def test_captains_and_what_they_pick_is_written_down(cast: Cast) -> None:
    challenge = picked(cast, team_mode="picked")
    red, _ = challenge.teams
    here = f"c/{challenge.id}"
    post(cast, f"{here}/captains", {f"captain-{red.id}": str(cast.runners["organiser"].id)})
    post(cast, f"{here}/draft", {"number": "1", "entry": str(entry_of(cast, "member"))})
    post(cast, f"{here}/captains", {f"captain-{red.id}": ""})
    assert log(cast) == [
        "Olga Orlova made Olga Orlova a captain in November",
        "Olga Orlova picked Mia Meyer for a team in November",
        "Olga Orlova decided that Olga Orlova is no longer a captain in November",
    ]


def test_the_log_says_who_is_named_or_removed_and_what_becomes_of_the_invite(cast: Cast) -> None:
    kim = make_runner("Kim Lee")
    make_member(cast.group, kim)
    mia = cast.runners["member"].id
    post(cast, f"members/{mia}/organiser")
    post(cast, f"members/{mia}/organiser")
    post(cast, f"members/{kim.id}/remove", {"renew_invite": "y"})
    link = invitation_by(invite_of(cast.group))
    assert link is not None
    for _ in range(2):
        post(cast, f"invitations/{link.id}/revoke")
    today = clock().today(cast.group.tz)
    post(cast, "invitations", {"role": "coach", "ends_on": today.isoformat(), "max_uses": "5"})
    post(cast, "step-down")
    assert log(cast) == [
        "Olga Orlova made Mia Meyer an organiser",
        "Olga Orlova removed a member",
        "Olga Orlova renewed the invite link",
        "Olga Orlova took an invite link back",
        f"Olga Orlova made an invite link: Coach, until {today:%a %-d %b %Y}, for 5 runners",
        "Olga Orlova stepped down as an organiser",
    ]


def test_a_challenge_that_closes_is_written_down_once(app: Flask, cast: Cast) -> None:
    today = clock().today(cast.group.tz)
    made = make_challenge(
        cast.group,
        starts_on=today - timedelta(days=40),
        ends_on=today - timedelta(days=10),
        created_at=clock().now() - timedelta(days=45),
    )
    assert made.frozen_at is None
    for _ in range(3):
        close_sweep()
        run_jobs(app)
    assert log(cast) == [f"The results of {made.name} became final"]


def test_the_log_says_what_was_before_and_what_is_after(cast: Cast) -> None:
    challenge = picked(cast)
    red, blue = challenge.teams
    here, browser = f"c/{challenge.id}", cast.browsers["organiser"]
    settings = form_with(browser.get(f"{cast.home}/settings").text, "tz").filled
    post(cast, "settings", settings | {"name": "Night Owls"})
    post(cast, "settings/joining", {"join_policy": "open"})
    profile = form_with(browser.get(f"{cast.home}/profile").text, "area").filled
    post(cast, "profile", profile | {"area": "Leeds", "beginners": "y", "text": "After dark."})
    post(cast, f"{here}/edit", {"name": "Autumn", "grace_hours": "48"})
    post(cast, f"{here}/team-names", {f"name-{red.id}": "Crimson"})
    post(cast, f"{here}/fix-teams", {f"team-{entry_of(cast, 'member')}": str(blue.id)})
    db.session.rollback()
    changes = [(line.change.before, line.change.after) for line in reversed(log_page(cast.group.id, Page(1, 100)))]
    assert changes == [
        ("name: Morning Milers", "name: Night Owls"),
        ("Runners join with an invite link only", "Anyone with an account here can join at once"),
        ("area: none; beginners welcome: no; text: none", "area: Leeds; beginners welcome: yes; text: After dark."),
        ("name: November; late runs: 24 hours", "name: Autumn; late runs: 48 hours"),
        ("teams: Red, Blue", "teams: Crimson, Blue"),
        ("no team", "Blue"),
    ]
    log = shown(browser.get(f"{cast.home}/log").text)
    assert "Before: no team → After: Blue" in log
    member = shown(cast.browsers["member"].get(f"{cast.home}/log").text)
    assert "changed the team of Mia Meyer" in member and "Night Owls" not in member.split("Log")[1]


def test_an_edit_that_changes_nothing_is_not_written_down(cast: Cast) -> None:
    challenge = picked(cast)
    browser, here = cast.browsers["organiser"], f"c/{challenge.id}"
    post(cast, f"{here}/team-names", {f"name-{team.id}": team.name for team in challenge.teams})
    made = Series(group_id=cast.group.id, name="Club", frame="month", rules=RuleSet(), created_at=NOON)
    made.next_on = date(2027, 1, 1)
    db.session.add(made)
    db.session.commit()
    for path, field in (("settings", "tz"), (f"{here}/edit", "grace_hours"), (f"series/{made.id}", "lead_days")):
        post(cast, path, form_with(browser.get(f"{cast.home}/{path}").text, field).filled)
    assert log(cast) == []
