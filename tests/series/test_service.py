"""Repeating challenges, on real databases: one a window, entries and teams carried over, skipped, ended, changed."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.support.builders import make_group, make_member, make_runner
from tests.support.challenges import members_of_teams
from webapp.challenge_admin import service
from webapp.challenge_admin.service import ChallengeSpec, DuplicateChallenge
from webapp.challenges.queries import ChallengeFinished
from webapp.db import begin_write, db
from webapp.entries import service as entries_service
from webapp.models.challenges import Challenge, Entry, Series, SeriesChoice, SeriesSkip
from webapp.models.groups import Group
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.rulebook.windows import Frame
from webapp.series import queries
from webapp.series import service as renewals
from webapp.series.service import AlreadyCreated, DatesDoNotRepeat, NothingToSkip, SeriesEnded, SeriesSettings
from webapp.teams import service as teams_service
from webapp.teams.service import TeamSetup

NOVEMBER = ChallengeSpec("Evening club", date(2026, 11, 1), date(2026, 11, 30), 24)
WEEK = ChallengeSpec("Week 48, 2026", date(2026, 11, 23), date(2026, 11, 29), 12)
NO_TEAMS = TeamSetup(TeamMode.NONE, [])
START = datetime(2026, 11, 5, 12, tzinfo=UTC)
LATE_NOVEMBER = datetime(2026, 11, 25, 12, tzinfo=UTC)


def start(
    group: Group,
    spec: ChallengeSpec = NOVEMBER,
    teams: TeamSetup = NO_TEAMS,
    frame: Frame = Frame.MONTH,
    keeps_teams: bool = False,
    now: datetime = START,
) -> Series:
    begin_write()
    challenge = renewals.start_series(group, spec, teams, frame, 7, keeps_teams, now)
    db.session.commit()
    return db.session.get_one(Series, challenge.series_id)


def renew(series: Series, now: datetime = LATE_NOVEMBER) -> list[Challenge]:
    begin_write()
    made = renewals.renew(series.id, now)
    db.session.commit()
    return [db.session.get_one(Challenge, challenge_id) for challenge_id in made]


def names(series: Series) -> Sequence[str]:
    mine = select(Challenge.name).where(Challenge.series_id == series.id)
    return db.session.scalars(mine.order_by(Challenge.starts_on)).all()


def runners_in(challenge: Challenge) -> set[int]:
    return set(db.session.scalars(select(Entry.runner_id).where(Entry.challenge_id == challenge.id)))


def test_a_series_begins_with_its_first_challenge(app: Flask) -> None:
    series = start(make_group())
    assert (series.name, series.next_on, names(series)) == (
        "Evening club", date(2026, 12, 1), ["Evening club, November 2026"],
    )  # fmt: skip


def test_a_challenge_called_after_its_week_makes_a_series_without_a_name(app: Flask) -> None:
    series = start(make_group(), WEEK, frame=Frame.WEEK)
    renew(series)
    assert (series.name, names(series)) == ("", ["Week 48, 2026", "Week 49, 2026"])


def test_dates_that_are_no_whole_month_do_not_renew(app: Flask) -> None:
    group = make_group()
    with pytest.raises(DatesDoNotRepeat):
        renewals.start_series(group, NOVEMBER, TeamSetup(TeamMode.NONE, []), Frame.WEEK, 7, False, START)
    db.session.rollback()


def test_a_button_pressed_twice_starts_one_series(app: Flask) -> None:
    group = make_group()
    start(group)
    with pytest.raises(DuplicateChallenge):
        start(group)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Series)) == 1


def test_the_next_month_is_made_its_lead_days_before_and_once(app: Flask) -> None:
    group = make_group()
    member = make_member(group).runner_id
    series = start(group)
    assert renew(series, datetime(2026, 11, 23, 23, 59, tzinfo=UTC)) == []
    (december,) = renew(series, datetime(2026, 11, 24, 0, 0, tzinfo=UTC))
    assert (december.name, december.starts_on, december.ends_on) == (
        "Evening club, December 2026", date(2026, 12, 1), date(2026, 12, 31),
    )  # fmt: skip
    assert runners_in(december) == {member}
    for _ in range(3):
        assert renew(series) == []
    assert len(names(series)) == 2


def test_the_groups_zone_says_when_it_is_time(app: Flask) -> None:
    moment = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    assert len(renew(start(make_group(tz="Pacific/Kiritimati")), moment)) == 1
    assert renew(start(make_group(tz="Pacific/Pago_Pago")), moment + timedelta(hours=23)) == []


def test_after_weeks_of_sleep_the_current_and_the_coming_are_made_and_no_past_ones(app: Flask) -> None:
    series = start(make_group())
    made = renew(series, datetime(2027, 2, 25, 12, tzinfo=UTC))
    assert [each.starts_on for each in made] == [date(2027, 2, 1), date(2027, 3, 1)]
    assert series.next_on == date(2027, 4, 1)


def test_a_leap_february_follows_january(app: Flask) -> None:
    january = ChallengeSpec("January 2028", date(2028, 1, 1), date(2028, 1, 31), 24)
    (made,) = renew(start(make_group(), january), datetime(2028, 1, 25, 12, tzinfo=UTC))
    assert (made.name, made.ends_on) == ("February 2028", date(2028, 2, 29))


def test_a_member_is_entered_by_their_own_choice(app: Flask) -> None:
    group = make_group()
    keen, shy, back = (make_member(group).runner_id for _ in range(3))
    series = start(group)
    for runner, enters in ((shy, False), (back, False), (back, True)):
        renewals.choose(series, runner, enters)
        db.session.commit()
    (december,) = renew(series)
    assert runners_in(december) == {keen, back}
    begin_write()
    entries_service.enter(december, shy, LATE_NOVEMBER)
    db.session.commit()
    assert shy in runners_in(december)


def test_someone_who_leaves_the_group_takes_their_choice_along(app: Flask) -> None:
    group, other = make_group(), make_group("Others")
    runner = make_member(group).runner_id
    mine, theirs = start(group), start(other)
    renewals.choose(mine, runner, False)
    renewals.choose(theirs, runner, False)
    entries_service.withdraw(group.id, runner)
    db.session.commit()
    assert db.session.scalars(select(SeriesChoice.series_id)).all() == [theirs.id]


def test_a_member_leaves_one_challenge_and_comes_back_until_it_is_closed(app: Flask) -> None:
    group = make_group()
    runner = make_member(group).runner_id
    november = db.session.scalars(select(Challenge).where(Challenge.series_id == start(group).id)).one()
    for _ in range(2):
        assert entries_service.step_out(november, runner, START) is True
        assert entries_service.step_out(november, runner, START) is False
        db.session.commit()
        assert runners_in(november) == set()
        assert entries_service.enter(november, runner, START) is not None
        db.session.commit()
    with pytest.raises(ChallengeFinished):
        entries_service.step_out(november, runner, datetime(2026, 12, 3, tzinfo=UTC))


@pytest.mark.both_databases
def test_kept_teams_go_on_with_the_same_members_and_captains(app: Flask) -> None:
    group = make_group()
    a, b, c, gone = (make_member(group).runner_id for _ in range(4))
    series = start(group, teams=TeamSetup(TeamMode.NAMED, ["Red", "Blue"], [a, None]), keeps_teams=True)
    november = db.session.scalars(select(Challenge)).one()
    entry = db.session.scalars(select(Entry).where(Entry.runner_id == b)).one()
    teams_service.assign_teams(november, {entry.id: november.teams[0].id}, date(2026, 11, 10), START)
    teams_service.rename_teams(november, {november.teams[1].id: "Sea"}, START)
    entries_service.step_out(november, gone, START)
    new = make_member(group).runner_id
    (december,) = renew(series)
    assert members_of_teams(december) == {"Red": [a, b, c], "Sea": [gone, new]}
    assert [team.captain_id for team in december.teams] == [a, None]


def test_a_series_that_has_no_teams_any_more_goes_on_without(app: Flask) -> None:
    group = make_group()
    runners = {make_member(group).runner_id for _ in range(3)}
    series = start(group, teams=TeamSetup(TeamMode.NAMED, ["Red", "Blue"]), keeps_teams=True)
    renewals.change_series(
        series, renewals.SeriesSettings(series.name, 24, TeamMode.NONE, keeps_teams=True, lead_days=7)
    )
    db.session.commit()
    (december,) = renew(series)
    assert (december.team_mode, december.teams, runners_in(december)) == ("none", [], runners)


def test_a_series_that_has_teams_from_now_on_keeps_none_where_there_were_none(app: Flask) -> None:
    group = make_group()
    for _ in range(3):
        make_member(group)
    series = start(group)
    renewals.change_series(
        series, renewals.SeriesSettings(series.name, 24, TeamMode.PICKED, keeps_teams=True, lead_days=7)
    )
    db.session.commit()
    (december,) = renew(series)
    assert len(december.teams) == 2
    assert members_of_teams(december) == {}, "who runs where is for the captains to say"


@pytest.mark.both_databases
def test_a_captain_who_stays_out_of_the_next_challenge_leads_no_team_of_it(app: Flask) -> None:
    group = make_group()
    a, b = (make_member(group).runner_id for _ in range(2))
    series = start(group, teams=TeamSetup(TeamMode.PICKED, ["Red", "Blue"], [a, b]))
    renewals.choose(series, a, enters=False)
    db.session.commit()
    (december,) = renew(series)
    assert [team.captain_id for team in december.teams] == [None, b]


@pytest.mark.parametrize("mode", ["named", "drawn"])
def test_teams_that_are_not_kept_are_made_again_under_their_names(app: Flask, mode: str) -> None:
    group = make_group()
    runners = [make_member(group).runner_id for _ in range(4)]
    series = start(group, teams=TeamSetup(mode, ["Red", "Blue"]))  # type: ignore[arg-type]  # the test's own
    november = db.session.scalars(select(Challenge)).one()
    entries = db.session.scalars(select(Entry)).all()
    teams_service.assign_teams(
        november, {entry.id: november.teams[0].id for entry in entries}, date(2026, 11, 5), START
    )
    db.session.commit()
    (december,) = renew(series)
    teams = members_of_teams(december)
    assert sorted(teams) == ["Blue", "Red"]
    assert sorted(len(team) for team in teams.values()) == [2, 2]
    assert sorted(runner for team in teams.values() for runner in team) == runners


@pytest.mark.both_databases
def test_a_skipped_month_is_not_made_until_the_skip_is_taken_back(app: Flask) -> None:
    series, today = start(make_group()), date(2026, 11, 10)
    renewals.skip(series, date(2026, 12, 1), today)
    renewals.skip(series, date(2026, 12, 1), today)
    db.session.commit()
    assert queries.next_to_make(series, today) == date(2027, 1, 1)
    assert renew(series) == []
    renewals.take_back_skip(series, date(2026, 12, 1), date(2026, 11, 26))
    db.session.commit()
    assert [each.starts_on for each in renew(series)] == [date(2026, 12, 1)]
    assert renew(series) == []


def test_a_skipped_month_is_followed_by_the_next(app: Flask) -> None:
    series = start(make_group())
    renewals.skip(series, date(2026, 12, 1), date(2026, 11, 10))
    db.session.commit()
    assert [each.starts_on for each in renew(series, datetime(2026, 12, 28, tzinfo=UTC))] == [date(2027, 1, 1)]


@pytest.mark.parametrize("day", [date(2026, 12, 2), date(2026, 11, 1), date(2026, 10, 1)])
def test_only_a_month_to_come_is_left_out(app: Flask, day: date) -> None:
    series = start(make_group())
    for act in (renewals.skip, renewals.take_back_skip):
        with pytest.raises(NothingToSkip):
            act(series, day, date(2026, 11, 10))


def test_a_month_that_is_made_is_deleted_and_not_skipped_and_then_stays_away(app: Flask) -> None:
    series = start(make_group())
    (december,) = renew(series)
    with pytest.raises(AlreadyCreated):
        renewals.skip(series, december.starts_on, date(2026, 11, 25))
    service.delete_challenge(december)
    db.session.commit()
    assert renew(series) == []
    assert db.session.scalars(select(SeriesSkip.starts_on)).all() == [date(2026, 12, 1)]


def test_a_challenge_of_the_same_name_made_by_hand_stands_for_the_months_own(app: Flask) -> None:
    group = make_group()
    series = start(group)
    by_hand = ChallengeSpec("Evening club, December 2026", date(2026, 12, 1), date(2026, 12, 31), 24)
    service.create_challenge(group, by_hand, TeamSetup(TeamMode.NONE, []), START)
    db.session.commit()
    assert renew(series) == []
    assert series.next_on == date(2027, 1, 1)


@pytest.mark.both_databases
def test_an_ended_series_makes_no_more_and_takes_no_changes(app: Flask) -> None:
    series = start(make_group())
    renewals.end_series(series, START)
    renewals.end_series(series, LATE_NOVEMBER)
    db.session.commit()
    db.session.refresh(series)
    assert (series.ended_at, renew(series), queries.active_series()) == (START, [], [])
    for act in (renewals.skip, renewals.take_back_skip):
        with pytest.raises(SeriesEnded):
            act(series, date(2026, 12, 1), date(2026, 11, 10))
    with pytest.raises(SeriesEnded):
        renewals.change_series(series, SeriesSettings("X", 24, TeamMode.NONE, False, 7))


def test_a_change_is_for_the_challenges_to_come(app: Flask) -> None:
    series = start(make_group())
    rules = RuleSet(measure="moving_time", counts=Eligibility(manual=True))
    renewals.change_series(series, SeriesSettings("Night club", 48, TeamMode.DRAWN, True, 3), rules)
    db.session.commit()
    assert renew(series) == []
    (december,) = renew(series, datetime(2026, 11, 28, 12, tzinfo=UTC))
    assert (december.name, december.grace_hours, december.team_mode) == ("Night club, December 2026", 48, "drawn")
    assert december.rules == rules
    assert [team.name for team in december.teams] == ["Team 1", "Team 2"]
    november = db.session.scalars(select(Challenge).order_by(Challenge.starts_on)).first()
    assert november and november.rules == RuleSet()


def test_a_group_that_goes_takes_its_series_along(app: Flask) -> None:
    group = make_group()
    series_id = start(group).id
    db.session.delete(group)
    db.session.commit()
    assert renewals.renew(series_id, LATE_NOVEMBER) == []


def test_without_a_choice_a_member_is_entered_each_time(app: Flask) -> None:
    group = make_group()
    runner = make_runner()
    start(group)
    (shown,) = queries.shown_series(group, runner.id, date(2026, 11, 10))
    assert (shown.title, shown.next_name, shown.made, shown.enters) == ("Evening club", "December 2026", 1, True)


def test_two_sweeps_at_once_make_one_challenge(app: Flask) -> None:
    series_id = start(make_group()).id
    db.session.rollback()
    both = Barrier(2)
    made: list[int] = []

    def run() -> None:
        with app.app_context():
            both.wait()
            begin_write()
            made.extend(renewals.renew(series_id, LATE_NOVEMBER))
            db.session.commit()

    threads = [Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert len(names(db.session.get_one(Series, series_id))) == 2
