"""Starting, entering and changing challenges, on real databases."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.builders import NOON, make_challenge, make_entry, make_group, make_member, make_runner
from webapp.challenge_admin import service
from webapp.challenge_admin.service import Terms
from webapp.challenges.queries import ChallengeFinished
from webapp.entries import service as entries_service
from webapp.extensions import begin_write, db
from webapp.models.challenges import Challenge, Entry, Team, TeamSpell
from webapp.models.groups import Group
from webapp.models.scoring import LedgerDay, Standing
from webapp.paging import Page
from webapp.rulebook.lifecycle import TeamStint
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.teams import service as teams_service
from webapp.teams.queries import recent_mileage, team_choices, team_sizes
from webapp.teams.service import ChallengeOver, TeamSetup

pytestmark = pytest.mark.both_databases

NOVEMBER = Terms("November", date(2026, 11, 1), date(2026, 11, 30), 24)
SECOND = NOVEMBER._replace(name="November by hand", rules=RuleSet(counts=Eligibility(manual=True)))
MARCH = NOVEMBER._replace(name="March", starts_on=date(2026, 3, 1), ends_on=date(2026, 3, 31))
AFTER_GRACE = datetime(2026, 12, 2, 12, tzinfo=UTC)


def create(group: Group, terms: Terms = NOVEMBER, mode: str = "none", names: Sequence[str] = ()) -> Challenge:
    begin_write()
    challenge = service.create_challenge(group, terms, TeamSetup(mode, names), NOON)  # type: ignore[arg-type]  # the tests' own
    db.session.commit()
    return challenge


def ran(runner_id: int, day: date, metres: int, sport: str = "run") -> None:
    sums = {"moving_s": 1, "climb_m": 0, "runs": 1, "longest_m": metres}
    db.session.add(LedgerDay(runner_id=runner_id, sport_class=sport, local_date=day, distance_m=metres, **sums))
    db.session.commit()


def members_of_teams(challenge: Challenge) -> dict[str, list[int]]:
    rows = db.session.execute(
        select(Team.name, Entry.runner_id)
        .join(TeamSpell, TeamSpell.team_id == Team.id)
        .join(Entry, Entry.id == TeamSpell.entry_id)
        .where(Team.challenge_id == challenge.id)
        .order_by(Team.position, Entry.runner_id)
    ).all()
    return {name: [runner for team, runner in rows if team == name] for name in dict(rows)}


def spells_of(entry: Entry) -> list[TeamStint]:
    db.session.expire(entry)
    return [TeamStint(stint.team_id, stint.from_date, stint.to_date) for stint in entry.stints]


def assign(challenge: Challenge, choices: dict[int, int | None], today: date) -> set[int]:
    begin_write()
    now = datetime(today.year, today.month, today.day, 12, tzinfo=UTC)
    changed = teams_service.assign_teams(challenge, choices, today, now)
    db.session.commit()
    return changed


@pytest.mark.parametrize("terms", [NOVEMBER, MARCH])
def test_every_member_is_in_past_months_too(app: Flask, terms: Terms) -> None:
    group = make_group()
    members = [make_member(group).runner_id for _ in range(3)]
    make_member(make_group())
    challenge = create(group, terms)
    assert set(db.session.scalars(select(Entry.runner_id))) == set(members)
    assert (challenge.name, challenge.starts_on, challenge.grace_hours) == (terms.name, terms.starts_on, 24)
    assert db.session.scalar(select(func.count()).select_from(TeamSpell)) == 0


def test_named_teams_are_filled_evenly_in_the_order_of_joining(app: Flask) -> None:
    group = make_group()
    a, b, c = (make_member(group).runner_id for _ in range(3))
    challenge = create(group, mode="named", names=["Red", "Blue"])
    assert members_of_teams(challenge) == {"Red": [a, c], "Blue": [b]}
    stint = db.session.scalars(select(TeamSpell)).first()
    assert stint and (stint.from_date, stint.to_date) == (challenge.starts_on, None)


def test_drawn_teams_are_even_by_the_eight_weeks_before(app: Flask) -> None:
    group = make_group()
    runners = [make_member(group).runner_id for _ in range(4)]
    for runner, metres in zip(runners, (90_000, 80_000, 20_000, 10_000), strict=True):
        ran(runner, date(2026, 10, 20), metres)
    challenge = create(group, mode="drawn", names=["Red", "Blue"])
    teams = {frozenset(team) for team in members_of_teams(challenge).values()}
    assert teams == {frozenset((runners[0], runners[3])), frozenset((runners[1], runners[2]))}


def test_recent_mileage_is_running_in_the_eight_weeks_before_and_none_is_zero(app: Flask) -> None:
    group = make_group()
    runner, idle = make_member(group).runner_id, make_member(group).runner_id
    start = date(2026, 11, 1)
    for day, metres in ((start, 1), (start - timedelta(days=1), 10), (start - timedelta(days=56), 100)):
        ran(runner, day, metres)
    ran(runner, start - timedelta(days=57), 1000)
    ran(runner, start - timedelta(days=2), 10_000, sport="foot")
    assert recent_mileage(group.id, start) == {runner: 110, idle: 0}


def test_a_group_without_members_can_have_a_challenge_with_teams(app: Flask) -> None:
    challenge = create(make_group(), mode="drawn", names=["Red", "Blue"])
    assert [size for _, size in team_sizes(challenge.id)] == [0, 0]


def test_a_late_joiner_goes_to_the_smallest_team_from_that_day_on_and_is_scored_whole(app: Flask) -> None:
    group = make_group()
    make_member(group)
    challenge = create(group, mode="named", names=["Red", "Blue", "Green"])
    runner = make_member(group).runner_id
    entry_id = entries_service.enter(challenge, runner, NOON)
    db.session.commit()
    assert members_of_teams(challenge)["Blue"] == [runner]
    entry = db.session.get_one(Entry, entry_id)
    assert spells_of(entry) == [TeamStint(challenge.teams[1].id, NOON.date(), None)]
    assert db.session.get_one(Standing, entry.id).total == 0
    assert entries_service.enter(challenge, runner, NOON) is None


def entered(challenge: Challenge, runner_id: int) -> date:
    """Enter a runner late, and return the date from which they run for a team."""
    entry_id = entries_service.enter(challenge, runner_id, NOON)
    db.session.commit()
    return spells_of(db.session.get_one(Entry, entry_id))[0].from_date


@pytest.mark.parametrize("leave", ["challenge", "group"])
def test_a_first_late_joining_may_bring_the_whole_window_to_a_team_and_coming_back_never(
    app: Flask, leave: str
) -> None:
    group = make_group()
    make_member(group)
    challenge = create(group, NOVEMBER._replace(late_counts_whole=True), mode="named", names=["Red", "Blue"])
    runner = make_member(group).runner_id
    assert entered(challenge, runner) == challenge.starts_on
    for _ in range(2):
        if leave == "challenge":
            entries_service.step_out(challenge, runner, NOON)
        else:
            entries_service.withdraw(group.id, runner)
        db.session.commit()
        assert entered(challenge, runner) == NOON.date()
    assert entered(challenge, make_member(group).runner_id) == challenge.starts_on


def test_a_closed_challenge_refuses_everything_but_its_deletion(app: Flask) -> None:
    group = make_group()
    entry_of = make_member(group).runner_id
    challenge = create(group, mode="named", names=["Red", "Blue"])
    entry = db.session.scalars(select(Entry).where(Entry.runner_id == entry_of)).one()
    closed = AFTER_GRACE
    for refused in (
        lambda: entries_service.enter(challenge, make_runner().id, closed),
        lambda: service.change_challenge(challenge, "Other", 48, closed),
        lambda: teams_service.rename_teams(challenge, {challenge.teams[0].id: "X"}, closed),
        lambda: teams_service.add_team(challenge, "Green", closed),
        lambda: teams_service.assign_teams(challenge, {entry.id: None}, closed.date(), closed),
    ):
        with pytest.raises(ChallengeFinished):
            refused()
    service.delete_challenge(challenge)
    db.session.commit()
    for model in (Challenge, Team, Entry, TeamSpell):
        assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_teams_stay_once_the_days_are_run(app: Flask) -> None:
    group = make_group()
    make_member(group)
    challenge = create(group, mode="named", names=["Red", "Blue"])
    entry = db.session.scalars(select(Entry)).one()
    with pytest.raises(ChallengeOver):
        assign(challenge, {entry.id: challenge.teams[1].id}, date(2026, 12, 1))
    db.session.rollback()


def test_a_move_before_the_start_replaces_and_a_later_one_begins_today(app: Flask) -> None:
    group = make_group()
    make_member(group)
    challenge = create(group, mode="named", names=["Red", "Blue"])
    red, blue = (team.id for team in challenge.teams)
    entry = db.session.scalars(select(Entry)).one()
    assert assign(challenge, {entry.id: blue}, date(2026, 10, 25)) == {entry.id}
    assert spells_of(entry) == [TeamStint(blue, challenge.starts_on, None)]
    assert assign(challenge, {entry.id: red}, date(2026, 11, 10)) == {entry.id}
    assert spells_of(entry) == [
        TeamStint(blue, challenge.starts_on, date(2026, 11, 9)),
        TeamStint(red, date(2026, 11, 10), None),
    ]
    assert assign(challenge, {entry.id: red}, date(2026, 11, 11)) == set()
    assert assign(challenge, {entry.id: None}, date(2026, 11, 12)) == {entry.id}
    assert spells_of(entry)[-1] == TeamStint(red, date(2026, 11, 10), date(2026, 11, 11))


def test_a_move_marks_even_an_entry_without_runs_for_the_board(app: Flask) -> None:
    group = make_group()
    make_member(group)
    challenge = create(group, mode="named", names=["Red", "Blue"])
    entry = db.session.scalars(select(Entry)).one()
    assign(challenge, {entry.id: challenge.teams[1].id}, date(2026, 11, 10))
    standing = db.session.get_one(Standing, entry.id)
    standing.dirty_from = None
    db.session.commit()
    assign(challenge, {entry.id: challenge.teams[0].id}, date(2026, 11, 12))
    assert db.session.get_one(Standing, entry.id, populate_existing=True).dirty_from is not None


def test_teams_and_entries_of_other_challenges_are_passed_over(app: Flask) -> None:
    group = make_group()
    runner = make_runner()
    make_member(group, runner)
    challenge, other = create(group, NOVEMBER, "named", ["Red"]), create(group, SECOND, "named", ["Blue"])
    entries = db.session.scalars(select(Entry).order_by(Entry.id)).all()
    assert assign(challenge, {entries[0].id: other.teams[0].id}, date(2026, 11, 5)) == set()
    assert assign(challenge, {entries[1].id: None}, date(2026, 11, 5)) == set()
    assert len(spells_of(entries[1])) == 1


def test_two_teams_may_swap_their_names(app: Flask) -> None:
    challenge = create(make_group(), mode="named", names=["Red", "Blue"])
    red, blue = (team.id for team in challenge.teams)
    teams_service.rename_teams(challenge, {red: "Blue", blue: "Red"}, NOON)
    db.session.commit()
    assert [team.name for team in challenge.teams] == ["Blue", "Red"]
    assert challenge.version == 1


def test_a_changed_name_moves_the_version_so_that_pages_show_it(app: Flask) -> None:
    challenge = create(make_group())
    service.change_challenge(challenge, "Movember", 48, NOON)
    teams_service.add_team(challenge, "Red", NOON)
    db.session.commit()
    db.session.refresh(challenge)
    assert (challenge.name, challenge.grace_hours, challenge.version) == ("Movember", 48, 2)
    assert [(team.name, team.position) for team in challenge.teams] == [("Red", 0)]


def test_two_challenges_of_one_month_are_two(app: Flask) -> None:
    group = make_group()
    make_member(group)
    assert create(group).id != create(group, SECOND).id
    assert db.session.scalar(select(func.count()).select_from(Entry)) == 2


def test_withdrawing_reaches_one_group_or_all(app: Flask) -> None:
    runner, groups = make_runner(), [make_group(), make_group()]
    challenges = [make_challenge(group) for group in groups]
    for challenge in challenges:
        make_entry(challenge, runner)
    entries_service.withdraw(groups[0].id, runner.id)
    assert db.session.scalars(select(Entry.challenge_id)).all() == [challenges[1].id]
    for _ in range(2):
        entries_service.withdraw(None, runner.id)
        assert db.session.scalars(select(Entry.challenge_id)).all() == []


def test_the_page_of_teams_shows_who_is_where_now(app: Flask) -> None:
    group = make_group()
    for name in ("Zoe", "Adam"):
        make_member(group, make_runner(name))
    challenge = create(group, mode="named", names=["Red", "Blue"])
    red, blue = (team.id for team in challenge.teams)
    assert [(choice.name, choice.team_id) for choice in team_choices(challenge, Page(1, 50))] == [
        ("Adam", blue),
        ("Zoe", red),
    ]
