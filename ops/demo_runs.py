"""What the groups of a trial run together: a Tuesday run that repeats, with three pace groups, and one of today."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import cycle

from ops.html_forms import FormPage, WentWrong
from ops.http_client import Browser

TUESDAY, TITLE, WELCOME = "1", "Tuesday run", "Welcome lap"
PURPOSE = "Easy miles in company: finish feeling that you could do it again"
# How long after the filling the run of today begins, and how long it takes, in minutes: visitors find it over.
WELCOME_BEGINS, WELCOME_TAKES = 2, 5
# By the place of the group in the world.
PLACES: tuple[Mapping[str, str], ...] = (
    {"meeting_place": "The lock keeper’s cottage", "rain_plan": "The covered loop at the market"},
    {"meeting_place": "North Avenue, at the chess tables", "rain_plan": "The arcade, twice around"},
    {"meeting_place": "The rain tree at the pond", "rain_plan": "We wait at the hawker centre until it stops"},
)
# With their units: whoever plans may read miles.
PACE_GROUPS = (
    {"name": "Fast", "fast": "4:40/km", "slow": "5:20/km", "distance": "14 km", "max_runners": "8"},
    {"name": "Steady", "fast": "5:30/km", "slow": "6:15/km", "distance": "10 km"},
    {"name": "Easy", "fast": "6:30/km", "slow": "7:30/km", "distance": "6 km", "is_no_drop": "y"},
)
ANSWERS = ("in", "in", "in", "maybe", "in", "out", "in")
NOTES = ("", "", "Five minutes late", "", "", "", "Bringing cake")
LEADER = re.compile(r'<select[^>]*name="pace_groups-0-leader"(.*?)</select>', re.DOTALL)
OPTION = re.compile(r'<option[^>]*value="(\d+)"')
PACE_GROUP = re.compile(r'name="pace_group"[^>]*value="([1-9]\d*)"')
CAME = re.compile(r'name="tap" value="([^"]+ came)"')


def plan_tuesdays(number: int, organiser: Browser, home: str) -> str | None:
    """Plan the run that repeats; return the path of its next run, None if it was planned before.

    The slowest pace group has no leader yet. `number`: the place of the group in the world.
    """
    if TITLE in organiser.get(f"{home}/run-series").text:
        return None
    form = organiser.get(f"{home}/run-series/new")
    led = {"pace_groups-0-leader": 0, "pace_groups-1-leader": 1, "pace_groups-1-back_marker": 2}
    leaders = _leaders(form)
    named = {field: leaders[place] for field, place in led.items() if place < len(leaders)}
    repeats = {"title": TITLE, "at": "19:00", "frequency": "weekly", "weekday": TUESDAY, "duration": "75"}
    page = organiser.submit(form, {**_says(number), **repeats, **named}, action="/run-series/new")
    return _first_run(page, home, TITLE)


def plan_welcome(number: int, organiser: Browser, home: str, now: datetime) -> str | None:
    """Plan a run of today that soon is over; return its path, None if it was planned before."""
    if WELCOME in organiser.get(f"{home}/runs").text:
        return None
    begins = now + timedelta(minutes=WELCOME_BEGINS)
    when = {"on_date": f"{begins:%Y-%m-%d}", "at": f"{begins:%H:%M}", "duration": str(WELCOME_TAKES)}
    form = organiser.get(f"{home}/runs/new")
    said = {**_says(number), "title": WELCOME, **when}
    if leaders := _leaders(form):
        said["pace_groups-0-leader"] = leaders[0]
    page = organiser.submit(form, said, action="/runs/new")
    if page.path.endswith("/new"):
        raise WentWrong(f"{WELCOME} was not accepted: {page.title}")
    return page.path


def answer(members: Sequence[Browser], run: str) -> None:
    """Let members answer to a run, each in a pace group."""
    for member, said, note, place in zip(members, cycle(ANSWERS), cycle(NOTES), cycle(range(len(PACE_GROUPS)))):
        page = member.get(run)
        groups = PACE_GROUP.findall(page.text)
        chosen = {"pace_group": groups[place]} if place < len(groups) else {}
        member.submit(page, {"answer": said, "note": note, **chosen}, action="/answer")


def count(organiser: Browser, run: str) -> None:
    """Count who came: all but the last of those who are on the list."""
    page = organiser.get(f"{run}/attendance")
    taps = list(dict.fromkeys(CAME.findall(page.text)))[:-1]
    for tap in taps:
        organiser.submit(page, {"tap": tap}, action="/attendance")
    organiser.submit(page, {"heads": str(len(taps)), "when": "start"}, action="/count")


def _says(number: int) -> dict[str, str]:
    paces = {f"pace_groups-{n}-{field}": text for n, one in enumerate(PACE_GROUPS) for field, text in one.items()}
    lit = {"is_lit": "yes", "has_toilets": "no", "min_distance": "6 km", "max_distance": "14 km"}
    return {"purpose": PURPOSE, **PLACES[number % len(PLACES)], **lit, **paces}


def _leaders(form: FormPage) -> list[str]:
    found = LEADER.search(form.text)
    return OPTION.findall(found[1]) if found else []


def _first_run(page: FormPage, home: str, title: str) -> str:
    found = re.search(re.escape(home) + r"/runs/\d+", page.text)
    if found is None:
        raise WentWrong(f"{title} was not accepted: {page.title}")
    return found[0]
