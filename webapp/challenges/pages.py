"""What pages of challenges have in common: their frame, which page of a list is wanted, ids and texts as they come."""

from flask import request

from webapp.challenges import queries
from webapp.errors import Problem
from webapp.extensions import clock
from webapp.models.challenges import Challenge
from webapp.models.groups import Group

LONGEST_SEARCH = 80


def frame(group: Group, challenge: Challenge) -> dict[str, object]:
    """Return what the head of a challenge's page is made of."""
    return {"group": group, "challenge": queries.shown(challenge, group.tz, clock().now())}


def page_wanted(count: int, per_page: int) -> dict[str, int]:
    """Return the page of a list of `count` that is asked for, from 1 and never beyond the last, and how many it has."""
    pages = max(1, -(-count // per_page))
    return {"page": min(max(1, request.args.get("page", 1, type=int)), pages), "pages": pages}


def searched(field: str) -> str:
    """Return what is searched for, the empty text for nothing."""
    return request.args.get(field, "").strip()[:LONGEST_SEARCH]


def number_in(field: str) -> int:
    """Return an id or a number of the form. Raises Problem where it is none."""
    text = request.form.get(field, "")
    if not is_number(text):
        raise Problem("That did not come through", "Please go back, reload the page and try once more.")
    return int(text)


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10
