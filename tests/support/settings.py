"""Other settings for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask


@contextmanager
def with_settings(app: Flask, **values: object) -> Iterator[None]:
    """Let the application have these settings until the block ends. What it read at its start stays as it was."""
    plain = app.extensions["settings"]
    app.extensions["settings"] = plain.model_copy(update=values)
    try:
        yield
    finally:
        app.extensions["settings"] = plain
