"""The soak as a whole: gather_crowd, live through the month, let the last full resyncs be done, compare."""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import exists, select

from integrations.strava_simulator.settings import TIERS
from tests.load.soak import boards, ledgers, lower_bound, reads, script, truth
from tests.load.soak.actions import Actor
from tests.load.soak.crowd import Crowd
from tests.load.soak.driver import Driver, Speeds
from tests.load.soak.faults import DATABASE_AWAY_S, Faults
from tests.load.soak.freezing import Freezing
from tests.load.soak.installation import Installation, gather_crowd, installation
from tests.load.soak.pace import Pace, looking
from tests.load.soak.people import Month, Person
from tests.load.soak.script import Happening
from tests.load.soak.subscription import Subscription
from tests.load.soak.truth import Findings
from tests.load.soak.watch import Watch, spread
from webapp.db import db
from webapp.models.sync import Connection

BEGIN = datetime(2026, 11, 8, 5, tzinfo=UTC)
# The rarest full resync, and some more for those that do not succeed at once.
LAST_RESYNCS = timedelta(hours=100)
EVENT, HINT, RESYNC = "event", "hint", "resync"
AIMS = {"event_reads_per_new_run": 1.0, "reads_per_new_run": 1.6, "deleted_gone_hours": 48}

Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What month it is to be.

    `log`: the real log to clone, or None for invented runners; `folder`: where everything is kept, or None for nowhere.
    """

    athletes: int = 300
    begin: datetime = BEGIN
    days: float = 30.0
    seed: int = 1
    database: str = "sqlite"
    log: Path | None = None
    folder: Path | None = None
    faults: Sequence[str] = (
        *["horse"] * 10, *["worker"] * 4, *["pool"] * 2, *["redis"] * 2, "empty redis", "database",
    )  # fmt: skip
    database_away_s: float = DATABASE_AWAY_S
    speeds: Speeds = field(default_factory=Speeds)
    # Where Strava misbehaves otherwise than `story.RATES` say.
    rates: Mapping[str, Any] = field(default_factory=dict)

    @property
    def month(self) -> Month:
        return Month(self.begin, self.begin + timedelta(days=self.days))

    def story(self, people: Sequence[Person]) -> list[Happening]:
        """Return all that happens, what breaks included."""
        told = script.breakages(script.write(people, self.month, self.seed), self.faults, self.seed)
        weather = script.weather(self.month, self.seed, self.rates)
        return sorted([*told, *weather, *script.turns(self.month), script.silent_death(self.month, self.seed)])


@dataclass
class Lived:
    """A month that was lived through, at its end."""

    plan: Plan
    made: Installation
    crowd: Crowd
    driver: Driver
    freezing: Freezing
    reasons: reads.Counts
    signatures: reads.Counts
    before: Counter[str]
    old: ledgers.Before
    findings: Findings


@contextmanager
def lived(plan: Plan, say: Say) -> Iterator[Lived]:
    """Live through the month."""
    with _folder(plan.folder) as folder, installation(folder, plan) as made:
        month = _begun(plan, made, say)
        month.driver.run(plan.month.end)
        say(f"the month is over: {dict(month.driver.actor.done)}")
        yield month


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept:
        kept.mkdir(parents=True)
        yield kept
        return
    with tempfile.TemporaryDirectory(prefix="cp-soak-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user where we are root
        yield Path(folder)


def _begun(plan: Plan, made: Installation, say: Say) -> Lived:
    """Let everybody arrive and be read for the first time, before anything goes wrong."""
    crowd = gather_crowd(made, plan.month, plan.seed)
    say(f"{len(crowd.entrants)} athletes are connected")
    watch, freezing = Watch(made.app), Freezing(made.app)
    reasons, signatures = (reads.Counts(made.app, prefix) for prefix in ("read:", "signature:"))
    subscription = Subscription(made.app, made.simulator, made.clock.now)
    pace, actor = (
        Pace(made.app, made.clock, made.strava, made.parts.running, plan.speeds.step),
        Actor(crowd, watch, made.strava, subscription),
    )
    Driver(crowd, pace, watch, actor, [], plan.speeds).run(plan.month.begin)
    findings = Findings()
    first = min(contest.month for contest in crowd.contests)
    old = ledgers.Before(ledgers.compare_first(crowd, first - timedelta(days=300), findings), first - timedelta(days=2))
    driver = Driver(crowd, pace, watch, actor, plan.story(made.people), plan.speeds)

    def keep_counts() -> None:
        reasons.keep()
        signatures.keep()

    driver.faults = Faults(made.parts, plan.seed, driver.tick, keep_counts)
    driver.faults.database_away_s = plan.database_away_s
    driver.each_glance.append(lambda: freezing.look(made.clock.now()))
    say("everybody has been read; the month begins")
    return Lived(plan, made, crowd, driver, freezing, reasons, signatures, reasons.so_far(), old, findings)


def measure(month: Lived) -> dict[str, Any]:
    """Return what the month took."""
    begin, end, strava = month.plan.month.begin, month.plan.month.end, month.made.strava
    by_reason = month.reasons.so_far() - month.before
    counted = reads.strava_counted(strava, begin, end)
    actor = month.driver.actor
    event_reads, resync_reads = by_reason[EVENT] + by_reason[HINT], by_reason[RESYNC]
    minimal_reads = lower_bound.of_month(month.crowd, strava, month.plan.month, actor.away | actor.came_back)
    new = max(actor.new_activities, 1)
    assert month.driver.faults
    counters = month.made.simulator.control("GET", "counters")
    return {
        "athletes": month.plan.athletes,
        "days": month.plan.days,
        "new_runs": actor.new_activities,
        "new_running_runs": actor.new_runs,
        "reads": counted,
        "event_reads": event_reads,
        "resync_reads": resync_reads,
        "other_reads": counted - event_reads - resync_reads,
        "reads_by_reason": dict(by_reason),
        "event_reads_per_new_run": round(event_reads / new, 3),
        "reads_per_new_run": round(counted / new, 3),
        "minimal_reads": asdict(minimal_reads),
        "minimal_event_reads_per_new_run": round(minimal_reads.events / new, 3),
        "minimal_reads_per_new_run": round(sum(astuple(minimal_reads)) / new, 3),
        "aims": AIMS,
        "reads_per_new_running_run": round(counted / max(actor.new_runs, 1), 3),
        "peak_use": reads.peaks(strava, begin, end, TIERS[month.made.parts.settings.sim_tier].read),
        "kills": month.driver.faults.kills,
        "broken": dict(month.driver.faults.done),
        "mended_after_s": dict(month.driver.faults.took_s),
        "done": dict(actor.done),
        "events": counters["events"],
        "faults": dict(sorted(counters["faults"].items())),
        "signatures": dict(month.signatures.so_far()),
        "subscription": actor.subscription.told(),
    }


def heal(month: Lived) -> int:
    """Let the engine do its last full resyncs, without faults; return how many reads they took."""
    month.made.simulator.control("DELETE", "faults")
    end = month.plan.month.end
    before = sum(month.reasons.so_far().values())
    month.driver.run(end + LAST_RESYNCS, stop=lambda: _all_resynced(month, end))
    return sum(month.reasons.so_far().values()) - before


def _all_resynced(month: Lived, since: datetime) -> bool:
    stale = (Connection.state == "connected") & (Connection.last_full_resync_at < since)
    with looking(month.made.app):
        left = db.session.scalar(select(exists().where(stale)))
    return not left and not month.driver.pace.owes() and not month.driver.expects_somebody


def compare(month: Lived) -> Findings:
    """Compare everything with the second opinion."""
    crowd, actor, findings = month.crowd, month.driver.actor, month.findings
    read = truth.readable(crowd, actor.away)
    findings.compared["runners"] = len(read)
    truth.compare_stored(crowd, read, findings)
    for contest in crowd.contests:
        frozen = month.freezing.frozen.get(contest.id)
        if frozen:
            boards.compare_frozen(crowd, contest, frozen, actor.versions, read, findings)
        else:
            boards.compare_open(crowd, contest, read, findings)
    ledgers.compare_ledgers(crowd, read, month.old, actor.versions, actor.came_back, findings)
    findings.compared["frozen challenges"] = len(month.freezing.frozen)
    # What was uploaded for days whose runs are not held any more is not waited for.
    held = {row["id"] for one in read.values() for row in one.rows if truth.day_of(row) >= one.read_from}
    month.driver.watch.expect_only(held)
    return findings


def outcome(month: Lived) -> dict[str, Any]:
    """Measure, heal, compare: everything that is printed and written."""
    begun = time.monotonic()
    found = measure(month)
    found["last_resync_reads"] = heal(month)
    findings = compare(month)
    watch = month.driver.watch
    return {
        **found,
        "lost": len(findings.lost),
        "doubled": len(findings.doubled),
        "differences": len(findings.differences),
        "examples": [
            words[:400] for kind in (findings.lost, findings.doubled, findings.differences) for words in kind[:20]
        ],
        "compared": dict(findings.compared),
        "left_out": len(month.crowd.entrants) - findings.compared["runners"],
        "freshness_s": spread(list(watch.fresh_after.values())),
        "freshness_when_told_s": spread(watch.fresh_when_told),
        "deleted_gone_hours": round(max([*watch.gone_after.values(), 0.0]) / 3600, 2),
        "hidden_gone_hours": round(max([*watch.hidden_after.values(), 0.0]) / 3600, 2),
        "hides": len(watch.hidden_after),
        "never_hidden": len(watch.hides),
        "deletions": len(watch.gone_after),
        "never_gone": len(watch.deletions),
        "never_fresh": len(watch.uploads),
        "seed": month.plan.seed,
        "database": month.plan.database,
        "cores": os.cpu_count(),
        "comparing_s": round(time.monotonic() - begun, 1),
    }
