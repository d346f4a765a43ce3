"""The inbox and the bell: everything is there once, and read when its reader says so."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import delete

from jobs.notifications import fan_out_facts
from tests.support.boards import NOON, make_board, publish, set_day, set_total
from tests.support.browser import Browser
from tests.support.builders import make_group, make_member, make_runner
from tests.support.html import attribute, elements, shown, text_of
from tests.support.overtakes import derive_overtakes
from tests.support.statements import asked
from webapp.announcements.rules import Draft
from webapp.announcements.service import delete_announcement, post_announcement
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.announcements import Announcement
from webapp.models.groups import Group
from webapp.notifications.inbox_queries import MAX_COUNTED, PER_PAGE
from webapp.notifications.kind_rules import KINDS
from webapp.notifications.message_queries import READERS, messages_of


class Inbox:
    """A member of a group with announcements."""

    def __init__(self, app: Flask) -> None:
        clock().set(now=NOON)
        self.group: Group = make_group()
        self.olga, self.mia = make_runner("Olga Orlova"), make_runner("Mia Meyer")
        make_member(self.group, self.olga, role="organiser")
        make_member(self.group, self.mia)
        self.browser = self.browser_of(app, self.mia)

    def browser_of(self, app: Flask, runner: Runner) -> Browser:
        browser = Browser(app)
        browser.sign_in_as(runner)
        return browser

    def announce(self, *titles: str) -> list[int]:
        with write_transaction():
            posted = [post_announcement(self.group.id, Draft(t, "*", False, None), self.olga.id, NOON) for t in titles]
        fan_out_facts()
        return posted

    def page(self, path: str = "/notifications") -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200
        return answer.text

    @property
    def bell(self) -> str:
        found = elements(self.page("/account"), ".bell__number")
        return text_of(found[0]) if found else ""


@pytest.fixture
def inbox(app: Flask) -> Inbox:
    return Inbox(app)


def test_everything_is_in_the_inbox_once_the_latest_first(inbox: Inbox) -> None:
    assert "Nothing yet" in inbox.page()
    inbox.announce("Cake", "Pie")
    fan_out_facts()
    page = inbox.page()
    assert [text_of(one) for one in elements(page, ".inbox__subject")] == [
        "New : Morning Milers: Pie", "New : Morning Milers: Cake",
    ]  # fmt: skip
    assert "Thu 12 Nov, 12:00 · Morning Milers" in shown(page, ".inbox")


def test_the_bell_counts_what_is_unread(inbox: Inbox) -> None:
    assert inbox.bell == ""
    (_, pie) = inbox.announce("Cake", "Pie")
    assert inbox.bell == "2 unread"
    with write_transaction():
        delete_announcement(inbox.group.id, pie, inbox.olga.id, NOON)
    assert inbox.bell == "1 unread"
    inbox.announce(*(f"Cake {n}" for n in range(MAX_COUNTED)))
    assert inbox.bell == "99+ unread"


def test_reading_one_leads_to_what_it_is_about_and_takes_it_off_the_bell(inbox: Inbox) -> None:
    (number,) = inbox.announce("Cake")
    read = attribute(inbox.page(), ".inbox__acts form", "action")
    answer = inbox.browser.post(read, {"open": "1"})
    assert answer.headers["Location"] == f"/g/{inbox.group.slug}/announcements#announcement-{number}"
    assert inbox.bell == ""
    assert attribute(inbox.page(), ".inbox__acts a", "href") == answer.headers["Location"]
    assert inbox.browser.post(read).headers["Location"] == "/notifications"


@pytest.mark.both_databases
def test_all_as_read_is_all_that_the_page_showed(inbox: Inbox) -> None:
    inbox.announce("Cake", "Pie")
    until = attribute(inbox.page(), "input[name=until]", "value")
    inbox.announce("Tart")
    inbox.browser.post("/notifications/read", {"until": until})
    assert inbox.bell == "1 unread"
    assert inbox.browser.post("/notifications/read", {"until": "all"}).status_code == 400


def test_what_may_not_be_told_any_more_does_not_stay_at_the_bell(inbox: Inbox) -> None:
    inbox.announce("Cake")
    db.session.execute(delete(Announcement))
    db.session.commit()
    assert inbox.bell == "1 unread" and "Cake" not in inbox.page()
    until = attribute(inbox.page(), "input[name=until]", "value")
    inbox.browser.post("/notifications/read", {"until": until})
    assert inbox.bell == ""


def test_nobody_reads_or_marks_what_others_were_told(app: Flask, inbox: Inbox) -> None:
    inbox.announce("Cake")
    read = attribute(inbox.page(), ".inbox__acts form", "action")
    olga = inbox.browser_of(app, inbox.olga)
    assert olga.post(read, {"open": "1"}).status_code == 404
    assert "Cake" not in olga.get("/notifications").text
    assert inbox.bell == "1 unread"


def test_an_open_inbox_asks_for_what_is_new_and_is_told_when_nothing_is(inbox: Inbox) -> None:
    inbox.announce("Cake")
    page = inbox.page()
    tag, part = attribute(page, "[data-refresh-url]", "data-refresh-etag"), "/notifications/part"
    assert inbox.browser.get(part, headers={"If-None-Match": tag}).status_code == 304
    inbox.announce("Pie")
    answer = inbox.browser.get(part, headers={"If-None-Match": tag})
    assert answer.status_code == 200 and "Pie" in answer.text


def test_old_notifications_are_on_the_next_page(inbox: Inbox) -> None:
    inbox.announce(*(f"Cake {n}" for n in range(PER_PAGE + 1)))
    assert "Cake 0" not in inbox.page() and "Cake 0" in inbox.page("/notifications?page=2")


# What it costs -------------------------------------------------------------------------------------------------------


@pytest.mark.only_sqlite
def test_the_bell_is_one_statement_that_an_index_serves_and_none_for_an_unchanged_part(
    app: Flask, inbox: Inbox
) -> None:
    made = make_board(["Ana Ruiz", "Ben Ode"])
    set_total(made, dict.fromkeys(made.entries, 5000))
    publish(made)
    browser = inbox.browser_of(app, db.session.get_one(Runner, made.runners[0]))
    board = f"/g/{made.group.slug}/c/{made.challenge.id}"
    page = browser.get(board)
    tag = attribute(page.text, "[data-refresh-etag]", "data-refresh-etag")
    with asked() as first:
        browser.get(board)
    with asked() as then:
        assert browser.get(f"{board}/part", headers={"If-None-Match": tag}).status_code == 304
    assert [sum("notification" in statement for statement, _ in asks) for asks in (first, then)] == [1, 0]
    (bell,) = [statement for statement, _ in first if "notification" in statement]
    plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {bell}", (1, 100, 0)).all()
    assert "ix_notification_unread" in " ".join(str(row) for row in plan)


def test_words_of_many_notifications_take_as_many_statements_as_those_of_one(app: Flask) -> None:
    clock().set(now=NOON)
    made = make_board([f"Runner {n:02}" for n in range(12)])
    set_total(made, {entry: 1000 * (n + 1) for n, entry in enumerate(made.entries)})
    set_day(made, made.entries[0], NOON.date(), 50_000)
    set_day(made, made.entries[1], NOON.date() - timedelta(days=1), 3500)
    db.session.commit()
    publish(made)
    derive_overtakes(made)
    fan_out_facts()
    from_db = db.session.connection().exec_driver_sql("SELECT id FROM notification ORDER BY id").scalars().all()
    counts = []
    for some in (from_db[:1], from_db):
        db.session.rollback()
        with asked() as statements:
            assert len(messages_of(some, NOON)) == len(some)
        counts.append(len(statements))
    # Those of one kind, and those of two kinds.
    assert len(from_db) > 10 and counts[1] <= 2 * counts[0]


def test_every_kind_that_the_inbox_has_is_put_into_words() -> None:
    assert set(READERS) == set(KINDS)
