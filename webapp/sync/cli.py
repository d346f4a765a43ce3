"""Commands of sync."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the commands."""
