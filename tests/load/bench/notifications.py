"""How fast a large group is told something by mail, and what its board costs meanwhile."""

import statistics
import time
from collections.abc import Callable

from flask import Flask
from sqlalchemy import insert, select

from tests.load.bench.crowd import Crowd, challenge_group, make_crowd
from tests.load.bench.measure import Viewer, filling, ratios
from tests.load.bench.stage import Stage
from tests.support.mail_server import MailServer
from webapp.announcements.rules import Draft
from webapp.announcements.service import post_announcement
from webapp.db import db, write_transaction
from webapp.extensions import clock
from webapp.models.challenges import Challenge
from webapp.models.facts import Fact
from webapp.models.mail import MailAddress
from webapp.models.notifications import NotificationSettings

MEMBERS = 10_000
# For how long mails are counted, and how long anything may take to begin.
COUNTED_S, PATIENCE_S = 20.0, 600.0
POLL_S = 0.05


def measure_notifications(stage: Stage, app: Flask) -> dict[str, dict[str, float]]:
    """Return how many notifications and mails a second two workers write and send, and ratios of the board to a bare
    page, before and meanwhile. The relay is a real SMTP server on this machine, whose work is measured with ours."""
    with MailServer() as server:
        relay = {"MAIL_URL": server.url, "MAIL_FROM": "runs@example.org", "MAIL_PER_MINUTE": "100000"}
        stage.environment |= relay
        with filling(app):
            crowd = make_crowd(MEMBERS, "told")
            _make_reachable(crowd)
        viewer, pages = Viewer(app, crowd.first), {"board": f"/g/{crowd.slug}/c/{crowd.challenge_id}"}
        before = ratios(stage, viewer, pages)["board"]
        stage.start_jobs()
        told_in_s = _announce(app, crowd)
        _wait_until(lambda: bool(server.mails), "no mail was sent")
        begun, first, meanwhile = time.monotonic(), len(server.mails), list[float]()
        while time.monotonic() < begun + COUNTED_S:
            meanwhile.append(ratios(stage, viewer, pages)["board"])
        rate = (len(server.mails) - first) / (time.monotonic() - begun)
    return {
        str(MEMBERS): {
            "notifications written a second": round(MEMBERS / told_in_s, 1),
            "mails sent a second": round(rate, 1),
            "board, nothing sent": before,
            "board, mails sent meanwhile": round(statistics.median(meanwhile), 2),
        }
    }


def _make_reachable(crowd: Crowd) -> None:
    """Give every member a confirmed address, and no quiet hours: it may be night when this is measured."""
    now, runners = clock().now(), range(crowd.first, crowd.last + 1)
    dates = {"set_at": now, "confirmed_at": now}
    addresses = [{"runner_id": one, "address": f"runner-{one}@example.org", **dates} for one in runners]
    db.session.execute(insert(MailAddress), addresses)
    never_quiet = {"quiet_from": 0, "quiet_until": 0, "urgent_in_quiet": True}
    db.session.execute(insert(NotificationSettings), [{"runner_id": one, **never_quiet} for one in runners])
    db.session.commit()


def _announce(app: Flask, crowd: Crowd) -> float:
    """Announce something to the group; return after how many seconds every member had a notification."""
    with app.app_context():
        group_id = challenge_group(db.session.get_one(Challenge, crowd.challenge_id)).id
        with write_transaction():
            draft = Draft("Sunday", "At nine, by the old mill.", pinned=False, ends_on=None)
            post_announcement(group_id, draft, crowd.first, clock().now())
        begun = time.monotonic()
        _wait_until(_is_told, "the announcement was not told")
        took = time.monotonic() - begun
        db.session.remove()
    return took


def _is_told() -> bool:
    db.session.rollback()
    return db.session.scalar(select(Fact.fanned_out_at)) is not None


def _wait_until(is_done: Callable[[], bool], problem: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not is_done():
        if time.monotonic() > deadline:
            raise RuntimeError(problem)
        time.sleep(POLL_S)
