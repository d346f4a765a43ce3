"""A group with a channel on a host of its own, which is on loopback."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from integrations.chat.links import read_link
from jobs.group_channels import channel_sweep
from tests.support.cast import Cast, make_cast, run_jobs
from tests.support.settings import with_settings
from tests.support.web_hook import WebHook, web_hook
from webapp.announcements.rules import Draft
from webapp.announcements.service import post_announcement
from webapp.db import db, write_transaction
from webapp.extensions import clock, sealer
from webapp.facts.service import record_fact
from webapp.group_channels import service
from webapp.group_channels.rules import CARRIED
from webapp.group_channels.service import ChannelDraft, Doing
from webapp.models.facts import Fact
from webapp.models.group_channels import ChannelPost
from webapp.models.words import FactKind

HOOK = "3ccdd113474722377935511fc85d3dd4"
BEGIN = datetime.fromisoformat("2026-11-12T12:00+00:00")


@dataclass
class Stage:
    """The cast, a channel that carries everything, and the service that gets its messages."""

    app: Flask
    cast: Cast
    hook: WebHook
    channel_id: int

    @property
    def texts(self) -> list[str]:
        return self.hook.texts()

    def announce(self, title: str = "Long run on Sunday") -> int:
        """Announce something, with the fact about it."""
        with write_transaction():
            now, group_id = clock().now(), self.cast.group.id
            draft = Draft(title, "We meet at **nine**, Elm Street 5.", False, None)
            made = post_announcement(group_id, draft, self.cast.runners["organiser"].id, now)
            if made not in self.facts():
                data = {"announcement_id": made}
                record_fact(FactKind.ANNOUNCEMENT, made, now, group_id=group_id, data=data)
        return made

    def facts(self) -> dict[int, str]:
        """Return the keys of the facts about announcements, by the announcement."""
        db.session.flush()
        found = db.session.scalars(select(Fact).where(Fact.kind == FactKind.ANNOUNCEMENT))
        return {fact.data["announcement_id"]: fact.key for fact in found}

    def sweep(self) -> None:
        """Let the sweep run, and all jobs after it."""
        channel_sweep()
        run_jobs(self.app)

    def later(self, after: timedelta) -> None:
        clock().set(now=BEGIN + after)

    def posts(self) -> list[tuple[str, str]]:
        """Return state and reason of every message."""
        db.session.rollback()
        return [(post.state, post.reason) for post in db.session.scalars(select(ChannelPost).order_by(ChannelPost.id))]


@pytest.fixture
def hook(app: Flask) -> Iterator[WebHook]:
    with web_hook() as hook, with_settings(app, channel_hosts=("127.0.0.1",), outbound_exceptions=(hook.host_port,)):
        yield hook


@pytest.fixture
def stage(app: Flask, hook: WebHook) -> Stage:
    clock().set(now=BEGIN)
    cast = make_cast(app)
    link = read_link(f"{hook.address}/hooks/{HOOK}", ["127.0.0.1"], [hook.host_port])
    doing = Doing(cast.runners["organiser"].id, BEGIN)
    with write_transaction():
        draft = ChannelDraft("#running", frozenset(CARRIED))
        channel_id = service.add_channel(cast.group.id, link, draft, sealer(), doing)
    return Stage(app, cast, hook, channel_id)
