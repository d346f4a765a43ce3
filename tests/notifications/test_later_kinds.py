"""Kinds of a later version that was here and was taken back: they are left alone, and stop nothing."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from jobs.notifications import fan_out_facts, send_deliveries
from tests.support.browser import Browser
from tests.support.builders import make_group, make_member, make_runner
from tests.support.facts import Postman, announce, sending_by, states, told
from webapp.announcements.rules import Draft
from webapp.announcements.service import post_announcement
from webapp.data_export.kinds import AnySelect
from webapp.data_export.notification_kinds import KINDS as EXPORTED
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.groups import Group
from webapp.models.words import Channel, FactKind
from webapp.notifications import choice_service


@pytest.fixture
def postman(app: Flask) -> Iterator[Postman]:
    postman = Postman()
    with sending_by(mail=postman):
        yield postman


@pytest.fixture
def group(postman: Postman) -> Group:
    """A group of one, who was told something of a kind that only a later version knows, and waits for its mail."""
    group = make_group()
    runner_id = make_member(group).runner_id
    with write_transaction():
        choice_service.choose(runner_id, FactKind.OVERTOOK, Channel.MAIL, is_wanted=True)
    announce(group, "later")
    fan_out_facts()
    make_later("fact", "notification_choice")
    return group


def make_later(*tables: str) -> None:
    with write_transaction():
        for table in tables:
            db.session.execute(text(f"UPDATE {table} SET kind = 'of_later'"))  # names of ours


def post(group: Group) -> None:
    olga = make_member(group, make_runner("Olga"), role="organiser").runner_id
    with write_transaction():
        draft = Draft("Sunday", "At nine.", pinned=False, ends_on=None)
        post_announcement(group.id, draft, olga, clock().now())


def test_it_is_neither_shown_nor_sent_and_others_are(app: Flask, group: Group, postman: Postman) -> None:
    post(group)
    fan_out_facts()
    send_deliveries("mail")
    assert (states(), len(postman.took)) == (["withdrawn", "sent"], 1)
    browser = Browser(app)
    browser.sign_in_as(db.session.get_one(Runner, group.memberships[0].runner_id))
    assert "Sunday" in browser.get("/notifications").text
    assert browser.get("/notifications/settings").status_code == 200


def test_it_is_told_to_nobody_and_others_are(group: Group) -> None:
    before = told()
    announce(group, "waiting")
    make_later("fact")
    post(group)
    fan_out_facts()
    assert len(told()) == len(before) + 1


def test_a_copy_of_ones_data_names_it_as_it_is_stored(group: Group) -> None:
    def exported(select: AnySelect) -> list[str]:
        return [str(row.kind) for row in db.session.execute(select)]

    runner_id = group.memberships[0].runner_id
    found = {kind.key: kind.select for kind in EXPORTED}
    assert exported(found["notifications"](runner_id)) == ["of_later"]
