"""Captains pick their teams, on real databases: in turn, one at a time, and whoever is left is placed."""

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from jobs import challenges as jobs
from tests.support.builders import make_member, make_runner
from tests.support.challenges import NOVEMBER, members_of_teams
from tests.support.drafted import BEFORE, TODAY, Draft
from webapp.db import begin_write, db
from webapp.drafts import queries
from webapp.drafts import service as drafts
from webapp.drafts.service import (
    CaptainNotEntered,
    CaptainPicked,
    DraftOver,
    InATeam,
    NotYourTurn,
    OneTeamEach,
    PickedMeanwhile,
    PickStands,
)
from webapp.drafts.turn_queries import Turn, turn_of, undrafted
from webapp.entries import service as entries_service
from webapp.extensions import clock
from webapp.groups.queries import locked_group
from webapp.models.challenges import Challenge, Entry, Pick, TeamStint
from webapp.models.groups import Group
from webapp.models.scoring import Standing
from webapp.teams import service as teams_service

pytestmark = pytest.mark.both_databases

FIRST_DAY = datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_captains_run_in_their_own_teams_and_the_others_wait(app: Flask) -> None:
    draft = Draft()
    one, two = draft.captains
    assert members_of_teams(draft.challenge) == {"Team 1": [one], "Team 2": [two]}
    left = queries.candidates(draft.challenge, one)
    assert [candidate.runner_id for candidate in left] == draft.others


def test_picks_go_there_and_back_and_count_from_the_first_date(app: Flask) -> None:
    draft = Draft(4)
    one, two = draft.captains
    for captain, runner in zip((one, two, two, one), draft.others, strict=True):
        draft.pick(captain, runner)
    a, b, c, d = draft.others
    assert members_of_teams(draft.challenge) == {"Team 1": [one, a, d], "Team 2": [two, b, c]}
    assert set(db.session.scalars(select(TeamStint.from_date))) == {NOVEMBER.starts_on}
    assert [team.picked for team in queries.draft_teams(draft.challenge)] == [
        ["Runner 02", "Runner 05"], ["Runner 03", "Runner 04"],
    ]  # fmt: skip
    standing = db.session.get_one(Standing, draft.entries[a])
    assert standing.team_id == draft.challenge.teams[0].id


def test_nobody_picks_out_of_turn_but_an_organiser_for_whoever_is_on(app: Flask) -> None:
    draft = Draft()
    _, two = draft.captains
    for someone in (two, draft.others[0]):
        with pytest.raises(NotYourTurn):
            draft.pick(someone, draft.others[1])
        db.session.rollback()
    draft.pick(draft.others[0], draft.others[1], organiser=True)
    assert turn_of(draft.challenge) == Turn(2, *[draft.challenge.teams[1].id] * 2)


def test_someone_who_is_in_a_team_or_in_another_challenge_cannot_be_picked(app: Flask) -> None:
    draft, other = Draft(), Draft()
    one, two = draft.captains
    draft.pick(one, draft.others[0])
    for runner in (draft.others[0], one):
        with pytest.raises(InATeam):
            draft.pick(two, runner)
        db.session.rollback()
    draft.entries |= other.entries
    with pytest.raises(InATeam):
        draft.pick(two, other.others[0])


def test_a_page_that_is_behind_picks_nothing(app: Flask) -> None:
    draft = Draft()
    one, two = draft.captains
    draft.pick(one, draft.others[0])
    with pytest.raises(PickedMeanwhile):
        draft.pick(two, draft.others[1], number=1)


def test_of_two_picks_at_once_one_is_made_and_the_other_is_told(app: Flask) -> None:
    draft = Draft()
    challenge_id, group_id, captain = draft.challenge.id, draft.group.id, draft.captains[0]
    wanted = [draft.entries[runner] for runner in draft.others[:2]]
    db.session.rollback()
    both, told = Barrier(2), list[Exception]()

    def run(entry_id: int) -> None:
        with app.app_context():
            both.wait()
            begin_write()
            locked_group(Group.id == group_id)
            challenge = db.session.get_one(Challenge, challenge_id)
            try:
                drafts.pick(challenge, 1, entry_id, captain, is_organiser=False, today=TODAY, now=BEFORE)
                db.session.commit()
            except PickedMeanwhile as problem:
                db.session.rollback()
                told.append(problem)

    threads = [Thread(target=run, args=(entry_id,)) for entry_id in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert db.session.scalars(select(Pick.number)).all() == [1]


def test_the_latest_pick_is_taken_back_until_the_next_one(app: Flask) -> None:
    draft = Draft()
    one, two = draft.captains
    a, b, *_ = draft.others
    draft.pick(one, a)
    draft.undo(1, a, one)
    assert a in [each.runner_id for each in queries.candidates(draft.challenge, one)]
    draft.pick(one, b)
    draft.pick(two, a)
    # The number of a pick that was taken back is given again, so an old page names the runner as well.
    for number, picked, someone in ((1, b, one), (2, a, one), (2, b, two), (3, a, two)):
        with pytest.raises(PickStands):
            draft.undo(number, picked, someone)
        db.session.rollback()
    draft.undo(2, a, two)
    draft.undo(1, b, two, organiser=True)
    assert members_of_teams(draft.challenge) == {"Team 1": [one], "Team 2": [two]}
    assert db.session.scalars(select(Pick.number)).all() == []
    with pytest.raises(PickStands):
        draft.undo(0, a, one)


def test_someone_who_leaves_gives_the_last_pick_back(app: Flask) -> None:
    draft = Draft()
    draft.pick(draft.captains[0], draft.others[0])
    entries_service.step_out(draft.challenge, draft.others[0], BEFORE)
    db.session.commit()
    assert turn_of(draft.challenge) == Turn(1, *[team.id for team in draft.challenge.teams])


def test_someone_who_is_moved_out_of_a_team_again_can_be_picked_once_more(app: Flask) -> None:
    draft = Draft()
    one, two = draft.captains
    a, b, *_ = draft.others
    for captain, runner in ((one, a), (two, b)):
        draft.pick(captain, runner)
    red, blue = draft.challenge.teams
    moves = {draft.entries[a]: None, draft.entries[b]: red.id}
    teams_service.assign_teams(draft.challenge, moves, TODAY, BEFORE)
    db.session.commit()
    assert a in [one.runner_id for one in queries.candidates(draft.challenge, one)]
    assert [team.picked for team in queries.draft_teams(draft.challenge)] == [[], []]
    assert turn_of(draft.challenge) == Turn(1, red.id, blue.id)
    draft.pick(one, a)
    assert members_of_teams(draft.challenge) == {"Team 1": [one, a, b], "Team 2": [two]}
    teams_service.assign_teams(draft.challenge, {draft.entries[a]: blue.id}, FIRST_DAY.date(), FIRST_DAY)
    assert db.session.scalars(select(Pick.number)).all() == [1], "what was picked stays on the list once it has begun"


def test_someone_who_joins_before_the_start_can_be_picked_and_later_goes_to_the_smallest_team(app: Flask) -> None:
    draft = Draft(0)
    early, late = make_member(draft.group).runner_id, make_member(draft.group).runner_id
    entries_service.enter(draft.challenge, early, BEFORE)
    db.session.commit()
    assert [one.runner_id for one in queries.candidates(draft.challenge, early)] == [early]
    entries_service.enter(draft.challenge, late, FIRST_DAY)
    db.session.commit()
    assert late in members_of_teams(draft.challenge)["Team 1"]


def test_whoever_is_left_at_the_start_goes_to_the_smallest_teams_from_the_first_date_on(app: Flask) -> None:
    draft = Draft(5)
    draft.pick(draft.captains[0], draft.others[0])
    assert undrafted(datetime(2026, 10, 31, 23, 59, tzinfo=UTC)) == []
    assert undrafted(FIRST_DAY) == [draft.challenge.id]
    for placed in (4, 0):
        begin_write()
        assert len(drafts.place_undrafted(draft.challenge.id, datetime(2026, 11, 3, tzinfo=UTC))) == placed
        db.session.commit()
    assert sorted(len(team) for team in members_of_teams(draft.challenge).values()) == [3, 4]
    assert set(db.session.scalars(select(TeamStint.from_date))) == {NOVEMBER.starts_on}
    assert db.session.scalar(select(func.count()).select_from(Standing).where(Standing.team_id.is_not(None))) == 5


def test_picks_are_over_on_the_first_day(app: Flask) -> None:
    draft = Draft()
    with pytest.raises(DraftOver):
        drafts.pick(draft.challenge, 1, 1, draft.captains[0], is_organiser=False, today=FIRST_DAY.date(), now=FIRST_DAY)
    with pytest.raises(DraftOver):
        drafts.name_captains(draft.challenge, {}, FIRST_DAY.date(), FIRST_DAY)


def test_a_captain_leads_one_team_and_runs_in_it(app: Flask) -> None:
    draft = Draft()
    first, second = draft.challenge.teams
    new = draft.others[0]
    drafts.name_captains(draft.challenge, {first.id: new}, TODAY, BEFORE)
    db.session.commit()
    assert [team.captain_id for team in draft.challenge.teams] == [new, draft.captains[1]]
    assert new in members_of_teams(draft.challenge)["Team 1"]
    draft.pick(new, draft.others[1])
    for captains, problem in (
        ({first.id: new, second.id: new}, OneTeamEach),
        ({second.id: draft.others[1]}, CaptainPicked),
        ({second.id: make_runner().id}, CaptainNotEntered),
    ):
        with pytest.raises(problem):
            drafts.name_captains(draft.challenge, captains, TODAY, BEFORE)
        db.session.rollback()
    drafts.name_captains(draft.challenge, {first.id: None}, TODAY, BEFORE)
    assert draft.challenge.teams[0].captain_id is None


def test_the_sweep_places_whoever_is_left(app: Flask) -> None:
    draft = Draft(3)
    today = clock().today("UTC")
    draft.challenge.starts_on, draft.challenge.ends_on = today, today
    db.session.commit()
    challenge_id = draft.challenge.id
    jobs.begin_sweep()
    sizes = db.session.scalar(
        select(func.count()).select_from(TeamStint).join(Entry).where(Entry.challenge_id == challenge_id)
    )
    assert sizes == 5
