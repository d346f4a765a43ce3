"""The application with a bare Flask page beside it, for the bench only: both under one gunicorn, in one run."""

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from webapp.factory import create_app

bare = Flask("bare")


@bare.get("/<int:size>")
def page(size: int) -> str:
    """Return a page of `size` bytes."""
    return "x" * size


served = create_app()
app = DispatcherMiddleware(served, {"/bare": bare})
