"""Searches, ids and numbers in requests."""

from flask import request

from webapp.errors import NotUnderstood

MAX_SEARCH = 80


def searched(field: str) -> str:
    """Return the search text, empty if there is none."""
    return request.args.get(field, "").strip()[:MAX_SEARCH]


def number_in(field: str) -> int:
    """Return an id or a number from the form. Raises NotUnderstood if the field has none."""
    text = request.form.get(field, "")
    if not is_number(text):
        raise NotUnderstood()
    return int(text)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
