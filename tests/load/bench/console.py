"""What the pages of a large group's members cost, next to a bare page of the same size."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import insert, text, update

from tests.load.bench.crowd import Crowd, as_moment, challenge_group, make_crowd
from tests.load.bench.measure import Viewer, filling, ratios
from tests.load.bench.stage import Stage
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge
from webapp.models.groups import AuditLine, Group, Membership
from webapp.models.join_requests import JoinRequest
from webapp.models.words import JoinPolicy, Role

# Members of the group; as many runners ask to join it, and its log has twice as many lines.
SIZES = (500, 5000)
PAGES = {
    "group page": "",
    "members": "/members",
    "members, in the middle": "/members?page={middle}",
    "members by name": "/members?q=ner+42",
    "members by a rare role": "/members?role=organiser",
    "requests": "/requests",
    "requests, in the middle": "/requests?page={middle}",
    "log": "/log",
    "log, in the middle": "/log?page={middle}",
}
_CONNECT = """INSERT INTO connection
    (runner_id, athlete_id, state, connected_at, access_token, refresh_token, expires_at, scopes, failures)
    SELECT id, 90000000 + id, 'connected', :now, 'sealed', 'sealed', :now, 'read', 0 FROM runner
    WHERE id BETWEEN :first AND :last"""


def measure_console(stage: Stage, app: Flask) -> dict[str, dict[str, float]]:
    """Return for each size the ratio of each page to a bare one of its size, both medians."""
    with filling(app):
        crowds = [_fill(make_crowd(size), make_crowd(size, slug=f"asking-{size}")) for size in SIZES]
    return {str(crowd.members): _ratios(stage, app, crowd) for crowd in crowds}


def _ratios(stage: Stage, app: Flask, crowd: Crowd) -> dict[str, float]:
    middle = crowd.members // 100
    pages = {name: f"/g/{crowd.slug}{path.format(middle=middle)}" for name, path in PAGES.items()}
    return ratios(stage, Viewer(app, crowd.first), pages)


def _fill(crowd: Crowd, asking: Crowd) -> Crowd:
    """Let the first member organise the group, which the runners of another one ask to join."""
    group, now = challenge_group(db.session.get_one(Challenge, crowd.challenge_id)), clock().now()
    values = {"first": crowd.first, "last": asking.last, "now": as_moment(now)}
    db.session.connection().execute(text(_CONNECT), values)
    minutes_ago = [now - timedelta(minutes=number) for number in range(crowd.members)]
    requests = [
        {"group_id": group.id, "runner_id": asking.first + n, "message": "May I run with you?", "asked_at": at}
        for n, at in enumerate(minutes_ago)
    ]
    db.session.execute(insert(JoinRequest), requests)
    changed = {"group_id": group.id, "action": "role_changed", "actor_id": crowd.first, "before": "Member"}
    lines = [
        {**changed, "after": "Captain", "subject_id": crowd.first + n, "at": at} for n, at in enumerate(minutes_ago)
    ]
    db.session.execute(insert(AuditLine), [*lines, *lines])
    db.session.execute(update(Group).where(Group.id == group.id).values(join_policy=JoinPolicy.REQUEST))
    first = (Membership.group_id == group.id, Membership.runner_id == crowd.first)
    db.session.execute(update(Membership).where(*first).values(role=Role.ORGANISER))
    db.session.commit()
    return crowd
