"""Searches, ids and numbers as they come with a request."""

from flask import request

from webapp.errors import NotUnderstood

MAX_SEARCH = 80


def searched(field: str) -> str:
    """Return what is searched for, the empty text for nothing."""
    return request.args.get(field, "").strip()[:MAX_SEARCH]


def number_in(field: str) -> int:
    """Return an id or a number of the form. Raises Problem where it is none."""
    text = request.form.get(field, "")
    if not is_number(text):
        raise NotUnderstood()
    return int(text)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
