"""Checking Strava's signatures of events; a failing one is refused once any has verified."""

import hmac
from datetime import datetime

from integrations.strava import signature
from webapp.db import db, write_transaction
from webapp.models.sync import VerifiedKey


def judge(header: str | None, body: bytes, key: str, secret: str, now: datetime) -> tuple[str, bool]:
    """Return what to count of an event's signature, and whether the event is to be refused.

    `key` is Strava's, "" for none: then the header is only counted. A missing header is never refused, and a failing
    one only after an event has verified with this very key, which is remembered under a digest by `secret`. Commits.
    """
    if not key:
        return ("missing" if header is None else "unchecked"), False
    found = signature.verdict(header, body, key, now)
    digest = _digest(key, secret)
    if found == "right":
        _remember(digest, now)
    return found, found in ("wrong", "stale") and _is_kept(digest)


def is_verified(key: str, secret: str) -> bool:
    """Return whether an event has verified with this key."""
    return _is_kept(_digest(key, secret))


def _digest(key: str, secret: str) -> str:
    return hmac.new(secret.encode(), f"webhook key:{key}".encode(), "sha256").hexdigest()


def _is_kept(digest: str) -> bool:
    return db.session.get(VerifiedKey, digest) is not None


def _remember(digest: str, now: datetime) -> None:
    if _is_kept(digest):
        return
    with write_transaction(patient=False):
        if not _is_kept(digest):
            db.session.add(VerifiedKey(digest=digest, verified_at=now))
