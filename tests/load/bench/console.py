"""What the pages of a large group's members cost, next to a bare page of the same size."""

from flask import Flask
from sqlalchemy import text, update

from tests.load.bench.crowd import Crowd, as_moment, challenge_group, make_crowd
from tests.load.bench.measure import Viewer, analyze, ratios
from tests.load.bench.stage import Stage
from webapp.db import db
from webapp.extensions import clock
from webapp.models.challenges import Challenge
from webapp.models.groups import Group, Membership
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
_FILL = (
    """INSERT INTO connection
    (runner_id, athlete_id, state, connected_at, access_token, refresh_token, expires_at, scopes)
    SELECT id, 90000000 + id, 'connected', :now, 'sealed', 'sealed', :now, 'read' FROM runner
    WHERE id BETWEEN :first AND :last""",
    """INSERT INTO join_request (group_id, runner_id, message, asked_at, state, reason)
    SELECT :group_id, id, 'May I run with you?', :now, 'pending', '' FROM runner
    WHERE id BETWEEN :first + :members AND :last""",
    """INSERT INTO audit_line (group_id, at, action, actor_id, subject_id, words, before, after)
    SELECT :group_id, :now, 'role_changed', :first, id, '', 'Member', 'Captain' FROM runner
    WHERE id BETWEEN :first AND :last""",
)


def measure_console(stage: Stage, app: Flask) -> dict[str, dict[str, float]]:
    """Return for each size the ratio of each page to a bare one of its size, both medians."""
    with app.app_context():
        crowds = [_fill(make_crowd(size), make_crowd(size, slug=f"asking-{size}")) for size in SIZES]
        analyze()
        db.session.remove()
    return {str(crowd.members): _ratios(stage, app, crowd) for crowd in crowds}


def _ratios(stage: Stage, app: Flask, crowd: Crowd) -> dict[str, float]:
    middle = crowd.members // 100
    pages = {name: f"/g/{crowd.slug}{path.format(middle=middle)}" for name, path in PAGES.items()}
    return ratios(stage, Viewer(app, crowd.first), pages)


def _fill(crowd: Crowd, asking: Crowd) -> Crowd:
    """Let the first member organise the group, which the runners of another one ask to join."""
    group = challenge_group(db.session.get_one(Challenge, crowd.challenge_id))
    ids = {"group_id": group.id, "first": crowd.first, "last": asking.last, "members": crowd.members}
    values = {**ids, "now": as_moment(clock().now())}
    for statement in _FILL:
        db.session.connection().execute(text(statement), values)
    db.session.execute(update(Group).where(Group.id == group.id).values(join_policy=JoinPolicy.REQUEST))
    first = (Membership.group_id == group.id, Membership.runner_id == crowd.first)
    db.session.execute(update(Membership).where(*first).values(role=Role.ORGANISER))
    db.session.commit()
    return crowd
