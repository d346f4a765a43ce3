"""The headers that keep a page to itself."""

from urllib.parse import urlsplit

from flask import Flask, Response
from flask_talisman import Talisman

from webapp.config import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Send a strict Content-Security-Policy and the usual headers with every answer."""
    https = settings.address.startswith("https://")
    Talisman(
        app,
        force_https=False,  # the proxy in front does it; here it would break the health check
        strict_transport_security=https,
        session_cookie_secure=https,
        content_security_policy=_policy(settings),
        referrer_policy="same-origin",
        permissions_policy={"geolocation": "()", "camera": "()", "microphone": "()"},
    )
    app.after_request(_keep_private)


def _keep_private(response: Response) -> Response:
    # What a page shows belongs to its reader: no cache on the way keeps it unless its view says otherwise.
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def _policy(settings: Settings) -> dict[str, str]:
    # Signing in is a POST that redirects to Strava, which form-action looks at, too.
    oauth = urlsplit(settings.oauth_base)
    return {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": f"'self' {oauth.scheme}://{oauth.netloc}",
        "require-trusted-types-for": "'script'",
        "trusted-types": "chasepack",
    }
