"""The log of a group: who did what to whom, and nobody's name who is gone."""

from datetime import timedelta
from typing import get_args

import pytest
from sqlalchemy import delete

from tests.support.builders import NOON, make_challenge, make_group, make_member, make_runner
from webapp.db import db
from webapp.groups.audit_queries import log_page
from webapp.groups.audit_service import record_audit
from webapp.groups.rules import ACTIONS, NO_CHANGE, Action, Change, change_of, sentence_of
from webapp.memberships.service import leave
from webapp.models.accounts import Runner
from webapp.paging import Page


def test_every_action_has_its_sentence() -> None:
    assert set(ACTIONS) == set(get_args(Action))
    assert all(len(action) <= 30 for action in ACTIONS)
    assert all(sentence_of(action, "Olga", "Mia", "November") for action in ACTIONS)


def test_a_sentence_names_no_one_who_is_gone() -> None:
    assert sentence_of("review_count", None, "", None) == (
        "A former member decided that a run by a former member counts in a deleted challenge"
    )


def test_a_name_stands_as_it_is_braces_and_small_letters_too() -> None:
    assert sentence_of("organiser_named", "kim", "{actor}", None) == "kim made {actor} an organiser"


@pytest.mark.usefixtures("app")
def test_the_log_reads_newest_first_page_by_page() -> None:
    group = make_group()
    olga, mia = make_runner("Olga Orlova"), make_runner("Mia Meyer")
    make_member(group, olga, role="organiser")
    make_member(group, mia)
    challenge = make_challenge(group)
    record_audit(
        group.id,
        "review_count",
        olga.id,
        NOON,
        subject_id=mia.id,
        challenge_id=challenge.id,
        words="The watch was right.",
    )
    record_audit(group.id, "organiser_named", olga.id, NOON + timedelta(hours=1), subject_id=mia.id)
    record_audit(make_group().id, "invite_renewed", olga.id, NOON)
    db.session.commit()
    assert len(log_page(group.id, Page(1, 9))) == 2
    (newest,), (oldest,) = log_page(group.id, Page(1, 1)), log_page(group.id, Page(2, 1))
    assert newest.sentence == "Olga Orlova made Mia Meyer an organiser"
    assert (oldest.sentence, oldest.reason) == (
        "Olga Orlova decided that a run by Mia Meyer counts in November",
        "The watch was right.",
    )


@pytest.mark.usefixtures("app")
def test_someone_who_left_or_was_erased_is_a_former_member() -> None:
    group = make_group()
    olga, mia, kim = make_runner("Olga Orlova"), make_runner("Mia Meyer"), make_runner("Kim Lee")
    for runner in (olga, mia, kim):
        make_member(group, runner, role="organiser")
    record_audit(group.id, "organiser_named", mia.id, NOON, subject_id=kim.id)
    leave(group.id, kim.id, NOON)
    db.session.commit()
    db.session.execute(delete(Runner).where(Runner.id == mia.id))
    db.session.commit()
    (line,) = log_page(group.id, Page(1, 10))
    assert line.sentence == "A former member made a former member an organiser"


def test_a_change_names_what_differs_and_is_as_long_as_the_log_allows() -> None:
    assert change_of({"name": "Milers", "area": ""}, {"name": "Owls", "area": ""}) == Change(
        "name: Milers", "name: Owls"
    )
    assert change_of({"name": "A", "area": ""}, {"name": "B", "area": "Leeds"}) == Change(
        "name: A; area: none",
        "name: B; area: Leeds",
    )
    assert change_of({"text": "x"}, {"text": "y" * 999}).after == "text: " + "y" * 273 + "…"
    assert change_of({"name": "A"}, {"name": "A"}) == NO_CHANGE


@pytest.mark.usefixtures("app")
def test_a_member_reads_what_concerns_them() -> None:
    group = make_group()
    olga, mia, kim = make_runner("Olga Orlova"), make_runner("Mia Meyer"), make_runner("Kim Lee")
    for runner in (olga, mia, kim):
        make_member(group, runner)
    record_audit(group.id, "member_renamed", mia.id, NOON, subject_id=mia.id, change=Change("Mia M.", "Mia Meyer"))
    record_audit(group.id, "role_changed", olga.id, NOON, subject_id=mia.id, change=Change("Member", "Coach"))
    record_audit(group.id, "role_changed", olga.id, NOON, subject_id=kim.id, change=Change("Member", "Captain"))
    record_audit(make_group().id, "role_changed", olga.id, NOON, subject_id=mia.id)
    db.session.commit()
    assert len(log_page(group.id, Page(1, 9), mia.id)) == 2 and len(log_page(group.id, Page(1, 9))) == 3
    assert [(line.sentence, line.change) for line in log_page(group.id, Page(1, 9), mia.id)] == [
        ("Olga Orlova changed the role of Mia Meyer", Change("Member", "Coach")),
        ("Mia Meyer changed the name that the group sees", Change("Mia M.", "Mia Meyer")),
    ]
    leave(group.id, mia.id, NOON)
    db.session.commit()
    assert [line.change for line in log_page(group.id, Page(1, 9), mia.id)] == [NO_CHANGE, NO_CHANGE]


@pytest.mark.usefixtures("app")
def test_what_has_no_sentence_is_not_written() -> None:
    group = make_group()
    with pytest.raises(KeyError):
        record_audit(group.id, "something_else", None, NOON)  # type: ignore[arg-type]  # that is the point
