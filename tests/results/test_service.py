"""Storing results, and what is left of a former member."""

from dataclasses import astuple
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import BigInteger, Integer, event, select, update

from tests.support.boards import Made, make_board, move_team, publish, set_day, set_total
from tests.support.builders import make_connection
from tests.support.cast import run_jobs
from tests.support.consents import choose
from tests.support.finals import DECEMBER, freeze, leaves, make_final
from webapp import queue
from webapp.accounts.service import erase_runner
from webapp.db import Base, begin_write, db
from webapp.job_names import Job
from webapp.leaderboards import service as boards
from webapp.leaderboards.projection import standing_of
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Team
from webapp.models.words import ConnectionState
from webapp.results import queries, service
from webapp.rulebook.ranking import gaps, ranks
from webapp.rulebook.results import checksum
from webapp.rulebook.ruleset import RuleSet

pytestmark = pytest.mark.both_databases

FOUR = {"Ana Ruiz": 9000, "Ben Ode": 7000, "Cy Sol": 7000, "Dora Lang": 0}


def places(made: Made) -> list[tuple[int | None, ...]]:
    """Return (rank, which runner, total, gap) by place; None for a former member."""
    db.session.rollback()
    whose = {runner: number for number, runner in enumerate(made.runners)}
    return [
        (row.rank, None if row.runner_id is None else whose[row.runner_id], row.total, row.gap)
        for row in queries.places_of(made.challenge.id)
    ]


def teams(made: Made) -> dict[int, tuple[int, ...]]:
    db.session.rollback()
    return {row.team_id: astuple(row)[1:] for row in queries.team_places_of(made.challenge.id)}


def stored(made: Made) -> str | None:
    db.session.rollback()
    return db.session.scalar(select(Challenge.checksum).where(Challenge.id == made.challenge.id))


def test_every_place_is_stored_in_the_order_of_the_board(app: Flask) -> None:
    made = make_final(FOUR)
    assert places(made) == [(1, 0, 9000, None), (2, 1, 7000, 2000), (2, 2, 7000, 2000), (4, 3, 0, None)]
    assert [row.days for row in queries.places_of(made.challenge.id)] == [1, 1, 1, 0]
    assert stored(made) == checksum(queries.places_of(made.challenge.id), queries.team_places_of(made.challenge.id))


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("sum", {"Reds": (1, 16_000, 1), "Blues": (2, 7000, 1)}),
        ("average", {"Reds": (1, 16_000, 2), "Blues": (2, 7000, 1)}),
        ("median", {"Reds": (1, 16_000, 2), "Blues": (2, 7000, 1)}),
    ],
)
def test_every_team_is_stored_with_its_exact_score(
    app: Flask, score: str, expected: dict[str, tuple[int, ...]]
) -> None:
    made = make_final({**FOUR, "Eve Ito": 0}, ["Reds", "Blues"], RuleSet.from_data({"version": 1, "team_score": score}))
    names = dict(db.session.execute(select(Team.id, Team.name)).all())
    found = {names[team_id]: row[:3] for team_id, row in teams(made).items()}
    assert found == expected


def test_a_team_that_nobody_ran_for_has_a_place_too(app: Flask) -> None:
    made = make_final({"Ana Ruiz": 9000}, ["Reds", "Blues"])
    assert teams(made)[made.teams[1]] == (2, 0, 1, 0, 0, 0, 0, 0)


def test_all_places_take_one_statement(app: Flask) -> None:
    made = make_board([f"Runner {n}" for n in range(120)])
    set_total(made, {entry: 100 * (n % 50) for n, entry in enumerate(made.entries)})
    publish(made, date(2026, 12, 2))
    written: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, _p: object, _context: object, _many: object) -> None:
        written.append(statement)

    try:
        freeze(made)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert sum(statement.startswith("INSERT INTO result ") for statement in written) == 1
    rows = queries.places_of(made.challenge.id)
    totals = [row.total or 0 for row in rows]
    assert [row.rank for row in rows] == ranks(totals)
    assert [row.gap for row in rows] == [gaps(totals)[total] for total in totals]
    assert len(rows) == 120 and totals == sorted(totals, reverse=True)


def test_results_are_stored_once(app: Flask) -> None:
    made = make_final(FOUR)
    before = (places(made), stored(made))
    set_total(made, {made.entries[3]: 50_000})
    assert not service.store_results(made.challenge.id)
    db.session.commit()
    assert (places(made), stored(made)) == before


def test_what_is_not_frozen_has_no_results(app: Flask) -> None:
    made = make_board(list(FOUR))
    publish(made)
    assert not service.store_results(made.challenge.id)
    assert places(made) == []


def test_challenges_frozen_before_results_were_stored_get_them_from_the_sweep(app: Flask) -> None:
    made = make_final(FOUR, store=False)
    assert list(queries.without_results()) == [made.challenge.id]
    for _ in range(2):
        queue.enqueue(Job.CLOSE_SWEEP)
        run_jobs(app)
    assert list(queries.without_results()) == []
    assert len(places(made)) == 4 and list(queries.differences(made.challenge.id)) == []


# A former member ----------------------------------------------------------------------------------------------------


def test_someone_who_leaves_is_a_former_member_and_all_other_ranks_stay(app: Flask) -> None:
    made = make_final({"Ana Ruiz": 9000, "Ben Ode": 7000, "Cy Sol": 4000, "Dora Lang": 0})
    leaves(made, 1)
    assert places(made) == [(1, 0, 9000, None), (2, None, None, None), (3, 2, 4000, 5000), (4, 3, 0, None)]
    assert list(queries.differences(made.challenge.id)) == []


def test_someone_at_zero_who_leaves_stays_at_zero(app: Flask) -> None:
    """Without their zero, nothing would say that their place has no rank to show."""
    made = make_final({"Ana Ruiz": 9000, "Ben Ode": 0, "Cy Sol": 0, "Dora Lang": 0})
    leaves(made, 1)
    assert places(made) == [(1, 0, 9000, None), (2, 3, 0, None), (2, 2, 0, None), (4, None, 0, None)]
    choose(made.group.id, made.runners[3], "points")
    assert places(made) == [(1, 0, 9000, None), (2, 2, 0, None), (2, 3, 0, None), (4, None, 0, None)]
    leaves(made, 2)
    leaves(made, 3)
    assert places(made) == [(1, 0, 9000, None), (2, None, 0, None), (3, None, 0, None), (4, None, 0, None)]
    assert list(queries.differences(made.challenge.id)) == []


def test_a_gap_that_would_tell_the_total_is_derived_again(app: Flask) -> None:
    made = make_final({"Ana Ruiz": 9000, "Ben Ode": 7000, "Cy Sol": 7000})
    leaves(made, 0)
    assert places(made) == [(1, None, None, None), (2, 1, 7000, None), (2, 2, 7000, None)]


def test_a_shared_rank_does_not_tell_the_total(app: Flask) -> None:
    """Had they kept the second place beside Cy, their total would be Cy's."""
    made = make_final({**FOUR, "Eve Ito": 7000})
    leaves(made, 1)
    assert [row[:2] for row in places(made)] == [(1, 0), (2, 4), (2, 2), (4, None), (5, 3)]
    leaves(made, 4)
    assert [row[:2] for row in places(made)] == [(1, 0), (2, 2), (3, None), (4, None), (5, 3)]
    assert list(queries.differences(made.challenge.id)) == []


@pytest.mark.parametrize("gone", [0, 1, 2, 3])
def test_nothing_of_the_value_is_left_in_any_table(app: Flask, gone: int) -> None:
    """Not the total, not a sum that holds it, not a gap to it, wherever it was kept."""
    totals = [910_001, 70_020, 5300, 400]
    made = make_final(dict(zip(["Ana Ruiz", "Ben Ode", "Cy Sol", "Dora Lang"], totals, strict=True)), ["Reds"])
    telling = {totals[gone], sum(totals), sum(totals) // 4}
    if gone:
        telling.add(totals[gone - 1] - totals[gone])
    if gone < 3:
        telling.add(totals[gone] - totals[gone + 1])
    # A gap between two who stay is theirs.
    assert stored_values() & telling
    leaves(made, gone)
    run_jobs(app)
    assert not stored_values() & telling
    assert list(queries.differences(made.challenge.id)) == []


def stored_values() -> set[int]:
    db.session.rollback()
    columns = [column for table in Base.metadata.sorted_tables for column in table.columns]
    numbers = [column for column in columns if isinstance(column.type, Integer | BigInteger)]
    return {value for column in numbers for value in db.session.scalars(select(column)) if value is not None}


def test_a_team_that_lost_somebody_who_ran_for_it_keeps_its_place_and_no_figures(app: Flask) -> None:
    made = make_final({"Ana Ruiz": 9000, "Ben Ode": 7000, "Cy Sol": 4000, "Dora Lang": 1000}, ["Reds", "Blues"])
    leaves(made, 0)
    reds, blues = made.teams
    assert teams(made) == {reds: (1, 0, 1, 0, 2, 2, 0, 1), blues: (2, 8000, 1, 8000, 2, 2, 0, 0)}


def test_a_hidden_sum_does_not_come_back_when_another_one_leaves(app: Flask) -> None:
    """Whoever looked in between knows what the second one brought, and would have the first one's by the difference."""
    made = make_final({f"Runner {n}": 1000 * 2**n for n in range(6)}, ["Reds"])
    for number, former in ((5, 1), (4, 2)):
        leaves(made, number)
        assert teams(made)[made.teams[0]] == (1, 0, 1, 0, 6, 6, 0, former)


def test_a_team_loses_nothing_with_one_who_brought_nothing(app: Flask) -> None:
    made = make_final(FOUR, ["Reds", "Blues"])
    before = teams(made)
    leaves(made, 3)
    assert teams(made) == before
    assert list(queries.differences(made.challenge.id)) == []


def test_someone_who_ran_for_two_teams_takes_the_figures_of_both(app: Flask) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode", "Cy Sol"], teams=["Reds", "Blues"])
    set_total(made, dict.fromkeys(made.entries, 5000))
    move_team(made, made.entries[0], made.teams[1])
    set_day(made, made.entries[0], date(2026, 11, 9), 3000)
    db.session.commit()
    publish(made, date(2026, 12, 2))
    freeze(made)
    leaves(made, 0)
    assert [row[1:4] for row in teams(made).values()] == [(0, 1, 0), (0, 1, 0)]


def test_teams_that_shared_a_place_no_longer_do_when_one_of_them_hides_its_figures(app: Flask) -> None:
    """Otherwise its sum would be that of the other one."""
    made = make_final({"Ana Ruiz": 5000, "Ben Ode": 4000, "Cy Sol": 3000, "Dora Lang": 4000}, ["Reds", "Blues"])
    reds, blues = made.teams
    assert [teams(made)[team][0] for team in (reds, blues)] == [1, 1]
    leaves(made, 0)
    assert [teams(made)[team][0] for team in (reds, blues)] == [2, 1]
    assert list(queries.differences(made.challenge.id)) == []


def test_erasing_does_the_same_in_every_group(app: Flask) -> None:
    made = make_final(FOUR, ["Reds", "Blues"])
    version = db.session.get_one(Challenge, made.challenge.id).version
    begin_write()
    erase_runner(made.runners[1], DECEMBER)
    db.session.commit()
    assert [row[:2] for row in places(made)] == [(1, 0), (2, 2), (3, None), (4, 3)]
    assert db.session.get_one(Challenge, made.challenge.id).version > version
    assert list(queries.differences(made.challenge.id)) == []


def test_redacting_twice_changes_nothing(app: Flask) -> None:
    made = make_final(FOUR)
    leaves(made, 1)
    before = (places(made), stored(made))
    begin_write()
    assert service.redact_results(made.group.id, made.runners[1]) == set()
    db.session.commit()
    assert (places(made), stored(made)) == before


def test_a_captain_who_leaves_is_no_captain_of_a_final_team(app: Flask) -> None:
    made = make_final(FOUR, ["Reds", "Blues"])
    db.session.execute(update(Team).values(captain_id=made.runners[0]))
    db.session.commit()
    leaves(made, 0)
    assert set(db.session.scalars(select(Team.captain_id))) == {None}


def test_someone_who_was_hidden_when_it_froze_comes_into_no_place(app: Flask) -> None:
    made = make_board(list(FOUR))
    set_total(made, dict(zip(made.entries, FOUR.values(), strict=True)))
    ben = db.session.get_one(Runner, made.runners[1])
    connection = make_connection(ben, state="deauthorised")
    publish(made, date(2026, 12, 2))
    freeze(made)
    before = places(made)
    assert [row[:2] for row in before] == [(1, 0), (2, 2), (3, 3)]
    connection.state = ConnectionState.CONNECTED
    boards.show_runner(ben.id)
    db.session.commit()
    publish(made, date(2026, 12, 3))
    assert places(made) == before
    assert boards.differences(made.challenge.id) == []
    assert len(standing_of(made.challenge.id)) == 3
