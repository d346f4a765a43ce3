"""Live through the month, print what it took, write `build/soak.json`. Exit 1 where anything is lost or doubled.

`python -m tests.load.soak [--database sqlite|postgresql] [--athletes N] [--days N] [--seed N] [--invented]
[--no-naive]`

new_runs             activities newly uploaded in the month by athletes who were connected then, rides and walks too,
                     since Strava's events name no sport ("new_running_runs": those that are runs)
reads                every call of the month that the simulator counted, refused and failed ones too; by reason as our
                     own budget counted them. The first reads, before the month begins, are no part of it, nor are the
                     last full resyncs after its end ("last_resync_reads")
minimal_reads        the fewest by which this very month can be lived through, its events lost as they were and Strava's
                     48 hours kept (`tests.load.soak.lower_bound`): aims below them cannot be met
left_out             athletes who are not connected at the end, and so not compared
lost, doubled        see `tests.load.soak.truth`; what a frozen challenge is compared with says `tests.load.soak.boards`
freshness_s          from a run's upload until every board shows it, by the simulated clock, in which all that is done
                     takes 20 times as long as in life; all uploads, those too whose event was lost and that are found
                     by a later read ("freshness_when_told_s": those whose event was neither lost nor late)
deleted_gone_hours   from a deletion, or the hiding of a run that we may not see then, until it is gone here; the worst
                     of all, lost events included; athletes who could not be read are left out
hidden_gone_hours    the same for runs set to "Only You" that we may read: until they are held as such
faults               how often each fault of the simulator struck; activities that changed owner are in "done"
signatures           events by what their signature proved, each attempt to post one by itself; "wrong" and "stale" are
                     refused from the first "right" on
subscription         it dies silently once: hours until the daily check had found it, and until the operator had
                     subscribed again; uploads meanwhile, which no event told of
kills                horses, workers and pools ended by SIGKILL
"""

import argparse
import json
import logging
import os
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from ops.paths import ROOT
from tests.load.soak.month import Plan, lived, outcome
from tests.load.soak.naive_engine import live_through
from tests.support.rows import open_log

OUT = ROOT / "build" / "soak.json"
GONE_WITHIN_H = 48
SHOWN = (
    "new_runs", "new_running_runs", "reads", "event_reads", "resync_reads", "other_reads", "event_reads_per_new_run",
    "reads_per_new_run", "aims", "minimal_reads", "minimal_event_reads_per_new_run", "minimal_reads_per_new_run",
    "reads_by_reason", "naive", "peak_use", "freshness_s", "freshness_when_told_s", "deleted_gone_hours",
    "hidden_gone_hours", "kills", "faults", "signatures", "subscription",
    "done", "broken", "mended_after_s", "lost", "doubled", "differences",
    "left_out", "cores", "wall_s", "seed", "database",
)  # fmt: skip


def say(words: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {words}\n")
    sys.stdout.flush()


def main() -> int:
    asked = _asked()
    log = None if asked.invented or not open_log().is_file() else open_log()
    plan = Plan(asked.athletes, days=asked.days, seed=asked.seed, database=asked.database, log=log, folder=asked.folder)
    plan = replace(plan, faults=()) if asked.unbroken else plan
    kind = "clones of the real log" if log else "invented runners"
    say(f"{plan.athletes} athletes ({kind}), {plan.days:g} days, {plan.database}")
    begun = time.monotonic()
    logging.getLogger("webapp.queue").setLevel(logging.CRITICAL)  # Redis is taken away on purpose
    with ProcessPoolExecutor(1, initializer=os.nice, initargs=(15,)) as beside:
        naive = None if asked.no_naive else beside.submit(_naive, plan)
        with lived(plan, say) as month:
            found = outcome(month)
        found |= {"naive": _beside(found, naive), "wall_s": round(time.monotonic() - begun)}
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=2) + "\n")
    for name in SHOWN:
        say(f"{name:31} {found[name]}")
    for example in found["examples"]:
        say(example)
    late = max(found["deleted_gone_hours"], found["hidden_gone_hours"]) > GONE_WITHIN_H or found["never_hidden"]
    unseen = found["subscription"]["died"] > len(found["subscription"]["back_after_h"])
    return 1 if found["lost"] or found["doubled"] or found["differences"] or late or unseen else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load.soak", description=__doc__.splitlines()[0])
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--athletes", type=int, default=300)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--invented", action="store_true", help="no clones of the real log, even where it is there")
    parser.add_argument("--unbroken", action="store_true", help="let Strava misbehave, but break nothing of ours")
    parser.add_argument("--no-naive", action="store_true", help="without the naive engine beside it")
    parser.add_argument("--folder", type=Path, help="keep databases and logs in this new folder")
    return parser.parse_args()


def _naive(plan: Plan) -> dict[str, float]:
    """Live through the same month with the naive engine."""
    client = {"client_id": "1", "client_secret": "simulator", "public_url": "http://127.0.0.1"}
    settings = {"seed": plan.seed, "tier": "reviewed", "athletes": plan.athletes, **client}
    return live_through(settings, plan.month, plan.log, plan.story)


def _beside(found: dict[str, Any], naive: "Future[dict[str, float]] | None") -> dict[str, float] | None:
    if naive is None:
        return None
    theirs = naive.result()
    per_run = round(theirs["reads"] / max(found["new_runs"], 1), 3)
    ratio = round(theirs["reads"] / max(found["reads"], 1), 2)
    return {**theirs, "reads_per_new_run": per_run, "times_ours": ratio}


if __name__ == "__main__":
    sys.exit(main())
