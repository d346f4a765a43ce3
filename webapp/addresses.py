"""Addresses of pages, each built once: a page has dozens of links, and building one takes longer than writing it."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from flask import Flask, current_app, has_request_context, request

# Few addresses differ by these values alone. Those of single members, runs or links would only fill the memory.
KEPT = frozenset({"filename", "slug", "challenge_id"})
MAX_KEPT = 4096


def init_app(app: Flask) -> None:
    """Let templates build addresses in this way."""

    @lru_cache(MAX_KEPT)
    def kept(_root: str, endpoint: str, *values: tuple[str, Any]) -> str:
        return app.url_for(endpoint, **dict(values))

    app.extensions["addresses"] = kept
    app.jinja_env.globals["url_for"] = address_of


def address_of(endpoint: str, **values: Any) -> str:
    """Return the address of a page: the same as Flask's `url_for`."""
    if not has_request_context() or not values.keys() <= KEPT:
        return current_app.url_for(endpoint, **values)
    kept = cast(Callable[..., str], current_app.extensions["addresses"])
    return kept(request.root_path, endpoint, *values.items())
