"""Notifications in words: read when they are shown or sent, so that they say no more than the reader may see then."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import and_, select

from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.models.facts import Fact
from webapp.models.groups import Group, Membership
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import DeliveryState, FactKind
from webapp.notifications.challenge_message_queries import (
    begins_details,
    final_details,
    no_successor_details,
    turn_details,
)
from webapp.notifications.chase_message_queries import last_days_details, overtaken_details, overtook_details
from webapp.notifications.choice_queries import timing_of
from webapp.notifications.digest_queries import digest_details
from webapp.notifications.digest_rules import A_WEEK
from webapp.notifications.group_message_queries import (
    announcement_details,
    answer_details,
    removal_details,
    request_details,
    role_details,
)
from webapp.notifications.group_run_message_queries import (
    changed_details,
    freed_details,
    leader_details,
    offered_details,
    reminder_details,
)
from webapp.notifications.kind_rules import RESTING
from webapp.notifications.message_rules import Details, DetailsReader, Message, Told
from webapp.notifications.own_message_queries import (
    connection_details,
    held_back_details,
    mail_stopped_details,
    receipt_details,
    review_details,
)
from webapp.notifications.people_message_queries import buddy_details, come_back_details, nudge_details
from webapp.notifications.reference_queries import challenge_ref, group_ref
from webapp.notifications.rest_queries import on_a_break


def messages_of(notification_ids: Collection[int], now: datetime) -> dict[int, Message]:
    """Return these notifications in words, by id, in a number of statements that does not grow with them.

    What is withdrawn, or may not be told to its reader any more, is left out.
    """
    by_kind: defaultdict[FactKind, list[Told]] = defaultdict(list)
    for one in _told(notification_ids):
        by_kind[one.kind].append(one)
    found: dict[int, Message] = {}
    for kind, told in by_kind.items():
        details = READERS[kind](told, now) if kind in READERS else {}
        found |= {one.id: in_words(one, details[one.id], now) for one in told if one.id in details}
    return found


def _digest_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    return digest_details(told, now, _kept_back({one.runner_id for one in told}, now))


def _kept_back(runner_ids: Collection[int], now: datetime) -> Mapping[int, list[str]]:
    """Return the subjects of what was left to the digest within a week, and was not read in the inbox.

    What nags is left out for those who are on a break.
    """
    resting = on_a_break(runner_ids, now)
    left = (
        select(Notification.id, Notification.runner_id)
        .join(Delivery, Delivery.notification_id == Notification.id)
        .join(Fact, Fact.id == Notification.fact_id)
        .where(Notification.runner_id.in_(runner_ids), Notification.read_at.is_(None))
        .where(Delivery.state == DeliveryState.LEFT_TO_DIGEST, Delivery.finished_at > now - A_WEEK)
        .where(Fact.kind != FactKind.WEEKLY_DIGEST)
        .distinct()
        .order_by(Notification.id.desc())
    )
    rows = db.session.execute(left).all()
    messages = messages_of([row.id for row in rows], now)
    found: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows:
        message = messages.get(row.id)
        if message and not (message.kind in RESTING and row.runner_id in resting):
            found[row.runner_id].append(message.subject)
    return found


READERS: Mapping[FactKind, DetailsReader] = {
    FactKind.RUN_CHANGED: changed_details,
    FactKind.RUN_CHANGED_SOON: changed_details,
    FactKind.RUN_REMINDER: reminder_details,
    FactKind.PLACE_FREED: freed_details,
    FactKind.PLACE_OFFERED: offered_details,
    FactKind.LEADER_NEEDED: leader_details,
    FactKind.NUDGE: nudge_details,
    FactKind.COME_BACK: come_back_details,
    FactKind.BUDDY_ASKED: buddy_details,
    FactKind.OVERTAKEN: overtaken_details,
    FactKind.OVERTOOK: overtook_details,
    FactKind.THREE_DAYS_LEFT: last_days_details,
    FactKind.CHALLENGE_BEGINS: begins_details,
    FactKind.CHALLENGE_FINAL: final_details,
    FactKind.NO_SUCCESSOR: no_successor_details,
    FactKind.RUN_HELD_BACK: held_back_details,
    FactKind.REVIEW_DECIDED: review_details,
    FactKind.TURN_TO_PICK: turn_details,
    FactKind.REQUEST_RECEIVED: request_details,
    FactKind.REQUEST_ANSWERED: answer_details,
    FactKind.ROLE_GIVEN: role_details,
    FactKind.REMOVED_FROM_GROUP: removal_details,
    FactKind.ANNOUNCEMENT: announcement_details,
    FactKind.RECEIPT: receipt_details,
    FactKind.CONNECTION: connection_details,
    FactKind.MAIL_STOPPED: mail_stopped_details,
    # It reads other notifications, so it is here and not with the others.
    FactKind.WEEKLY_DIGEST: _digest_details,
}


def _told(notification_ids: Collection[int]) -> list[Told]:
    if not notification_ids:
        return []
    rows = db.session.execute(_TOLD.where(Notification.id.in_(notification_ids))).all()
    timing = timing_of({row.Notification.runner_id for row in rows})
    return [_one_told(timing[row.Notification.runner_id].zone, *row) for row in rows]


def _one_told(
    zone: str,
    notification: Notification,
    fact: Fact,
    units: str,
    group: Group | None,
    membership: Membership | None,
    challenge: Challenge | None,
) -> Told:
    return Told(
        notification.id,
        fact.kind,
        fact.happened_at,
        {**fact.data, **notification.data},
        fact.about_id,
        fact.group_run_id,
        notification.runner_id,
        units,
        zone,
        group_ref(group, membership.role if membership else None) if group else None,
        challenge_ref(challenge) if challenge else None,
    )


_MINE = and_(Membership.group_id == Fact.group_id, Membership.runner_id == Notification.runner_id)
_TOLD = (
    select(Notification, Fact, Runner.units, Group, Membership, Challenge)
    .join(Fact, Fact.id == Notification.fact_id)
    .join(Runner, Runner.id == Notification.runner_id)
    .outerjoin(Group, Group.id == Fact.group_id)
    .outerjoin(Membership, _MINE)
    .outerjoin(Challenge, Challenge.id == Fact.challenge_id)
    .where(Fact.withdrawn_since.is_(None))
)


def in_words(told: Told, details: Details, now: datetime) -> Message:
    """Write a notification by the template of its kind."""
    template = current_app.jinja_env.get_template(f"notifications/kinds/{told.kind}.txt")
    about = {"group": told.group and told.group.name, "challenge": told.challenge and told.challenge.name}
    words = {**about, "units": told.units, "zone": told.zone, "today": told.today(now), **details.words}

    def lines(block: str) -> tuple[str, ...]:
        text = "".join(template.blocks[block](template.new_context(words)))
        # One line each: whatever stands in a name, it makes no second subject.
        return tuple(line for part in text.splitlines() if (line := " ".join(part.split())))

    subject, link_text = " ".join(lines("subject")), " ".join(lines("action"))
    link = path_of(details.endpoint, **details.link_values)
    return Message(told.id, told.kind, subject, lines("text"), link, link_text, told.where)


def path_of(endpoint: str, **values: Any) -> str:
    """Return the path of a page. It needs no request: what is sent is made by a job."""
    anchor = values.pop("_anchor", None)
    path = current_app.url_map.bind("").build(endpoint, values)
    return f"{path}#{anchor}" if anchor else path
