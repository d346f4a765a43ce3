"""The browsers in which runners switched pushes on."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select

from integrations.push.keys import public_key_of
from integrations.push.subscriptions import BrowserSubscription
from webapp.crypto import CannotOpen
from webapp.db import db
from webapp.extensions import sealer, settings
from webapp.models.push import PushSubscription
from webapp.notifications.push_rules import browser_at


@dataclass(frozen=True, slots=True)
class PushBrowser:
    """A browser as its runner sees it. `digest`: of its address, by which the browser knows itself."""

    id: int
    digest: str
    name: str
    added_at: datetime
    is_failing: bool


@dataclass(frozen=True, slots=True)
class PushPage:
    """What a runner sees about pushes. `key`: that with which browsers subscribe; None: none are sent from here."""

    key: str | None
    browsers: Sequence[PushBrowser]


@dataclass(frozen=True, slots=True)
class OpenSubscription:
    id: int
    subscription: BrowserSubscription


def with_a_browser(runner_ids: Collection[int]) -> set[int]:
    """Return those of some runners who have switched pushes on."""
    found = select(PushSubscription.runner_id).where(PushSubscription.runner_id.in_(runner_ids))
    return set(db.session.scalars(found.distinct()))


def push_page(runner_id: int) -> PushPage:
    """Return what a runner sees about pushes: their browsers in the order in which they were added."""
    key = settings().vapid_key
    browsers = [
        PushBrowser(row.id, row.endpoint_digest, _name_of(row), row.created_at, row.failing_since is not None)
        for row in _rows_of(runner_id)
    ]
    return PushPage(public_key_of(key) if key else None, browsers)


def subscriptions_of(runner_id: int) -> list[OpenSubscription]:
    """Return what is needed to send to a runner's browsers. One that no present key opens is left out."""
    opened = ((row.id, _open(row)) for row in _rows_of(runner_id))
    return [OpenSubscription(id, subscription) for id, subscription in opened if subscription]


def _rows_of(runner_id: int) -> Sequence[PushSubscription]:
    mine = select(PushSubscription).where(PushSubscription.runner_id == runner_id)
    return db.session.scalars(mine.order_by(PushSubscription.id)).all()


def _name_of(row: PushSubscription) -> str:
    subscription = _open(row)
    return browser_at(urlsplit(subscription.endpoint).hostname or "" if subscription else "")


def _open(row: PushSubscription) -> BrowserSubscription | None:
    try:
        return BrowserSubscription(**json.loads(sealer().open(row.sealed)))
    except CannotOpen:
        return None
