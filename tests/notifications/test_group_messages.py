"""What runners are told of groups: requests and their answers, roles, removals, announcements."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.consents import choose
from tests.support.inbox import messages_to, said_to
from webapp.announcements import service as announcements
from webapp.announcements.rules import Draft
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.join_requests import service as requests
from webapp.join_requests.queries import request_of
from webapp.memberships import moderation_service, service
from webapp.models.accounts import Runner
from webapp.models.bans import GroupBan
from webapp.models.groups import Group
from webapp.models.words import FactKind, Role
from webapp.names import NameStyle

LATER = NOON + timedelta(days=8)


@pytest.fixture
def group(app: Flask) -> Group:
    clock().set(now=NOON)
    return make_group(join_policy="request")


@pytest.fixture
def olga(group: Group) -> Runner:
    runner = make_runner("Olga Orlova")
    make_member(group, runner, role="organiser")
    return runner


@pytest.fixture
def mia(group: Group) -> Runner:
    runner = make_runner("Mia Meyer")
    make_member(group, runner)
    return runner


def ask(group: Group, runner: Runner, message: str = "May I?") -> int:
    with write_transaction():
        requests.ask(group.id, runner.id, message, NOON)
    found = request_of(group.id, runner.id)
    assert found
    return found.id


@pytest.mark.both_databases
def test_those_who_answer_requests_read_who_asks_until_it_is_answered(group: Group, olga: Runner, mia: Runner) -> None:
    lena, stan = make_runner("Lena Lead"), make_runner("Stan Strange")
    make_member(group, lena, role="run_leader")
    number = ask(group, stan, "I run with Mia")
    ask(group, stan, "I run with Mia and Lena")
    for reader in (olga, lena):
        (message,) = messages_to(reader.id)
        assert message.subject == "Stan Strange asks to join Morning Milers"
        assert message.link == f"/g/{group.slug}/requests"
        assert "I run with Mia" not in " ".join(message.text_lines)
    assert said_to(mia.id) == []
    with write_transaction():
        requests.approve(group.id, number, olga.id, NOON)
    assert said_to(olga.id) == said_to(lena.id) == []
    assert said_to(stan.id) == ["You can join Morning Milers | Choose the name that the group sees, and you are in."]


def test_a_request_that_is_withdrawn_is_not_told(group: Group, olga: Runner) -> None:
    stan = make_runner("Stan Strange")
    ask(group, stan)
    with write_transaction():
        requests.withdraw_request(group.id, stan.id, NOON)
    assert said_to(olga.id) == []


def test_a_declined_runner_reads_the_reason(group: Group, olga: Runner) -> None:
    stan = make_runner("Stan Strange")
    number = ask(group, stan)
    with write_transaction():
        requests.decline(group.id, number, "We are full.", olga.id, NOON)
    assert said_to(stan.id) == [
        "Morning Milers has answered you | Your request was declined. | They wrote: “We are full.” | "
        "You can ask again a week after the answer."
    ]


def test_what_a_banned_runner_asks_reaches_nobody_before_the_ban_is_lifted(group: Group, olga: Runner) -> None:
    stan = make_runner("Stan Strange")
    make_member(group, stan)
    with write_transaction():
        moderation_service.ban(group, stan.id, "Rude", olga.id, NOON)
    ask(group, stan)
    assert said_to(olga.id) == []
    ban_id = db.session.scalars(select(GroupBan.id)).one()
    with write_transaction():
        moderation_service.unban(group, ban_id, olga.id, NOON)
    assert [one.subject for one in messages_to(olga.id)] == ["Stan Strange asks to join Morning Milers"]


def test_a_banned_runner_reads_what_every_removed_one_does(group: Group, olga: Runner, mia: Runner) -> None:
    stan = make_runner("Stan Strange")
    make_member(group, stan)
    with write_transaction():
        service.remove_member(group, mia.id, NOON)
        moderation_service.ban(group, stan.id, "Rude", olga.id, NOON)
    assert said_to(mia.id) == said_to(stan.id)
    assert said_to(mia.id) == [
        "You are no longer in Morning Milers | An organiser has removed you. Nothing of yours is on its boards any "
        "more. | Your own runs and your account stay."
    ]


def test_a_removed_runner_who_is_invited_again_reads_that_they_can_join(
    group: Group, olga: Runner, mia: Runner
) -> None:
    with write_transaction():
        service.remove_member(group, mia.id, NOON)
        requests.invite_again(group.id, mia.id, olga.id, NOON)
    assert [one.subject for one in messages_to(mia.id, kind=FactKind.REQUEST_ANSWERED)] == [
        "You can join Morning Milers"
    ]
    with write_transaction():
        service.join_by_policy(group.id, mia, service.ShownAs(NameStyle.FULL), NOON)
    assert said_to(mia.id) == []


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("captain", "You are a captain of Morning Milers now | You decide about runs where no organiser can."),
        ("run_leader", "You are a run leader of Morning Milers now | Run leaders answer those who ask to join."),
    ],
)
def test_a_member_reads_which_role_they_have_as_long_as_they_have_it(
    group: Group, olga: Runner, mia: Runner, role: str, words: str
) -> None:
    with write_transaction():
        service.set_role(group, mia.id, Role(role), NOON)
    assert said_to(mia.id) == [words]
    with write_transaction():
        service.set_role(group, mia.id, Role.COACH, LATER)
    assert [one.subject for one in messages_to(mia.id)] == ["You are a coach of Morning Milers now"]


def test_a_member_who_follows_the_last_organiser_reads_it(group: Group, olga: Runner, mia: Runner) -> None:
    with write_transaction():
        service.leave(group.id, olga.id, NOON)
    assert [one.subject for one in messages_to(mia.id)] == ["You are an organiser of Morning Milers now"]


def post(group: Group, author: Runner, draft: Draft) -> int:
    with write_transaction():
        return announcements.post_announcement(group.id, draft, author.id, NOON)


@pytest.mark.both_databases
def test_members_read_an_announcement_as_it_is_now_and_its_author_does_not(
    group: Group, olga: Runner, mia: Runner
) -> None:
    number = post(group, olga, Draft("Cake", "After the **run**.\r\nBring a fork.", False, None))
    assert said_to(mia.id) == [
        "Morning Milers: Cake | After the run. | Bring a fork. | Olga Orlova, for Morning Milers"
    ]
    assert messages_to(mia.id)[0].link == f"/g/{group.slug}/announcements#announcement-{number}"
    assert said_to(olga.id) == []
    with write_transaction():
        announcements.change_announcement(group.id, number, Draft("Pie", "Soon.", False, NOON.date()), olga.id, NOON)
    choose(group.id, olga.id, "hidden")
    assert said_to(mia.id) == ["Morning Milers: Pie | Soon."]
    assert said_to(mia.id, NOON + timedelta(days=1)) == []


def test_a_deleted_announcement_is_withdrawn_and_the_next_one_is_told(group: Group, olga: Runner, mia: Runner) -> None:
    number = post(group, olga, Draft("Cake", "Soon.", False, None))
    assert len(said_to(mia.id)) == 1
    with write_transaction():
        announcements.delete_announcement(group.id, number, olga.id, NOON)
    assert said_to(mia.id) == []
    with write_transaction():
        announcements.post_announcement(group.id, Draft("Pie", "Soon.", False, None), olga.id, LATER)
    assert said_to(mia.id) == ["Morning Milers: Pie | Soon. | Olga Orlova, for Morning Milers"]


def test_a_member_who_leaves_takes_what_they_were_told_along(group: Group, olga: Runner, mia: Runner) -> None:
    post(group, olga, Draft("Cake", "Soon.", False, None))
    assert said_to(mia.id)
    with write_transaction():
        service.leave(group.id, mia.id, NOON)
    assert said_to(mia.id) == []


def test_a_name_with_a_line_break_makes_no_second_line(group: Group, olga: Runner) -> None:
    stan = make_runner("Stan\r\nBcc: everybody@example.org")
    ask(group, stan)
    (message,) = messages_to(olga.id)
    assert message.subject == "Stan Bcc: everybody@example.org asks to join Morning Milers"
