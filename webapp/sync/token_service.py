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
from webapp.db import db, write_transaction
from webapp.extensions import sealer, settings
from webapp.models.sync import Connection
from webapp.models.words import ConnectionState
from webapp.sync import lost_access_service, rules, token_refusal_rules
from webapp.sync.lost_access_service import Outcome
from webapp.sync.service import record_lost_connection

# How soon to come back when another process is renewing the token.
COME_BACK_S = 5.0

T = TypeVar("T")


class KeysLost(StravaError):
    """None of our keys opens the tokens. That is our fault, so no connection changes and we try again soon."""


class ManyRefused(Unavailable):
    """Strava refuses to renew many tokens, which says nothing about this one. The connection rests."""


@dataclass(frozen=True, slots=True)
class _OpenedTokens:
    """The opened tokens from the database, and the sealed refresh token, which identifies them."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    sealed_refresh: str = field(repr=False)
    expires_at: datetime
    state: ConnectionState
    athlete_id: int
    # Whether a refresh was refused since the last one that succeeded; since when reads are refused.
    refused_at: datetime | None
    unauthorised_since: datetime | None

    def serves(self, now: datetime, refused: str | None) -> bool:
        """Return whether the access token can be used: it has not expired, and is not the one that was refused."""
        return self.access != refused and self.expires_at > now


def with_token(runner_id: int, clock: Clock, call: Callable[[str], T]) -> T:
    """Return `call(token)` with the runner's access token; a refused token is renewed and tried once more.

    Commits. Raises StravaError. If only the runner can help, the connection says so by then.
    """
    token = access_token(runner_id, clock)
    try:
        try:
            return call(token)
        except TokenRefused:
            token = access_token(runner_id, clock, refused=token)
            return call(token)
    except TokenRefused as refusal:
        _wait_or_ask(_opened(runner_id), runner_id, token, refusal, clock.now())
        raise
    except ScopeMissing as refusal:
        _need_reconnect(_opened(runner_id), runner_id, token, refusal, clock.now())
        raise


def _wait_or_ask(opened: _OpenedTokens, runner_id: int, token: str, refusal: TokenRefused, now: datetime) -> None:
    """Raise Unavailable if a token refused right after its renewal may be a passing fault of Strava's.

    A refresh that succeeds proves a valid grant. The runner is asked to reconnect only if this lasts for hours.
    """
    if token_refusal_rules.is_passing(opened.unauthorised_since, now):
        if opened.unauthorised_since is None:
            _change(runner_id, opened.sealed_refresh, unauthorised_since=now)
        raise Unavailable("Strava refuses a token that it has just renewed") from None
    _need_reconnect(opened, runner_id, token, refusal, now)


def access_token(runner_id: int, clock: Clock, *, refused: str | None = None) -> str:
    """Return a token that should work: the stored one or, if it is near its end or `refused`, a new one.

    Commits, so that no transaction is open when it is used. Raises Unavailable (with `retry_after`) while another
    process renews it, GrantRefused if the grant has ended, or another StravaError.
    """
    opened = _opened(runner_id)
    if opened.state != ConnectionState.CONNECTED:
        raise GrantRefused("the runner has to connect again")
    if opened.serves(clock.now() + rules.TOKEN_MARGIN, refused):
        return opened.access
    return _renewed_by_one(runner_id, opened, clock, refused)


def has_ended(runner_id: int, clock: Clock) -> bool:
    """Return whether the grant has ended, as an event or a refusal said before, by asking Strava for a new token.

    That costs no read. The two then agree, so the refusal is no sign of an outage, and the caller acts on it. Where
    Strava renews the token, a hidden runner is shown again. Commits. Raises StravaError when Strava gives no clear
    answer.
    """
    opened = _opened(runner_id)
    try:
        _renewed_by_one(runner_id, opened, clock, opened.access, announced=True)
    except GrantRefused:
        return True
    return False


def prove(runner_id: int, clock: Clock) -> None:
    """Ask Strava for a new token, to check whether the grant is valid; that costs no read.

    Commits. Raises GrantRefused if it has ended, which is then recorded with the connection, or another StravaError.
    """
    opened = _opened(runner_id)
    _renewed_by_one(runner_id, opened, clock, opened.access)


def _renewed_by_one(
    runner_id: int, opened: _OpenedTokens, clock: Clock, refused: str | None, *, announced: bool = False
) -> str:
    """Renew the token, or return the one that another process has saved meanwhile."""
    if _claim_refresh(runner_id, opened, clock):
        return _renewed(runner_id, opened, clock, refused, announced=announced)
    newer = _opened(runner_id)
    if newer.serves(clock.now(), refused):
        return newer.access
    if newer.state != opened.state:
        raise GrantRefused("the refresh token was refused a moment ago")
    raise Unavailable("the token is being renewed", retry_after=COME_BACK_S)


def _renewed(runner_id: int, opened: _OpenedTokens, clock: Clock, refused: str | None, *, announced: bool) -> str:
    try:
        grant = _refresh(opened, clock)
    except Unavailable:
        # The token may or may not have been rotated. The lease stays, so that no worker asks again at once.
        if opened.serves(clock.now(), refused):
            return opened.access
        raise
    except GrantRefused:
        if _record_refusal(runner_id, opened, clock, announced=announced) is Outcome.SUPERSEDED:
            # A runner who connects again ends the older tokens, and has saved new ones by now.
            return _opened(runner_id).access
        raise
    except StravaError:
        _change(runner_id, opened.sealed_refresh, refreshing_until=None)
        raise
    token = _save(runner_id, opened, grant, clock.now())
    if not token:
        raise Unavailable("Strava sent a refresh token alone", retry_after=COME_BACK_S)
    return token


def _record_refusal(runner_id: int, opened: _OpenedTokens, clock: Clock, *, announced: bool) -> Outcome:
    """Handle a refresh token that Strava refused. Raises ManyRefused in an outage."""
    if announced:
        known = _change(runner_id, opened.sealed_refresh, refreshing_until=None)
        return Outcome.ENDED if known else Outcome.SUPERSEDED
    outcome = lost_access_service.record_refusal(runner_id, opened.sealed_refresh, clock.now())
    if outcome is Outcome.OUTAGE:
        raise ManyRefused("Strava refuses to renew the tokens of many runners") from None
    return outcome


def _opened(runner_id: int) -> _OpenedTokens:
    wanted = select(
        Connection.access_token, Connection.refresh_token, Connection.expires_at, Connection.state,
        Connection.athlete_id, Connection.refused_at, Connection.unauthorised_since,
    )  # fmt: skip
    found = db.session.execute(wanted.where(Connection.runner_id == runner_id)).one_or_none()
    db.session.commit()
    if found is None:
        raise GrantRefused("the runner is not connected any more")
    try:
        access, refresh = (sealer().open(sealed) for sealed in (found.access_token, found.refresh_token))
    except CannotOpen:
        wait_s = token_refusal_rules.KEYS_RETRY_AFTER.total_seconds()
        raise KeysLost("the tokens were sealed with a key that is missing", retry_after=wait_s) from None
    return _OpenedTokens(access, refresh, *found[1:])


def _need_reconnect(opened: _OpenedTokens, runner_id: int, token: str, refusal: StravaError, now: datetime) -> None:
    """Record that only the runner can help, unless they have reconnected since. Then raise Unavailable: come back."""
    with write_transaction():
        is_lost = opened.access == token and _changed(runner_id, opened.sealed_refresh, **_ended_by(refusal))
        if is_lost:
            record_lost_connection(runner_id, now)
    if not is_lost:
        raise Unavailable("the runner has just connected again", retry_after=COME_BACK_S) from None


def _ended_by(refusal: StravaError) -> dict[str, str]:
    return {"state": ConnectionState.NEEDS_RECONNECT, "problem": rules.words_of(type(refusal).__name__)}


def _claim_refresh(runner_id: int, opened: _OpenedTokens, clock: Clock) -> bool:
    """Take the lease, unless another process has it, or has found by a refusal that there is nothing to renew."""
    now = clock.now()
    free = or_(Connection.refreshing_until.is_(None), Connection.refreshing_until < now)
    until = rules.lease_until(now, rules.REFRESH_LEASE, clock.speed)
    as_it_was = Connection.state == opened.state
    return _change(runner_id, opened.sealed_refresh, free, as_it_was, refreshing_until=until)


def _refresh(opened: _OpenedTokens, clock: Clock) -> TokenGrant:
    our = settings()
    grant = oauth.refresh(
        our.oauth_base, our.client_id, our.client_secret, opened.refresh, now=clock.now, timeout=our.strava_timeout
    )
    if grant.athlete is not None and grant.athlete.id != opened.athlete_id:
        # If these tokens were saved, they would bring one runner's activities to another.
        raise Unavailable("Strava renewed the token of another athlete")
    return grant


def _save(runner_id: int, opened: _OpenedTokens, grant: TokenGrant, now: datetime) -> str:
    """Save both tokens in one transaction; if the runner has connected again meanwhile, keep the newer ones."""
    access, refresh = sealer().seal(grant.access_token), sealer().seal(grant.refresh_token)
    saved = _change(
        runner_id,
        opened.sealed_refresh,
        access_token=access,
        refresh_token=refresh,
        expires_at=grant.expires_at,
        refreshing_until=None,
        refresh_tried_at=now,
        refused_at=None,
    )
    if saved and (opened.refused_at or opened.state == ConnectionState.DEAUTHORISED):
        lost_access_service.record_success(runner_id, now)
    return grant.access_token if saved else _opened(runner_id).access


def _change(runner_id: int, sealed: str, *where: ColumnElement[bool], **values: Any) -> bool:
    """Change the connection and commit, if its refresh token is still the one we know. Return whether it was."""
    with write_transaction():
        return _changed(runner_id, sealed, *where, **values)


def _changed(runner_id: int, sealed: str, *where: ColumnElement[bool], **values: Any) -> bool:
    """Do the same inside a `write_transaction()`."""
    same = (Connection.runner_id == runner_id) & (Connection.refresh_token == sealed)
    changed = update(Connection).where(same, *where).values(**values).returning(Connection.runner_id)
    return db.session.scalar(changed) is not None
