"""What a captain finds to do in a large group: new members, come-backs, missing ones, offers, runs to close."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from tests.load.bench.crowd import Crowd
from tests.support.builders import make_connection
from webapp.db import db
from webapp.extensions import clock
from webapp.models.accounts import Runner
from webapp.models.facts import Fact
from webapp.models.group_runs import GroupRun, LeaderOffer, PaceGroup
from webapp.models.groups import Consent, Group, Membership
from webapp.models.missing import MissingChoice
from webapp.models.scoring import LedgerDay
from webapp.models.words import FactKind
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION

NEW, COME_BACKS, MISSING, OFFERS = 40, 40, 200, 20


def give_work(crowd: Crowd) -> None:
    """Give the captain of a crowd a full week, more than the page shows of most lists, and commit."""
    group = db.session.scalars(select(Group).where(Group.slug == crowd.slug)).one()
    now, mine = clock().now(), Membership.group_id == group.id
    is_old = Membership.runner_id <= crowd.last - NEW
    db.session.execute(update(Membership).where(mine, is_old).values(joined_at=now - timedelta(days=100)))
    agreed = {"text_version": GROUP_CONSENT_VERSION, "missing_at": now, "nudges_at": now}
    db.session.execute(update(Consent).where(Consent.group_id == group.id).values(**agreed))
    told = {"kind": FactKind.COME_BACK, "data": {}, "happened_at": now, "fanned_out_to": 0, "fanned_out_at": now}
    back = range(crowd.last - 1000, crowd.last - 1000 + COME_BACKS)
    db.session.execute(insert(Fact), [{**told, "key": f"bench:{one}", "runner_id": one} for one in back])
    _let_be_missing(group, range(crowd.last - 2000, crowd.last - 2000 + MISSING))
    gaps = select(PaceGroup.id).join(GroupRun, GroupRun.id == PaceGroup.run_id)
    open_ones = gaps.where(GroupRun.group_id == group.id, PaceGroup.leader_id.is_(None), GroupRun.starts_at > now)
    ids = db.session.scalars(open_ones.order_by(GroupRun.starts_at).limit(OFFERS)).all()
    offers = [{"pace_group_id": one, "runner_id": crowd.last - 3000, "offered_at": now} for one in ids]
    db.session.execute(insert(LeaderOffer), offers)
    db.session.commit()


def _let_be_missing(group: Group, runner_ids: range) -> None:
    """Let members be quiet for three weeks, as the job has found already."""
    now, today = clock().now(), clock().today(group.tz)
    for one in runner_ids:
        make_connection(db.session.get_one(Runner, one))
    noticed = {"group_id": group.id, "silent_days": 7, "created_at": now, "noticed_on": today}
    db.session.execute(insert(MissingChoice), [{**noticed, "runner_id": one} for one in runner_ids])
    ran: dict[str, Any] = {"sport_class": "run", "distance_m": 5000, "moving_s": 1800, "climb_m": 0, "runs": 1}
    days = [today - timedelta(days=ago) for ago in range(20, 40, 2)]
    rows = [{**ran, "longest_m": 5000, "runner_id": one, "local_date": day} for one in runner_ids for day in days]
    db.session.execute(insert(LedgerDay), rows)
