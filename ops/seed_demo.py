"""Fill a fresh trial by driving the real flow, as every athlete of the simulator's world: `python -m ops.seed_demo`.

Each one reads the consent, goes to the authorise page, comes back and joins a group by its invite; the organisers start
the groups and, when the runs have come in, this month's challenge and the eleven before. It never writes to the
database directly. If it is interrupted, it continues where it stopped.
"""

import json
import re
import sys
import time
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import requests

from ops import demo_runs
from ops.console import Console
from ops.demo_profiles import announcement_of, picture_of, profile_of
from ops.html_forms import FormPage, WentWrong
from ops.http_client import TIMEOUT_S, Browser
from ops.paths import filled_mark
from webapp.clock import Clock
from webapp.config import Settings, load_settings

MONTHS = 12
POLL_S = 0.2
# How many members of a group answer to its runs.
MEET = 16
MAX_RETRIES = 3
# What members switch on, all of them but one in this many.
SWITCHED_ON = {"fits_me": 4, "photo": 3, "usual_week": 5}
NAME_STYLES = ("full", "initial", "full", "alias", "full", "initial")
ALIASES = ("Early Bird", "Hill Goat", "Night Owl", "Steady Eddie", "Puddle Jumper", "Slow Burner", "Tailwind", "Kipper")
# What each group runs this month besides its distance: one of the ready challenges, by key and name.
BESIDE = (("gentle_points", "Gentle points"), ("group_goal", "All together"), ("show_up", "Just show up"))
INVITE = re.compile(r"/join/[\w-]+")
# The list of a team's possible captains, and the runners in it.
CAPTAIN_OF = re.compile(r'<select[^>]*name="captain-(\d+)"(.*?)</select>', re.DOTALL)
RUNNER = re.compile(r'<option value="(\d+)"')


@dataclass(frozen=True, slots=True)
class DemoGroup:
    """A group of the simulator's world; the first athlete organises it."""

    name: str
    tz: str
    text: str
    teams: list[str]
    athletes: list[int]


class SeedingDone:
    """What has been done so far, kept in a file, so that nothing is done twice."""

    def __init__(self, path: Path) -> None:
        self._path = path
        kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self.invites: dict[str, str] = kept.get("invites", {})
        # "joined", then "read" when the initial import is done.
        self.runners: dict[str, str] = kept.get("runners", {})

    def note_invite(self, group: DemoGroup, path: str) -> None:
        self.invites[group.name] = path
        self._save()

    def note_runner(self, athlete: int, state: str) -> None:
        self.runners[str(athlete)] = state
        self._save()

    def state_of(self, athlete: int) -> str | None:
        return self.runners.get(str(athlete))

    def _save(self) -> None:
        half = self._path.with_suffix(".half")
        half.write_text(json.dumps({"invites": self.invites, "runners": self.runners}))
        half.replace(self._path)


class Filler:
    """Plays every athlete of the world, one after the other."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self.settings, self.console = settings, console
        self.done = SeedingDone(settings.home / "filling.json")
        self.clock = Clock(settings.clock_file)
        self.signed_in: dict[int, Browser] = {}
        self.groups, self.months = self._world(), MONTHS
        self.total = sum(len(group.athletes) for group in self.groups)

    def fill(self) -> None:
        """Do all that is left to do. Raises WentWrong."""
        for group in self.groups:
            for place, athlete in enumerate(group.athletes):
                self._bring_in(group, place, athlete)
        boards = [board for group in self.groups for board in self._boards_of(group)]
        for number, (organiser, address) in enumerate(boards, 1):
            self.console.step(f"Filling the trial: {number} of {len(boards)} boards ...", number, len(boards))
            _wait_for_board(organiser, address)

    def _world(self) -> list[DemoGroup]:
        url = f"{self.settings.simulator_address}/control/api/world"
        try:
            world = requests.get(url, timeout=TIMEOUT_S).json()
        except (requests.RequestException, ValueError):
            raise WentWrong("the simulator does not answer") from None
        return [DemoGroup(**{field.name: one[field.name] for field in fields(DemoGroup)}) for one in world["groups"]]

    # Coming in ---------------------------------------------------------------------------------------------------

    def _bring_in(self, group: DemoGroup, place: int, athlete: int) -> None:
        if self.done.state_of(athlete) is None:
            browser = self._as(athlete)
            if group.name not in self.done.invites:
                self.done.note_invite(group, self._start(group, browser))
            self._join(group, browser, place)
            self.done.note_runner(athlete, "joined")
        here = len(self.done.runners)
        self.console.step(f"Filling the trial: {here} of {self.total} runners ...", here, self.total)

    def _as(self, athlete: int) -> Browser:
        """Return a browser in which the athlete is signed in."""
        if athlete not in self.signed_in:
            browser = Browser(self.settings.address, self._on_wait)
            ask = browser.submit(browser.get("/connect"), {}, action="/connect")
            back = browser.submit(ask, {"athlete": str(athlete), "decision": "authorize"}, action="/authorize")
            if not back.url.startswith(self.settings.address):
                raise WentWrong(f"athlete {athlete} did not come back from the authorise page: {back.title}")
            self.signed_in[athlete] = browser
        return self.signed_in[athlete]

    def _on_wait(self, seconds: float) -> None:
        here = len(self.done.runners)
        self.console.step(f"Filling the trial: {here} of {self.total} runners, on after {seconds:.0f} s ...", 0, 1)

    def _start(self, group: DemoGroup, organiser: Browser) -> str:
        """Start the group, unless an earlier attempt did, and return the path of its invite."""
        known = organiser.get("/home").link(group.name)
        if known:
            page = organiser.get(known)
        else:
            about = {"name": group.name, "tz": group.tz, "text": group.text, "name_style": "full"}
            page = organiser.submit(organiser.get("/groups/new"), about, action="/groups/new")
        invite = INVITE.search(page.text)
        if invite is None:
            raise WentWrong(f"{group.name} shows no invite link: {page.title}")
        return invite.group()

    def _join(self, group: DemoGroup, browser: Browser, place: int) -> None:
        page = browser.get(self.done.invites[group.name])
        if not page.path.startswith("/join/"):
            return  # a member already
        style = NAME_STYLES[place % len(NAME_STYLES)]
        shown = {"name_style": style, "alias": ALIASES[place % len(ALIASES)] if style == "alias" else ""}
        page = browser.submit(page, shown, action="/join/")
        if page.path.startswith("/join/"):
            raise WentWrong(f"joining {group.name} was not accepted: {page.title}")
        if switches := {name: "y" for name, every in SWITCHED_ON.items() if place % every}:
            browser.submit(browser.get(f"{page.path}/me"), switches, action="/me")

    # Challenges --------------------------------------------------------------------------------------------------

    def _boards_of(self, group: DemoGroup) -> list[tuple[Browser, str]]:
        """Wait for the runs and start the challenges; return the organiser and each board's address."""
        for athlete in group.athletes:
            self._wait_for_import(athlete)
        organiser = self._as(group.athletes[0])
        self._tell_others(group, organiser)
        home = organiser.get(self.done.invites[group.name])  # a member is redirected to the group's own page
        beside = self._start_beside(group, organiser, home)
        months = months_up_to(self.clock.today(group.tz), self.months)
        for month in months:
            if home.link(f"{month:%B %Y}") is None:
                self._start_challenge(group, organiser, home.path, month)
        self._announce(group, organiser, home.path)
        self._run_together(group, organiser, home.path)
        home = organiser.get(home.path)
        # Each team needs a captain, and the organiser is not one.
        if group is self.groups[0] and 0 < len(group.teams) < len(group.athletes):
            self._start_draft(group, organiser, home)
        names = [beside, *(f"{month:%B %Y}" for month in months)]
        links = [home.link(name) for name in names]
        return [(organiser, link) for link in links if link]

    def _tell_others(self, group: DemoGroup, organiser: Browser) -> None:
        """Put the group into the directory, with a public page and a picture."""
        number = self.groups.index(group)
        home = organiser.get(self.done.invites[group.name]).path  # a member is redirected to the group's own page
        form, files = organiser.get(f"{home}/profile"), {"picture": ("group.jpg", picture_of(number))}
        page = organiser.submit(form, profile_of(number, group.text), action="/profile", files=files)
        if 'role="alert"' in page.text:
            raise WentWrong(f"what {group.name} tells others was not accepted: {page.title}")

    def _announce(self, group: DemoGroup, organiser: Browser, home: str) -> None:
        """Announce something, so that every member has a notification."""
        told = announcement_of(self.groups.index(group))
        if told["title"] in organiser.get(f"{home}/announcements").text:
            return
        page = organiser.submit(organiser.get(f"{home}/announcements/new"), dict(told), action="/announcements/new")
        if page.path.endswith("/new"):
            raise WentWrong(f"the announcement of {group.name} was not accepted: {page.title}")

    def _run_together(self, group: DemoGroup, organiser: Browser, home: str) -> None:
        """Plan runs of the group, let members answer, and count those of today."""
        number, members = self.groups.index(group), [self._as(athlete) for athlete in group.athletes[1:MEET]]
        if tuesday := demo_runs.plan_tuesdays(number, organiser, home):
            demo_runs.answer(members, tuesday)
        now = self.clock.now().astimezone(ZoneInfo(group.tz))
        if welcome := demo_runs.plan_welcome(number, organiser, home, now):
            demo_runs.answer(members[:8], welcome)
            demo_runs.count(organiser, welcome)

    def _start_draft(self, group: DemoGroup, organiser: Browser, home: FormPage) -> None:
        """Start a challenge of next month for which captains pick their teams, and name the captains."""
        month = month_after(self.clock.today(group.tz))
        name = f"Captains’ {month:%B}"
        if home.link(name) is None:
            picked: dict[str, str | list[str]] = {
                "name": name,
                "month": f"{month:%Y-%m}",
                "teams_mode": "picked",
                "renews": [],
            }
            filled = {**picked, "team_names": "\n".join(group.teams)}
            page = organiser.submit(organiser.get(f"{home.path}/challenges/new/distance"), filled, "/new")
            if "/challenges/new" in page.path:
                raise WentWrong(f"{name} was not accepted: {page.title}")
            home = organiser.get(home.path)
        draft = organiser.get(f"{home.link(name)}/draft")
        teams = CAPTAIN_OF.findall(draft.text)
        # By their numbers, the last to join first. The first two are the organiser and the operator of the guide.
        latest = {team: sorted(RUNNER.findall(options), key=int, reverse=True) for team, options in teams}
        captains = {f"captain-{team}": latest[team][place] for place, team in enumerate(latest)}
        organiser.submit(draft, captains, action="/captains")

    def _start_beside(self, group: DemoGroup, organiser: Browser, home: FormPage) -> str:
        """Start one of the ready challenges, before the month that the group then sees; return its name."""
        key, name = BESIDE[self.groups.index(group) % len(BESIDE)]
        if home.link(name) is None:
            # Only once, not each month: a trial has the same content on whatever day it begins.
            today = self.clock.today(group.tz)
            once: dict[str, str | list[str]] = {"name": name, "renews": [], "month": f"{today:%Y-%m}"}
            page = organiser.submit(organiser.get(f"{home.path}/challenges/new/{key}"), once, "/new")
            if "/challenges/new" in page.path:
                raise WentWrong(f"{name} was not accepted: {page.title}")
        return name

    def _wait_for_import(self, athlete: int) -> None:
        if self.done.state_of(athlete) != "read":
            browser = self._as(athlete)
            _wait_for_import(browser)
            self.done.note_runner(athlete, "read")
        here = sum(state == "read" for state in self.done.runners.values())
        self.console.step(f"Filling the trial: the runs of {here} of {self.total} runners ...", here, self.total)

    def _start_challenge(self, group: DemoGroup, organiser: Browser, home: str, month: date) -> None:
        # Even teams are drawn by recent mileage, so this waits for the runs.
        filled: dict[str, str | list[str]] = {
            "month": f"{month:%Y-%m}",
            "teams_mode": "drawn" if group.teams else "none",
            "team_names": "\n".join(group.teams),
        }
        # This month's challenge repeats, so that a longer trial does not end with the month.
        renews = month == self.clock.today(group.tz).replace(day=1)
        filled |= {"renews": ["y"] if renews else [], "stops_unusual": []}
        page = organiser.submit(organiser.get(f"{home}/challenges/new/distance"), filled, "/new")
        if "/challenges/new" in page.path:
            raise WentWrong(f"the challenge of {month:%B %Y} was not accepted: {page.title}")


def _wait_for_import(browser: Browser) -> None:
    page = browser.get("/connect/progress")
    for _ in range(MAX_RETRIES):
        part = _last_part(browser, page)
        retry = [form for form in part.forms() if "sign-out" not in form.action]
        if not retry:
            return
        browser.submit(part, {})
    raise WentWrong(f"a first sync failed: {page.title}")


def _last_part(browser: Browser, page: FormPage) -> FormPage:
    """Return the live part once it says that nothing more will change."""
    address = page.live_part()
    while address:
        part = browser.get(address)
        if part.headers.get("X-Refresh") == "done":
            return part
        time.sleep(POLL_S)
    return page


def _wait_for_board(organiser: Browser, address: str) -> None:
    while not json.loads(organiser.get(f"{address}/board.json").text)["as_of"]:
        time.sleep(POLL_S)


def months_up_to(today: date, months: int) -> list[date]:
    """Return the first days of this many months, oldest first, that of `today` last."""
    count = today.year * 12 + today.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(count - months + 1, count + 1)]


def month_after(today: date) -> date:
    """Return the first day of the month after that of `today`."""
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


def main() -> int:
    settings, console = load_settings(), Console()
    try:
        filler = Filler(settings, console)
        filler.fill()
    except WentWrong as problem:
        console.say(f"The trial is not completely filled: {problem}. The next start continues from here.")
        return 1
    except KeyboardInterrupt:
        return 130
    filled_mark(settings).touch()
    console.say(f"The trial is filled: {filler.total} runners in {len(filler.groups)} groups.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
