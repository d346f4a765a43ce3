"""Rules of signing in: where to go next, which scopes are enough, and the words for each failure."""

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from urllib.parse import urlsplit

from webapp.models.words import ConnectionState

# The text on the consent page. A change in what is read, kept or shown needs a new version, and everybody is asked
# again (Strava's API Policy of 2026-06-01, 2.1 and 7.2).
PLATFORM_CONSENT_VERSION = "2026-11-30"

# Asked for `activity:read_all` alone, a runner who unticks it would leave no scope for activities at all.
SCOPES = ("read", "activity:read", "activity:read_all")

LOGIN_LINK_LIFE = timedelta(minutes=15)
# A runner may have ended the connection on Strava by mistake, so they can come back within this time.
ERASE_AFTER = timedelta(days=7)
# How long the address of an erased runner may wait for the mail with their receipt.
MAIL_RECEIPT_WITHIN = timedelta(hours=24)
# Then Strava is asked once more. Without a clear answer nobody is erased, for at most this long.
MAX_PROOF_WAIT = timedelta(days=2)
MAX_PATH = 500


def has_waited_for_proof(ended_at: datetime, now: datetime) -> bool:
    """Return whether the time is over in which Strava could confirm that a connection has ended."""
    return now >= ended_at + ERASE_AFTER + MAX_PROOF_WAIT


def safe_path(path: str | None) -> str | None:
    """Return `path` if it is a path on this site, otherwise None: nobody is redirected to another host.

    Browsers read a backslash as a slash and drop tabs and line ends, so that "/\\t/evil.example" would leave.
    """
    if not path or len(path) > MAX_PATH or not path.startswith("/") or path.startswith("//"):
        return None
    if "\\" in path or any(ord(letter) < 33 or ord(letter) == 127 for letter in path):
        return None
    parts = urlsplit(path)
    return None if parts.scheme or parts.netloc else path


def scopes_of(text: str | None) -> frozenset[str]:
    """Return the scopes in `text`, the way Strava lists them in the callback."""
    return frozenset(scope for scope in re.split(r"[,\s]+", text or "") if scope)


def may_read_runs(scopes: Collection[str]) -> bool:
    return "activity:read" in scopes or "activity:read_all" in scopes


def may_read_private_runs(scopes: Collection[str]) -> bool:
    return "activity:read_all" in scopes


def digest_of(secret: str) -> str:
    """Return the digest of a login link's secret. The secret is long and random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def nameless(athlete_id: int, key: str) -> str:
    """Return a digest that recognises an erased athlete who comes back; without `key` it identifies nobody."""
    return hmac.new(key.encode(), f"receipt:{athlete_id}".encode(), "sha256").hexdigest()


def digest_of_erased(athlete_id: int, key: str) -> str:
    """Return the digest of an athlete on the list of erased athletes; it identifies nobody without `key`."""
    return hmac.new(key.encode(), f"erased:{athlete_id}".encode(), "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed sign-in in words: what happened, and what to do."""

    status: int
    title: str
    message: str
    what_to_do: str


FAILURES: Mapping[str, Failure] = {
    "denied": Failure(
        403,
        "You said no on Strava",
        "That is fine. Nothing was read, and nothing has changed here.",
        "If it was a slip, connect again and press Authorize there.",
    ),
    "scope": Failure(
        403,
        "Your runs cannot come in",
        "On Strava’s page the box “View data about your activities” was unticked, and without it we see no run. "
        "No account was made, and we have given up the access that Strava had granted.",
        "Connect again and leave that box ticked. The one for private activities is yours to choose.",
    ),
    "scope_lost": Failure(
        403,
        "Your runs no longer come in",
        "On Strava’s page the box “View data about your activities” was unticked. Your account and your runs are "
        "still here, but nothing new arrives.",
        "Connect again and leave that box ticked. To leave for good, connect and then disconnect on your account page.",
    ),
    "seats": Failure(
        403,
        "No seat is free",
        "Each installation may connect a limited number of runners, and all seats here are taken, or held for people "
        "in the queue. No account was made, and nothing of yours was kept.",
        "A seat becomes free when somebody disconnects, or when the operator gets more from Strava.",
    ),
    "strava_seats": Failure(
        403,
        "Strava accepts no more runners for now",
        "Strava says that this installation has reached its number of connected athletes. No account was made.",
        "A seat becomes free when somebody disconnects, or when the operator gets more from Strava.",
    ),
    "code": Failure(
        400,
        "This sign-in was used already",
        "Strava’s answer works once. It was used before, or it has expired.",
        "If you are signed in, all is well: go to the home page. If not, connect again.",
    ),
    "state": Failure(
        400,
        "This sign-in did not begin here",
        "Strava’s answer does not belong to a sign-in that this browser began within the last hour, "
        "so we did not follow it.",
        "Connect again from here. If it keeps happening, allow this site to set cookies.",
    ),
    "inactive": Failure(
        503,
        "Strava has put this installation on hold",
        "Strava answers that the application is inactive, so nobody can sign in at the moment.",
        "Please tell the operator of this installation: the subscription of the application’s owner may have lapsed.",
    ),
    "busy": Failure(
        503,
        "Strava asks us to slow down",
        "We have asked Strava for a lot in a short time, so it makes us wait.",
        "Please connect again in a quarter of an hour.",
    ),
    "down": Failure(
        503,
        "Strava is not answering",
        "We could not finish signing you in, because Strava did not answer as it should. Nothing was changed.",
        "Please connect again in a few minutes.",
    ),
    "odd": Failure(
        502,
        "Strava’s answer was incomplete",
        "Strava did not send what a sign-in needs. Nothing was changed.",
        "Please connect again. If it keeps happening, tell the operator of this installation.",
    ),
    "refused": Failure(
        502,
        "Strava did not accept the sign-in",
        "Strava refused without a reason that we know. Nothing was changed.",
        "Please connect again. If it keeps happening, the operator should check the settings on Strava.",
    ),
}


# Failures after which a visitor may queue for a seat.
NO_SEAT = frozenset({"seats", "strava_seats"})


def failure_of_callback(error: str) -> str:
    """Name the failure behind the `error` that Strava's authorise page sent back."""
    if error == "access_denied":
        return "denied"
    return "strava_seats" if "limit" in error.lower() else "refused"


def connection_in_words(state: ConnectionState | None) -> str:
    """Return the state of a connection in words for its owner; None: there is no connection."""
    words = {
        ConnectionState.CONNECTED: "Connected: new runs come in by themselves",
        ConnectionState.NEEDS_RECONNECT: "Interrupted: please connect again",
        ConnectionState.DEAUTHORISED: (
            f"Ended on Strava: connect again within {ERASE_AFTER.days} days, or everything here is erased"
        ),
    }
    return words[state] if state else "Not connected: no runs come in"


def since_in_words(then: datetime | None, now: datetime) -> str:
    """Return how long ago `then` was, in whole units: "3 hours ago"; None: "not yet"."""
    if then is None:
        return "not yet"
    seconds = int((now - then).total_seconds())
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    return "just now"


def until_in_words(then: datetime, now: datetime) -> str:
    """Return how soon `then` comes, in whole units and never too soon: "in 2 hours" also for an hour and a minute."""
    seconds = ceil((then - now).total_seconds())
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds > size or (unit == "minute" and seconds > 0):
            count = -(-seconds // size)
            return f"in {count} {unit}{'s' if count > 1 else ''}"
    return "now"
