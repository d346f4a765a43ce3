"""Faults of the simulator, and the switches for them."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from random import Random
from threading import Lock
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from integrations.strava_simulator import store as tables
from integrations.strava_simulator.figures import dice
from integrations.strava_simulator.settings import TIERS
from integrations.strava_simulator.signing import SIGNATURES
from integrations.strava_simulator.store import Store


@dataclass(frozen=True, slots=True)
class Switches:
    """The state of every switch. The rates are shares of cases, 0 to 1; `seed` makes their sequence repeatable."""

    rate_429: float = 0.0
    error_500: float = 0.0
    timeout: float = 0.0
    error_401: float = 0.0  # refuse a valid token
    malformed_rows: float = 0.0
    revoke_503: float = 0.0
    token_timeout: float = 0.0
    refuse_refresh: float = 0.0  # of a grant that is valid, and stays so
    no_athlete: float = 0.0  # exchange a code for tokens, without saying whose they are
    events_lost: float = 0.0
    events_doubled: float = 0.0
    events_late: float = 0.0
    # Of posts of events: those that are not signed as `signature` says, but in this way.
    signatures_none: float = 0.0
    signatures_wrong: float = 0.0
    signatures_stale: float = 0.0
    # Of uploads: shares that something is wrong with (see activity_faults).
    unreadable_uploads: float = 0.0
    single_errors: float = 0.0
    unlisted_uploads: float = 0.0
    single_404: float = 0.0
    null_fields: float = 0.0
    other_types: float = 0.0
    elapsed_wrong: float = 0.0
    pauses: float = 0.0
    # Of edits: those whose changes are announced one by one, all in the same second.
    updates_split: float = 0.0
    seed: int = 1
    timeout_seconds: float = 15.0  # of life: how long an answer that times out is held back
    late_seconds: float = 1800.0  # by the clock: how late a late event is
    unreadable_seconds: float = 60.0  # by the clock: how long an upload cannot be read
    odd_seconds: float = 3600.0  # by the clock: how long another fault of a single activity lasts
    short_pages: bool = True
    reuse_access_token: bool = True  # on a refresh with more than an hour left
    seat_cap: int | None = None  # None: what the tier allows
    seat_cap_on_exchange: bool = False  # refuse at the token exchange instead of on the authorise page
    inactive: bool = False
    signature: str = "none"  # of events: one of signing.SIGNATURES
    tier: str = "reviewed"

    @property
    def seats(self) -> int:
        """Return how many athletes may be connected at once."""
        return TIERS[self.tier].seats if self.seat_cap is None else self.seat_cap


RATES = tuple(field.name for field in fields(Switches) if field.type is float and not field.name.endswith("_seconds"))


class Faults:
    """The switches, kept in the store, and the random numbers for them."""

    def __init__(self, store: Store, tier: str) -> None:
        self._store = store
        self._lock = Lock()
        self._throws: Counter[str] = Counter()
        # How often each fault has struck since the counters began.
        self.struck: Counter[str] = Counter()
        self.switches = self._load(tier)

    def _load(self, tier: str) -> Switches:
        with self._store.reading() as connection:
            saved = connection.scalar(select(tables.switch.c.value).where(tables.switch.c.name == "faults"))
        return checked(Switches(tier=tier), json.loads(saved) if saved else {})

    def put(self, changes: dict[str, Any]) -> Switches:
        """Change some switches, keep the others, and reset the random sequences.

        Raises ValueError, naming the switch, for an unknown switch or an invalid value.
        """
        with self._lock:
            self.switches = checked(self.switches, changes)
            self._throws.clear()
        self._save()
        return self.switches

    def reset(self) -> Switches:
        """End all faults; the tier stays."""
        return self.put(asdict(Switches(tier=self.switches.tier)))

    def strikes(self, kind: str) -> bool:
        """Return whether a fault occurs now. A fault that is off never does, and uses no random number."""
        rate = getattr(self.switches, kind)
        struck = bool(rate) and self.dice(kind).random() < rate
        if struck:
            self.count(kind)
        return struck

    def count(self, kind: str) -> None:
        """Count one occurrence of a fault."""
        with self._lock:
            self.struck[kind] += 1

    def dice(self, kind: str) -> Random:
        """Return the next random numbers of a kind: the same sequence for the same seed."""
        with self._lock:
            self._throws[kind] += 1
            return dice(self.switches.seed, kind, self._throws[kind])

    def _save(self) -> None:
        row = insert(tables.switch).values(name="faults", value=json.dumps(asdict(self.switches)))
        with self._store.writing() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))


def checked(switches: Switches, changes: dict[str, Any]) -> Switches:
    """Return the switches with the changes made. Raises ValueError for an unknown name or an impossible value."""
    for name, value in changes.items():
        if name not in asdict(switches):
            raise ValueError(f"there is no switch {name!r}")
        if not _fits(name, value):
            raise ValueError(f"{name} cannot be {value!r}")
    return replace(switches, **changes)


def _fits(name: str, value: Any) -> bool:
    if name in ("tier", "signature"):
        return value in (TIERS if name == "tier" else SIGNATURES)
    if name in ("short_pages", "reuse_access_token", "seat_cap_on_exchange", "inactive"):
        return isinstance(value, bool)
    if name == "seat_cap" and value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if name in RATES:
        return 0 <= value <= 1
    return value >= 0 and (name.endswith("_seconds") or isinstance(value, int))


Row = dict[str, Any]

# Malformed rows, each of which somebody has seen in practice.
MALFORMED: tuple[Callable[[Row], Any], ...] = (
    lambda row: {field: value for field, value in row.items() if field != "id"},
    lambda row: {field: value for field, value in row.items() if field != "start_date_local"},
    lambda row: row | {"distance": "far"},
    lambda row: row | {"distance": None, "moving_time": None},
    lambda row: row | {"moving_time": row.get("moving_time", 0) + 0.5, "elapsed_time": None},
    lambda row: row | {"start_date": "yesterday", "start_date_local": "yesterday"},
    lambda row: row | {"sport_type": None, "type": None},
    lambda row: row | {"athlete_count": 0, "start_latlng": [51.5]},
    lambda row: {"id": row["id"], "resource_state": 2},
    lambda _row: None,
)


def mangled(row: Row, chance: Random, rate: float) -> Any:
    """Return the row or, with probability `rate`, a malformed one."""
    return chance.choice(MALFORMED)(row) if chance.random() < rate else row
