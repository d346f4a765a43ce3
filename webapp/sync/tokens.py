"""A runner's tokens: opened for one call, renewed by one process at a time, saved before they are used."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_, select, update

from integrations.strava import oauth
from integrations.strava.errors import GrantRefused, ScopeMissing, StravaError, TokenRefused, Unavailable
from integrations.strava.types import TokenGrant
from webapp.clock import Clock
from webapp.crypto import CannotOpen
from webapp.extensions import begin_write, db, sealer, settings
from webapp.sync import rules
from webapp.sync.models import Connection

# How soon to come back when another process is renewing the token.
COME_BACK_S = 5.0

T = TypeVar("T")


class KeysLost(GrantRefused):
    """The tokens cannot be opened any more. Says nothing about whether Strava would still take them."""


@dataclass(frozen=True)
class _Held:
    """The tokens as they lie in the database, opened; the refresh token sealed, too, to know it by."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    sealed_refresh: str = field(repr=False)
    expires_at: datetime
    state: str

    def serves(self, now: datetime, refused: str | None) -> bool:
        """Tell whether the access token can be used: it lives, and is not the one that was refused."""
        return self.access != refused and self.expires_at > now


def with_token(runner_id: int, clock: Clock, call: Callable[[str], T]) -> T:
    """Return `call(token)` with the runner's access token; refused, it is renewed and tried once more.

    Commits. Raises StravaError: where only the runner can help, the connection says so by then.
    """
    token = access_token(runner_id, clock)
    try:
        try:
            return call(token)
        except TokenRefused:
            token = access_token(runner_id, clock, refused=token)
            return call(token)
    except (TokenRefused, ScopeMissing) as refusal:
        _need_reconnect(_held(runner_id), runner_id, token, refusal)
        raise


def access_token(runner_id: int, clock: Clock, *, refused: str | None = None) -> str:
    """Return a token that should work: the one there is, or, near its end or `refused`, a new one.

    Commits, so that no transaction is open when it is used. Raises Unavailable (with `retry_after`) while another
    process renews it, GrantRefused when the grant is dead, or another StravaError.
    """
    held = _held(runner_id)
    if held.state != "connected":
        raise GrantRefused("the runner has to connect again")
    if held.serves(clock.now() + rules.TOKEN_MARGIN, refused):
        return held.access
    return _renewed_by_one(runner_id, held, clock, refused)


def is_dead(runner_id: int, clock: Clock) -> bool:
    """Tell whether the grant is dead, by asking Strava for a new token: that is none of the reads we may spend.

    Commits. Raises StravaError when nobody can tell.
    """
    held = _held(runner_id)
    try:
        _renewed_by_one(runner_id, held, clock, held.access)
    except KeysLost:
        raise
    except GrantRefused:
        return True
    return False


def _renewed_by_one(runner_id: int, held: _Held, clock: Clock, refused: str | None) -> str:
    """Renew the token, or return what the process that is at it has saved meanwhile."""
    if _claim_refresh(runner_id, held, clock):
        return _renewed(runner_id, held, clock, refused)
    now_held = _held(runner_id)
    if now_held.serves(clock.now(), refused):
        return now_held.access
    if now_held.state != held.state:
        raise GrantRefused("the refresh token was refused a moment ago")
    raise Unavailable("the token is being renewed", retry_after=COME_BACK_S)


def _renewed(runner_id: int, held: _Held, clock: Clock, refused: str | None) -> str:
    try:
        grant = _refresh(held, clock)
    except Unavailable:
        # Nobody knows whether the token was rotated; the lease stays, so that nobody asks again at once.
        if held.serves(clock.now(), refused):
            return held.access
        raise
    except GrantRefused as refusal:
        if not _change(runner_id, held.sealed_refresh, refreshing_until=None, **_ended_by(refusal)):
            # Whoever connects anew kills the older tokens, and has saved new ones by now.
            return _held(runner_id).access
        raise
    except StravaError:
        _change(runner_id, held.sealed_refresh, refreshing_until=None)
        raise
    return _save(runner_id, held.sealed_refresh, grant)


def _held(runner_id: int) -> _Held:
    wanted = select(Connection.access_token, Connection.refresh_token, Connection.expires_at, Connection.state)
    found = db.session.execute(wanted.where(Connection.runner_id == runner_id)).one_or_none()
    db.session.commit()
    if found is None:
        raise GrantRefused("the runner is not connected any more")
    try:
        access, refresh = (sealer().open(sealed) for sealed in (found.access_token, found.refresh_token))
    except CannotOpen:
        lost = KeysLost("the tokens were sealed with a key that is lost")
        _change(runner_id, found.refresh_token, **_ended_by(lost))
        raise lost from None
    return _Held(access, refresh, found.refresh_token, found.expires_at, found.state)


def _need_reconnect(held: _Held, runner_id: int, token: str, refusal: StravaError) -> None:
    """Note that only the runner can help, unless they have connected anew since. Then raise Unavailable: come back."""
    if held.access != token or not _change(runner_id, held.sealed_refresh, **_ended_by(refusal)):
        raise Unavailable("the runner has just connected anew", retry_after=COME_BACK_S) from None


def _ended_by(refusal: StravaError) -> dict[str, str]:
    return {"state": "needs_reconnect", "problem": rules.words_of(type(refusal).__name__)}


def _claim_refresh(runner_id: int, held: _Held, clock: Clock) -> bool:
    """Take the lease, unless another has it or has found meanwhile, by its refusal, that there is nothing to renew."""
    now = clock.now()
    free = or_(Connection.refreshing_until.is_(None), Connection.refreshing_until < now)
    until = rules.lease_until(now, rules.REFRESH_LEASE, clock.speed)
    as_it_was = Connection.state == held.state
    return _change(runner_id, held.sealed_refresh, free, as_it_was, refreshing_until=until)


def _refresh(held: _Held, clock: Clock) -> TokenGrant:
    our = settings()
    return oauth.refresh(
        our.oauth_base, our.client_id, our.client_secret, held.refresh, now=clock.now, timeout=our.strava_timeout
    )


def _save(runner_id: int, sealed: str, grant: TokenGrant) -> str:
    """Save both tokens in one transaction; where the runner has connected anew meanwhile, theirs stand."""
    access, refresh = sealer().seal(grant.access_token), sealer().seal(grant.refresh_token)
    saved = _change(
        runner_id,
        sealed,
        access_token=access,
        refresh_token=refresh,
        expires_at=grant.expires_at,
        refreshing_until=None,
    )
    return grant.access_token if saved else _held(runner_id).access


def _change(runner_id: int, sealed: str, *where: ColumnElement[bool], **values: Any) -> bool:
    """Change the connection and commit, if its refresh token is still the one we know. Tell whether it was."""
    same = (Connection.runner_id == runner_id) & (Connection.refresh_token == sealed)
    begin_write()
    changed = update(Connection).where(same, *where).values(**values).returning(Connection.runner_id)
    found = db.session.scalar(changed)
    db.session.commit()
    return found is not None
