"""Which error an answer stands for, and how long to wait."""

from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.strava import errors
from integrations.strava.answers import Answer, error_of, pause

NOW = datetime(2026, 11, 12, 14, 7, 30, tzinfo=UTC)
TO_QUARTER = 7.5 * 60
TO_MIDNIGHT = (9 * 60 + 52.5) * 60


def body(resource: str, field: str, code: str, message: str = "Bad Request") -> dict[str, Any]:
    return {"message": message, "errors": [{"resource": resource, "field": field, "code": code}]}


@pytest.mark.parametrize(
    ("status", "said", "kind", "permanent"),
    [
        (401, body("Athlete", "access_token", "invalid"), errors.TokenRefused, True),
        (401, body("AccessToken", "activity:read_permission", "missing"), errors.ScopeMissing, True),
        (401, body("Application", "", "invalid"), errors.ApplicationRefused, False),
        (401, None, errors.TokenRefused, True),
        (400, body("RefreshToken", "refresh_token", "invalid"), errors.GrantRefused, True),
        (400, body("AuthorizationCode", "code", "invalid"), errors.GrantRefused, True),
        (400, body("Application", "client_id", "invalid"), errors.ApplicationRefused, False),
        (400, body("Application", "after", "invalid"), errors.Refused, True),
        (403, body("Application", "Status", "Inactive"), errors.Inactive, False),
        (403, {"message": "Limit of connected athletes exceeded"}, errors.SeatsFull, False),
        (403, {"errors": {"resource": "Application", "field": "Status", "code": "Inactive"}}, errors.Inactive, False),
        (403, "go away", errors.Refused, True),
        (404, body("Activity", "id", "not found"), errors.NotThere, True),
        (429, body("Application", "overall rate limit", "exceeded"), errors.RateLimited, False),
        (500, None, errors.Unavailable, False),
        (503, [1, 2], errors.Unavailable, False),
    ],
)
def test_each_refusal_is_a_kind_of_its_own(
    status: int, said: Any, kind: type[errors.StravaError], permanent: bool
) -> None:
    found = error_of(Answer(status, {}, said), NOW)
    assert type(found) is kind
    assert found.permanent is permanent


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, TO_QUARTER),
        ({"X-RateLimit-Limit": "200,2000", "X-RateLimit-Usage": "201,900"}, TO_QUARTER),
        ({"X-RateLimit-Limit": "200,2000", "X-RateLimit-Usage": "17,2000"}, TO_MIDNIGHT),
        ({"X-ReadRateLimit-Limit": "100,1000", "X-ReadRateLimit-Usage": "3,1001"}, TO_MIDNIGHT),
        ({"X-RateLimit-Limit": "200", "X-RateLimit-Usage": "many,most"}, TO_QUARTER),
    ],
)
def test_a_limit_lasts_to_the_end_of_the_window_that_is_spent(headers: dict[str, str], seconds: float) -> None:
    assert pause(headers, NOW) == seconds
