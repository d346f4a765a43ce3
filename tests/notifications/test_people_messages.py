"""What one runner tells another, and what one who has come back reads."""

import pytest
from flask import Flask
from sqlalchemy import update

from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.consents import choose
from tests.support.inbox import said_to
from webapp.accounts.service import erase_runner
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact
from webapp.memberships import service as memberships
from webapp.models.buddies import BuddyLink
from webapp.models.groups import Consent, Group
from webapp.models.missing import Nudge
from webapp.models.words import FactKind, NudgeKind


@pytest.fixture
def group(app: Flask) -> Group:
    clock().set(now=NOON)
    return make_group()


@pytest.fixture
def olga(group: Group) -> int:
    return make_member(group, make_runner("Olga Orlova"), role="captain").runner_id


@pytest.fixture
def ana(group: Group) -> int:
    return make_member(group, make_runner("Ana Ruiz")).runner_id


def write(group: Group, sender: int, reader: int, text: str, kind: NudgeKind = NudgeKind.MISSED) -> None:
    """Have a member write to another."""
    one = Nudge(group_id=group.id, from_id=sender, to_id=reader, kind=kind, text=text, sent_at=NOON)
    db.session.add(one)
    db.session.flush()
    ids = {"group_id": group.id, "runner_id": reader, "about_id": sender, "by_id": sender}
    record_fact(FactKind.NUDGE, f"{one.id}:{NOON.isoformat()}", NOON, **ids, data={"nudge_id": one.id})
    db.session.commit()


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        (NudgeKind.MISSED, "Olga Orlova is thinking of you"),
        (NudgeKind.TOGETHER, "Olga Orlova asks you to run together"),
        (NudgeKind.CALL_OUT, "Olga Orlova calls you out"),
    ],
)
def test_a_runner_reads_who_wrote_and_what(group: Group, olga: int, ana: int, kind: NudgeKind, subject: str) -> None:
    write(group, olga, ana, "We missed you on Tuesday. Thursday is easy.", kind)
    assert said_to(ana) == [f"{subject} | “We missed you on Tuesday. Thursday is easy.”"]
    assert said_to(olga) == []


def test_one_whom_the_group_does_not_see_writes_without_a_name(group: Group, olga: int, ana: int) -> None:
    choose(group.id, olga, "hidden")
    write(group, olga, ana, "See you soon?")
    assert said_to(ana) == ["Somebody in Morning Milers is thinking of you | “See you soon?”"]


def test_what_a_muted_member_wrote_reaches_nobody(group: Group, olga: int, ana: int) -> None:
    write(group, olga, ana, "See you soon?")
    db.session.execute(update(Consent).where(Consent.runner_id == olga).values(muted_at=NOON))
    db.session.commit()
    assert said_to(ana) == []


@pytest.mark.both_databases
def test_a_word_goes_with_the_one_who_wrote_it(group: Group, olga: int, ana: int) -> None:
    ben = make_member(group, make_runner("Ben Ode")).runner_id
    write(group, olga, ana, "See you soon?")
    write(group, ben, ana, "On Thursday?", NudgeKind.TOGETHER)
    with write_transaction():
        memberships.leave(group.id, olga, NOON)
        erase_runner(ben, NOON)
    assert said_to(ana, kind=FactKind.NUDGE) == []


def test_one_who_is_asked_to_be_a_buddy_reads_who_asks_until_they_answer(group: Group, olga: int, ana: int) -> None:
    link = BuddyLink(group_id=group.id, asker_id=olga, asked_id=ana, asked_at=NOON)
    db.session.add(link)
    record_fact(FactKind.BUDDY_ASKED, 1, NOON, group_id=group.id, runner_id=ana, about_id=olga, by_id=olga)
    db.session.commit()
    assert said_to(ana) == [
        "Olga Orlova asks to be your buddy | Buddies see the totals of each other’s week and look out for each "
        "other. You can end it at any time."
    ]
    link.accepted_at = NOON
    db.session.commit()
    assert said_to(ana) == []


def test_one_whom_the_group_does_not_see_asks_nobody(group: Group, olga: int, ana: int) -> None:
    db.session.add(BuddyLink(group_id=group.id, asker_id=olga, asked_id=ana, asked_at=NOON))
    record_fact(FactKind.BUDDY_ASKED, 1, NOON, group_id=group.id, runner_id=ana, about_id=olga, by_id=olga)
    db.session.commit()
    choose(group.id, olga, "hidden")
    assert said_to(ana) == []


def test_one_who_has_come_back_is_welcome(group: Group, ana: int) -> None:
    with write_transaction():
        record_fact(FactKind.COME_BACK, 1, NOON, runner_id=ana, data={"date": "2026-11-11"})
        record_fact(FactKind.COME_BACK, 2, NOON, runner_id=ana)
    hardest = "The first one is the hardest, and you have done it."
    easy = "Take it easy from here: an easy week counts as much as a fast one."
    assert said_to(ana) == [
        f"Good to have you back | Your run of Wed 11 Nov is the first in a while. {hardest} | {easy}",
        f"Good to have you back | {hardest} | {easy}",
    ]
