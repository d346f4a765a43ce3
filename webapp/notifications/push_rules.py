"""Pushes to browsers: how many a runner has, what each is called, and what becomes of a delivery to all of them."""

import hashlib
from collections.abc import Collection
from datetime import timedelta

from integrations.push.sending import PushOutcome

MAX_BROWSERS = 10
# A browser whose push service refuses every push for so long is forgotten.
MAX_FAILING = timedelta(days=30)
# How long a push service keeps a push for a browser that is off.
URGENT_TTL, TTL = timedelta(days=2), timedelta(days=1)
MAX_TITLE, MAX_BODY = 120, 400
# Hosts of push services end with these; the browsers that use them.
BROWSERS = {
    "fcm.googleapis.com": "Chrome or a relative",
    "push.services.mozilla.com": "Firefox",
    "push.apple.com": "Safari",
    "notify.windows.com": "Edge",
}


def digest_of(endpoint: str) -> str:
    return hashlib.sha256(endpoint.encode()).hexdigest()


def browser_at(host: str) -> str:
    """Return what to call a browser whose push service is at this host."""
    known = (name for end, name in BROWSERS.items() if host == end or host.endswith(f".{end}"))
    return next(known, "A browser")


def whole_outcome(outcomes: Collection[PushOutcome]) -> PushOutcome:
    """Return what became of a message that was sent to several browsers.

    If one of them has it, or may have it, it is not sent again: that browser would show it twice.
    """
    order = (PushOutcome.SENT, PushOutcome.UNKNOWN, PushOutcome.LATER, PushOutcome.REFUSED)
    return next((one for one in order if one in outcomes), PushOutcome.GONE)
