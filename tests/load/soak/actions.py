"""Doing what the script says: on Strava, at the front door, and to the switches of the simulator."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from integrations.strava_simulator.log import RUNNING
from integrations.strava_simulator.store import Store, outbox
from tests.load.soak.crowd import Crowd, Entrant
from tests.load.soak.script import Happening
from tests.load.soak.subscription import Subscription
from tests.load.soak.watch import Watch
from tests.oracle.judging import Row
from tests.support.strava import listed

# An event that leaves within so long (simulated) is in time.
SOON_S = 600


@dataclass(frozen=True, slots=True)
class Version:
    """An athlete's list as it was from `at` on (epoch seconds), until the next version."""

    at: float
    rows: list[Row]


class Actor:
    """Does one happening after the other, and remembers what came of them."""

    def __init__(self, crowd: Crowd, watch: Watch, strava: Store, subscription: Subscription) -> None:
        self._crowd, self._watch, self._strava = crowd, watch, strava
        self.subscription = subscription
        self._ids: dict[Any, int] = {}
        self.done: Counter[str] = Counter()
        self.new_activities = self.new_runs = 0
        self.away: set[int] = set()
        self.came_back: set[int] = set()
        # While this is on, an athlete's list is kept as it is after each change.
        self.keeps_versions = False
        self.versions: dict[int, list[Version]] = defaultdict(list)
        self._kinds: dict[str, Callable[[Happening], None]] = {
            "upload": self._upload,
            "edit": self._edit,
            "hide": self._edit,
            "delete": self._delete,
            "hand over": self._hand_over,
            "deauthorise": self._deauthorise,
            "reconnect": self._reconnect,
            "challenges": self._start_challenges,
            "faults": self._faults,
            "keep": self._keep,
            "lose subscription": lambda _one: self.subscription.die(),
        }

    def do(self, one: Happening) -> None:
        """Do it. An activity that is not there (any more) is left alone."""
        self._kinds[one.kind](one)
        if self.keeps_versions and one.athlete_id:
            self._note_version(one.athlete_id, one.at)

    def _entrant(self, one: Happening) -> Entrant:
        return self._crowd.entrants[one.athlete_id]

    def _id(self, one: Happening) -> int | None:
        """Return the id of the activity, if it is on Strava. An id from before the month is one already."""
        return self._ids.setdefault(one.key, one.key) if isinstance(one.key, int) else self._ids.get(one.key)

    def _upload(self, one: Happening) -> None:
        made = self._control("POST", one, "", dict(one.fields))
        self._ids[one.key] = made["id"]
        if one.athlete_id in self.away:
            self.done["upload of somebody not connected"] += 1
            return
        is_run = made.get("sport_type") in RUNNING
        self.done["upload"] += 1
        self.subscription.uploaded()
        self.new_activities += 1
        self.new_runs += is_run
        if is_run and (self._entrant(one).sees_private or not made["private"]):
            told = self._is_told(made["id"], one.at)
            self._watch.uploaded(made["id"], self._entrant(one).runner_id, one.at, told=told)

    def _is_told(self, activity_id: int, at: float) -> bool:
        """Return whether the event of an upload just made is on its way, neither lost nor late."""
        with self._strava.reading() as connection:
            latest = connection.execute(select(outbox).order_by(outbox.c.id.desc()).limit(8)).all()
        mine = [letter for letter in latest if letter.payload["object_id"] == activity_id]
        return any(letter.state != "lost" and letter.due - at < SOON_S for letter in mine)

    def _edit(self, one: Happening) -> None:
        activity_id = self._id(one)
        if not activity_id:
            return
        self._control("PATCH", one, f"/{activity_id}", dict(one.fields))
        self.done[f"{one.kind} {next(iter(one.fields))}"] += 1
        if one.kind == "hide" and not self._entrant(one).sees_private:
            self._vanished(one, activity_id)
        elif one.kind == "hide" and one.athlete_id not in self.away:
            self._watch.hidden(activity_id, self._entrant(one).runner_id, one.at)
        elif one.fields.get("private") is False:
            self._watch.shown_again(activity_id)

    def _delete(self, one: Happening) -> None:
        activity_id = self._id(one)
        if not activity_id:
            return
        self._control("DELETE", one, f"/{activity_id}")
        self._ids[one.key] = 0
        self.done["delete"] += 1
        self._vanished(one, activity_id)

    def _hand_over(self, one: Happening) -> None:
        """Let an activity belong to another athlete; whoever cannot be read takes nothing over."""
        activity_id, other = self._id(one), one.fields["athlete"]
        if not activity_id or other not in self._crowd.entrants or {one.athlete_id, other} & self.away:
            return
        self._control("POST", one, f"/{activity_id}/owner", dict(one.fields))
        self._ids[one.key] = 0
        self._watch.lose_sight_of(activity_id)
        self.done["hand over"] += 1

    def _vanished(self, one: Happening, activity_id: int) -> None:
        if one.athlete_id not in self.away:
            self._watch.deleted(activity_id, self._entrant(one).runner_id, one.at)

    def _deauthorise(self, one: Happening) -> None:
        self._crowd.simulator.control("POST", f"athletes/{one.athlete_id}/deauthorize")
        self.lost_touch(one.athlete_id)
        self.done["deauthorise"] += 1

    def lost_touch(self, athlete_id: int) -> None:
        """From here on nobody can read them, until they connect again."""
        self.away.add(athlete_id)
        self._watch.stop_waiting_for(self._crowd.entrants[athlete_id].runner_id)

    def _reconnect(self, one: Happening) -> None:
        if one.athlete_id in self.away:
            self._crowd.connect(self._entrant(one))
            self.away.discard(one.athlete_id)
            self.came_back.add(one.athlete_id)
            self.done["reconnect"] += 1

    def _start_challenges(self, one: Happening) -> None:
        self._crowd.start_challenges(date.fromisoformat(one.key))
        self.done["challenges"] += 1

    def _faults(self, one: Happening) -> None:
        self._crowd.simulator.faults(**one.fields)

    def _keep(self, one: Happening) -> None:
        """Begin or cease to keep every athlete's list as it changes."""
        self.keeps_versions = bool(one.key)
        for athlete_id in self._crowd.entrants if one.key else ():
            self._note_version(athlete_id, one.at)

    def _note_version(self, athlete_id: int, at: float) -> None:
        self.versions[athlete_id].append(Version(at, listed(self._crowd.simulator, athlete_id)))

    def _control(self, method: str, one: Happening, path: str, fields: Any = None) -> Any:
        return self._crowd.simulator.control(method, f"athletes/{one.athlete_id}/activities{path}", fields)
