"""Reading what notifications say from one runner to another, and to one who has come back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import exists, select

from webapp.buddies.queries import is_open
from webapp.db import db
from webapp.models.buddies import BuddyLink
from webapp.models.groups import Consent
from webapp.models.missing import Nudge
from webapp.notifications.message_rules import Details, Told, of_members
from webapp.notifications.people_queries import people_of


def nudge_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Read what somebody wrote to the reader. What a muted member wrote reaches nobody."""
    told = of_members(told)
    muted = exists().where(
        Consent.group_id == Nudge.group_id, Consent.runner_id == Nudge.from_id, Consent.muted_at.is_not(None)
    )
    sent = select(Nudge).where(Nudge.id.in_({one.data["nudge_id"] for one in told}), ~muted)
    found = {(one.group_id, one.to_id, one.id): one for one in db.session.scalars(sent)}
    people = people_of({(one.group_id, one.from_id) for one in found.values()})
    return {
        one.id: Details(
            "nudges.nudges",
            {"slug": one.group.slug},
            {
                "name": person.name if (person := people.get((nudge.group_id, nudge.from_id))) else None,
                "kind": nudge.kind,
                "text": nudge.text,
            },
        )
        for one in told
        if one.group and (nudge := found.get((one.group.id, one.runner_id, one.data["nudge_id"])))
    }


def buddy_details(told: Sequence[Told], now: datetime) -> Mapping[int, Details]:
    """Say who asks to be the reader's buddy, while they can answer, as long as the group sees who asks."""
    told = of_members(told)
    groups, askers, readers = (
        {one.group.id for one in told if one.group},
        {one.about_id for one in told if one.about_id},
        {one.runner_id for one in told},
    )
    asked = select(BuddyLink.group_id, BuddyLink.asker_id, BuddyLink.asked_id).where(
        BuddyLink.group_id.in_(groups), BuddyLink.asker_id.in_(askers), BuddyLink.asked_id.in_(readers)
    )
    rows = db.session.execute(asked.where(BuddyLink.declined_at.is_(None), *is_open(now)))
    waiting = {tuple(row) for row in rows}
    people = people_of({(group, asker) for group, asker, _ in waiting})
    return {
        one.id: Details("buddies.buddies", {"slug": one.group.slug}, {"name": person.name})
        for one in told
        if one.group
        and (one.group.id, one.about_id, one.runner_id) in waiting
        and (person := people.get((one.group.id, one.about_id or 0)))
    }


def come_back_details(told: Sequence[Told], _now: datetime) -> Mapping[int, Details]:
    """Say that it is good to have the reader back, and since which run."""
    return {one.id: Details("home.dashboard", {}, {"day": _day(one)}) for one in told}


def _day(one: Told) -> date | None:
    return one.day if "date" in one.data else None
