"""What runners are told of chases: who went past whom, by how much, and never a place."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import update

from jobs.facts import due_facts
from tests.support.boards import NOON, TODAY, Made, make_board, publish, set_day, set_total
from tests.support.consents import choose
from tests.support.inbox import messages_to, said_to
from tests.support.overtakes import derive_overtakes
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.breaks import RunnerBreak
from webapp.models.words import FactKind
from webapp.rulebook.ruleset import RuleSet

ANA, BEN, CARO, DORA = range(4)
LAST_WEEK = date(2026, 11, 5)
OVERTAKEN, OVERTOOK = FactKind.OVERTAKEN, FactKind.OVERTOOK


@pytest.fixture
def made(app: Flask) -> Made:
    """Ana, Ben and Caro are ahead of Dora, who has 1 km."""
    clock().set(now=NOON)
    made = make_board(["Ana Ruiz", "Ben Ode", "Caro Śliwa", "Dora Moe"])
    made.challenge.created_at = NOON - timedelta(days=30)
    set_total(made, dict(zip(made.entries, (9000, 6000, 4000, 1000), strict=True)), day=LAST_WEEK)
    publish(made)
    derive_overtakes(made)
    return made


def ran(made: Made, who: int, metres: int, day: date = TODAY) -> None:
    set_day(made, made.entries[who], day, metres)
    db.session.commit()
    publish(made)
    derive_overtakes(made)


def on_break(made: Made, who: int, day: date = TODAY) -> None:
    db.session.add(RunnerBreak(runner_id=made.runners[who], starts_on=day, is_marked=False))
    db.session.commit()


def test_a_runner_reads_who_went_past_them_and_by_how_much(made: Made) -> None:
    ran(made, DORA, 4500)
    message = messages_to(made.runners[CARO])[0]
    assert message.subject == "Dora Moe went past you"
    assert message.text_lines == ("That was on Thu 12 Nov, in November.", "Dora Moe is 1.5 km ahead of you now.")
    assert message.link == f"/g/{made.group.slug}/c/{made.challenge.id}/chase"
    assert message.where == "Morning Milers · November"


@pytest.mark.both_databases
def test_a_day_is_one_notification_that_names_the_nearest_and_counts_the_others(made: Made) -> None:
    ran(made, DORA, 5500)
    ran(made, CARO, 2400)
    ran(made, DORA, 9000)
    assert said_to(made.runners[BEN]) == [
        "Caro Śliwa and 1 other went past you | That was on Thu 12 Nov, in November. | "
        "Caro Śliwa is 0.4 km ahead of you now."
    ]
    assert said_to(made.runners[DORA], kind=OVERTOOK) == [
        "You went past Ana Ruiz and 2 others | That was on Thu 12 Nov, in November. | "
        "You are 1.0 km ahead of Ana Ruiz now."
    ]


def test_distances_are_in_the_units_of_the_reader(made: Made) -> None:
    db.session.execute(update(Runner).where(Runner.id == made.runners[CARO]).values(units="mi"))
    ran(made, DORA, 8000)
    assert "Dora Moe is 3.1 mi ahead of you now." in said_to(made.runners[CARO])[0]


def test_an_overtake_that_is_no_longer_true_is_withdrawn(made: Made) -> None:
    ran(made, DORA, 4500)
    assert said_to(made.runners[CARO])
    ran(made, CARO, 2000)
    assert said_to(made.runners[CARO], kind=OVERTAKEN) == said_to(made.runners[DORA], kind=OVERTOOK) == []


def test_an_import_of_older_runs_tells_nothing(made: Made) -> None:
    ran(made, DORA, 4500, TODAY - timedelta(days=2))
    assert said_to(made.runners[CARO]) == said_to(made.runners[DORA]) == []
    ran(made, DORA, 4500, TODAY - timedelta(days=1))
    ran(made, CARO, 8000, TODAY - timedelta(days=1))
    assert said_to(made.runners[BEN], kind=OVERTAKEN)


@pytest.mark.parametrize("level", ["hidden", "points"])
def test_a_runner_who_shows_less_is_not_named(made: Made, level: str) -> None:
    ran(made, DORA, 4500)
    choose(made.group.id, made.runners[DORA], level)
    assert said_to(made.runners[CARO]) == []


@pytest.mark.parametrize("who", [CARO, DORA])
def test_a_break_silences_both(made: Made, who: int) -> None:
    on_break(made, who)
    ran(made, DORA, 4500)
    assert said_to(made.runners[CARO]) == said_to(made.runners[DORA]) == []


def test_a_hidden_runner_is_told_nothing_to_begin_with(made: Made) -> None:
    choose(made.group.id, made.runners[DORA], "points")
    ran(made, DORA, 4500)
    assert said_to(made.runners[CARO]) == []


def test_with_one_goal_for_all_nobody_goes_past_anybody(app: Flask) -> None:
    clock().set(now=NOON)
    together = RuleSet(shape="group_goal", params={"goal": 100_000})
    made = make_board(["Ana Ruiz", "Ben Ode"], rules=together)
    set_total(made, dict(zip(made.entries, (9000, 6000), strict=True)), day=LAST_WEEK)
    publish(made)
    derive_overtakes(made)
    ran(made, BEN, 8000)
    assert said_to(made.runners[ANA]) == []


# The last days ------------------------------------------------------------------------------------------------------

SATURDAY = datetime.fromisoformat("2026-11-28T08:00:00+00:00")


@pytest.mark.both_databases
def test_three_days_before_the_end_everybody_reads_their_closest_chase(made: Made) -> None:
    clock().set(now=SATURDAY - timedelta(hours=9))
    due_facts()
    assert said_to(made.runners[BEN], SATURDAY) == []
    clock().set(now=SATURDAY)
    due_facts()
    due_facts()
    until = "Runs count until the end of Mon 30 Nov."
    assert said_to(made.runners[ANA], SATURDAY) == [
        f"Three days left in November | Your closest chase: Ben Ode is 3.0 km behind you. | {until}"
    ]
    assert said_to(made.runners[BEN], SATURDAY) == [
        f"Three days left in November | Your closest chase: Caro Śliwa is 2.0 km behind you. | {until}"
    ]
    assert said_to(made.runners[DORA], SATURDAY) == [
        f"Three days left in November | Your closest chase: Caro Śliwa is 3.0 km ahead of you. | {until}"
    ]


def test_the_closest_chase_leaves_out_who_shows_less_or_is_on_a_break(made: Made) -> None:
    clock().set(now=SATURDAY)
    due_facts()
    choose(made.group.id, made.runners[CARO], "points")
    publish(made)
    assert "Ana Ruiz is 3.0 km ahead of you." in said_to(made.runners[BEN], SATURDAY)[0]
    on_break(made, ANA)
    assert "Dora Moe is 5.0 km behind you." in said_to(made.runners[BEN], SATURDAY)[0]
    on_break(made, BEN)
    assert "closest" not in said_to(made.runners[BEN], SATURDAY)[0]


def test_read_later_the_last_days_are_over(made: Made) -> None:
    clock().set(now=SATURDAY)
    due_facts()
    assert said_to(made.runners[BEN], SATURDAY + timedelta(days=5)) == [
        "The last days of November | Its last day was Mon 30 Nov."
    ]
