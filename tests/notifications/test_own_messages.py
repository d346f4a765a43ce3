"""What runners are told of their own runs and of their connection to Strava."""

from datetime import timedelta

import pytest
from flask import Flask

from integrations.strava.types import AthleteSummary, TokenGrant
from tests.support.builders import NOON, make_connection, make_runner
from tests.support.disputes import Dispute
from tests.support.inbox import messages_to, said_to
from webapp.accounts.service import connect, erase_runner, record_lost_scope
from webapp.db import write_transaction
from webapp.extensions import clock
from webapp.models.words import ConnectionState, FactKind
from webapp.reviews.service import Ruled
from webapp.rulebook.judging import Decision
from webapp.sync.service import end_connection

GRANT = TokenGrant(access_token="a", refresh_token="r", expires_at=NOON, athlete=None)
HELD, DECIDED = FactKind.RUN_HELD_BACK, FactKind.REVIEW_DECIDED


def test_a_runner_reads_that_a_run_is_held_back_until_it_is_decided(app: Flask) -> None:
    dispute = Dispute(app)
    until = "You can ask for a review until Wed 2 Dec, 12:00."
    assert said_to(dispute.mia.id) == [
        "A run of yours does not count yet | It is the one of Thu 12 Nov, in November: it is faster than the world "
        f"record for its distance. | {until}"
    ]
    assert messages_to(dispute.mia.id)[0].link == f"{dispute.home}/my-runs"
    assert said_to(dispute.olga.id) == []
    review = dispute.ask()
    dispute.decide(review, Ruled(Decision.COUNT, "It was a relay."))
    assert said_to(dispute.mia.id, kind=HELD) == []


@pytest.mark.both_databases
def test_a_runner_reads_what_was_decided_and_the_second_decision_as_well(app: Flask) -> None:
    dispute = Dispute(app)
    review = dispute.ask()
    dispute.decide(review, Ruled(Decision.LEAVE_OUT, "A car?"))
    assert said_to(dispute.mia.id, kind=DECIDED) == [
        "Your review is decided | Your run of Thu 12 Nov does not count in November. | The reason: “A car?” | "
        "You can answer once, until Wed 2 Dec, 12:00."
    ]
    dispute.answer(review)
    dispute.decide(review, Ruled(Decision.COUNT, "Fine."), now=NOON + timedelta(hours=1))
    assert said_to(dispute.mia.id, kind=DECIDED) == [
        "Your review is decided | Your run of Thu 12 Nov does not count in November.",
        "Your review is decided | Your run of Thu 12 Nov counts in November. | The reason: “Fine.”",
    ]


def test_no_message_of_a_run_says_more_of_it_than_its_date(app: Flask) -> None:
    dispute = Dispute(app)
    dispute.decide(dispute.ask(), Ruled(Decision.LEAVE_OUT, "A car?"))
    said = " ".join(said_to(dispute.mia.id))
    assert [trace for trace in ("tide", "Garmin", "10.0", "20:00", "311") if trace in said] == []


@pytest.mark.both_databases
def test_a_runner_whose_connection_ends_reads_until_when_it_can_be_mended(app: Flask) -> None:
    clock().set(now=NOON)
    runner = make_runner()
    connection = make_connection(runner)
    with write_transaction():
        end_connection(runner.id, NOON)
    assert said_to(runner.id) == [
        "Please connect Strava again | You ended the connection on Strava. Connect again within 7 days and everything "
        "carries on. | Until then your groups do not see you. | Otherwise everything of yours here is erased on Thu 19 "
        "Nov."
    ]
    with write_transaction():
        connection.state = ConnectionState.CONNECTED
    assert said_to(runner.id) == []


def test_a_runner_who_ticked_too_little_reads_what_is_missing(app: Flask) -> None:
    clock().set(now=NOON)
    runner = make_runner()
    connection = make_connection(runner)
    with write_transaction():
        record_lost_scope(connection.athlete_id, GRANT, ("read",), NOON)
        record_lost_scope(connection.athlete_id, GRANT, ("read",), NOON + timedelta(hours=1))
    assert said_to(runner.id) == [
        "Please connect Strava again | Strava lets us see none of your runs. Please connect again and leave that box "
        "ticked."
    ]


def test_a_runner_who_was_erased_while_away_finds_the_receipt_when_they_come_back(app: Flask) -> None:
    clock().set(now=NOON)
    connection = make_connection(make_runner())
    athlete = AthleteSummary(id=connection.athlete_id, name="Ana Ruiz")
    with write_transaction():
        code = erase_runner(connection.runner_id, NOON, revoked=True, unseen=True)
    with write_transaction():
        back = connect(athlete, GRANT, ("read",), None, NOON).runner.id
    (message,) = messages_to(back)
    assert message.subject == "What you had here was erased" and message.link == f"/receipt/{code}"
