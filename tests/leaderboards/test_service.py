"""Publishing: step by step the board is the one that publishing everything again gives."""

from datetime import date, timedelta
from random import Random

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from tests.support.boards import NOON, TODAY, Made, make_board, move_team, publish, set_day, set_total
from tests.support.worker import queued
from webapp.db import begin_write, db
from webapp.job_names import Job
from webapp.leaderboards import projection, service
from webapp.models.challenges import Challenge, Entry
from webapp.models.chase import Overtake, Passed
from webapp.models.groups import Consent
from webapp.models.leaderboards import BucketTally, Placement, TeamPlacement
from webapp.models.scoring import Standing
from webapp.models.sync import Connection

pytestmark = pytest.mark.both_databases

STEPS = 40


def version_of(made: Made) -> tuple[int, date | None, date | None]:
    row = db.session.execute(select(Challenge.version, Challenge.as_of, Challenge.overtakes_from)).one()
    return row[0], row[1], row[2]


def totals_of(made: Made) -> dict[int, int]:
    return {row.entry_id: row.total for row in projection.standing_of(made.challenge.id)}


def gaps_of(made: Made) -> list[int | None]:
    gaps = {row.entry_id: row.gap for row in projection.standing_of(made.challenge.id)}
    return [gaps[entry] for entry in made.entries]


def consent(runner_id: int, *, withdrawn: bool) -> None:
    values = {"withdrawn_at": NOON if withdrawn else None}
    db.session.execute(update(Consent).where(Consent.runner_id == runner_id).values(**values))
    db.session.commit()


def hidden(runner_id: int) -> None:
    begin_write()
    service.hide_runner(runner_id)
    db.session.commit()


def test_the_first_publishing_puts_everyone_on_the_board(app: Flask) -> None:
    made = make_board(["Ana", "Ben", "Caro"], teams=["Reds", "Blues"])
    set_total(made, dict(zip(made.entries, (5000, 0, 7000), strict=True)))
    assert publish(made) == service.Published(True, False, 3)
    assert version_of(made) == (1, TODAY, made.challenge.starts_on)
    assert gaps_of(made) == [2000, None, None]
    assert service.differences(made.challenge.id) == []
    teams = db.session.execute(select(TeamPlacement.total, TeamPlacement.members, TeamPlacement.active)).all()
    assert [tuple(team) for team in teams] == [(12_000, 2, 2), (0, 1, 0)]


def test_nothing_new_makes_no_new_version(app: Flask) -> None:
    made = make_board(["Ana"])
    publish(made)
    assert publish(made).moved is False
    assert version_of(made)[0] == 1


def test_a_run_moves_the_runner_and_the_gaps_around(app: Flask) -> None:
    made = make_board(["Ana", "Ben", "Caro", "Dora"])
    ana, *_ = made.entries
    set_total(made, dict(zip(made.entries, (1000, 3000, 3000, 9000), strict=True)))
    publish(made)
    assert gaps_of(made) == [2000, 6000, 6000, None]
    set_total(made, {ana: 4000}, day=TODAY)
    publish(made)
    assert gaps_of(made) == [4000, 2000, 2000, None]
    assert service.differences(made.challenge.id) == []


def test_only_who_ran_and_who_stands_just_behind_are_written(app: Flask) -> None:
    made = make_board([f"Runner {n}" for n in range(20)])
    set_total(made, {entry: 1000 * n for n, entry in enumerate(made.entries)})
    publish(made)
    set_total(made, {made.entries[4]: 500}, day=TODAY)
    before = {row.entry_id: row for row in projection.standing_of(made.challenge.id)}
    publish(made)
    after = {row.entry_id: row for row in projection.standing_of(made.challenge.id)}
    assert {entry for entry in before if before[entry] != after[entry]} == set(made.entries[3:5])


def test_another_day_moves_yesterdays_totals(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    set_total(made, {made.entries[0]: 4000}, day=TODAY)
    publish(made)
    row = projection.placed(made.entries[:1])[0]
    assert (row.total, row.before) == (4000, 0)
    assert publish(made, TODAY + timedelta(days=1)).moved
    row = projection.placed(made.entries[:1])[0]
    assert (row.total, row.before) == (4000, 4000)
    assert service.differences(made.challenge.id) == []


def test_a_late_upload_changes_yesterdays_total_too(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    publish(made)
    set_total(made, {made.entries[1]: 6000}, day=TODAY - timedelta(days=3))
    publish(made)
    row = projection.placed(made.entries[1:])[0]
    assert (row.total, row.before) == (6000, 6000)
    assert version_of(made)[2] == made.challenge.starts_on


def test_overtakes_are_due_from_the_first_date_that_changed(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    publish(made)
    db.session.execute(update(Challenge).values(overtakes_from=None))
    set_total(made, {made.entries[1]: 6000}, day=date(2026, 11, 9))
    set_total(made, {made.entries[0]: 6000}, day=date(2026, 11, 7))
    publish(made)
    assert version_of(made)[2] == date(2026, 11, 7)


def test_someone_who_withdraws_consent_goes_at_once_and_comes_back_with_it(app: Flask) -> None:
    made = make_board(["Ana", "Ben", "Caro"], teams=["Reds"])
    set_total(made, dict(zip(made.entries, (1000, 2000, 5000), strict=True)))
    publish(made)
    consent(made.runners[1], withdrawn=True)
    hidden(made.runners[1])
    assert totals_of(made) == {made.entries[0]: 1000, made.entries[2]: 5000}
    assert db.session.scalar(select(TeamPlacement.total)) == 6000
    assert service.differences(made.challenge.id) == []
    consent(made.runners[1], withdrawn=False)
    begin_write()
    service.show_runner(made.runners[1])
    db.session.commit()
    assert (Job.PUBLISH_BOARD, made.challenge.id) in queued()
    publish(made)
    assert totals_of(made)[made.entries[1]] == 2000
    assert gaps_of(made) == [1000, 3000, None]


def test_a_deauthorised_runner_is_not_placed(app: Flask) -> None:
    made = make_board(["Ana", "Ben"])
    tokens = {"access_token": "x", "refresh_token": "x", "expires_at": NOON, "scopes": "", "connected_at": NOON}
    db.session.add(Connection(runner_id=made.runners[0], athlete_id=1, state="deauthorised", **tokens))
    db.session.add(Connection(runner_id=made.runners[1], athlete_id=2, state="needs_reconnect", **tokens))
    db.session.commit()
    publish(made)
    assert list(totals_of(made)) == [made.entries[1]]


def test_removed_entries_take_their_share_and_their_overtakes_along(app: Flask) -> None:
    made = make_board(["Ana", "Ben", "Caro"], teams=["Reds"])
    set_total(made, dict(zip(made.entries, (1000, 2000, 5000), strict=True)))
    publish(made)
    ana, ben, caro = made.entries
    for passer, passed in ((ben, ana), (caro, ben)):
        db.session.add(Overtake(challenge_id=made.challenge.id, passer_id=passer, local_date=TODAY, passed_count=1))
        db.session.add(Passed(passer_id=passer, local_date=TODAY, passed_id=passed, place=0))
    begin_write()
    service.remove_entries([ben])
    db.session.execute(delete(Entry).where(Entry.id == ben))
    db.session.commit()
    assert db.session.scalars(select(Overtake.passer_id)).all() == [caro]
    assert db.session.scalars(select(Passed.passed_id)).all() == []
    assert db.session.scalar(select(TeamPlacement.total)) == 6000
    assert service.differences(made.challenge.id) == []
    assert (Job.DERIVE_OVERTAKES, made.challenge.id) in queued()


def test_a_member_who_changes_team_leaves_what_they_brought(app: Flask) -> None:
    made = make_board(["Ana", "Ben"], teams=["Reds", "Blues"])
    reds, blues = made.teams
    set_total(made, {made.entries[0]: 3000})
    publish(made)
    move_team(made, made.entries[0], blues)
    set_day(made, made.entries[0], TODAY, 500)
    publish(made)
    teams = {row.team_id: (row.total, row.members, row.active) for row in db.session.scalars(select(TeamPlacement))}
    assert teams == {reds: (3000, 0, 1), blues: (500, 2, 1)}
    assert service.differences(made.challenge.id) == []


def test_the_audit_names_what_differs(app: Flask) -> None:
    made = make_board(["Ana", "Ben"], teams=["Reds"])
    publish(made)
    db.session.execute(update(Placement).where(Placement.entry_id == made.entries[0]).values(total=17))
    db.session.execute(update(BucketTally).values(entries=9))
    db.session.commit()
    found = service.differences(made.challenge.id)
    assert len(found) == 3
    assert found[0].startswith(f"placement {made.entries[0]}: published")


def test_many_changes_at_once_go_in_batches(app: Flask) -> None:
    made = make_board([f"Runner {n}" for n in range(20)], teams=["Reds", "Blues"])
    publish(made)
    set_total(made, {entry: 700 * (n % 6) for n, entry in enumerate(made.entries)})
    publish(made, batch=7)
    assert version_of(made)[0] == 4
    assert db.session.scalars(select(Standing).where(Standing.dirty_from.is_not(None))).all() == []
    assert service.differences(made.challenge.id) == []


def test_more_totals_than_are_compared_one_by_one_leave_the_right_gaps(app: Flask) -> None:
    made = make_board([f"Runner {n}" for n in range(projection.NEAR_LIMIT + 1)])
    publish(made)
    set_total(made, {entry: 1000 + 7 * n for n, entry in enumerate(made.entries)})
    publish(made)
    gaps = db.session.scalars(select(Placement.gap).order_by(Placement.total)).all()
    assert gaps == [7] * projection.NEAR_LIMIT + [None]
    assert service.differences(made.challenge.id) == []


@pytest.mark.parametrize("seed", [1])
def test_step_by_step_is_the_same_as_whole(app: Flask, seed: int) -> None:
    assert_step_by_step_is_the_same_as_whole(seed)


# Chance picks other steps; each of them runs on one database.
@pytest.mark.only_sqlite
@pytest.mark.parametrize("seed", [2, 3])
def test_other_steps_give_the_same_board_as_whole(app: Flask, seed: int) -> None:
    assert_step_by_step_is_the_same_as_whole(seed)


def assert_step_by_step_is_the_same_as_whole(seed: int) -> None:
    chance = Random(seed)
    made = make_board([f"Runner {n}" for n in range(12)], teams=["Reds", "Blues", "Greens"])
    today = date(2026, 11, 5)
    publish(made, today)
    for _ in range(STEPS):
        entry = chance.choice(made.entries)
        match chance.randrange(8):
            case 0:
                today += timedelta(days=1)
            case 1:
                move_team(made, entry, chance.choice(made.teams))
            case 2:
                runner = chance.choice(made.runners)
                consent(runner, withdrawn=True)
                hidden(runner)
            case 3:
                runner = chance.choice(made.runners)
                consent(runner, withdrawn=False)
                service.show_runner(runner)
            case _:
                day = today - timedelta(days=chance.randrange(5))
                set_day(made, entry, day, chance.choice([0, 100, 99, 3000, 5000, 12_345]))
        publish(made, today)
        assert service.differences(made.challenge.id) == []
    consented = (
        select(Standing.entry_id, Standing.total)
        .join(Entry, Entry.id == Standing.entry_id)
        .join(Consent, Consent.runner_id == Entry.runner_id)
        .where(Consent.withdrawn_at.is_(None))
    )
    assert sorted(totals_of(made).items()) == sorted(tuple(row) for row in db.session.execute(consented))
