"""The ticket of somebody who waits for a seat: a secret in a cookie of its own. For views only.

The session would not do: it ends with the browser for those who are not signed in, and on signing out.
"""

from flask import current_app, request
from werkzeug.wrappers import Response

from webapp.seats.rules import KEPT_FOR

COOKIE = "chasepack_seat"


def ticket() -> str | None:
    """Return the ticket this browser holds, if any; nobody has looked at it yet."""
    return request.cookies.get(COOKIE) or None


def hand_out(response: Response, secret: str) -> None:
    """Have the browser keep a ticket as long as the place in the line is kept."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(COOKIE, secret, max_age=KEPT_FOR, httponly=True, secure=secure, samesite="Lax")


def take_back(response: Response) -> None:
    """Have the browser forget its ticket."""
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, httponly=True, samesite="Lax")
