"""The grants of athletes to the application: codes, tokens, scopes, seats."""

from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from integrations.strava_simulator.store import code, grant

CODE_LIFE = 3600
TOKEN_LIFE = 21_600
# If more than this is left, a refresh answers with the present access token.
FRESH_ENOUGH = 3600

SCOPES = (
    "read",
    "read_all",
    "profile:read_all",
    "profile:write",
    "activity:read",
    "activity:read_all",
    "activity:write",
)

Grant = Row[Any]


def may_read_activities(scope: str) -> bool:
    """Return whether the scope lists any activities at all."""
    return not {"activity:read", "activity:read_all"}.isdisjoint(scope.split(","))


def may_read_private(scope: str) -> bool:
    """Return whether the scope shows “Only You” activities."""
    return "activity:read_all" in scope.split(",")


def give_code(connection: Connection, athlete_id: int, scope: str, now: int) -> str:
    """Return a new code that can be exchanged once."""
    fresh = token_hex(20)
    row = {"code": fresh, "athlete_id": athlete_id, "scope": scope, "expires_at": now + CODE_LIFE}
    connection.execute(insert(code).values(row))
    return fresh


def valid_code(connection: Connection, text: str, now: int) -> Row[Any] | None:
    """Return the code's row while it can still be exchanged."""
    return connection.execute(select(code).where(code.c.code == text, code.c.expires_at > now)).one_or_none()


def exchange(connection: Connection, found: Row[Any], now: int) -> Grant:
    """Exchange a code for the athlete's grant. Older tokens of the athlete stop working."""
    connection.execute(delete(code).where(code.c.code == found.code))
    connection.execute(delete(grant).where(grant.c.athlete_id == found.athlete_id))
    connection.execute(
        insert(grant).values(
            athlete_id=found.athlete_id, scope=found.scope, refresh_token=token_hex(20), **_access(now)
        )
    )
    return connection.execute(select(grant).where(grant.c.athlete_id == found.athlete_id)).one()


def refresh(connection: Connection, token: str, now: int, *, reuse: bool) -> Grant | None:
    """Rotate the refresh token: the older one stops working at once. Return None if `token` is invalid.

    With `reuse` an access token that lives for more than an hour is handed out again.
    """
    found = connection.execute(select(grant).where(grant.c.refresh_token == token)).one_or_none()
    if found is None:
        return None
    values: dict[str, Any] = {"refresh_token": token_hex(20)}
    if not (reuse and found.expires_at - now > FRESH_ENOUGH):
        values |= _access(now)
    connection.execute(update(grant).where(grant.c.athlete_id == found.athlete_id).values(values))
    return connection.execute(select(grant).where(grant.c.athlete_id == found.athlete_id)).one()


def _access(now: int) -> dict[str, Any]:
    return {"access_token": token_hex(20), "expires_at": now + TOKEN_LIFE}


def by_access_token(connection: Connection, token: str, now: int) -> Grant | None:
    """Return the grant of an access token that has not expired."""
    return connection.execute(
        select(grant).where(grant.c.access_token == token, grant.c.expires_at > now)
    ).one_or_none()


def by_any_token(connection: Connection, token: str) -> Grant | None:
    """Return the grant of an access or refresh token, expired or not."""
    return connection.execute(
        select(grant).where(or_(grant.c.access_token == token, grant.c.refresh_token == token))
    ).one_or_none()


def of_athlete(connection: Connection, athlete_id: int) -> Grant | None:
    """Return the athlete's grant, or None."""
    return connection.execute(select(grant).where(grant.c.athlete_id == athlete_id)).one_or_none()


def end(connection: Connection, athlete_id: int) -> None:
    """End the athlete's grant, and delete unused codes."""
    connection.execute(delete(code).where(code.c.athlete_id == athlete_id))
    connection.execute(delete(grant).where(grant.c.athlete_id == athlete_id))


def has_seat(connection: Connection, athlete_id: int, seats: int) -> bool:
    """Return whether the athlete is connected or can connect."""
    others = connection.scalar(select(func.count()).select_from(grant).where(grant.c.athlete_id != athlete_id))
    return (others or 0) < seats
