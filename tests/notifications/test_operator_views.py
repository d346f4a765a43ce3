"""The operator's page of notifications: what is on, what waits, failed or may not have arrived, and mails in files."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import text

from integrations.chat.links import ChatService
from tests.support.boards import NOON
from tests.support.browser import Browser, signed_in
from tests.support.builders import make_connected, make_group, make_member, make_runner
from tests.support.facts import announce
from tests.support.html import definitions, shown
from tests.support.mails import make_address, take_mails
from tests.support.settings import with_settings
from webapp.db import db
from webapp.extensions import clock
from webapp.models.group_channels import ChannelPost, GroupChannel
from webapp.models.groups import Group
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import Channel, DeliveryState, FactKind
from webapp.notifications.mail_sender_service import send_mail
from webapp.notifications.message_rules import Message
from webapp.notifications.sender_service import Outgoing

PAGE = "/operator/notifications"
OUTBOX = (
    (DeliveryState.WAITING, Channel.MAIL, ""),
    (DeliveryState.FAILED, Channel.MAIL, "address_refused"),
    (DeliveryState.FAILED, Channel.MAIL, "address_refused"),
    (DeliveryState.UNKNOWN, Channel.PUSH, "worker_died"),
    (DeliveryState.SENT, Channel.PUSH, ""),
)


def operating(app: Flask) -> Browser:
    """Return the browser of a runner whose athlete is in OPERATORS."""
    runner = make_runner("Olga Orlova")
    make_connected(runner)
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"operators": (str(1000 + runner.id),)})
    return signed_in(app, runner)


def fill_outbox(group: Group) -> None:
    fact, now = announce(group), clock().now()
    for state, channel, reason in OUTBOX:
        runner = make_member(group, make_runner("Zora Secret")).runner_id
        told = Notification(fact_id=fact.id, runner_id=runner, created_at=now, data={})
        db.session.add(told)
        db.session.flush()
        dates = {"due_at": now - timedelta(hours=2), "claimed_at": now - timedelta(hours=3)}
        row = Delivery(notification_id=told.id, runner_id=runner, channel=channel, state=state, reason=reason, **dates)
        db.session.add(row)
    room = {"name": "#cake", "service": ChatService.NTFY, "sealed_link": "sealed", "added_at": now}
    place = GroupChannel(group_id=group.id, carries_since=now, stopped_at=now, **room)
    db.session.add(place)
    db.session.flush()
    post = {"due_at": now, "claimed_at": now, "finished_at": now}
    for state, reason in ((DeliveryState.FAILED, "gone"), (DeliveryState.UNKNOWN, "no_answer")):
        db.session.add(ChannelPost(channel_id=place.id, state=state, reason=reason, **post))
    db.session.commit()


def test_it_says_what_waits_what_failed_and_what_may_not_have_arrived(app: Flask) -> None:
    take_mails()
    with with_settings(app):
        browser = operating(app)
        assert f'href="{PAGE}"' in browser.get("/operator").text
        assert "Nothing failed in the last 30 days." in shown(browser.get(PAGE).text)
        fill_outbox(make_group())
        answer = browser.get(PAGE)
        # A kind of a later version, which was taken back.
        db.session.execute(text("UPDATE fact SET kind = 'of_a_later_version'"))
        db.session.commit()
        assert "of_a_later_version" in shown(browser.get(PAGE).text)
    said, lines = shown(answer.text), definitions(answer.text)
    assert (lines["Mails waiting"], lines["Pushes waiting"], lines["Due now"]) == ("1", "0", "1")
    assert lines["Due longest"] == "2 hours ago"
    assert "Mail: address refused" in said and "Chat: the service no longer knows this link" in said
    assert "An announcement" in said and "Push · 3 hours ago" in said
    assert "Message 2 to ntfy" in said and "Morning Milers" in said
    assert "Zora" not in said and "#cake" not in said


def test_mails_can_be_read_where_no_relay_takes_them(app: Flask) -> None:
    take_mails()
    with with_settings(app):
        browser = operating(app)
        runner = make_runner("Ana Ruiz")
        make_address(runner)
        said = ("November <b>is</b> final", ("You ran 120 km.",), "/home", "See the board", "Morning Milers")
        send_mail(Outgoing(7, runner.id, False, Message(3, FactKind.CHALLENGE_FINAL, *said)), NOON)
        answer = browser.get(PAGE)
        assert definitions(answer.text)["Addresses"] == "1 confirmed, 0 stopped"
        assert "November &lt;b&gt;is&lt;/b&gt; final" in answer.text and "You ran 120 km." in answer.text
        assert "ana@example.org" not in answer.text
        with with_settings(app, mail_url="smtp://127.0.0.1:25", mail_from="runs@example.org"):
            relayed = browser.get(PAGE)
    assert "through a relay, up to 60 a minute" in shown(relayed.text) and "You ran 120 km." not in relayed.text
    take_mails()
