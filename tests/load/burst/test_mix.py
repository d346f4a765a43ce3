"""The events of the burst: as many as said, of the kinds that were said, at an even pace."""

import subprocess
import sys
from collections import Counter
from itertools import pairwise

import pytest

from integrations.strava_simulator.settings import TIERS
from tests.load.burst.mix import OTHER_SUBSCRIPTION, STRANGERS, Action, Mix, Sent, burst

MIX = Mix()
SECONDS = 60.0


def actions() -> list[Action]:
    kinds = {"upload": MIX.uploads, "retyped": MIX.retyped, "hidden": MIX.hidden, "deleted": MIX.deleted}
    listed = [kind for kind, count in kinds.items() for _ in range(count)]
    return [Action(kind, 1_000 + number, 50_000 + number, "create") for number, kind in enumerate(listed)]


def events() -> list[Sent]:
    held = [Action("titled", 1_000 + number, 90_000 + number, "update", (("title", "New"),)) for number in range(300)]
    return burst(MIX, actions(), held, 1, SECONDS)


def test_there_are_fifty_events_a_second_besides_the_forged_ones() -> None:
    real = [event for event in events() if event.kind != "forged"]
    assert len(real) == MIX.events == 50 * SECONDS
    gaps = {round(later.at - earlier.at, 6) for earlier, later in pairwise(real)}
    assert gaps == {0.02}


def test_every_kind_comes_as_often_as_the_mix_says() -> None:
    assert Counter(event.kind for event in events()) == {
        "upload": 480, "retyped": 20, "hidden": 20, "deleted": 20, "titled again": 240, "titled": 1120, "unknown": 900,
        "twice": 200, "forged": 120,
    }  # fmt: skip


def test_what_a_read_is_owed_for_fits_into_a_quarter_hour_of_a_reviewed_application() -> None:
    assert MIX.reads_owed <= TIERS["reviewed"].read[0]


def test_no_new_title_comes_before_its_upload() -> None:
    sent = {(event.kind, event.body["object_id"]): event.at for event in events() if event.kind != "forged"}
    titles = [(number, at) for (kind, number), at in sent.items() if kind == "titled again"]
    assert len(titles) == MIX.titled_again
    assert all(sent["upload", number] <= at for number, at in titles)


def test_the_same_burst_comes_every_time() -> None:
    assert events() == events()


def test_strangers_and_forgers_are_told_apart() -> None:
    assert {event.body["owner_id"] in STRANGERS for event in events() if event.kind == "unknown"} == {True}
    forged = [event.body.get("subscription_id") for event in events() if event.kind == "forged"]
    assert set(forged) == {None, OTHER_SUBSCRIPTION}


@pytest.mark.parametrize(
    ("module", "asked", "code", "said"),
    [
        ("tests.load.burst", "mysql", 2, "no such database: mysql"),
        ("tests.load.bench", "--help", 0, "usage: tests.load.bench"),
    ],
)
def test_what_takes_long_looks_first_at_what_it_was_asked_for(module: str, asked: str, code: int, said: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, asked], capture_output=True, text=True, timeout=60)
    assert (done.returncode, said in done.stdout + done.stderr) == (code, True)
