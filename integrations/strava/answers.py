"""The error that an answer of Strava's means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.strava.errors import (
    ApplicationRefused,
    GrantRefused,
    Inactive,
    NotThere,
    RateLimited,
    Refused,
    ScopeMissing,
    SeatsFull,
    StravaError,
    TokenRefused,
    Unavailable,
)

QUARTER_HOUR = 900
DAY = 86_400
# Somebody must subscribe or fix a setting; asking every few seconds would only spend the quota.
OPERATOR_PAUSE = 3600.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of Strava's: status, headers, and the body if it is JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any

    def complains_of(self, resource: str, field: str | None = None) -> bool:
        """Return whether the body's errors name `resource` (and `field`)."""
        errors = self.body.get("errors") if isinstance(self.body, dict) else None
        listed = errors if isinstance(errors, list) else [errors]
        return any(
            isinstance(error, dict) and error.get("resource") == resource and field in (None, error.get("field"))
            for error in listed
        )

    @property
    def message(self) -> str:
        """Return the body's message, or an empty text."""
        message = self.body.get("message") if isinstance(self.body, dict) else None
        return message if isinstance(message, str) else ""


def error_of(answer: Answer, now: datetime) -> StravaError:
    """Return the error that an answer of status 400 or more means."""
    if answer.status == 429:
        return RateLimited("Strava's limit of requests is reached", retry_after=pause(answer.headers, now))
    if answer.status >= 500:
        return Unavailable(f"Strava answered {answer.status}")
    if answer.status == 401:
        return _unauthorised(answer)
    if answer.status == 403:
        return _forbidden(answer)
    if answer.status == 404:
        return NotThere("it does not exist, or we may not see it")
    return _bad_request(answer)


def _unauthorised(answer: Answer) -> StravaError:
    if answer.complains_of("Application"):
        return ApplicationRefused("Strava does not know our client id or secret", retry_after=OPERATOR_PAUSE)
    if answer.complains_of("AccessToken"):
        return ScopeMissing("the runner did not allow this")
    return TokenRefused("the access token is not accepted")


def _forbidden(answer: Answer) -> StravaError:
    if answer.complains_of("Application", "Status"):
        return Inactive("Strava has switched this application off", retry_after=OPERATOR_PAUSE)
    if "connected athletes" in answer.message:
        return SeatsFull("this application has no seat left at Strava")
    return Refused("Strava forbids it")


def _bad_request(answer: Answer) -> StravaError:
    if answer.complains_of("RefreshToken") or answer.complains_of("AuthorizationCode"):
        return GrantRefused("the refresh token or code is dead")
    if answer.complains_of("Application", "client_id"):
        return ApplicationRefused("Strava does not know our client id", retry_after=OPERATOR_PAUSE)
    return Refused(f"Strava answered {answer.status}")


def pause(headers: Mapping[str, str], now: datetime) -> float:
    """Return the seconds until Strava answers reads again.

    Strava sends no Retry-After: its windows end at each quarter hour and at midnight UTC, and the headers say which
    of them is spent. Without readable headers it is taken to be the quarter hour.
    """
    moment = now.timestamp()
    spent_day = any(_spent_day(headers, kind) for kind in ("X-RateLimit", "X-ReadRateLimit"))
    window = DAY if spent_day else QUARTER_HOUR
    return window - moment % window


def _spent_day(headers: Mapping[str, str], kind: str) -> bool:
    try:
        limit = int(headers[f"{kind}-Limit"].split(",")[1])
        usage = int(headers[f"{kind}-Usage"].split(",")[1])
    except (KeyError, IndexError, ValueError):
        return False
    return usage >= limit
