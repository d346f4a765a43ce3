"""Events: the one subscription an application may have, and reading what Strava posts."""

import json
from datetime import UTC, datetime
from typing import Any

from integrations.strava.budget import Budget
from integrations.strava.errors import NotThere, StravaError, Unavailable
from integrations.strava.http import TIMEOUT, Headers, Now, call
from integrations.strava.parse import UNPRINTABLE
from integrations.strava.types import PushEvent, PushSubscription

# The reason under which the budget counts these calls.
REASON = "subscription"
MAX_EVENT_BYTES = 8 * 1024
MAX_STRAVA_ID = 2**63 - 1
# The fields of an event that we keep: those that decide how to read again. Titles are left out.
KEPT_UPDATES = ("type", "private", "authorized")


class Subscriptions:
    """The application's subscriptions at Strava. Every method raises StravaError.

    Strava counts these calls like all others: with a budget they are counted there, too.
    """

    def __init__(
        self,
        api_base: str,
        client_id: str,
        client_secret: str,
        *,
        now: Now,
        timeout: float = TIMEOUT,
        budget: Budget | None = None,
    ) -> None:
        self._url = f"{api_base}/push_subscriptions"
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._now, self._timeout, self._budget = now, timeout, budget

    def subscribe(self, callback_url: str, verify_token: str) -> PushSubscription:
        """Subscribe; meanwhile Strava calls `callback_url`, which must accept `verify_token`."""
        form = {"callback_url": callback_url, "verify_token": verify_token}
        made = self._call("POST", self._url, form)
        if not isinstance(made, dict) or not isinstance(made.get("id"), int):
            raise Unavailable("Strava sent no subscription")
        return PushSubscription(made["id"], callback_url)

    def list(self) -> tuple[PushSubscription, ...]:
        """Return the subscriptions; by Strava's rules, at most one."""
        found = self._call("GET", self._url, {})
        if not isinstance(found, list):
            raise Unavailable("Strava sent no list of subscriptions")
        try:
            return tuple(PushSubscription(int(row["id"]), str(row["callback_url"])) for row in found)
        except (KeyError, TypeError, ValueError):
            raise Unavailable("Strava sent a subscription that cannot be read") from None

    def unsubscribe(self, subscription_id: int) -> bool:
        """Remove a subscription; return False if there was none with that id."""
        try:
            self._call("DELETE", f"{self._url}/{subscription_id}", {})
        except NotThere:
            return False
        return True

    def _call(self, method: str, url: str, form: dict[str, str]) -> Any:
        # Strava reads the secret from the address, except for POST, where it stays out of logs.
        values = form | self._client
        params, data = (None, values) if method == "POST" else (values, None)
        taken, heard = self._budget.take(REASON) if self._budget else None, Headers()
        refusal: StravaError | None = None
        try:
            return call(method, url, params=params, data=data, now=self._now, timeout=self._timeout, heard=heard)
        except StravaError as error:
            refusal = error
            raise
        finally:
            if self._budget:
                self._budget.learn(heard, taken, refusal)


def event(body: bytes) -> PushEvent | None:
    """Read a posted event; return None for an unknown kind of event. Raises ValueError if it is no event."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("it is no JSON") from None
    if not isinstance(raw, dict):
        raise ValueError("it is not an object")
    kind, aspect = raw.get("object_type"), raw.get("aspect_type")
    if not isinstance(kind, str) or not isinstance(aspect, str):
        raise ValueError("it has no kind")
    if kind not in ("activity", "athlete") or aspect not in ("create", "update", "delete"):
        return None
    return PushEvent(
        object_type=kind,
        object_id=_id(raw, "object_id"),
        aspect=aspect,
        owner_id=_id(raw, "owner_id"),
        subscription_id=_id(raw, "subscription_id"),
        event_time=_time(raw.get("event_time")),
        updates=_updates(raw.get("updates")),
    )


def _id(raw: dict[str, Any], name: str) -> int:
    value = raw.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MAX_STRAVA_ID:
        raise ValueError(f"its {name} is no id")
    return value


def _time(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**33:
        raise ValueError("its event_time is no time")
    return datetime.fromtimestamp(value, UTC)


def _updates(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    kept = {name: _word(value[name]) for name in KEPT_UPDATES if isinstance(value.get(name), str | bool)}
    # An unforeseen change counts as a reason to read again; only a new title alone does not.
    return kept if kept or set(value) <= {"title"} else {"other": "true"}


def _word(value: str | bool) -> str:
    return UNPRINTABLE.sub("", str(value)).lower()[:40]
