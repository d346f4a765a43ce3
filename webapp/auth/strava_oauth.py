"""Signing in with Strava: Authlib's client and its two steps, and revoking a grant. For views only.

Authlib leaves to us: a time-out, distinguishing Strava's refusals (plain 4xx, no OAuth errors) from tokens, checking
`state` before anything else in the callback, and keeping the cookie small.
"""

import logging
from typing import Any, cast

from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, current_app, request, session
from redis import RedisError
from requests import RequestException, Response
from werkzeug.wrappers import Response as Redirect

from integrations.strava import oauth, parse
from integrations.strava.answers import error_of
from integrations.strava.client import StravaClient
from integrations.strava.errors import GrantRefused, Inactive, RateLimited, SeatsFull, StravaError, Unavailable
from integrations.strava.http import answer_of
from integrations.strava.types import AthleteSummary, TokenGrant
from webapp.auth import rules
from webapp.config import Settings
from webapp.extensions import budget, clock, settings

log = logging.getLogger(__name__)


STATE_PREFIX = "_state_strava_"
# Each unfinished sign-in leaves its state in the cookie; the oldest ones are removed.
STATES_KEPT = 3

REASONS: dict[type[StravaError], str] = {
    GrantRefused: "code",
    Inactive: "inactive",
    RateLimited: "busy",
    SeatsFull: "strava_seats",
    Unavailable: "down",
}


class SignInFailed(Exception):
    """A sign-in failed; `reason` is a key of `rules.FAILURES`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def init_app(app: Flask, settings: Settings) -> None:
    """Register Strava with a registry of this application's own: a test process has several applications."""
    app.extensions["strava_sign_in"] = OAuth(app).register(
        "strava",
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        authorize_url=f"{settings.oauth_base}/authorize",
        authorize_params={"approval_prompt": "auto"},
        access_token_url=f"{settings.oauth_base}/token",
        client_kwargs={
            "scope": ",".join(rules.SCOPES),
            # Strava reads the secret from the body.
            "token_endpoint_auth_method": "client_secret_post",
            "default_timeout": settings.strava_timeout,
            # A proxy from the environment does not apply to a simulator on this machine.
            "trust_env": not settings.simulated,
        },
        compliance_fix=lambda client: client.register_compliance_hook("access_token_response", _refuse_refusal),
    )


def start_oauth(redirect_uri: str, **hints: str) -> Redirect:
    """Return the redirect to Strava's authorise page; its state is kept in the session.

    `hints` are added to the address of the page; only the simulator reads them.
    """
    begun = sorted((key for key in session if key.startswith(STATE_PREFIX)), key=lambda key: session[key]["exp"])
    for key in begun[: 1 - STATES_KEPT]:
        del session[key]
    return cast(Redirect, _client().authorize_redirect(redirect_uri, **hints))


def granted_scopes() -> frozenset[str] | None:
    """Return the scopes that came back from Strava's authorise page, None if it names none.

    Raises SignInFailed.

    The state is checked first: Authlib would believe an `error` that anyone may have put into a link.
    """
    key = f"{STATE_PREFIX}{request.args.get('state', '')}"
    if key not in session:
        raise SignInFailed("state")
    if error := request.args.get("error"):
        del session[key]
        raise SignInFailed(rules.failure_of_callback(error))
    if not request.args.get("code"):
        raise SignInFailed("odd")
    return rules.scopes_of(request.args["scope"]) if "scope" in request.args else None


def exchange_code() -> tuple[TokenGrant, AthleteSummary]:
    """Exchange the code in the callback for tokens, and find out whose they are. Raises SignInFailed.

    When nothing names the athlete, the tokens are not revoked: they may belong to a runner who is connected here.
    """
    try:
        grant = parse.token_grant(_client().authorize_access_token(), clock().now())
    except (OAuthError, StravaError, RequestException, ValueError) as error:
        reason = _reason_of(error)
        log.warning("sign-in failed: %s (%s)", reason, type(error).__name__)
        # Raised without its cause: the answer contains tokens, which no traceback may show.
        raise SignInFailed(reason) from None
    return grant, grant.athlete or _athlete_of(grant)


def _athlete_of(grant: TokenGrant) -> AthleteSummary:
    ours = settings()
    strava = StravaClient(ours.api_base, ours.strava_timeout, now=clock().now, budget=budget())
    try:
        return strava.athlete(grant.access_token)
    except (StravaError, RedisError) as error:
        log.warning("sign-in failed: Strava names no athlete for these tokens (%s)", type(error).__name__)
        raise SignInFailed("busy" if isinstance(error, RateLimited) else "odd") from None


def revoke(token: str) -> bool:
    """Revoke the token's grant at Strava. Returns False, with a log line, if Strava does not do it now."""
    ours = settings()
    try:
        oauth.revoke(
            ours.oauth_base, ours.client_id, ours.client_secret, token, now=clock().now, timeout=ours.strava_timeout
        )
    except StravaError as error:
        log.warning("Strava did not revoke a token: %s", error)
        return False
    return True


def _client() -> Any:
    return current_app.extensions["strava_sign_in"]


def _refuse_refusal(response: Response) -> Response:
    if response.status_code >= 400:
        raise error_of(answer_of(response), clock().now())
    return response


def _reason_of(error: Exception) -> str:
    if isinstance(error, OAuthError):
        return "state" if error.error == "mismatching_state" else "refused"
    if isinstance(error, StravaError):
        return REASONS.get(type(error), "refused")
    # An answer that is no JSON is both a ValueError and a RequestException.
    return "odd" if isinstance(error, ValueError) else "down"
