"""Reading what notifications say of the reader's own runs, and of their connection to Strava."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from webapp.auth.rules import ERASE_AFTER
from webapp.db import db
from webapp.formatting import local_date
from webapp.models.reviews import Review
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.notifications.message_rules import Details, Told, of_members


def held_back_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Say on which date the reader has a run that does not count for now, while they can ask about it."""
    return {
        one.id: Details(
            "my_runs.my_runs",
            _here(one),
            {"day": one.day, "verdict": one.data["verdict"], "until": one.challenge.closes_at},
        )
        for one in of_members(told)
        if one.challenge and one.challenge.frozen_at is None and now < one.challenge.closes_at
    }


def review_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Read the date of the run and the reason of the decision."""
    told = [one for one in of_members(told) if one.challenge]
    reviews = select(Review).where(Review.id.in_({one.data["review_id"] for one in told}))
    found = {(one.id, one.runner_id, one.challenge_id): one for one in db.session.scalars(reviews)}
    return {
        one.id: Details("my_runs.my_runs", _here(one), _decision(one, review, now))
        for one in told
        if one.challenge and (review := found.get((one.data["review_id"], one.runner_id, one.challenge.id)))
    }


def _decision(one: Told, review: Review, now: datetime) -> dict[str, object]:
    assert one.challenge
    is_latest = review.decided_at == one.happened_at
    may_answer = is_latest and review.answered_at is None and now < one.challenge.closes_at
    return {
        "day": review.local_date,
        "decision": one.data["decision"],
        "reason": review.reason if is_latest else "",
        "until": one.challenge.closes_at if may_answer else None,
    }


def connection_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Read what is wrong with the reader's connection, as long as it is."""
    mine = select(Connection).where(
        Connection.runner_id.in_({one.runner_id for one in told}), Connection.state != ConnectionState.CONNECTED
    )
    found = {one.runner_id: one for one in db.session.scalars(mine)}
    return {
        one.id: Details("accounts.account", {}, _connection(one, found[one.runner_id]))
        for one in told
        if one.runner_id in found
    }


def _connection(one: Told, connection: Connection) -> dict[str, object]:
    is_hidden = connection.state == ConnectionState.DEAUTHORISED
    ended = connection.ended_at
    erased_on = local_date(ended + ERASE_AFTER, one.zone) if is_hidden and ended else None
    return {"problem": connection.problem, "is_hidden": is_hidden, "erased_on": erased_on}


def mail_stopped_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Lead to where the reader says where mails go. Which address refused a mail stands there alone."""
    return {one.id: Details("mail.page") for one in told}


def receipt_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Lead to what was erased of a runner who was not here to see it, and has come back."""
    return {one.id: Details("accounts.receipt", {"code": one.data["code"]}) for one in told}


def _here(one: Told) -> dict[str, object]:
    assert one.group and one.challenge
    return {"slug": one.group.slug, "challenge_id": one.challenge.id}
