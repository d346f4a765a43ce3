"""The real flow, one runner at a time: consent, Strava's authorise page, groups, challenges, boards.

Everything goes over HTTP by the pages and forms that people use, CSRF tokens included; jobs are left to the caller
(`tests.support.worker.process_jobs`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urljoin, urlsplit

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.browser import Browser
from tests.support.forms import form_with
from tests.support.html import addresses, attribute, elements, text_of
from tests.support.simulator import Simulator
from webapp.auth.rules import SCOPES


@dataclass(frozen=True, slots=True)
class Started:
    """A group that was started: its address, and the path of its invite link."""

    slug: str
    invite: str


class Walker(Browser):
    """An athlete with a browser, at an address of their own: sign-ins are limited by address."""

    def __init__(self, app: Flask, athlete_id: int) -> None:
        super().__init__(app)
        self.athlete_id = athlete_id
        self.client.environ_base["REMOTE_ADDR"] = (
            f"10.{athlete_id >> 16 & 255}.{athlete_id >> 8 & 255}.{athlete_id & 255}"
        )

    def fill(self, path: str, *, having: Sequence[str] = (), off: Sequence[str] = (), **values: str) -> str:
        """Open a page, fill in its form that has these fields, send it, and return where that leads.

        `having` are more fields to know the form by; they are sent as the page holds them. `off`: boxes to untick.
        """
        form = form_with(self.read(path), *having, *off, *values)
        kept = {name: value for name, value in form.filled.items() if name not in off}
        answer = self.post(self._path_of(urljoin(path, form.action)), {**kept, **values})
        return self._led_to(answer)

    def read(self, path: str) -> str:
        """Return the page at `path`; fails where it is no page."""
        page = self.get(path)
        assert page.status_code == 200, (path, page.status_code, page.headers.get("Location"))
        return page.text

    def sign_in(self, simulator: Simulator, scopes: Sequence[str] = SCOPES, after: str = "") -> str:
        """Agree, authorise on Strava's page, come back; return where that leads (`after`: where they were heading)."""
        strava = self.fill(f"/connect?next={after}" if after else "/connect", having=["version"])
        return self._led_to(self.come_back(simulator.answer(strava, self.athlete_id, scopes)))

    def start_group(self, name: str, tz: str, text: str = "", **names: str) -> Started:
        """Start a group as its organiser. `names`: name_style and alias, how it sees me."""
        slug = self.fill("/groups/new", name=name, tz=tz, text=text, **names).rsplit("/", 1)[-1]
        invite = attribute(self.read(f"/g/{slug}"), "#invite", "value")
        return Started(slug, urlsplit(invite).path)

    def join(self, invite: str, **names: str) -> str:
        """Join by the invite link and return the group's slug."""
        return self.fill(invite, **{"name_style": "full", **names}).rsplit("/", 1)[-1]

    def start_challenge(self, slug: str, month: date, **choices: str) -> int:
        """Start the challenge of a month's plain distance, once, and return its id. `choices`: fields of the form."""
        before = self._challenges(slug)
        plain, path = ("renews", "stops_unusual"), f"/g/{slug}/challenges/new/distance"
        self.fill(path, off=plain, month=f"{month:%Y-%m}", **choices)
        (made,) = self._challenges(slug) - before
        return made

    def choose_team(self, slug: str, challenge_id: int, name: str, team: str) -> None:
        """Put the member shown as `name` into a team, on the page where an organiser fixes teams."""
        path = f"/g/{slug}/c/{challenge_id}/fix-teams"
        page = self.read(path)
        field, *_ = [one.attributes["for"] for one in elements(page, "label[for^=team-]") if text_of(one) == name]
        choice, *_ = [one.attributes["value"] for one in elements(page, "option[value]") if text_of(one) == team]
        self.fill(path, **{field or "": choice or ""})

    def board(self, slug: str, challenge_id: int) -> dict[str, Any]:
        """Return the whole board of a challenge, read page by page as JSON; runners of all pages in one list."""
        pages = [self._board_page(slug, challenge_id, 1)]
        pages += [self._board_page(slug, challenge_id, number) for number in range(2, pages[0]["pages"] + 1)]
        return {**pages[0], "runners": [row for page in pages for row in page["runners"]]}

    def _board_page(self, slug: str, challenge_id: int, number: int) -> dict[str, Any]:
        answer = self.get(f"/g/{slug}/c/{challenge_id}/board.json", query_string={"page": number})
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.get_json()
        return page

    def _challenges(self, slug: str) -> set[int]:
        page = self.read(f"/g/{slug}")
        return {int(path.rsplit("/", 1)[-1]) for path in addresses(page, rf"/g/{slug}/c/\d+")}

    def _path_of(self, address: str) -> str:
        parts = urlsplit(address)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path

    def _led_to(self, answer: TestResponse) -> str:
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]
