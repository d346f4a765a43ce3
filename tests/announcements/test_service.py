"""Storing announcements: twice is once, and there is an end to them."""

import pytest
from flask import Flask
from sqlalchemy import insert, select

from tests.support.builders import NOON, make_group, make_runner
from webapp.announcements.rules import MAX_KEPT, Draft
from webapp.announcements.service import (
    TooManyAnnouncements,
    change_announcement,
    delete_announcement,
    post_announcement,
)
from webapp.db import db, write_transaction
from webapp.models.announcements import Announcement

HELLO, BYE = Draft("Hello", "All", pinned=False, ends_on=None), Draft("Bye", "All", pinned=False, ends_on=None)


def test_the_same_words_sent_twice_in_a_row_are_one_announcement(app: Flask) -> None:
    group, author, other = make_group().id, make_runner().id, make_runner("Ben").id
    with write_transaction():
        first = post_announcement(group, HELLO, author, NOON)
        assert post_announcement(group, HELLO, author, NOON) == first
        assert post_announcement(group, HELLO, other, NOON) != first
        assert post_announcement(group, BYE, author, NOON) != first
        assert post_announcement(group, HELLO, author, NOON) != first


def test_a_change_that_changes_nothing_is_none_and_nor_is_one_in_another_group(app: Flask) -> None:
    group, elsewhere, author = make_group().id, make_group().id, make_runner().id
    with write_transaction():
        posted = post_announcement(group, HELLO, author, NOON)
        assert not change_announcement(group, posted, HELLO, author, NOON)
        assert not change_announcement(elsewhere, posted, BYE, author, NOON)
        assert not delete_announcement(elsewhere, posted, author, NOON)
        assert change_announcement(group, posted, BYE, author, NOON)
        assert delete_announcement(group, posted, author, NOON)
        assert not delete_announcement(group, posted, author, NOON)
    assert db.session.scalars(select(Announcement)).all() == []


def test_a_group_keeps_so_many_and_no_more(app: Flask) -> None:
    group, author = make_group().id, make_runner().id
    row = {"group_id": group, "author_id": author, "posted_at": NOON, "title": "x", "text": "x", "pinned": False}
    with write_transaction():
        db.session.execute(insert(Announcement), [row] * (MAX_KEPT - 1))
        post_announcement(group, HELLO, author, NOON)
        with pytest.raises(TooManyAnnouncements):
            post_announcement(group, BYE, author, NOON)
        assert post_announcement(group, HELLO, author, NOON), "it is there already"
