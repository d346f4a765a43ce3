"""Calendars in the form that calendar programs read (RFC 5545, with the names and hints of RFC 7986)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

from icalendar import Calendar, Event, Timezone, vDuration

from webapp.calendar_feeds.rules import CalendarEntry, EntryStatus

MIMETYPE = "text/calendar"
# A hint at how often to read the feed, which few programs follow.
REFRESH = timedelta(hours=1)
ZONE_YEARS_AHEAD = 5
_PRODUCT = "-//Chasepack//Group runs//EN"
# Outlook's own word for how an entry fills the day.
_BUSY = "X-MICROSOFT-CDO-BUSYSTATUS"


def ics_of(entries: Sequence[CalendarEntry], name: str | None = None) -> bytes:
    """Return a calendar: with `name` a feed to subscribe to, otherwise a file to open once."""
    calendar = Calendar()
    calendar.add("VERSION", "2.0")
    calendar.add("PRODID", _PRODUCT)
    calendar.add("CALSCALE", "GREGORIAN")
    if name is not None:
        calendar.calendar_name = name
        calendar.add("REFRESH-INTERVAL", REFRESH, parameters={"VALUE": "DURATION"})
        calendar.add("X-PUBLISHED-TTL", vDuration(REFRESH))
    for zone in _zones_of(entries):
        calendar.add_component(zone)
    for entry in entries:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: CalendarEntry) -> Event:
    event = Event()
    event.add("UID", entry.uid)
    event.add("SEQUENCE", entry.sequence)
    # Of a calendar that is published, and not sent around, it says when the entry last changed. So the same entry has
    # the same bytes whenever it is read.
    event.add("DTSTAMP", entry.changed_at)
    event.add("LAST-MODIFIED", entry.changed_at)
    event.add("DTSTART", entry.span.start)
    event.add("DTEND", entry.span.end)
    event.add("SUMMARY", entry.title)
    event.add("DESCRIPTION", entry.text)
    if entry.place:
        event.add("LOCATION", entry.place)
    event.add("URL", entry.link)
    event.add("STATUS", entry.status.value)
    event.add("TRANSP", "OPAQUE" if entry.is_busy else "TRANSPARENT")
    event.add(_BUSY, _outlook(entry))
    return event


def _outlook(entry: CalendarEntry) -> str:
    if entry.status == EntryStatus.TENTATIVE:
        return "TENTATIVE"
    return "BUSY" if entry.is_busy else "FREE"


def _zones_of(entries: Sequence[CalendarEntry]) -> list[Timezone]:
    """Return the definitions of the zones that entries are in, for the years around them.

    Some programs keep the first definition of a zone that they meet, so it reaches some years ahead.
    """
    local = [moment for one in entries for moment in (one.span.start, one.span.end) if isinstance(moment, datetime)]
    years = [moment.year for moment in local]
    names = sorted({str(moment.tzinfo) for moment in local} - {"UTC"})
    return [_zone(name, min(years) - 1, max(years) + ZONE_YEARS_AHEAD) for name in names]


@lru_cache(maxsize=256)
def _zone(name: str, first_year: int, last_year: int) -> Timezone:
    return Timezone.from_tzid(name, first_date=date(first_year, 1, 1), last_date=date(last_year + 1, 1, 1))
