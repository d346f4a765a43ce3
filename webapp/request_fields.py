"""Searches, ids and numbers in requests."""

from flask import request

from webapp.errors import NotUnderstood

MAX_SEARCH = 80
# The fields by which lists are searched.
SEARCHES = ("q", "who")
# How often an address may search a list by a text: a search reads more than a page does.
SEARCH_LIMIT = "60 per minute"


def searched(field: str) -> str:
    """Return the search text, empty if there is none."""
    return request.args.get(field, "").strip()[:MAX_SEARCH]


def is_no_search() -> bool:
    """Return whether the request asks for a list without searching it by a text. Searches are limited."""
    return not any(searched(field) for field in SEARCHES)


def number_in(field: str) -> int:
    """Return an id or a number from the form. Raises NotUnderstood if the field has none."""
    text = request.form.get(field, "")
    if not is_number(text):
        raise NotUnderstood()
    return int(text)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
