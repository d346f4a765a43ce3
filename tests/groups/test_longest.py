"""Others see the longest single run only if its owner agreed to show it."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support.builders import NOON, invite_of
from tests.support.cast import run_jobs
from tests.support.disputes import Dispute
from tests.support.reading import plain, read, send
from webapp.db import begin_write, db
from webapp.memberships import service as groups
from webapp.models.challenges import Challenge
from webapp.models.groups import Consent
from webapp.names import NameStyle
from webapp.rulebook.ruleset import RuleSet


@pytest.fixture
def longest(app: Flask) -> Dispute:
    """A challenge about the longest run, in which Mia has run twelve kilometres."""
    made = Dispute(app, rules=RuleSet("longest_run"))
    made.read("2", title="Long one", start_utc=NOON, distance_m=12_000, moving_s=4000)
    run_jobs(app)
    return made


def agree(app: Flask, made: Dispute, **boxes: str) -> None:
    send(app, made.mia, f"/g/{made.group.slug}/me", name_style="full", **boxes)
    run_jobs(app)


def test_someone_who_has_not_agreed_is_on_no_board_of_it_and_is_told_how(app: Flask, longest: Dispute) -> None:
    page = f"{longest.home}/r/{longest.entry.id}"
    assert "12.0 km" not in read(app, longest.olga, longest.home)
    read(app, longest.olga, page, 404)
    mine = plain(read(app, longest.mia, longest.home))
    assert "You are not on this board" in mine and "How the group sees me" in mine
    assert "You are not on this board" in plain(read(app, longest.mia, page))
    assert "You are not on this board" not in read(app, longest.olga, longest.home)
    for viewer in (longest.olga, longest.mia):
        board = plain(read(app, viewer, longest.home))
        assert "Nobody shows their longest run yet" in board and "Nobody has joined" not in board


def test_nobody_is_asked_to_agree_once_the_board_is_final(app: Flask, longest: Dispute) -> None:
    db.session.execute(update(Challenge).values(frozen_at=NOON))
    db.session.commit()
    for page in (longest.home, f"{longest.home}/r/{longest.entry.id}"):
        assert "You are not on this board" not in plain(read(app, longest.mia, page))
    assert "Nobody showed their longest run" in plain(read(app, longest.mia, longest.home))


def test_agreeing_and_withdrawing_take_effect_at_once(app: Flask, longest: Dispute) -> None:
    page = f"{longest.home}/r/{longest.entry.id}"
    agree(app, longest, longest="y")
    assert "12.0 km" in plain(read(app, longest.olga, longest.home))
    opened = plain(read(app, longest.olga, page))
    assert "12.0 km" in opened and "12 Nov" not in opened
    assert "You are not on this board" not in read(app, longest.mia, longest.home)
    send(app, longest.mia, f"/g/{longest.group.slug}/me", name_style="full")
    assert "12.0 km" not in read(app, longest.olga, longest.home)
    read(app, longest.olga, page, 404)


def test_the_box_is_off_until_it_is_ticked_and_another_name_leaves_it_as_it_is(app: Flask, longest: Dispute) -> None:
    agreed = select(Consent.longest_at).where(Consent.runner_id == longest.mia.id)
    assert db.session.scalar(agreed) is None
    agree(app, longest, longest="y")
    since = db.session.scalar(agreed)
    db.session.rollback()
    agree(app, longest, longest="y")
    assert since is not None and db.session.scalar(agreed) == since


def test_someone_who_leaves_and_comes_back_is_asked_for_it_again(app: Flask, longest: Dispute) -> None:
    agree(app, longest, longest="y")
    begin_write()
    groups.leave(longest.group.id, longest.mia.id, NOON)
    db.session.commit()
    begin_write()
    groups.join(invite_of(longest.group), longest.mia, groups.ShownAs(NameStyle.FULL), NOON)
    db.session.commit()
    consent = db.session.scalars(select(Consent).where(Consent.runner_id == longest.mia.id)).one()
    assert (consent.withdrawn_at, consent.longest_at) == (None, None)
