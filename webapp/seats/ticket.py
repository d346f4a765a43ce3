"""The ticket of somebody who waits for a seat: a secret in a cookie of its own. For views only.

The session is not enough: it ends with the browser for visitors who are not signed in, and on signing out.
"""

import secrets

from flask import current_app, request, session
from werkzeug.wrappers import Response

from webapp.seats.rules import KEPT_FOR

COOKIE = "chasepack_seat"
OFFERED = "seat_ticket"


def ticket() -> str | None:
    """Return the ticket of this browser, if any, unchecked."""
    return request.cookies.get(COOKIE) or None


def offer_ticket() -> str:
    """Return the ticket for a place that this browser takes. It stays the same until the place is given up.

    It is in the session, so a form sent several times before the first answer arrives takes one place.
    """
    offered: str = session.setdefault(OFFERED, secrets.token_urlsafe(32))
    return offered


def set_cookie(response: Response, secret: str) -> None:
    """Have the browser keep a ticket as long as the place in the queue is kept."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(COOKIE, secret, max_age=KEPT_FOR, httponly=True, secure=secure, samesite="Lax")


def delete_cookie(response: Response) -> None:
    """Have the browser delete its ticket."""
    session.pop(OFFERED, None)
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
