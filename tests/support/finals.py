"""Final boards for tests: a challenge of November that was frozen in December, and what its members are told."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from sqlalchemy import update

from tests.support.board_pages import address
from tests.support.boards import Made, make_board, publish, set_total
from tests.support.browser import Browser, signed_in, words
from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge
from webapp.results.service import store_results
from webapp.rulebook.ruleset import RuleSet

DECEMBER = datetime(2026, 12, 3, 12, tzinfo=UTC)


def make_final(
    totals: Mapping[str, int], teams: Sequence[str] = (), rules: RuleSet | None = None, *, store: bool = True
) -> Made:
    """Make a final board of runners with these totals, in teams in turn; the clock says the third of December."""
    clock().set(now=DECEMBER)
    made = make_board(list(totals), teams=teams)
    if rules is not None:
        db.session.execute(update(Challenge).values(rules=rules, shown_rules=rules))
    set_total(made, dict(zip(made.entries, totals.values(), strict=True)))
    publish(made, date(2026, 12, 2))
    freeze(made, store=store)
    return made


def freeze(made: Made, *, store: bool = True) -> None:
    """Freeze the challenge; without `store` as it was done before results were stored."""
    begin_write()
    facts = {"frozen_at": DECEMBER, "unread": 0, "overtakes_from": None}
    db.session.execute(update(Challenge).where(Challenge.id == made.challenge.id).values(**facts))
    if store:
        store_results(made.challenge.id)
    db.session.commit()


def leaves(made: Made, number: int) -> None:
    """Let a runner leave the group, as the page does."""
    begin_write()
    leave(made.group.id, made.runners[number], DECEMBER)
    db.session.commit()


def browser_of(app: Flask, made: Made, number: int) -> Browser:
    return signed_in(app, db.session.get_one(Runner, made.runners[number]))


def board_json(app: Flask, made: Made, number: int = 0) -> dict[str, Any]:
    told: dict[str, Any] = browser_of(app, made, number).get(address(made, "/board.json")).get_json()
    return told


def page_of(app: Flask, made: Made, tail: str = "", number: int = 0) -> str:
    answer = browser_of(app, made, number).get(address(made, tail))
    assert answer.status_code == 200, answer.text
    return words(answer)
