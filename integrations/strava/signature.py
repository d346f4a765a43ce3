"""Strava's signature of a posted event: `X-Strava-Signature: t=<unix s>,v1=<hex>`.

`v1` is HMAC-SHA256 over `<t>.<raw body>`.
"""

import hmac
from datetime import datetime
from typing import Literal

HEADER = "X-Strava-Signature"
MAX_AGE_S = 300
MAX_HEADER = 500

Verdict = Literal["missing", "right", "wrong", "stale"]


def sign(body: bytes, key: str, at: datetime) -> str:
    """Return the header for a body that is sent at that moment."""
    second = str(int(at.timestamp()))
    return f"t={second},v1={_digest(second, body, key)}"


def verdict(header: str | None, body: bytes, key: str, now: datetime) -> Verdict:
    """Return what a header proves about the body. A right one from more than five minutes away is "stale"."""
    if header is None:
        return "missing"
    parts = [part.strip().partition("=") for part in header[:MAX_HEADER].split(",")]
    second = next((value for name, _, value in parts if name == "t"), "")
    if not (second.isascii() and second.isdigit() and len(second) < 12):
        return "wrong"
    right = _digest(second, body, key).encode()
    given = [value.encode(errors="replace") for name, _, value in parts if name == "v1"]
    if not any(hmac.compare_digest(value, right) for value in given):
        return "wrong"
    return "right" if abs(now.timestamp() - int(second)) <= MAX_AGE_S else "stale"


def _digest(second: str, body: bytes, key: str) -> str:
    return hmac.new(key.encode(), f"{second}.".encode() + body, "sha256").hexdigest()
