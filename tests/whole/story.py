"""The story that is told of every world: connect, compare, let 500 things happen, let lost events heal, compare."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from tests.whole.changes import CHANGES, live_through
from tests.whole.comparing import Compared, compare
from tests.whole.world import BREATH, World, settle

# The schedule looks at everybody within two days.
LOOK_DUE = timedelta(hours=48)


@dataclass
class Story:
    """What was compared, and what happened in between."""

    first: Compared
    amiss: Compared
    healed: Compared
    done: Counter[str]
    events: Counter[str]


def tell(world: World, seed: int, older: Sequence[date] = ()) -> Story:
    """Tell the story of a world that has just been made. `older`: see `settle`."""
    settle(world, older)
    first = _read_and_compare(world)
    done = live_through(world, seed)
    must_audit(world)
    amiss = _read_and_compare(world)
    events = Counter[str](world.simulator.control("GET", "counters")["events"])
    heal(world)
    must_audit(world)
    return Story(first, amiss, _read_and_compare(world), done, events)


def _read_and_compare(world: World) -> Compared:
    # What this reads counts against the application's own limits.
    world.pass_by(BREATH)
    return compare(world)


def heal(world: World) -> None:
    """Let two days pass without faults, and the schedule have its look at everybody."""
    world.simulator.control("DELETE", "faults")
    world.pass_by(LOOK_DUE)
    world.simulator.wait_until_delivered()
    world.look_until_done()


def must_audit(world: World) -> None:
    """Have `flask audit` derive everything anew; it may find no difference."""
    with world.app.app_context():
        audit = world.app.test_cli_runner().invoke(args=["audit"])
    assert audit.exit_code == 0, audit.output or audit.exception


def assert_true_to_strava(story: Story) -> None:
    """Nothing differs after the first pulls and after the look; in between much did, or the test would prove little."""
    assert story.first.differences == []
    assert story.done.total() == CHANGES
    assert story.events["lost"] > 20
    assert len(story.amiss.differences) > 20
    assert story.healed.differences == []
