"""The queue as rows: joining, leaving, holding seats, deleting."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, insert, select

from integrations.strava.types import AthleteSummary, TokenGrant
from tests.support.builders import NOON
from webapp.accounts import service as accounts
from webapp.accounts.service import NoSeat
from webapp.db import begin_write, db
from webapp.models.accounts import SeatRequest
from webapp.models.sync import Connection
from webapp.redis import redis_client
from webapp.seats import queries, service
from webapp.seats.rules import FULL_FOR, HELD_FOR, KEPT_FOR, MAX_WAITING

pytestmark = pytest.mark.both_databases


def wait(
    name: str, now: datetime = NOON, secret: str | None = None, *, seats: int | None = 0, network: str | None = None
) -> str:
    """Queue, while no seat is free unless `seats` says otherwise, from a network of one's own unless one is given."""
    begin_write()
    told = service.SeatRequestDetails(name, None, None, name if network is None else network)
    try:
        return service.wait(secret, secrets.token_urlsafe(32), told, seats, now)
    finally:
        db.session.commit()


def open_offer(secret: str, seats: int | None, now: datetime = NOON) -> bool:
    begin_write()
    is_held = service.open_offer(secret, seats, now)
    db.session.commit()
    return is_held


def allocate(seats: int | None, now: datetime = NOON) -> None:
    begin_write()
    service.allocate_seats(seats, now)
    db.session.commit()


def connect(athlete_id: int, most: int | None, now: datetime = NOON, ticket: str | None = None) -> bool:
    """Let Strava have sent this athlete; return whether they got in."""
    athlete = AthleteSummary(athlete_id, "Ana Ruiz")
    begin_write()
    try:
        accounts.connect(athlete, TokenGrant("a", "r", NOON, athlete), {"read"}, most, now, ticket=ticket)
    except NoSeat:
        db.session.rollback()
        return False
    db.session.commit()
    return True


def names() -> list[str]:
    return [one.name for one in queries.waiting(None, NOON)]


def test_the_line_is_in_the_order_of_coming(app: Flask) -> None:
    first, second = wait("Ana"), wait("Bo", NOON + timedelta(minutes=1))
    assert first != second and names() == ["Ana", "Bo"]
    assert queries.seat_outlook(second, 0, NOON).place == 2
    assert queries.seat_outlook("of nobody", 0, NOON).mine is None


def test_someone_who_asks_again_keeps_the_place(app: Flask) -> None:
    first = wait("Ana")
    wait("Bo", NOON + timedelta(minutes=1))
    assert wait("Ana R.", NOON + timedelta(minutes=2), first) == first
    assert names() == ["Ana R.", "Bo"]


def test_only_a_digest_of_a_ticket_is_kept(app: Flask) -> None:
    secret = wait("Ana")
    kept = db.session.scalars(select(SeatRequest)).one()
    assert len(secret) >= 40 and secret not in kept.digest


def test_the_line_has_an_end(app: Flask) -> None:
    rows = [{"digest": str(n), "name": "Ana", "asked_at": NOON} for n in range(MAX_WAITING)]
    db.session.execute(insert(SeatRequest), rows)
    db.session.commit()
    with pytest.raises(service.NoPlace, match="full"):
        wait("Bo")
    assert len(queries.queue_of_waiters(0)) == MAX_WAITING


def test_nobody_can_queue_while_a_seat_is_free(app: Flask) -> None:
    ana = wait("Ana")
    with pytest.raises(service.NoPlace, match="free"):
        wait("Bo", seats=1)
    assert open_offer(ana, 1)
    assert wait("Bo", seats=1), "the free seat is held for Ana"
    assert wait("Ana R.", secret=ana, seats=5) == ana


def test_one_network_gets_two_places_at_most(app: Flask) -> None:
    first = wait("Ana", network="x")
    wait("Bo", network="x")
    with pytest.raises(service.NoPlace, match="network"):
        wait("Cy", network="x")
    wait("Di", network="y")
    assert wait("Ana R.", secret=first, network="x") == first
    begin_write()
    service.leave(first)
    db.session.commit()
    assert wait("Cy", network="x")


def test_places_that_nobody_opens_hold_no_seat(app: Flask) -> None:
    for number in range(29):
        wait(f"Nobody {number}")
    allocate(29)
    assert queries.seat_outlook(None, 29, NOON).may_connect
    assert connect(1, 29)


def test_nobody_takes_a_seat_that_is_held_for_another(app: Flask) -> None:
    assert connect(1, 1)
    ana = wait("Ana")
    assert not connect(2, 1), "no seat"
    assert open_offer(ana, 2)
    assert not connect(2, 2), "the seat is Ana's"
    assert connect(2, 3), "a second one is free"
    assert not connect(3, 3, ticket="of nobody")
    assert connect(3, 3, ticket=ana)
    assert names() == []


def test_someone_who_holds_a_seat_comes_in_whatever_the_line(app: Flask) -> None:
    assert connect(1, 1)
    wait("Ana")
    assert connect(1, 1) and connect(1, None) and names() == ["Ana"]


def test_an_opened_offer_holds_the_seat_for_a_day_and_once(app: Flask) -> None:
    ana, bo = wait("Ana"), wait("Bo", NOON + timedelta(minutes=1))
    assert queries.seat_outlook(bo, 1, NOON).may_connect and queries.seat_outlook(bo, 1, NOON).may_hold
    assert open_offer(ana, 1)
    assert queries.seat_outlook(ana, 1, NOON).held_until == NOON + HELD_FOR
    assert not queries.seat_outlook(bo, 1, NOON).may_connect and not open_offer(bo, 1)
    later = NOON + HELD_FOR
    allocate(1, later)
    assert queries.seat_outlook(ana, 1, later).may_connect and not open_offer(ana, 1, later)
    assert open_offer(bo, 1, later) and not queries.seat_outlook(ana, 1, later).may_connect
    assert connect(7, 1, later, bo)


def test_a_seat_that_went_before_they_came_is_offered_again(app: Flask) -> None:
    ana = wait("Ana")
    assert open_offer(ana, 1)
    allocate(0, NOON + timedelta(hours=1))
    again = NOON + timedelta(days=20)
    assert open_offer(ana, 1, again)
    assert queries.seat_outlook(ana, 1, again).held_until == again + HELD_FOR


def test_someone_who_has_waited_for_long_is_removed(app: Flask) -> None:
    wait("Ana")
    wait("Bo", NOON + timedelta(days=1))
    allocate(0, NOON + KEPT_FOR)
    assert names() == ["Bo"]


def test_stravas_word_that_it_is_full_holds_for_a_while_or_until_somebody_leaves(app: Flask) -> None:
    assert connect(1, None) and connect(2, None)
    ana = wait("Ana")
    assert queries.seat_outlook(ana, None, NOON).may_connect
    service.record_full(NOON)
    outlook = queries.seat_outlook(ana, None, NOON)
    assert (outlook.free, outlook.waiting, outlook.may_connect) == (0, 1, False)
    assert queries.seat_outlook(ana, None, NOON + FULL_FOR).may_connect
    begin_write()
    runner_id = db.session.scalar(select(Connection.runner_id).limit(1))
    assert runner_id
    accounts.erase_runner(runner_id, NOON)
    db.session.commit()
    assert queries.seat_outlook(ana, None, NOON).free == 1


def test_without_a_number_of_seats_no_offer_can_be_held_so_none_is_promised(app: Flask) -> None:
    assert connect(1, None)
    ana = wait("Ana")
    assert open_offer(ana, 2), "as if the operator took the number away later"
    service.record_full(NOON)
    db.session.execute(delete(Connection))
    db.session.commit()
    outlook = queries.seat_outlook(ana, None, NOON)
    assert (outlook.free, outlook.may_connect, outlook.may_hold, outlook.held_until) == (1, True, False, None)
    assert not open_offer(ana, None) and queries.seat_outlook(None, None, NOON).may_connect
    assert connect(2, None), "it goes to the first who connects"


def test_a_held_seat_is_kept_from_others_when_strava_has_fewer_than_the_operator_set(app: Flask) -> None:
    assert connect(1, 10) and connect(2, 10)
    service.record_full(NOON)
    ana = wait("Ana", seats=10)
    db.session.execute(delete(Connection).where(Connection.athlete_id == 2))
    db.session.commit()
    assert open_offer(ana, 10) and queries.seat_outlook(ana, 10, NOON).held_until
    assert not connect(3, 10), "the only seat that Strava has is Ana's"
    assert connect(3, 10, ticket=ana)


def test_strava_is_believed_when_it_lets_somebody_in_after_it_said_that_it_was_full(app: Flask) -> None:
    assert connect(1, 10)
    service.record_full(NOON)
    assert not queries.seat_outlook(None, 10, NOON).may_connect
    assert connect(2, 10) and connect(3, 10)


@pytest.mark.parametrize("kept", [b"", b"x", b"1 2 3", b"9999999999999999 1", b"\xff"])
def test_what_is_not_ours_in_redis_is_no_word_of_stravas(app: Flask, kept: bytes) -> None:
    redis_client().set(queries.FULL_KEY, kept)
    assert queries.last_full() is None


def test_many_who_wait_at_once_all_get_places_of_their_own(app: Flask) -> None:
    def one(number: int) -> str:
        with app.app_context():
            return wait(f"Runner {number}")

    with ThreadPoolExecutor(4) as pool:
        tickets = list(pool.map(one, range(12)))
    assert sorted(queries.seat_outlook(ticket, 0, NOON).place or 0 for ticket in tickets) == list(range(1, 13))
