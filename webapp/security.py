"""Security headers. They never change while we run, so they are computed once."""

from urllib.parse import urlsplit

from flask import Flask, Response

from webapp.config import Settings

YEAR_S = 365 * 86400


def init_app(app: Flask, settings: Settings) -> None:
    """Send a strict Content-Security-Policy and the usual headers with every answer."""
    https = settings.address.startswith("https://")
    app.config["SESSION_COOKIE_SECURE"] = https
    headers = {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in _policy(settings).items()),
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
    }
    if https:
        headers["Strict-Transport-Security"] = f"max-age={YEAR_S}; includeSubDomains"

    @app.after_request
    def keep_to_itself(response: Response) -> Response:
        response.headers.extend(headers)
        # Search engines show nothing from here unless its view says otherwise.
        response.headers.setdefault("X-Robots-Tag", "noindex")
        # A page is for its reader only: no cache on the way keeps it unless its view says otherwise.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def _policy(settings: Settings) -> dict[str, str]:
    # Signing in is a POST that redirects to Strava, and form-action also checks redirects.
    oauth = urlsplit(settings.oauth_base)
    return {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "worker-src": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": f"'self' {oauth.scheme}://{oauth.netloc}",
        "require-trusted-types-for": "'script'",
        "trusted-types": "chasepack",
    }
