"""Groups of any size, written by the database itself, then published by the application."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, insert, select, text

from webapp.db import begin_write, db
from webapp.extensions import clock
from webapp.leaderboards import service
from webapp.models.accounts import Runner
from webapp.models.challenges import Challenge, Team
from webapp.models.groups import Group

TEAMS = 4


@dataclass(frozen=True, slots=True)
class Crowd:
    """A group whose members are the runners `first` to `last`, all of them in its challenge."""

    members: int
    slug: str
    challenge_id: int
    first: int
    last: int


# Totals up to 300 km, spread by multiplying with primes; one in seven has not run yet, one in five ran today. `:first`
# to `:last` are the runners, `:entry` is what an entry's id is more than its runner's.
_RUNNERS = """
WITH RECURSIVE numbers(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM numbers WHERE n < {last})
INSERT INTO runner (id, name, units, session_epoch, created_at)
SELECT n, 'Runner ' || n, 'km', 0, :now FROM numbers
"""
_MEMBERS = (
    """INSERT INTO membership (group_id, runner_id, role, joined_at)
    SELECT :group_id, id, 'member', :now FROM runner WHERE id BETWEEN :first AND :last""",
    """INSERT INTO consent (group_id, runner_id, text_version, level, name_style, shown_name, search_name, given_at)
    SELECT :group_id, id, '1', 'totals', 'full', name, lower(name), :now
    FROM runner WHERE id BETWEEN :first AND :last""",
    """INSERT INTO entry (challenge_id, runner_id, joined_at)
    SELECT :challenge_id, id, :now FROM runner WHERE id BETWEEN :first AND :last ORDER BY id""",
    """INSERT INTO team_stint (entry_id, team_id, from_date)
    SELECT id, :team_id + id % :teams, :starts_on FROM entry WHERE challenge_id = :challenge_id""",
    """INSERT INTO day_score (entry_id, local_date, challenge_id, team_id, value, runs)
    SELECT id, :starts_on, :challenge_id, :team_id + id % :teams, 1000 + (id % 290000 * 7001) % 290000, 1
    FROM entry WHERE challenge_id = :challenge_id AND id % 7 > 0""",
    """INSERT INTO day_score (entry_id, local_date, challenge_id, team_id, value, runs)
    SELECT id, :today, :challenge_id, :team_id + id % :teams, 1000 + (id % 9000 * 7919) % 9000, 1
    FROM entry WHERE challenge_id = :challenge_id AND id % 5 = 0""",
    """INSERT INTO standing (entry_id, challenge_id, team_id, total, days)
    SELECT entry.id, :challenge_id, :team_id + entry.id % :teams, coalesce(sum(value), 0), count(value)
    FROM entry LEFT JOIN day_score ON day_score.entry_id = entry.id
    WHERE entry.challenge_id = :challenge_id GROUP BY entry.id""",
    """INSERT INTO team_share (entry_id, team_id, total, days)
    SELECT entry_id, team_id, total, days FROM standing WHERE challenge_id = :challenge_id AND days > 0""",
)


def make_crowd(members: int, slug: str = "") -> Crowd:
    """Make a group of this many members in this month's challenge, and publish its board."""
    now = clock().now()
    first = 1 + (db.session.scalar(select(func.max(Runner.id))) or 0)
    begin_write()
    challenge = _challenge(members, slug or f"crowd-{members}", now)
    values = {
        "now": as_moment(now), "first": first, "last": first + members - 1, "teams": TEAMS,
        "group_id": challenge.group_id, "challenge_id": challenge.id, "team_id": challenge.teams[0].id,
        "starts_on": as_day(challenge.starts_on), "today": as_day(max(now.date(), challenge.starts_on)),
    }  # fmt: skip
    connection = db.session.connection()
    runners = _RUNNERS.format(first=values["first"], last=values["last"])
    for statement in (runners, *_MEMBERS):
        connection.execute(text(statement), values)
    service.rebuild(challenge.id, clock().today("UTC"))
    crowd = Crowd(members, challenge_group(challenge).slug, challenge.id, first, first + members - 1)
    db.session.commit()
    return crowd


def challenge_group(challenge: Challenge) -> Group:
    group = db.session.get(Group, challenge.group_id)
    assert group is not None
    return group


def _challenge(members: int, slug: str, now: datetime) -> Challenge:
    group = Group(slug=slug, name=f"Crowd of {members:,}", tz="UTC", created_at=now)
    db.session.add(group)
    db.session.flush()
    starts_on = now.date().replace(day=1) - timedelta(days=3)
    window = {"starts_on": starts_on, "ends_on": starts_on + timedelta(days=34)}
    challenge = Challenge(group_id=group.id, name="This month", created_at=now, **window)
    db.session.add(challenge)
    db.session.flush()
    rows = [{"challenge_id": challenge.id, "name": f"Team {n + 1}", "position": n} for n in range(TEAMS)]
    db.session.execute(insert(Team), rows)
    return challenge


def as_moment(now: datetime) -> datetime | str:
    """Return a moment as the driver of the database takes it from plain SQL."""
    return now if db.engine.dialect.name == "postgresql" else f"{now.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"


def as_day(value: date) -> date | str:
    return value if db.engine.dialect.name == "postgresql" else value.isoformat()
