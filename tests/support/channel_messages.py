"""Every message that a group's channel could be sent about what is in the database now."""

from collections.abc import Iterator

from sqlalchemy import select

from tests.support.builders import NOON
from webapp.db import db
from webapp.extensions import clock, settings
from webapp.group_channels.message_queries import message_of
from webapp.group_channels.rules import CARRIED
from webapp.models.announcements import Announcement
from webapp.models.challenges import Challenge, Entry
from webapp.models.chase import Passed
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun
from webapp.models.groups import Group
from webapp.models.words import FactKind

OF_RUNS = {FactKind.RUN_REMINDER, FactKind.RUN_CHANGED, FactKind.RUN_CHANGED_SOON}


def every_message(group_id: int) -> dict[tuple[str, str], str]:
    """Return the messages about everything in a group that a channel carries, each under a name."""
    group = db.session.get_one(Group, group_id)
    return {
        ("channel", f"{fact.kind} {fact.key}"): message_of(fact, group, clock().now(), settings().address)
        for fact in _facts(group_id)
    }


def _facts(group_id: int) -> Iterator[Fact]:
    for one in db.session.scalars(select(Announcement).where(Announcement.group_id == group_id)):
        yield _fact(FactKind.ANNOUNCEMENT, one.id, data={"announcement_id": one.id})
    for run in db.session.scalars(select(GroupRun).where(GroupRun.group_id == group_id)):
        starts = {"starts_at": run.starts_at.isoformat()}
        yield from (_fact(kind, run.id, group_run_id=run.id, data=starts) for kind in sorted(OF_RUNS))
    of_challenges = set(CARRIED) - {FactKind.ANNOUNCEMENT, FactKind.OVERTOOK, *OF_RUNS}
    challenges = select(Challenge).where(Challenge.group_id == group_id)
    for challenge in db.session.scalars(challenges):
        yield from (_fact(kind, challenge.id, challenge_id=challenge.id) for kind in sorted(of_challenges))
    passers = select(Entry.challenge_id, Entry.runner_id, Passed.local_date).join(Passed, Passed.passer_id == Entry.id)
    for number, (challenge_id, runner_id, day) in enumerate(db.session.execute(passers.distinct())):
        ids = {"challenge_id": challenge_id, "runner_id": runner_id}
        yield _fact(FactKind.OVERTOOK, number, data={"date": day.isoformat()}, **ids)


def _fact(kind: FactKind, key: int, **values: object) -> Fact:
    return Fact(**{"kind": kind, "key": str(key), "happened_at": NOON, "data": {}, **values})
