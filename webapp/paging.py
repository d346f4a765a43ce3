"""TODO."""

from typing import Any

from flask import request
from sqlalchemy import Select, func, select

from webapp.extensions import db


def count_up_to(most: int, wanted: Select[*tuple[Any, ...]]) -> int:
    """Return how many rows there are, counted no further than `most`."""
    return db.session.scalar(select(func.count()).select_from(wanted.limit(most).subquery())) or 0


def page_wanted(count: int, per_page: int) -> dict[str, int]:
    """Return the page of a list of `count` that is asked for, from 1 and never beyond the last, and how many it has."""
    pages = max(1, -(-count // per_page))
    return {"page": min(max(1, request.args.get("page", 1, type=int)), pages), "pages": pages}
