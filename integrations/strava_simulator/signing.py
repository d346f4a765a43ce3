"""Signing events as Strava does, or wrongly: `X-Strava-Signature: t=<unix s>,v1=<hex>` over `<t>.<raw body>`."""

import hmac

SIGNATURES = ("none", "right", "wrong", "stale")
STALE_S = 3600


def signature_headers(kind: str, key: str, body: bytes, now: int) -> dict[str, str]:
    """Return the headers for a body that is sent now; `kind` is one of SIGNATURES."""
    if kind == "none":
        return {}
    second = now - STALE_S if kind == "stale" else now
    digest = hmac.new(key.encode(), b"%d." % second + body, "sha256").hexdigest()
    return {"X-Strava-Signature": f"t={second},v1={'0' * 64 if kind == 'wrong' else digest}"}
