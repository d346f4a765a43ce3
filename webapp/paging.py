"""Pages of long lists: which page is requested, and where it begins."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from sqlalchemy import Select, bindparam, func, select

from webapp.db import db
from webapp.errors import Problem

# No reader needs a page beyond this one, and its rows would be counted one by one.
MAX_PAGE = 1_000_000


class NotAPageNumber(Problem):
    """A program asks for a page by something that is no number."""

    title = "That is no page"
    message = "Pages are numbered from 1."


class NoSuchPage(Problem):
    """A program asks for a page beyond the last one."""

    title = "No such page"
    status = 404


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: its `number` from 1, and how many rows it has at most.

    `pages` is None for a list that nobody counted; `has_next` says whether more follow.
    """

    number: int
    size: int
    pages: int | None = None
    has_next: bool = False

    @classmethod
    def of(cls, count: int, size: int, wanted: int = 1) -> "Page":
        """Return the requested page of a list of `count` rows, never beyond the last; an empty list has one page."""
        pages = max(1, -(-count // size))
        number = min(max(1, wanted), pages)
        return cls(number, size, pages, number < pages)

    @property
    def offset(self) -> int:
        """Return the number of rows before it."""
        return (self.number - 1) * self.size


def page_with(place: int, size: int) -> int:
    """Return the number of the page on which the row at `place` (from 0) stands."""
    return place // size + 1


def page_number(last: int = MAX_PAGE) -> int:
    """Return the number of the requested page, from 1 to `last`; 1 if the request names none."""
    return min(max(1, request.args.get("page", 1, type=int)), last)


def strict_page_number() -> int:
    """Return the number of the page that a program requests. Raises NotAPageNumber."""
    text = request.args.get("page", "1")
    if not (text.isascii() and text.isdecimal() and 0 < int(text[:10]) <= MAX_PAGE and len(text) <= len(str(MAX_PAGE))):
        raise NotAPageNumber
    return int(text)


def page_wanted(count: int, size: int) -> Page:
    """Return the requested page of a list of `count` rows."""
    return Page.of(count, size, page_number())


def page_of(count: Select[int], values: Mapping[str, object], size: int) -> Page:
    """Return the requested page of a list, never beyond the last, counted no further than to its end.

    `count`: what `counting` made of the list, with `values` for its parameters.
    """
    number = page_number()
    found = db.session.scalar(count, {**values, "up_to": number * size + 1}) or 0
    return replace(Page.of(found, size, number), pages=None)


def counting(rows: Select[*tuple[Any, ...]]) -> Select[int]:
    """Return the statement that counts these rows no further than the parameter `up_to`."""
    return select(func.count()).select_from(rows.limit(bindparam("up_to")).subquery())


def count_up_to(limit: int, wanted: Select[*tuple[Any, ...]]) -> int:
    """Return how many rows there are, counted no further than `limit`."""
    return db.session.scalar(counting(wanted), {"up_to": limit}) or 0
