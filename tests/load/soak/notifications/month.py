"""A month of a group in fast time: what happens in it, what breaks, and the jobs that tell it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random

from flask import Flask
from sqlalchemy import select
from werkzeug.wrappers import Response

from jobs.group_channels import channel_sweep, send_channel_posts
from jobs.notifications import fan_out_facts, notification_sweep, send_deliveries
from tests.load.soak.notifications.people import Crowd, make_crowd
from tests.load.soak.notifications.workers import OneJob, run_at_once
from tests.support.mail_server import CLOSES, MailServer
from tests.support.push_service import PushService, push_service
from tests.support.settings import with_settings
from tests.support.web_hook import WebHook, web_hook
from webapp.announcements.rules import Draft
from webapp.announcements.service import delete_announcement, post_announcement
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.facts.service import record_fact, withdraw_facts
from webapp.group_channels.queries import channels_with_due_posts
from webapp.models.group_channels import ChannelPost
from webapp.models.notifications import Delivery, Notification
from webapp.models.words import Channel, DeliveryState, FactKind
from webapp.notifications.delivery_queries import due_deliveries, facts_are_waiting
from webapp.notifications.inbox_service import mark_read
from webapp.redis import redis_client

BEGIN = datetime(2026, 11, 1, 5, tzinfo=UTC)
# After the last thing happens, all that waits for a morning or for a server goes out, or never will.
DRAIN = timedelta(days=3)
# Times that the jobs are run for what is due at one moment.
MAX_ROUNDS = 40
# How long a part stays away.
AWAY = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Plan:
    """How large, how long, and how often in a step each thing happens: a chance, or for `own` a number of members."""

    members: int
    days: int
    step: timedelta
    seed: int = 7
    announced: float = 0.04
    begins: float = 0.01
    own: float = 1.0
    withdrawn: float = 0.3
    read: float = 0.05
    broken: float = 0.02
    killed: float = 0.3


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that a server took. `name`: what names the message there; `words`: what its reader sees first."""

    at: datetime
    channel: str
    to: str
    name: str
    words: str


@dataclass
class Month:
    """What was lived through. `withdrawn`: since when facts are, by kind and key. `claimed`: lost with a worker."""

    app: Flask
    plan: Plan
    crowd: Crowd
    mail: MailServer
    push: PushService
    hook: WebHook
    arrivals: list[Arrival] = field(default_factory=list)
    withdrawn: dict[str, datetime] = field(default_factory=dict)
    claimed: set[tuple[str, int]] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    _mended_at: datetime = BEGIN

    def __post_init__(self) -> None:
        self._dice = Random(self.plan.seed)
        # What may be withdrawn still, each by its title or key.
        self._open: list[tuple[str, Callable[[datetime], None]]] = []
        self._number = 0

    def live(self) -> None:
        at, end = BEGIN, BEGIN + timedelta(days=self.plan.days)
        while at < end + DRAIN:
            clock().set(now=at)
            if at < end:
                self._break_or_mend(at)
                self._happen(at)
            else:
                self._mend()
            self._work(at, may_kill=at < end)
            self._collect(at)
            at += self.plan.step

    # What happens -----------------------------------------------------------------------------------------------

    def _happen(self, at: datetime) -> None:
        plan, dice = self.plan, self._dice
        if self._open and dice.random() < plan.withdrawn:
            self._withdraw(at)
        if dice.random() < plan.announced:
            self._announce(at)
        if dice.random() < plan.begins:
            self._begin_challenge(at)
        for _ in range(round(plan.own * dice.random() * 2)):
            self._tell_one(at)
        if dice.random() < plan.read:
            self._read(at)

    def _announce(self, at: datetime) -> None:
        crowd, title = self.crowd, self._title("News")
        with write_transaction():
            draft = Draft(title, "At nine, by the old mill.", False, None)
            made = post_announcement(crowd.group_id, draft, crowd.organiser_id, at)
        self._open.append((title, partial(self._delete_announcement, made)))
        self.done["announcements"] += 1

    def _delete_announcement(self, made: int, at: datetime) -> None:
        assert delete_announcement(self.crowd.group_id, made, self.crowd.organiser_id, at)

    def _begin_challenge(self, at: datetime) -> None:
        crowd, key = self.crowd, self._title("begins")
        with write_transaction():
            record_fact(FactKind.CHALLENGE_BEGINS, key, at, group_id=crowd.group_id, challenge_id=crowd.challenge_id)
        self._open.append((key, partial(withdraw_facts, FactKind.CHALLENGE_BEGINS, [key])))
        self.done["challenges that begin"] += 1

    def _tell_one(self, at: datetime) -> None:
        """Tell one member something, twice, as a job that runs twice would."""
        if self._dice.random() < 0.3:
            runner_id, kind, data = self._dice.choice(self.crowd.broken), FactKind.CONNECTION, {}
        else:
            runner_id, kind = self._dice.choice(list(self.crowd.people)), FactKind.ROLE_GIVEN
            data = {"role": "member"}
        key = self._title(f"{kind}:{runner_id}")
        for _ in range(2):
            with write_transaction():
                record_fact(kind, key, at, group_id=self.crowd.group_id, runner_id=runner_id, data=data)
        self._open.append((key, partial(withdraw_facts, kind, [key])))
        self.done["own facts"] += 1

    def _withdraw(self, at: datetime) -> None:
        """Withdraw one of the latest facts; mostly it is on its way still."""
        name, withdraw = self._open.pop(self._dice.randrange(max(0, len(self._open) - 3), len(self._open)))
        with write_transaction():
            withdraw(at)
        self.withdrawn[name] = at
        self.done["withdrawn"] += 1

    def _read(self, at: datetime) -> None:
        latest = db.session.scalars(select(Notification).order_by(Notification.id.desc()).limit(20)).all()
        chosen = [(one.runner_id, one.id) for one in latest if self._dice.random() < 0.3]
        with write_transaction():
            for runner_id, notification_id in chosen:
                mark_read(runner_id, notification_id, at)
        self.done["read"] += len(chosen)

    def _title(self, word: str) -> str:
        self._number += 1
        return f"{word} {self._number:05}"

    # What breaks ------------------------------------------------------------------------------------------------

    def _break_or_mend(self, at: datetime) -> None:
        if at >= self._mended_at:
            self._mend()
            if self._dice.random() < self.plan.broken:
                self._break(self._dice.choice(("mail away", "mail busy", "push busy", "chat busy")))
                self._mended_at = at + AWAY

    def _break(self, what: str) -> None:
        busy = {f"/send/{runner_id}": Response(status=503) for runner_id in self.crowd.people}
        if what == "mail away":
            self.mail.says = {"greeting": CLOSES}
        elif what == "mail busy":
            self.mail.says = {"rcpt": "451 4.3.2 Later"}
        elif what == "push busy":
            self.push.answers = busy
        else:
            self.hook.status = 503
        self.done[what] += 1

    def _mend(self) -> None:
        self.mail.says, self.push.answers, self.hook.status = {}, {}, 200

    # The jobs ---------------------------------------------------------------------------------------------------

    def _work(self, at: datetime, *, may_kill: bool) -> None:
        """Run the sweeps, and every job for which there is work, each twice at once, until nothing is due."""
        for key in redis_client().scan_iter("chasepack:rest:*"):
            redis_client().delete(key)  # rests are counted in seconds of life
        notification_sweep()
        channel_sweep()
        for _ in range(MAX_ROUNDS):
            jobs = self._jobs_with_work(at)
            if not jobs:
                return
            self._dice.shuffle(jobs)
            self._run([jobs[0], *jobs], may_kill and self._dice.random() < self.plan.killed)

    def _jobs_with_work(self, at: datetime) -> list[OneJob]:
        db.session.rollback()
        if facts_are_waiting():
            return [fan_out_facts]
        rest = {key.decode().rpartition(":")[2] for key in redis_client().scan_iter("chasepack:rest:*")}
        due = [channel for channel in Channel if channel not in rest and due_deliveries(channel, at, 1)]
        posts: list[OneJob] = [partial(send_channel_posts, one) for one in channels_with_due_posts(at)]
        return [partial(send_deliveries, str(channel)) for channel in due] + posts

    def _run(self, jobs: list[OneJob], kill: bool) -> None:
        """Run jobs at once; note what a killed one had claimed and not finished."""
        self.done["jobs"] += len(jobs)
        delay = self._dice.choice((0.02, 0.1, 0.5)) * self._dice.random() if kill else None
        if run_at_once(self.app, jobs, kill_after_s=delay):
            self.done["kills"] += 1
            self.claimed |= being_sent()

    # What arrives -----------------------------------------------------------------------------------------------

    def _collect(self, at: datetime) -> None:
        for mail in self.mail.mails:
            said = mail.message
            self.arrivals.append(Arrival(at, "mail", mail.to[0], str(said["Message-ID"]), str(said["Subject"])))
        for push in self.push.taken if not self.push.answers else ():
            opened = self.crowd.people[int(push.path.rpartition("/")[2])].browser.read(push.body)
            self.arrivals.append(Arrival(at, "push", push.path, opened["tag"], opened["title"]))
        for _, said in self.hook.got if self.hook.status == 200 else ():
            text = json.dumps(said["text"])
            self.arrivals.append(Arrival(at, "chat", "#running", text, text))
        for box in (self.mail.mails, self.push.taken, self.hook.got):
            box.clear()


def being_sent() -> set[tuple[str, int]]:
    """Return what is claimed and not finished: the outbox and the id."""
    db.session.rollback()
    sending = DeliveryState.SENDING
    deliveries = db.session.scalars(select(Delivery.id).where(Delivery.state == sending)).all()
    posts = db.session.scalars(select(ChannelPost.id).where(ChannelPost.state == sending)).all()
    return {("delivery", id) for id in deliveries} | {("post", id) for id in posts}


@contextmanager
def lived(app: Flask, plan: Plan) -> Iterator[Month]:
    """Live through a month, with a mail server, a push service and a chat service of its own."""
    clock().set(now=BEGIN)
    with MailServer() as mail, push_service() as push, web_hook() as hook:
        ours = {"mail_url": mail.url, "mail_timeout": 5.0, "mail_per_minute": 1_000_000}
        places = {"channel_hosts": ("127.0.0.1",), "outbound_exceptions": (push.place, hook.host_port)}
        with with_settings(app, **ours, **places):
            month = Month(app, plan, make_crowd(plan.members, push, hook, Random(plan.seed), BEGIN), mail, push, hook)
            month.live()
            yield month
