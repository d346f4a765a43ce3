"""Messages to a group's channel: each fact once, never twice, and only while it is true and wanted."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from integrations.chat.links import read_link
from integrations.chat.messenger import ChatOutcome, ChatResult
from jobs.group_channels import KEPT_FOR, channel_sweep, send_channel_posts
from tests.group_channels.conftest import Stage
from tests.support.consents import choose
from tests.support.finals import make_final
from tests.support.settings import with_settings
from webapp.announcements.service import delete_announcement
from webapp.db import db, write_transaction
from webapp.extensions import clock, sealer, settings
from webapp.facts.service import record_fact, withdraw_facts
from webapp.group_channels import post_service, service
from webapp.group_channels.queries import due_posts, shown_channels, stopped_count
from webapp.group_channels.rules import CARRIED, MAX_A_DAY, NEWS_FOR, PAUSES, STUCK_AFTER
from webapp.group_channels.service import ChannelDraft, Doing
from webapp.group_endings.service import archive
from webapp.groups.audit_queries import log_page
from webapp.models.group_channels import GroupChannel
from webapp.models.groups import Group
from webapp.models.words import FactKind
from webapp.paging import Page

MINUTE = timedelta(minutes=1)


def doing(stage: Stage) -> Doing:
    return Doing(stage.cast.runners["organiser"].id, clock().now())


@pytest.mark.both_databases
def test_a_fact_is_posted_once_however_often_jobs_run(stage: Stage) -> None:
    made = stage.announce()
    for _ in range(3):
        stage.sweep()
        send_channel_posts(stage.channel_id)
    link = f"{settings().address}/from-channel/announcements/{made}"
    assert stage.texts == [f"Announcement: Long run on Sunday\n{link}"]
    assert stage.posts() == [("sent", "")]


def test_two_workers_at_once_send_it_once(stage: Stage) -> None:
    stage.announce()
    with write_transaction():
        post_service.plan_posts(clock().now())
    (post,) = due_posts(stage.channel_id, clock().now(), 9)
    with write_transaction():
        assert post_service.claim_post(post, clock().now(), "https://a.example")
    with write_transaction():
        assert post_service.claim_post(post, clock().now(), "https://a.example") is None
    assert stage.posts() == [("sending", "")]


@pytest.mark.both_databases
def test_a_message_whose_worker_died_is_never_sent_again(stage: Stage) -> None:
    stage.announce()
    with write_transaction():
        post_service.plan_posts(clock().now())
        post_service.claim_post(due_posts(stage.channel_id, clock().now(), 9)[0], clock().now(), "https://a.example")
    stage.sweep()
    assert stage.posts() == [("sending", "")], "its worker may still be sending it"
    stage.later(STUCK_AFTER + MINUTE)
    stage.sweep()
    assert stage.texts == [] and stage.posts() == [("unknown", "no_answer")]
    with write_transaction():  # the worker was only slow
        post_service.settle_post(1, ChatOutcome(ChatResult.SENT), clock().now())
    assert stage.posts() == [("unknown", "no_answer")]


def test_a_busy_service_is_tried_again_with_growing_pauses_until_it_is_no_news(stage: Stage) -> None:
    stage.announce()
    stage.hook.status = 429
    stage.sweep()
    assert len(stage.hook.got) == 1 and stage.posts() == [("waiting", "busy")]
    after = timedelta()
    for tries, pause in enumerate(PAUSES, 2):
        stage.later(after + pause - timedelta(seconds=1))
        stage.sweep()
        assert len(stage.hook.got) == tries - 1
        after += pause + timedelta(seconds=1)
        stage.later(after)
        stage.sweep()
        assert len(stage.hook.got) == tries
    assert stage.posts() == [("failed", "busy")]


def test_a_service_that_is_back_gets_what_waited(stage: Stage) -> None:
    stage.hook.status = 503
    for title in ("One", "Two"):
        stage.announce(title)
    stage.sweep()
    stage.hook.status = 200
    stage.later(2 * MINUTE)
    stage.sweep()
    assert [text.splitlines()[0] for text in stage.texts] == [
        "Announcement: One",
        "Announcement: One",
        "Announcement: Two",
    ]


@pytest.mark.parametrize("status", [401, 404, 410])
def test_a_room_that_is_gone_stops_the_channel_and_its_organisers_are_told(stage: Stage, status: int) -> None:
    stage.hook.status = status
    for title in ("One", "Two"):
        stage.announce(title)
    stage.sweep()
    stage.announce("Three")
    stage.sweep()
    assert len(stage.hook.got) == 1 and stage.posts() == [("failed", "gone"), ("withdrawn", "")]
    assert stopped_count(stage.cast.group.id) == 1
    lines = [line for line in log_page(stage.cast.group.id, Page(1, 9)) if "A chat channel stopped" in line.sentence]
    assert [line.reason for line in lines] == ["#running (Mattermost)"]
    assert "A chat channel stopped" in stage.cast.browsers["organiser"].get("/home").text
    assert "A chat channel stopped" not in stage.cast.browsers["member"].get("/home").text


def test_a_test_that_arrives_lets_a_stopped_channel_go_on_from_then(stage: Stage) -> None:
    stage.hook.status = 404
    stage.announce("One")
    stage.sweep()
    stage.hook.status = 200
    stage.announce("Two")
    stage.later(MINUTE)
    with write_transaction():
        service.ask_for_test(stage.cast.group.id, stage.channel_id, clock().now())
    stage.sweep()
    stage.announce("Three")
    stage.sweep()
    assert [text.splitlines()[0] for text in stage.texts[1:]] == [
        "This is a test from Chasepack. Messages of your group will come here.",
        "Announcement: Three",
    ]
    assert stopped_count(stage.cast.group.id) == 0


def test_no_answer_means_that_it_is_not_sent_again(stage: Stage) -> None:
    stage.announce()
    with write_transaction():
        post_service.plan_posts(clock().now())
        (post,) = due_posts(stage.channel_id, clock().now(), 9)
        post_service.claim_post(post, clock().now(), "https://a.example")
        post_service.settle_post(post, ChatOutcome(ChatResult.UNKNOWN), clock().now())
    stage.later(timedelta(hours=3))
    stage.sweep()
    assert stage.texts == []


def test_what_is_no_longer_true_or_wanted_is_not_sent(stage: Stage) -> None:
    group_id, organiser = stage.cast.group.id, stage.cast.runners["organiser"].id
    withdrawn, deleted, _ = (stage.announce(title) for title in ("Withdrawn", "Deleted", "Not wanted"))
    channel_sweep()
    with write_transaction():
        withdraw_facts(FactKind.ANNOUNCEMENT, [stage.facts()[withdrawn]], clock().now())
        delete_announcement(group_id, deleted, organiser, clock().now())
    run = ChannelDraft("#running", frozenset({FactKind.CHALLENGE_FINAL}))
    with write_transaction():
        service.change_channel(group_id, stage.channel_id, run, doing(stage))
    stage.sweep()
    assert stage.texts == []
    assert {state for state, _ in stage.posts()} == {"withdrawn"}


def test_a_paused_channel_carries_nothing_and_goes_on_with_what_happens_then(stage: Stage) -> None:
    stage.announce("Before")
    channel_sweep()
    with write_transaction():
        service.pause_channel(stage.cast.group.id, stage.channel_id, doing(stage), is_paused=True)
    stage.later(MINUTE)
    stage.announce("Meanwhile")
    stage.sweep()
    stage.later(2 * MINUTE)
    with write_transaction():
        service.pause_channel(stage.cast.group.id, stage.channel_id, doing(stage), is_paused=False)
    stage.announce("After")
    stage.sweep()
    assert [text.splitlines()[0] for text in stage.texts] == ["Announcement: After"]


def test_an_archived_group_posts_nothing(stage: Stage) -> None:
    stage.announce()
    with write_transaction():
        archive(stage.cast.group.id, stage.cast.runners["organiser"].id, clock().now())
    stage.sweep()
    assert stage.texts == []


def test_what_happened_long_ago_is_no_news(stage: Stage) -> None:
    stage.announce()
    stage.later(NEWS_FOR + MINUTE)
    stage.sweep()
    assert stage.texts == [] and stage.posts() == []


def test_a_room_gets_so_many_messages_a_day_and_no_more(stage: Stage) -> None:
    for number in range(MAX_A_DAY + 2):
        stage.announce(f"Number {number}")
    for _ in range(3):
        stage.sweep()
    assert len(stage.texts) == MAX_A_DAY


def test_a_host_that_the_operator_no_longer_allows_is_not_called(stage: Stage) -> None:
    stage.announce()
    with with_settings(stage.app, channel_hosts=()):
        stage.sweep()
    assert stage.texts == [] and stage.posts() == [("failed", "address")]


@pytest.mark.both_databases
def test_messages_are_purged_after_a_month_and_with_their_group(stage: Stage) -> None:
    stage.announce()
    stage.sweep()
    stage.later(KEPT_FOR - MINUTE)
    channel_sweep()
    assert len(stage.posts()) == 1
    stage.later(KEPT_FOR + MINUTE)
    channel_sweep()
    assert stage.posts() == []
    stage.announce()
    channel_sweep()
    db.session.delete(db.session.get_one(Group, stage.cast.group.id))
    db.session.commit()
    assert stage.posts() == [] and shown_channels(stage.cast.group.id) == []


def test_a_link_sealed_with_a_lost_key_stops_the_channel(stage: Stage) -> None:
    stage.announce()
    db.session.execute(update(GroupChannel).values(sealed_link="x"))
    db.session.commit()
    stage.sweep()
    assert stage.texts == [] and stopped_count(stage.cast.group.id) == 1


def test_a_member_who_switches_it_off_between_fact_and_sending_is_not_named(stage: Stage) -> None:
    made = make_final({"Ana Ruiz": 90_000, "Ben Obi": 80_000, "Cleo Dax": 70_000})
    now, link = clock().now(), read_link("https://ntfy.sh/our-club")
    for runner_id in made.runners:
        choose(made.group.id, runner_id, outside=True)
    with write_transaction():
        draft = ChannelDraft("#final", frozenset(CARRIED))
        channel_id = service.add_channel(made.group.id, link, draft, sealer(), Doing(made.runners[0], now))
        group_id, challenge_id = made.group.id, made.challenge.id
        kind = FactKind.CHALLENGE_FINAL
        record_fact(kind, challenge_id, clock().now(), group_id=group_id, challenge_id=challenge_id)
        post_service.plan_posts(clock().now())
    choose(made.group.id, made.runners[1], outside=False)
    choose(made.group.id, made.runners[2], "hidden")
    (post,) = due_posts(channel_id, clock().now(), 9)
    with write_transaction():
        claimed = post_service.claim_post(post, clock().now(), "https://a.example")
    assert claimed and claimed.text.splitlines()[0] == "November is final. Among the first three: Ana."
