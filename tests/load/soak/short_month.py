"""The soak in short: some days around the end of a month, with everything going wrong at once (`make soak-short`)."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from tests.load.soak.driver import Speeds
from tests.load.soak.month import Plan, lived, outcome

# The last days of November and the grace time after them: final syncs and the freezing fall into it.
PLAN = Plan(
    athletes=16,
    begin=datetime(2026, 11, 29, 4, tzinfo=UTC),
    days=3.5,
    seed=4,
    faults=("horse", "worker", "redis"),
    # Each round of the schedule takes a process, and the faster the clock, the more rounds come while one works.
    speeds=Speeds(busy=6.0, trouble=5.0, step=timedelta(hours=2), mend_s=8.0),
    # So few rows and calls are read here that what is rare would not come at all.
    rates={
        "malformed_rows": 0.01,
        "error_500": 0.04,
        "timeout": 0.02,
        "timeout_seconds": 1.2,
        "unreadable_uploads": 0.15,
        "single_errors": 0.1,
        "unlisted_uploads": 0.1,
        "single_404": 0.1,
        "null_fields": 0.1,
        "other_types": 0.1,
        "elapsed_wrong": 0.1,
        "pauses": 0.15,
        "updates_split": 0.6,
        "signatures_none": 0.25,
        "signatures_wrong": 0.25,
        "signatures_stale": 0.25,
    },
)
GONE_WITHIN_H = 48
SIGNATURES = ("signatures_none", "signatures_wrong", "signatures_stale")


def test_nothing_is_lost_or_doubled_whatever_goes_wrong() -> None:
    with lived(PLAN, say=lambda _words: None) as month:
        found = outcome(month)
    assert (found["lost"], found["doubled"], found["differences"]) == (0, 0, 0), found["examples"]
    assert (found["never_fresh"], found["never_gone"]) == (0, 0)
    done = Counter(found["done"])
    assert found["left_out"] == done["deauthorise"] + done["must reconnect"] - done["reconnect"]
    assert max(found["deleted_gone_hours"], found["hidden_gone_hours"]) <= GONE_WITHIN_H
    assert found["never_hidden"] == 0
    assert set(found["faults"]) >= {"events_lost", "unreadable_uploads", "updates_split", "pauses", *SIGNATURES}
    assert set(found["signatures"]) == {"missing", "right", "wrong", "stale"}
    died = found["subscription"]
    assert died["died"] == len(died["found_after_h"]) == len(died["back_after_h"]) == 1
    assert found["new_runs"] >= 10
    assert found["kills"] >= 1
    assert found["broken"]["redis"] == 1
    assert found["compared"]["frozen challenges"] == 4
    assert 0 < sum(found["minimal_reads"].values()) <= found["reads"], "nobody spends fewer than the fewest possible"
    # What Strava counts is what we counted, but for calls whose worker was killed before they were made.
    unexplained = abs(found["reads"] - sum(found["reads_by_reason"].values()))
    assert unexplained <= found["kills"]
