"""A Tuesday run with three pace groups, as the pages of group runs show it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.support.builders import NOON, make_group, make_member, make_runner
from tests.support.group_runs import group_run, pace_group
from webapp.db import db
from webapp.models.accounts import Runner
from webapp.models.group_runs import GroupRun, PaceGroup
from webapp.models.groups import Group
from webapp.models.scoring import LedgerDay
from webapp.models.words import Role

TONIGHT = NOON.date()


@dataclass(frozen=True, slots=True)
class Evening:
    """A group with a member and a captain, and its run of tonight: two pace groups are led, the slowest is not."""

    group: Group
    member: Runner
    captain: Runner
    leader: Runner
    run: GroupRun
    fast: PaceGroup
    steady: PaceGroup
    easy: PaceGroup

    @property
    def week(self) -> str:
        return f"/g/{self.group.slug}/runs"

    @property
    def page(self) -> str:
        return f"{self.week}/{self.run.id}"


def make_evening(**values: Any) -> Evening:
    """Make the run of tonight; `values`: what it says otherwise than usual."""
    group = make_group("Harbour Runners")
    member, captain, leader = make_runner("Ana Ruiz"), make_runner("Cleo Martin"), make_runner("Ben Okafor")
    make_member(group, captain, role=Role.CAPTAIN)
    make_member(group, member)
    make_member(group, leader)
    run = group_run(group, **{"on_date": TONIGHT, **values})
    fast = pace_group(run, "Fast", slow_s_per_km=330, fast_s_per_km=300, distance_m=14_000, leader_id=leader.id)
    steady = pace_group(run, "Steady", slow_s_per_km=390, fast_s_per_km=340, distance_m=10_000, leader_id=captain.id)
    easy = pace_group(run, "Easy", slow_s_per_km=450, fast_s_per_km=400, distance_m=6000, is_no_drop=True)
    db.session.commit()
    return Evening(group, member, captain, leader, run, fast, steady, easy)


def has_run(runner: Runner, *, s_per_km: int = 360, metres: int = 8000, days: int = 5) -> None:
    """Let a runner have run on some days lately, always alike."""
    sums = {"distance_m": metres, "moving_s": metres * s_per_km // 1000, "climb_m": 0, "runs": 1, "longest_m": metres}
    for ago in range(days):
        on = TONIGHT - timedelta(days=1 + 2 * ago)
        db.session.add(LedgerDay(runner_id=runner.id, sport_class="run", local_date=on, **sums))
    db.session.commit()
