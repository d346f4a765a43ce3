"""Pledges are stored once, their passes are two, and nobody sees one after either has left the group."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.consents import choose
from tests.support.runs import reported_on
from webapp.activities.service import ingest
from webapp.db import db, write_transaction
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.models.breaks import RunnerBreak
from webapp.models.groups import Consent, Group
from webapp.models.pledges import Pledge, PledgePass, PledgeWatcher
from webapp.models.words import PledgeMeasure, PledgePeriod
from webapp.pledges import queries, service
from webapp.pledges.service import PledgeDraft
from webapp.rulebook.pledges import period_of
from webapp.scoring.service import rederive

pytestmark = pytest.mark.both_databases

TODAY = NOON.date()
WEEK = period_of("week", TODAY)


@pytest.fixture
def pair(app: Flask) -> tuple[Group, int, int]:
    """A group with Ana and Ben."""
    group = make_group()
    ana, ben = make_runner("Ana Ruiz"), make_runner("Ben Ode")
    for runner in (ana, ben):
        make_member(group, runner)
    return group, ana.id, ben.id


def draft(amount: int | None = 3, plan: str = "Tuesday with Ben", **values: object) -> PledgeDraft:
    usual = {"period": PledgePeriod.WEEK, "starts_on": WEEK[0], "ends_on": WEEK[1], "measure": PledgeMeasure.DAYS}
    return PledgeDraft(**{**usual, "amount": amount, "plan": plan, **values})  # type: ignore[arg-type]  # fields of it


def make(runner_id: int, amount: int | None = 3, plan: str = "Tuesday with Ben") -> int:
    with write_transaction():
        return service.make_pledge(runner_id, draft(amount, plan), TODAY, NOON)


def show(runner_id: int, pledge_id: int, group: Group, watcher_id: int) -> None:
    with write_transaction():
        service.show_to(runner_id, pledge_id, group.id, watcher_id)


def passes(runner_id: int, pledge_id: int, wanted: int, today: date = TODAY) -> int:
    with write_transaction():
        service.set_passes(runner_id, pledge_id, wanted, today)
    return len(db.session.scalars(select(PledgePass)).all())


def run(runner_id: int, *days: date) -> None:
    ingest(runner_id, [reported_on(f"{runner_id}-{day}", day) for day in days])
    rederive(runner_id, None, NOON)
    db.session.commit()


def says(runner_id: int) -> str | None:
    db.session.rollback()
    (one,) = queries.own_pledges(runner_id, TODAY, "km").present
    return one.says


def test_the_same_pledge_sent_twice_is_one_and_there_is_an_end_to_them(pair: tuple[Group, int, int]) -> None:
    _, ana, _ = pair
    assert make(ana) == make(ana)
    for number in range(1, service.MAX_NOT_OVER):
        make(ana, plan=f"Plan {number}")
    with pytest.raises(service.TooManyPledges):
        make(ana, plan="One more")


def test_runs_passes_and_breaks_tell_how_far_somebody_is(pair: tuple[Group, int, int]) -> None:
    _, ana, _ = pair
    pledge_id = make(ana)
    assert says(ana) == "3 days by Sunday. All of it is still ahead."
    run(ana, WEEK[0], TODAY, WEEK[0] - timedelta(days=1))
    assert says(ana) == "2 of 3 days: one more by Sunday."
    assert [passes(ana, pledge_id, wanted) for wanted in (1, 1, 2, 2, 1)] == [1, 1, 2, 2, 1]
    assert says(ana) == "Kept: 2 of 2 days."
    assert passes(ana, pledge_id, 0) == 0
    db.session.add(RunnerBreak(runner_id=ana, starts_on=TODAY))
    db.session.commit()
    assert says(ana) == "Kept, and more: 2 of 1 day."


def test_passes_can_be_taken_for_a_week_after_the_end(pair: tuple[Group, int, int]) -> None:
    _, ana, ben = pair
    pledge_id = make(ana)
    assert passes(ana, pledge_id, 2, WEEK[1] + timedelta(days=7)) == 2
    with pytest.raises(service.PledgeIsOver):
        passes(ana, pledge_id, 0, WEEK[1] + timedelta(days=8))
    with pytest.raises(service.PledgeIsOver):
        passes(ana, make(ana, None), 1)
    with pytest.raises(service.PledgeIsOver), write_transaction():
        service.change_pledge(ana, pledge_id, draft(1), WEEK[1] + timedelta(days=1))
    for act in (lambda: passes(ben, pledge_id, 1), lambda: service.delete_pledge(ben, pledge_id)):
        with pytest.raises(Exception, match="404"):
            act()


@pytest.mark.parametrize("leaver", ["owner", "watcher"])
def test_chosen_members_see_it_until_either_leaves(pair: tuple[Group, int, int], leaver: str) -> None:
    group, ana, ben = pair
    pledge_id = make(ana)
    for _ in range(2):
        show(ana, pledge_id, group, ben)
    (seen,) = queries.watched_pledges(ben, NOON, "km")
    assert (seen.name, seen.plan) == ("Ana Ruiz", "Tuesday with Ben")
    assert seen.says == "3 days by Sunday. All of it is still ahead."
    with write_transaction():
        leave(group.id, ana if leaver == "owner" else ben, NOON)
    assert queries.watched_pledges(ben, NOON, "km") == []
    assert db.session.scalars(select(PledgeWatcher)).all() == []
    assert db.session.scalars(select(Pledge.plan)).one() == "Tuesday with Ben"


def test_what_a_member_hides_is_in_no_pledge_that_others_see(pair: tuple[Group, int, int]) -> None:
    group, ana, ben = pair
    pledge_id = make(ana)
    show(ana, pledge_id, group, ben)
    choose(group.id, ana, "points")
    (seen,) = queries.watched_pledges(ben, NOON, "km")
    assert seen.says is None and seen.pledged == "3 days"
    choose(group.id, ana, "hidden")
    assert queries.watched_pledges(ben, NOON, "km") == []
    choose(group.id, ana, "totals")
    db.session.execute(update(Consent).where(Consent.runner_id == ana).values(muted_at=NOON))
    db.session.commit()
    (seen,) = queries.watched_pledges(ben, NOON, "km")
    assert seen.plan == seen.backup_plan == "" and seen.says


def test_it_is_seen_in_one_group_by_ten_at_most_and_outlives_the_group(pair: tuple[Group, int, int]) -> None:
    group, ana, ben = pair
    other, pledge_id = make_group("Others"), make(ana)
    for runner_id in (ana, ben):
        make_member(other, db.session.get_one(Runner, runner_id))
    show(ana, pledge_id, group, ben)
    with pytest.raises(service.PledgeOfAnotherGroup):
        show(ana, pledge_id, other, ben)
    with write_transaction():
        db.session.delete(db.session.get_one(Group, group.id))
    assert queries.watched_pledges(ben, NOON, "km") == []
    show(ana, pledge_id, other, ben)
    assert len(queries.watched_pledges(ben, NOON, "km")) == 1
    with write_transaction():
        service.stop_watching(pledge_id, ben)
    for _ in range(service.MAX_WATCHERS):
        one = make_runner("Caro")
        make_member(other, one)
        show(ana, pledge_id, other, one.id)
    with pytest.raises(service.TooManyWatchers):
        show(ana, pledge_id, other, ben)
    with pytest.raises(Exception, match="404"):
        show(ana, pledge_id, other, ana)
