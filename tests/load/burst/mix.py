"""Which events come in the minute, and when. Pure and seeded.

A reviewed application may read 600 times in a quarter hour, so 3,000 events in a minute can be no more than some 550 of
the kind that a read is owed for. The others are what Strava sends besides, and what must cost nothing:

- uploads, each by another runner; one in six is a ride or a walk, which the event does not say;
- a new title for half of them within the next half minute, some before the upload has been read;
- runs of other runners given another type, hidden, deleted;
- new titles for older runs;
- events of athletes who are not connected here (any more);
- events that come twice, a few seconds apart, to the letter the same.

On top of these come forged ones: of another subscription, or no events at all.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import Any

STRANGERS = range(990_000_001, 990_000_201)
OTHER_SUBSCRIPTION = 4_711


@dataclass(frozen=True)
class Mix:
    """How many events of each kind. The runners who upload and those who change something are not the same ones."""

    uploads: int = 480
    retyped: int = 20
    hidden: int = 20
    deleted: int = 20
    titled_again: int = 240
    titled: int = 1_120
    unknown: int = 900
    twice: int = 200
    forged: int = 120

    @property
    def events(self) -> int:
        """Return how many events must be answered with 200."""
        return self.reads_owed + self.titled_again + self.titled + self.unknown + self.twice

    @property
    def changes(self) -> int:
        return self.retyped + self.hidden + self.deleted

    @property
    def reads_owed(self) -> int:
        """Return how many reads Strava has to be asked for, one for each upload and each change that scores."""
        return self.uploads + self.changes

    @property
    def runners(self) -> int:
        return self.uploads + self.changes


@dataclass(frozen=True)
class Action:
    """What a runner did to an activity on Strava, as its event tells it."""

    kind: str
    athlete_id: int
    activity_id: int
    aspect: str
    updates: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sent:
    """An event to be sent `at` seconds after the burst began, of what happened `told` seconds after that beginning.

    `body` lacks the time of the event.
    """

    at: float
    told: float
    kind: str
    body: dict[str, Any]


def burst(mix: Mix, actions: Sequence[Action], held: Sequence[Action], subscription: int, seconds: float) -> list[Sent]:
    """Return the events in the order of sending, evenly spaced; the forged ones lie between them.

    `actions` are uploads and changes. `held` are new titles of activities that are held, as many as there are to choose
    from.
    """
    dice = Random(50)
    step = seconds / mix.events
    places = [_Place(dice.uniform(0, seconds), action) for action in actions]
    places += [_later(dice, place, seconds) for place in _first(mix.titled_again, places, "upload")]
    places += [_Place(dice.uniform(0, seconds), action) for action in islice(cycle(held), mix.titled)]
    places += [_Place(dice.uniform(0, seconds), _stranger(dice)) for _ in range(mix.unknown)]
    places += [_again(dice, place, seconds) for place in dice.sample(places, mix.twice)]
    places.sort(key=lambda place: place.at)
    sent = [_sent(n * step, place, subscription) for n, place in enumerate(places)]
    return sorted([*sent, *_forged(mix, actions, seconds)], key=lambda one: one.at)


@dataclass(frozen=True)
class _Place:
    at: float
    action: Action
    told: float | None = None


def _sent(at: float, place: _Place, subscription: int) -> Sent:
    told = place.at if place.told is None else place.told
    return Sent(at, told, place.action.kind, _body(place.action, subscription))


def _first(count: int, places: Sequence[_Place], kind: str) -> list[_Place]:
    return [place for place in places if place.action.kind == kind][:count]


def _later(dice: Random, place: _Place, seconds: float) -> _Place:
    """Return the new title of an upload: within half a minute, never before it."""
    title = Action(
        "titled again", place.action.athlete_id, place.action.activity_id, "update", (("title", "Felt good"),)
    )
    return _Place(min(place.at + dice.uniform(0.5, 30), seconds), title)


def _again(dice: Random, place: _Place, seconds: float) -> _Place:
    simulator = Action(
        "twice", *(getattr(place.action, name) for name in ("athlete_id", "activity_id", "aspect", "updates"))
    )
    return _Place(min(place.at + dice.uniform(0, 5), seconds), simulator, told=place.at)


def _stranger(dice: Random) -> Action:
    return Action("unknown", dice.choice(STRANGERS), dice.randrange(10**10), "create")


def _body(action: Action, subscription: int) -> dict[str, Any]:
    return {
        "object_type": "activity",
        "object_id": action.activity_id,
        "aspect_type": action.aspect,
        "updates": dict(action.updates),
        "owner_id": action.athlete_id,
        "subscription_id": subscription,
    }


def _forged(mix: Mix, actions: Sequence[Action], seconds: float) -> Iterator[Sent]:
    for number, action in enumerate(islice(cycle(actions), mix.forged)):
        body = _body(action, OTHER_SUBSCRIPTION) if number % 2 else {"object_type": "activity", "note": "no event"}
        at = (number + 0.5) * seconds / mix.forged
        yield Sent(at, at, "forged", body)
