"""The meaning of a refused token renewal: the runner has left, or Strava is refusing many at once.

A refused refresh ends a connection: the runner is hidden at once and erased after `auth.rules.ERASE_AFTER`, unless
Strava renews the token then (`jobs.accounts.erase_runner`). Where many are refused within an hour it is an outage of
Strava's. Then nobody is hidden and each is tried again every hour. After `MAX_OUTAGE` the outage excuses no refusal any
more, and each counts on its own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

# An outage is at least this many runners refused, and more than one in this many of those tried, within this time.
MIN_REFUSED = 5
ONE_IN = 10
WITHIN = timedelta(hours=1)
RETRY_AFTER = timedelta(hours=1)
MAX_OUTAGE = timedelta(days=2)
# Retries come an hour apart, so of those in doubt each was tried within two.
TRIED_WITHIN = WITHIN + RETRY_AFTER
# If Strava refuses reads with a token that it has just renewed, it is a passing fault, unless it lasts this long.
MAX_UNAUTHORISED = timedelta(hours=6)
# How often a connection without reads is checked; otherwise we would not notice that its grant ended.
CHECK_AFTER = timedelta(hours=24)
# How often we check whether our missing key is back.
KEYS_RETRY_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many runners' tokens Strava was asked to renew, and how many of them it refused."""

    tried: int
    refused: int


def is_outage(tally: Tally) -> bool:
    """Return whether it is an outage: enough tokens are refused that one refusal says nothing about its runner."""
    return tally.refused >= MIN_REFUSED and tally.refused * ONE_IN > tally.tried


def has_run_out(began_at: datetime, now: datetime) -> bool:
    """Return whether an outage has lasted too long to excuse refusals."""
    return now >= began_at + MAX_OUTAGE


def is_passing(since: datetime | None, now: datetime) -> bool:
    """Return whether tokens refused since then, right after they were renewed, may still be a passing fault."""
    return since is None or now < since + MAX_UNAUTHORISED


REFUSED_WORDS = (
    "Strava no longer accepts our connection, so you are hidden here. "
    "Connect again within 7 days and everything carries on; otherwise everything of yours here is erased."
)
OUTAGE_WORDS = "Strava is refusing many connections at the moment, and yours is one of them. We try again every hour."
RESTORED_WORDS = "This site was restored from a backup. You are hidden until Strava has confirmed your connection."
UNCONFIRMED_WORDS = (
    "This site was restored from a backup, and Strava refuses the connection that was in it. "
    "Connect again within 7 days and everything carries on; otherwise everything of yours here is erased."
)
