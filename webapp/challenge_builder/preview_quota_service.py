"""How many previews of past days an organiser may ask for, and challenges over past days that show as much.

Nothing here commits.

The log of the groups is the count. Its lines go with a group or an account, so the athlete is counted in Redis as well,
by a digest, for a day.
"""

import contextlib
import secrets
from datetime import datetime, timedelta

from redis import RedisError
from sqlalchemy import func, select

from webapp.activities.queries import lock_runners
from webapp.auth.rules import nameless
from webapp.db import db
from webapp.extensions import settings
from webapp.groups.audit_service import record_audit
from webapp.groups.rules import MAX_WORDS
from webapp.models.groups import AuditLine
from webapp.redis import redis_client
from webapp.rulebook.explanations import sentences
from webapp.rulebook.ruleset import RuleSet
from webapp.sync.queries import connection_of

PREFIX = "chasepack:previews:"
DAY = timedelta(days=1)


def spend_preview(group_id: int, runner_id: int, rules: RuleSet, allowed: int, now: datetime) -> bool:
    """Log a preview of these rules and return True; return False if the organiser has had `allowed` within a day.

    Previews of all their groups count together. The runner is locked, so two requests at once are counted one by one.
    """
    if not _spend(runner_id, allowed, now):
        return False
    said = " ".join(sentences(rules, "km", has_teams=False))
    record_audit(group_id, "rules_previewed", runner_id, now, words=said[:MAX_WORDS])
    return True


def spend_past_board(runner_id: int, allowed: int, now: datetime) -> bool:
    """Count other rules for past days as a preview; return False if the organiser has had `allowed` within a day.

    It is for rules of a new or changed challenge that would reveal more than members share: the board shows at once
    what a preview keeps coarse. It is counted only in Redis: without Redis only previews count.
    """
    return _spend(runner_id, allowed, now)


def _spend(runner_id: int, allowed: int, now: datetime) -> bool:
    lock_runners([runner_id])
    if max(_logged(runner_id, now), _counted(runner_id, now)) >= allowed:
        return False
    _count(runner_id, now)
    return True


def _logged(runner_id: int, now: datetime) -> int:
    mine = select(func.count()).where(AuditLine.actor_id == runner_id, AuditLine.action == "rules_previewed")
    return db.session.scalar(mine.where(AuditLine.at.between(now - DAY, now + DAY))) or 0


def _counted(runner_id: int, now: datetime) -> int:
    """Return how many previews this athlete had within a day, in groups and accounts that are gone, too."""
    key = _key(runner_id)
    with contextlib.suppress(RedisError):
        return int(redis_client().zcount(key, (now - DAY).timestamp(), (now + DAY).timestamp())) if key else 0
    return 0


def _count(runner_id: int, now: datetime) -> None:
    key = _key(runner_id)
    with contextlib.suppress(RedisError):
        if key:
            redis_client().zadd(key, {secrets.token_hex(8): now.timestamp()})
            redis_client().expire(key, DAY)


def _key(runner_id: int) -> str | None:
    connection = connection_of(runner_id)
    return PREFIX + nameless(connection.athlete_id, settings().secret_key)[:32] if connection else None
