"""What came of the month, counted from what the servers took, by rules written a second time."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Executable, select

from tests.load.soak.notifications.month import Arrival, Month
from tests.load.soak.notifications.people import Person
from webapp.db import db
from webapp.mail.sending_service import message_key
from webapp.models.facts import Fact
from webapp.models.group_channels import ChannelPost
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import Channel, DeliveryState, FactKind
from webapp.notifications.kind_rules import KINDS

URGENT = {FactKind.CONNECTION}
MAX_A_DAY, MAX_A_WEEK, DAYS_OF_A_WEEK = 1, 3, 7


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that arrived, and the delivery that it is."""

    arrival: Arrival
    delivery: Delivery
    fact: Fact
    person: Person


def outcome(month: Month) -> dict[str, Any]:
    """Return the counts; all of `must_be_0` must be 0."""
    db.session.rollback()
    sent = _sent(month)
    states, posts = _states(Delivery), _states(ChannelPost)
    arrived = {one.delivery.id for one in sent}
    unknown = {("delivery", id) for id, state in states.items() if state == DeliveryState.UNKNOWN}
    unknown |= {("post", id) for id, state in posts.items() if state == DeliveryState.UNKNOWN}
    chats = [one for one in month.arrivals if one.channel == "chat"]
    return {
        "members": month.plan.members,
        "days": month.plan.days,
        "done": dict(month.done),
        "facts": _count(Fact),
        "notifications": _count(Notification),
        "deliveries": dict(Counter(map(str, states.values()))),
        "posts": dict(Counter(map(str, posts.values()))),
        "arrived": dict(Counter(one.channel for one in month.arrivals)),
        "urgent in quiet hours": sum(one.fact.kind in URGENT and is_quiet(one) for one in sent),
        "claimed and unfinished at a kill": len(month.claimed),
        "unknown": len(unknown),
        "unknown that did not arrive": sum(id not in arrived for name, id in unknown if name == "delivery"),
        "must_be_0": {
            "doubled": _repeated(one.delivery.id for one in sent) + _repeated(_titles(chats)),
            "sent and never arrived": sum(state == "sent" and id not in arrived for id, state in states.items())
            + abs(sum(state == "sent" for state in posts.values()) - len(chats) + _unknown_chats(month, posts)),
            "arrived and neither sent nor unknown": sum(states[id] not in ("sent", "unknown") for id in arrived),
            "lost at a kill and not listed": len(month.claimed - unknown),
            "unknown without a kill": len(unknown - month.claimed),
            "left in the outbox": sum(s in ("waiting", "sending") for s in chain(states.values(), posts.values())),
            "readers who were told nothing": _untold(month),
            "without a delivery that was wanted": _undelivered(month),
            "after a withdrawal": _after_withdrawal(month, sent, chats),
            "in quiet hours": sum(is_quiet(one) for one in sent if not _may_wake(one)),
            "over the ceiling": _over_the_ceiling(sent),
            "to somebody else": sum(not one.arrival.to.endswith(_place(one)) for one in sent),
        },
    }


def _states(model: type[Delivery] | type[ChannelPost]) -> dict[int, DeliveryState]:
    return {row.id: row.state for row in db.session.execute(select(model.id, model.state))}


def _sent(month: Month) -> list[Sent]:
    of_facts = select(Delivery, Fact).join(Notification, Notification.id == Delivery.notification_id)
    rows = db.session.execute(of_facts.join(Fact, Fact.id == Notification.fact_id))
    named = {}
    for delivery, fact in rows:
        names = {Channel.MAIL: message_key(f"delivery:{delivery.id}"), Channel.PUSH: f"delivery-{delivery.id}"}
        named[names[delivery.channel]] = (delivery, fact)
    found = []
    for one in month.arrivals:
        if one.channel != "chat":
            delivery, fact = named[one.name.lstrip("<").partition("@")[0]]
            found.append(Sent(one, delivery, fact, month.crowd.people[delivery.runner_id]))
    return found


def _place(one: Sent) -> str:
    return one.person.address if one.delivery.channel == Channel.MAIL else f"/{one.person.runner_id}"


def _titles(chats: Sequence[Arrival]) -> list[str]:
    """Return the titles of announcements in a chat; no two have the same."""
    return [one.words for one in chats if "News" in one.words]


def _unknown_chats(month: Month, posts: dict[int, DeliveryState]) -> int:
    """Return how many unknown posts arrived: at most as many as there are, and what is more was doubled."""
    sent = sum(state == DeliveryState.SENT for state in posts.values())
    chats = sum(one.channel == "chat" for one in month.arrivals)
    return min(max(0, chats - sent), sum(state == DeliveryState.UNKNOWN for state in posts.values()))


def _repeated(names: Iterable[Any]) -> int:
    return sum(times - 1 for times in Counter(names).values())


def _count(model: Any) -> int:
    return len(db.session.scalars(select(model.id)).all())


def is_quiet(one: Sent) -> bool:
    """Return whether it arrived in the quiet hours of its reader."""
    local, (begin, until) = one.arrival.at.astimezone(ZoneInfo(one.person.zone)), one.person.quiet
    return (local.hour * 60 + local.minute - begin) % 1440 < (until - begin) % 1440


def _may_wake(one: Sent) -> bool:
    return one.fact.kind in URGENT and one.person.urgent_in_quiet


def _over_the_ceiling(sent: Sequence[Sent]) -> int:
    """Return on how many dates a runner was sent more than they may be by a channel, that day or in a week."""
    dates: defaultdict[tuple[int, str], Counter[date]] = defaultdict(Counter)
    for one in sent:
        if one.fact.kind not in URGENT:
            local = one.arrival.at.astimezone(ZoneInfo(one.person.zone)).date()
            dates[one.person.runner_id, one.arrival.channel][local] += 1
    return sum(_too_many(of_one, day) for of_one in dates.values() for day in of_one)


def _too_many(of_one: Counter[date], day: date) -> bool:
    week = sum(times for other, times in of_one.items() if 0 <= (day - other).days < DAYS_OF_A_WEEK)
    return of_one[day] > MAX_A_DAY or week > MAX_A_WEEK


def _after_withdrawal(month: Month, sent: Sequence[Sent], chats: Sequence[Arrival]) -> int:
    """Return how many arrived from the moment on at which their fact was withdrawn.

    Announcements are withdrawn by title, which the subject and the post contain; others by key.
    """
    late = sum(_is_late(month, one.fact.key, one.arrival.at) for one in sent)
    said = [one for one in month.arrivals if "News " in one.words]
    titles = [(one.words[one.words.index("News ") :][:10], one.at) for one in said]
    return late + sum(_is_late(month, title, at) for title, at in titles)


def _is_late(month: Month, name: str, at: datetime) -> bool:
    since = month.withdrawn.get(name)
    return since is not None and at >= since


def _standing_facts() -> Sequence[Fact]:
    return db.session.scalars(select(Fact).where(Fact.withdrawn_since.is_(None))).all()


def _readers(month: Month, fact: Fact) -> set[int]:
    return {fact.runner_id} if fact.runner_id else set(month.crowd.people)


def _untold(month: Month) -> int:
    """Return how many readers of facts that stand have no notification of them."""
    told = _rows(select(Notification.fact_id, Notification.runner_id))
    wanted = {(fact.id, runner_id) for fact in _standing_facts() for runner_id in _readers(month, fact)}
    return len(wanted - told)


def _undelivered(month: Month) -> int:
    """Return how many have no delivery of a fact that stands, by a channel by which they want it."""
    of_fact = select(Notification.fact_id, Delivery.runner_id, Delivery.channel)
    made = _rows(of_fact.join(Delivery, Delivery.notification_id == Notification.id))
    wanted = {
        (fact.id, runner_id, channel)
        for fact in _standing_facts()
        for runner_id in _readers(month, fact)
        for channel in Channel
        if month.crowd.people[runner_id].chosen.get((fact.kind, channel), channel in KINDS[fact.kind].channels)
    }
    return len(wanted - made)


def _rows(statement: Executable) -> set[tuple[Any, ...]]:
    return {tuple(row) for row in db.session.execute(statement)}
