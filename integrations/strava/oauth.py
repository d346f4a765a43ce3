"""Strava's tokens: refreshing and revoking them. (Authlib does the sign-in itself.)"""

from integrations.strava import parse
from integrations.strava.errors import Unavailable
from integrations.strava.http import TIMEOUT, Now, call
from integrations.strava.types import TokenGrant

REVOKE_ATTEMPTS = 3


def refresh(
    oauth_base: str, client_id: str, client_secret: str, refresh_token: str, *, now: Now, timeout: float = TIMEOUT
) -> TokenGrant:
    """Exchange a refresh token for a new pair. The older one stops working at once, so save both before using them.

    It is never retried automatically: after a time-out it is unknown whether Strava has rotated the token. Raises
    GrantRefused for an invalid one, Unavailable, or another StravaError.
    """
    form = {
        "client_id": client_id,
        "client_secret": client_secret,
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
    }
    body = call("POST", f"{oauth_base}/token", data=form, now=now, timeout=timeout)
    try:
        return parse.token_grant(body, now(), older=refresh_token)
    except ValueError as error:
        raise Unavailable(f"Strava sent {error}") from None


def revoke(
    oauth_base: str, client_id: str, client_secret: str, token: str, *, now: Now, timeout: float = TIMEOUT
) -> None:
    """Revoke a token, which ends the whole grant. A token that no longer exists counts as revoked.

    A 503 from Strava means "try again", so it is tried a few times at once. All tries together take no longer than
    `timeout`, since somebody waits for the page. Raises StravaError.
    """
    for attempt in range(1, REVOKE_ATTEMPTS + 1):
        try:
            call(
                "POST",
                f"{oauth_base}/revoke",
                data={"token": token},
                auth=(client_id, client_secret),
                now=now,
                timeout=timeout / REVOKE_ATTEMPTS,
            )
        except Unavailable:
            if attempt == REVOKE_ATTEMPTS:
                raise
        else:
            return
