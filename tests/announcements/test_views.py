"""Announcing something to a group: who writes, who reads, where and for how long."""

from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.browser import words
from tests.support.builders import make_group, make_member
from tests.support.cast import Cast, make_cast
from tests.support.html import elements
from webapp.announcements import service
from webapp.announcements.queries import announcements_page, news_of_group, news_of_runner
from webapp.announcements.rules import MAX_TEXT, Draft
from webapp.db import db
from webapp.extensions import clock
from webapp.groups.audit_queries import log_page
from webapp.models.announcements import Announcement
from webapp.paging import Page

SUNDAY = {"title": "Long run on Sunday", "text": "We meet at **nine**.\n\n<script>alert(1)</script>"}


def today(cast: Cast) -> date:
    return clock().today(cast.group.tz)


def post(cast: Cast, draft: Draft, *, days_ago: int = 0) -> int:
    posted_at = clock().now() - timedelta(days=days_ago)
    posted = service.post_announcement(cast.group.id, draft, cast.runners["organiser"].id, posted_at)
    db.session.commit()
    return posted


def test_organisers_write_and_members_read(cast: Cast) -> None:
    path = f"{cast.home}/announcements"
    assert cast.statuses(path) == [200, 200, 404, 302]
    assert cast.statuses(f"{path}/new") == [200, 404, 404, 302]
    organiser, member = cast.browsers["organiser"], cast.browsers["member"]
    assert organiser.post(f"{path}/new", {**SUNDAY, "pinned": "y"}).status_code == 302
    for place in (path, cast.home):
        read = member.get(place)
        assert "Long run on Sunday" in words(read) and "Olga Orlova" in words(read)
        assert "<strong>nine</strong>" in read.text and "<script>alert" not in read.text
        assert "&lt;script&gt;" in read.text
    assert "Long run on Sunday" in words(member.get("/home"))
    assert "Long run on Sunday" not in words(cast.browsers["stranger"].get("/home"))
    assert "Change" not in words(member.get(path)).split("Announcements")[1]
    assert [(line.sentence, line.reason) for line in log_page(cast.group.id, Page(1, 9))] == [
        ("Olga Orlova announced something", "Long run on Sunday")
    ]


def test_a_member_can_neither_post_nor_change_nor_delete(cast: Cast) -> None:
    made = post(cast, Draft("Hi", "There", False, None))
    for path in ("new", str(made), f"{made}/delete"):
        assert cast.browsers["member"].post(f"{cast.home}/announcements/{path}", SUNDAY).status_code == 404
    assert db.session.scalars(select(Announcement.title)).all() == ["Hi"]


def test_an_announcement_of_another_group_is_out_of_reach(cast: Cast) -> None:
    made = post(cast, Draft("Hi", "There", False, None))
    other = make_group("Night Owls")
    make_member(other, cast.runners["organiser"], role="organiser")
    path = f"/g/{other.slug}/announcements/{made}"
    assert cast.browsers["organiser"].get(path).status_code == 404
    assert cast.browsers["organiser"].post(path, SUNDAY).status_code == 404
    assert cast.browsers["organiser"].post(f"{path}/delete").status_code == 404


def test_an_announcement_is_changed_and_deleted(cast: Cast) -> None:
    made, organiser = post(cast, Draft("Hi", "There", False, None)), cast.browsers["organiser"]
    path = f"{cast.home}/announcements/{made}"
    assert elements(organiser.get(path).text, "#title")[0].attributes["value"] == "Hi"
    for _ in range(2):
        assert organiser.post(path, SUNDAY).status_code == 302
    read = words(cast.browsers["member"].get(f"{cast.home}/announcements"))
    assert "Long run on Sunday" in read and "changed" in read
    assert organiser.post(f"{path}/delete").status_code == 302
    assert organiser.post(f"{path}/delete").status_code == 404
    assert "No announcements yet" in words(cast.browsers["member"].get(f"{cast.home}/announcements"))
    assert [line.sentence for line in log_page(cast.group.id, Page(1, 9))] == [
        "Olga Orlova deleted an announcement",
        "Olga Orlova changed an announcement",
        "Olga Orlova announced something",
    ]


def test_a_form_sent_twice_is_one_announcement(cast: Cast) -> None:
    for _ in range(2):
        cast.browsers["organiser"].post(f"{cast.home}/announcements/new", SUNDAY)
    assert db.session.scalars(select(Announcement.title)).all() == ["Long run on Sunday"]


def test_a_preview_shows_the_text_and_posts_nothing(cast: Cast) -> None:
    shown = cast.browsers["organiser"].post(f"{cast.home}/announcements/new", {**SUNDAY, "preview": "1"})
    assert "<strong>nine</strong>" in shown.text and "&lt;script&gt;" in shown.text
    assert db.session.scalars(select(Announcement)).all() == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "A few words, please."),
        ("title", "x" * 81, "81"),
        ("title", "\u202e", "cannot be shown"),
        ("text", " \r\n ", "Please write something."),
        ("text", "x" * (MAX_TEXT + 1), f"At most {MAX_TEXT} characters"),
        ("text", "ab\x07", "cannot be shown"),
        ("ends_on", "2020-01-01", "today or a later day"),
        ("ends_on", "soon", "Not a valid date"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_lost(cast: Cast, field: str, value: str, said: str) -> None:
    answer = cast.browsers["organiser"].post(f"{cast.home}/announcements/new", {**SUNDAY, field: value})
    assert answer.status_code == 200 and "Please check" in words(answer)
    assert field == "title" or "Long run on Sunday" in answer.text
    assert said == "81" or said in words(answer)
    assert db.session.scalars(select(Announcement)).all() == []


def test_ends_of_lines_do_not_count_twice(cast: Cast) -> None:
    lines = "a\r\n" * (MAX_TEXT // 2)
    assert (
        cast.browsers["organiser"].post(f"{cast.home}/announcements/new", {**SUNDAY, "text": lines}).status_code == 302
    )


@pytest.mark.both_databases
def test_pinned_ones_come_first_and_what_has_ended_is_for_organisers(app: Flask) -> None:
    cast = make_cast(app)
    ended = Draft("Ended", "x", True, today(cast) - timedelta(days=1))
    last_day = Draft("Last day", "x", False, today(cast))
    for draft in (Draft("Pinned", "x", True, None), ended, last_day, Draft("New", "x", False, None)):
        post(cast, draft)
    everybody = announcements_page(cast.group.id, today(cast), Page(1, 9), with_ended=False)
    assert [one.title for one in everybody] == ["Pinned", "New", "Last day"]
    organisers = announcements_page(cast.group.id, today(cast), Page(1, 9), with_ended=True)
    assert [one.title for one in organisers] == ["Ended", "Pinned", "New", "Last day"]


def test_the_groups_page_and_home_show_what_is_news(app: Flask) -> None:
    cast = make_cast(app)
    news = {"Pinned": 300, "Old": 31, "Older news": 8, "News": 6}
    for title, days_ago in news.items():
        post(cast, Draft(title, "x", title == "Pinned", None), days_ago=days_ago)
    now, mia = clock().now(), cast.runners["member"].id
    assert [one.title for one in news_of_group(cast.group.id, today(cast), now)] == ["Pinned", "News", "Older news"]
    assert [one.title for one in news_of_runner(mia, now)] == ["News"]
    assert news_of_runner(cast.runners["stranger"].id, now) == []


def test_the_words_stay_without_an_author_who_is_gone(cast: Cast) -> None:
    post(cast, Draft("Hi", "There", False, None))
    make_member(cast.group, role="organiser")
    cast.browsers["organiser"].post(f"{cast.home}/leave")
    read = words(cast.browsers["member"].get(f"{cast.home}/announcements"))
    assert "There" in read and "former member" in read and "Olga" not in read
