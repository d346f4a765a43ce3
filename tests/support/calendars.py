"""Calendars as another program reads them: vobject, which shares no code with the library that writes them."""

from datetime import UTC, date, datetime
from typing import Any

import vobject

from tests.support.builders import NOON
from webapp.auth.rules import digest_of
from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.calendar_feeds import CalendarFeed
from webapp.models.group_runs import GroupRun
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer

TOKEN = "k" * 43


def read_back(ics: bytes | str) -> Any:
    """Return the only calendar in a text, checked against what RFC 5545 asks for."""
    # It would go on with the zones of the first calendar that it ever read.
    vars(vobject.icalendar)["__tzidMap"].clear()
    [calendar] = vobject.readComponents(ics if isinstance(ics, str) else ics.decode())
    calendar.validate(raiseException=True)
    return calendar


def events_of(ics: bytes | str) -> list[Any]:
    return list(read_back(ics).contents.get("vevent", []))


def value(event: Any, name: str) -> Any:
    """Return a property of an event as this reader understands it; None where it is missing."""
    found = event.contents.get(name.lower())
    return found[0].value if found else None


def moment(event: Any, name: str = "DTSTART") -> datetime:
    """Return a time of an event in UTC, by the zones that the calendar itself defines."""
    read = value(event, name)
    assert isinstance(read, datetime)
    return read.astimezone(UTC)


def day(event: Any, name: str = "DTSTART") -> date:
    read = value(event, name)
    assert not isinstance(read, datetime)
    return read  # type: ignore[no-any-return]  # vobject ships no types


def calendar_feed(runner: Runner, token: str = TOKEN, *, shows_unanswered: bool = False) -> str:
    """Return the path of a feed that a runner has from now on."""
    row = CalendarFeed(
        runner_id=runner.id,
        token=token,
        token_digest=digest_of(token),
        created_at=NOON,
        shows_unanswered=shows_unanswered,
    )
    db.session.add(row)
    db.session.commit()
    return f"/calendar/{token}.ics"


def answered(run: GroupRun, runner: Runner, answer: RsvpAnswer = RsvpAnswer.IN, **values: Any) -> Rsvp:
    """Return the answer of a runner to a run."""
    row = Rsvp(run_id=run.id, runner_id=runner.id, answer=answer, **{"answered_at": NOON, **values})
    db.session.add(row)
    db.session.commit()
    return row
