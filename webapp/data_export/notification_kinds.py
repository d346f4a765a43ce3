"""What a runner was told, what they chose to be told, and where mails go."""

from typing import Any

from sqlalchemy import select

from webapp.data_export.kinds import WITH_THE_ACCOUNT, AnySelect, Kind
from webapp.models.challenges import Challenge
from webapp.models.facts import Fact
from webapp.models.groups import Group
from webapp.models.mail import MailAddress
from webapp.models.notifications import Delivery, Notification, NotificationChoice, NotificationSettings
from webapp.models.push import PushSubscription

_FACT_KEPT = "180 days"
_FACT_COLUMNS = {
    "group": "name of the group, if it is about one",
    "challenge": "name of the challenge, if it is about one",
    "kind": "what it was about",
    "happened_at": "when it happened",
}


def _about(statement: AnySelect) -> AnySelect:
    with_group = statement.outerjoin(Group, Group.id == Fact.group_id)
    return with_group.outerjoin(Challenge, Challenge.id == Fact.challenge_id)


_FACT: tuple[Any, ...] = (Group.name.label("group"), Challenge.name.label("challenge"), Fact.kind, Fact.happened_at)


def _notifications(runner_id: int) -> AnySelect:
    told = select(*_FACT, Fact.withdrawn_since, Notification.created_at, Notification.read_at)
    joined = told.select_from(Notification).join(Fact, Fact.id == Notification.fact_id)
    return _about(joined).where(Notification.runner_id == runner_id).order_by(Notification.id)


def _facts(runner_id: int, whose: Any) -> AnySelect:
    return _about(select(*_FACT).select_from(Fact)).where(whose == runner_id).order_by(Fact.id)


def _facts_for(runner_id: int) -> AnySelect:
    return _facts(runner_id, Fact.runner_id)


def _facts_about(runner_id: int) -> AnySelect:
    return _facts(runner_id, Fact.about_id)


def _facts_by(runner_id: int) -> AnySelect:
    return _facts(runner_id, Fact.by_id)


def _deliveries(runner_id: int) -> AnySelect:
    d = Delivery
    mine = select(Fact.kind, d.channel, d.state, d.reason, d.due_at, d.attempts, d.claimed_at, d.finished_at)
    joined = mine.select_from(d).join(Notification, Notification.id == d.notification_id)
    return joined.join(Fact, Fact.id == Notification.fact_id).where(d.runner_id == runner_id).order_by(d.id)


def _choices(runner_id: int) -> AnySelect:
    c = NotificationChoice
    return select(c.kind, c.channel, c.is_wanted).where(c.runner_id == runner_id).order_by(c.kind, c.channel)


def _settings(runner_id: int) -> AnySelect:
    s = NotificationSettings
    return select(s.time_zone, s.quiet_from, s.quiet_until, s.urgent_in_quiet).where(s.runner_id == runner_id)


def _mail_address(runner_id: int) -> AnySelect:
    m = MailAddress
    columns = (m.address, m.set_at, m.confirmed_at, m.confirm_until, m.confirm_attempts, m.stopped_at, m.stop_reason)
    return select(*columns).where(m.runner_id == runner_id)


def _browsers(runner_id: int) -> AnySelect:
    mine = select(PushSubscription.created_at, PushSubscription.failing_since)
    return mine.where(PushSubscription.runner_id == runner_id).order_by(PushSubscription.id)


KINDS = (
    Kind(
        key="mail_address",
        section="You",
        file="mail_address",
        words="E-mail address",
        about="Where mails to you go. It is stored sealed, and no member or organiser sees it.",
        kept="until you delete it, or your account; 7 days if it is not confirmed",
        columns={
            "address": "the address",
            "set_at": "when you set it, or last asked for the mail that confirms it",
            "confirmed_at": "when you opened the link in that mail",
            "confirm_until": "until when that link works",
            "confirm_attempts": "how often we sent that mail, or tried to",
            "stopped_at": "since when nothing is sent there, because it was refused",
            "stop_reason": "why it was refused",
        },
        select=_mail_address,
        owner=MailAddress.runner_id,
        when=MailAddress.set_at,
    ),
    Kind(
        key="notifications",
        section="You",
        file="notifications",
        words="What you were told",
        about="Your notifications. Their words are made when you read them, by what you may see then.",
        kept="90 days once you have read it, otherwise 180",
        columns=_FACT_COLUMNS
        | {
            "withdrawn_since": "since when it is no longer true",
            "created_at": "when you were told",
            "read_at": "when you read it",
        },
        select=_notifications,
        owner=Notification.runner_id,
        when=Notification.created_at,
    ),
    Kind(
        key="facts_for",
        section="You",
        file="told_to_you_alone",
        words="What happened for you alone to be told",
        about="What concerns nobody but you, also before you are told it.",
        kept=_FACT_KEPT,
        columns=_FACT_COLUMNS,
        select=_facts_for,
        owner=Fact.runner_id,
        when=Fact.happened_at,
    ),
    Kind(
        key="facts_about",
        section="You",
        file="told_about_you",
        words="What others were told about you",
        about="What one of your groups was told that names you. Your copy does not say who was told.",
        kept=_FACT_KEPT,
        columns=_FACT_COLUMNS,
        select=_facts_about,
        owner=Fact.about_id,
        when=Fact.happened_at,
    ),
    Kind(
        key="facts_by",
        section="You",
        file="told_because_of_you",
        words="What others were told because of something you did",
        about="So that you are not told yourself. Your copy does not say who was told.",
        kept="180 days; without you once you are gone",
        columns=_FACT_COLUMNS,
        select=_facts_by,
        owner=Fact.by_id,
        when=Fact.happened_at,
    ),
    Kind(
        key="deliveries",
        section="You",
        file="sent_to_you",
        words="What was sent to you",
        about="Which notifications went out by mail or push, and what became of them. No address is kept with them.",
        kept="30 days",
        columns={
            "kind": "what it was about",
            "channel": "mail or push",
            "state": "waiting, sent, failed, unknown, withdrawn or left to the digest",
            "reason": "why, in a word",
            "due_at": "when it was due",
            "attempts": "how often it was tried",
            "claimed_at": "when it was last tried",
            "finished_at": "when it was done",
        },
        select=_deliveries,
        owner=Delivery.runner_id,
        when=Delivery.due_at,
    ),
    Kind(
        key="notification_choices",
        section="You",
        file="what_you_want_to_be_told",
        words="What you chose to be told",
        about="Where you want it otherwise than usual.",
        kept=WITH_THE_ACCOUNT,
        columns={"kind": "what it is about", "channel": "mail or push", "is_wanted": "whether you want it"},
        select=_choices,
        owner=NotificationChoice.runner_id,
    ),
    Kind(
        key="notification_settings",
        section="You",
        file="quiet_hours",
        words="Your quiet hours and time zone",
        about="When you want to be left alone.",
        kept=WITH_THE_ACCOUNT,
        columns={
            "time_zone": "your time zone, if you chose one",
            "quiet_from": "from when, in minutes of the day",
            "quiet_until": "until when, in minutes of the day",
            "urgent_in_quiet": "whether urgent ones may come then",
        },
        select=_settings,
        owner=NotificationSettings.runner_id,
    ),
    Kind(
        key="push_subscriptions",
        section="You",
        file="pushes",
        words="Browsers in which you switched pushes on",
        about="Each has an address at its push service, and keys. They are held sealed, and are in no copy.",
        kept="until you remove them, sign out there, or their push service has forgotten or refused them for 30 days",
        columns={
            "created_at": "when you switched pushes on",
            "failing_since": "since when its push service refuses pushes to it",
        },
        select=_browsers,
        owner=PushSubscription.runner_id,
        when=PushSubscription.created_at,
    ),
)
