"""Reading from Strava through stravalib, with any base address, with a time-out and without its sleeping."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from integrations.strava import parse
from integrations.strava.answers import error_of
from integrations.strava.budget import Budget
from integrations.strava.errors import NotTheirs, StravaError, Unavailable
from integrations.strava.http import TIMEOUT, Headers, Now, TimedSession, answer_of, unreachable
from integrations.strava.types import ActivityPage, ActivityRow, AthleteSummary, BadRow

MAX_ROWS = 200


class StravaClient:
    """Reads as the runner whose token is given. `now` returns the time, which decides how long a limit lasts.

    With a budget, every call is counted for `reason` before it is made. It is not made if fewer than `keep` (of the
    day: `keep_of_day`) would stay free: each method then raises RateLimited, Paused or Unavailable.
    """

    def __init__(
        self,
        api_base: str,
        timeout: float = TIMEOUT,
        *,
        now: Now,
        budget: Budget | None = None,
        reason: str = "other",
        keep: int = 0,
        keep_of_day: int | None = None,
    ) -> None:
        self._base, self._now = api_base, now
        self._budget, self._reason, self._kept = budget, reason, (keep, keep_of_day)
        self._session = TimedSession(api_base, timeout)
        # Number of calls that were made, answered or not.
        self.calls = 0

    def activities(
        self,
        token: str,
        after: datetime | None,
        before: datetime | None = None,
        page: int = 1,
        per_page: int = MAX_ROWS,
    ) -> ActivityPage:
        """Read one page of the activities that start after `after`, in no reliable order. Raises StravaError."""
        window = {"after": after, "before": before}
        bounds = {name: int(moment.timestamp()) for name, moment in window.items() if moment}
        raw = self._get(token, "/athlete/activities", {**bounds, "page": page, "per_page": per_page})
        if not isinstance(raw, list):
            raise Unavailable("Strava sent no list of activities")
        read = [parse.activity(row) for row in raw]
        rows = tuple(row for row in read if isinstance(row, ActivityRow))
        bad_rows = tuple(row for row in read if isinstance(row, BadRow))
        return ActivityPage(rows, bad_rows, ended=not raw)

    def activity(self, token: str, activity_id: str, athlete_id: int | None = None) -> ActivityRow | BadRow:
        """Read one activity. Raises NotThere if it is gone or this token may not see it, or another StravaError.

        With `athlete_id`, raises NotTheirs if it belongs to another athlete: public activities of others can be read.
        """
        raw = self._get(token, f"/activities/{int(activity_id)}", {})
        if athlete_id is not None and parse.owner_of(raw) not in (None, athlete_id):
            raise NotTheirs("it is somebody else's")
        return parse.activity(raw)

    def athlete(self, token: str) -> AthleteSummary:
        """Read the athlete of the token. Raises StravaError."""
        try:
            return parse.athlete(self._get(token, "/athlete", {}))
        except ValueError as error:
            raise Unavailable(f"Strava sent {error}") from None

    def _get(self, token: str, path: str, query: Mapping[str, Any]) -> Any:
        """Return the JSON of a GET; count the call, and record its answer in the budget."""
        if self._budget is None:
            self.calls += 1
            return self._ask(token, path, query, self._now(), Headers())
        taken, heard = self._budget.take(self._reason, *self._kept), Headers()
        self.calls += 1
        try:
            found = self._ask(token, path, query, taken, heard)
        except StravaError as error:
            self._budget.learn(heard, taken, error)
            raise
        self._budget.learn(heard, taken)
        return found

    def _ask(self, token: str, path: str, query: Mapping[str, Any], asked_at: datetime, heard: Headers) -> Any:
        """Return the JSON of a GET. Errors of stravalib contain the request and its token, so none is passed on."""
        # stravalib takes 0.4 s and 12 MB to import. A process that asks Strava nothing does without.
        from integrations.strava.protocol import Fault, Protocol  # noqa: PLC0415  # so only here

        try:
            return Protocol(self._base, token, self._session, heard).get(path, **query)
        except Fault as fault:
            response = fault.response
        except (requests.RequestException, ValueError, RecursionError) as error:
            raise unreachable(error) from None
        if response is None:
            raise Unavailable("Strava answered with an error")
        # A window that has been reset since is not the spent one.
        raise error_of(answer_of(response), asked_at)
