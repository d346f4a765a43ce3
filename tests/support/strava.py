"""Allowing the application what an athlete would allow it, without a browser."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from integrations.strava import http, parse
from integrations.strava.types import TokenGrant
from tests.support.simulator import Simulator
from webapp.auth.rules import SCOPES

CLIENT_ID, CLIENT_SECRET = "1", "simulator"
CALLBACK = "http://127.0.0.1:1/connect/callback"
SUBSCRIPTION = 5


def wall_clock() -> datetime:
    return datetime.now(UTC)


def granted(simulator: Simulator, athlete_id: int, scopes: Sequence[str] = SCOPES) -> TokenGrant:
    """Connect an athlete and return the tokens."""
    asked = {"client_id": CLIENT_ID, "redirect_uri": CALLBACK, "response_type": "code", "scope": ",".join(SCOPES)}
    back = simulator.answer(f"{simulator.base}/oauth/authorize?{urlencode(asked)}", athlete_id, scopes)
    query = parse_qs(urlsplit(back).query)
    form = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "grant_type": "authorization_code"}
    body = http.call("POST", f"{simulator.base}/oauth/token", data=form | {"code": query["code"][0]}, now=wall_clock)
    return parse.token_grant(body, wall_clock())


def requests_of(simulator: Simulator) -> dict[str, int]:
    """Return how often each endpoint was asked since the counters began."""
    counted: dict[str, int] = simulator.control("GET", "counters")["requests"]
    return counted


def reads_of(simulator: Simulator, athlete_id: int) -> int:
    """Return how many reads of this athlete's activities were spent."""
    reads: dict[str, int] = simulator.control("GET", "counters")["reads"]
    return reads.get(str(athlete_id), 0)


def listed(simulator: Simulator, athlete_id: int) -> list[dict[str, Any]]:
    """Return everything the athlete has on Strava, private ones too."""
    rows: list[dict[str, Any]] = simulator.control("GET", f"athletes/{athlete_id}/activities")
    return rows


def event(athlete_id: int, **changes: Any) -> dict[str, Any]:
    """Return an event as Strava posts it: something new of this athlete."""
    told = {"object_type": "activity", "object_id": 77, "aspect_type": "create", "updates": {}}
    return {**told, "owner_id": athlete_id, "subscription_id": SUBSCRIPTION, "event_time": 1_790_000_000, **changes}
