"""The rules of a challenge as data: one typed, versioned set that scoring, preview and pages share."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Literal, cast

from webapp.rulebook.journeys import OWN, PlacesError, RoutePlace, checked_places
from webapp.rulebook.measures import MEASURES, Measure, Unit
from webapp.rulebook.runs import LEDGER_SPORTS, RUNNING
from webapp.rulebook.shapes import SHAPES
from webapp.rulebook.shapes.base import Days, Param, ScoringContext, Shape

# It grows when the form of the data changes; older data is then read by its own version.
VERSION = 1
TeamScore = Literal["sum", "average", "best", "median", "met"]
TEAM_SCORES: tuple[TeamScore, ...] = ("sum", "average", "best", "median", "met")
MAX_BEST = 50
# In seconds per km: no runner needs less than a minute, and two hours are a walk with lunch.
MIN_PACE, MAX_PACE = 60, 7200
MAX_MIN_DISTANCE_M, MAX_MIN_TIME_S = 200_000, 86_400


class RuleSetError(ValueError):
    """A rule set is wrong: `field` names the part, the text says why, for the organiser."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field, self.words = field, words


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Which runs count. Metres, seconds, and paces in seconds per km; None is no bound."""

    sports: frozenset[str] = RUNNING
    private: bool = False
    manual: bool = False
    treadmill: bool = True
    flagged: bool = False
    min_distance_m: int = 0
    min_time_s: int = 0
    quickest: int | None = None
    slowest: int | None = None
    # Whether runs far longer than the runner's usual ones, or changed since they came in, wait for a review.
    stops_unusual: bool = False
    stops_changed: bool = False


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What is measured, which runs count, how days become a total, and how teams score. Raises RuleSetError."""

    measure: str = "distance"
    shape: str = "plain"
    params: Mapping[str, Any] = field(default_factory=dict)
    counts: Eligibility = field(default_factory=Eligibility)
    team_score: TeamScore = "sum"
    # How many members are summed, with the team score "best".
    best: int = 5

    def __post_init__(self) -> None:
        _check_words(self)
        given, unit = _mapping("params", self.params), self.measured.unit
        object.__setattr__(self, "params", {each.name: _checked(each, given, unit) for each in self.shaped.params})
        _check_counts(self.counts)

    @property
    def measured(self) -> Measure:
        return MEASURES[self.measure]

    @property
    def shaped(self) -> Shape:
        return SHAPES[self.shape]

    @property
    def unit(self) -> Unit:
        """Return the unit of totals."""
        return self.shaped.unit or self.measured.unit

    @property
    def is_in_points(self) -> bool:
        """Return whether totals are points, which say less of a runner than what was measured."""
        return self.unit == "points"

    @property
    def needs_target(self) -> bool:
        """Return whether totals are shares of each runner's own target."""
        return self.shaped.needs == "target"

    @property
    def needs_baseline(self) -> bool:
        """Return whether entries are scored against their own weeks before the challenge."""
        return self.shaped.needs == "baseline"

    @property
    def has_daily_mean(self) -> bool:
        """Return whether the mean of a runner's days says what they will add."""
        return self.measured.adds_up and self.shaped.has_daily_mean

    @property
    def has_places(self) -> bool:
        """Return whether runners have places. With one goal for all, nobody is first or last."""
        return self.group_goal is None

    @property
    def group_goal(self) -> int | None:
        """Return the goal that the whole group shares, in the unit of totals."""
        return self.shaped.group_goal(self.params)

    @property
    def route(self) -> tuple[RoutePlace, ...]:
        """Return the places that totals lead past; none unless the rules are about a journey."""
        return self.shaped.route(self.params)

    @property
    def needs_runs(self) -> bool:
        """Return whether scoring a day needs its single runs; otherwise the ledger's sums are enough."""
        by_ledger = Eligibility(private=self.counts.private, stops_unusual=self.counts.stops_unusual)
        return self.counts != by_ledger

    def gains(self, days: Days, context: ScoringContext) -> list[int]:
        """Return by how much each of an entry's days raised its total. `days`: in order, with their amounts."""
        return self.shaped.gains(days if self.measured.adds_up else _highest(days), self.params, context)

    def context(
        self, starts_on: date, ends_on: date, target: int | None = None, baseline: int | None = None
    ) -> ScoringContext:
        """Return what an entry's total is measured against in a window."""
        return ScoringContext(starts_on, ends_on, self.measured.unit, target, baseline)

    def to_data(self) -> dict[str, Any]:
        """Return the JSON that `from_data` reads, the same for the same rules."""
        counts = {each.name: getattr(self.counts, each.name) for each in fields(Eligibility)}
        return {
            "version": VERSION,
            "measure": self.measure,
            "shape": self.shape,
            "params": {name: _as_json(value) for name, value in self.params.items()},
            "counts": {**counts, "sports": sorted(self.counts.sports)},
            "team_score": self.team_score,
            "best": self.best,
        }

    @classmethod
    def from_data(cls, data: Any) -> "RuleSet":
        """Return the rule set of stored or posted JSON. Raises RuleSetError if there is no such rule set."""
        given = _mapping("rules", data)
        if not _is_int_between(given.pop("version", None), VERSION, VERSION):
            raise RuleSetError("version", "These rules have a version that is not known here.")
        counts = _mapping("counts", given.pop("counts", {}))
        _refuse_unknown({*given} - {*_names(cls)} | {*counts} - {*_names(Eligibility)})
        if "sports" in counts:
            counts["sports"] = _texts("sports", counts["sports"])
        made = cls(**given, counts=Eligibility(**counts))
        _refuse_unknown({*_mapping("params", given.get("params", {}))} - {*made.params})
        return made


def _as_json(value: Any) -> Any:
    if isinstance(value, RoutePlace):
        return [value.name, value.metres]
    return [_as_json(each) for each in value] if isinstance(value, tuple) else value


def _mapping(field: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise RuleSetError(field, "This is not a list of rules by name.")
    return dict(value)


def _texts(field: str, value: Any) -> frozenset[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise RuleSetError(field, "A list of words, please.")
    return frozenset(value)


def _refuse_unknown(names: set[str]) -> None:
    if names:
        raise RuleSetError(min(names) or "rules", "There is no such rule.")


def _names(of: type) -> list[str]:
    return [each.name for each in fields(cast(Any, of))]


def _highest(days: Days) -> Days:
    """Return each day with the amount by which it raised the greatest one so far."""
    highest = 0
    raised = []
    for day, amount in days:
        raised.append((day, max(0, amount - highest)))
        highest = max(highest, amount)
    return raised


def _check_words(rules: RuleSet) -> None:
    if not _is_one_of(rules.measure, MEASURES):
        raise RuleSetError("measure", "Please choose what is measured.")
    if not _is_one_of(rules.shape, SHAPES):
        raise RuleSetError("shape", "Please choose how days add up.")
    if rules.measure not in SHAPES[rules.shape].measures:
        raise RuleSetError("shape", "This does not go with what is measured.")
    if not _is_one_of(rules.team_score, TEAM_SCORES):
        raise RuleSetError("team_score", "Please choose how teams are scored.")
    if not _is_int_between(rules.best, 1, MAX_BEST):
        raise RuleSetError("best", f"Between 1 and {MAX_BEST} members.")


def _checked(param: Param, given: Mapping[str, Any], unit: Unit) -> Any:
    value = given.get(param.name, param.usual(unit))
    if param.kind == "choice":
        if not _is_one_of(value, param.choices):
            raise RuleSetError(param.name, "Please choose one of these.")
    elif param.kind == "places":
        return _checked_places(param.name, value) if given.get("route") == OWN else ()
    elif not _is_int_between(value, param.min_value, param.max_value):
        bounds = f"{param.min_value:,} and {param.max_value:,}"
        raise RuleSetError(param.name, f"A whole number between {bounds}, please.")
    return value


def _checked_places(name: str, value: Any) -> tuple[RoutePlace, ...]:
    try:
        return checked_places(value)
    except PlacesError as error:
        raise RuleSetError(name, str(error)) from None


def _check_counts(counts: Eligibility) -> None:
    if not isinstance(counts.sports, frozenset) or not counts.sports or not counts.sports <= LEDGER_SPORTS:
        raise RuleSetError("sports", "Please choose at least one kind of run.")
    for name in _SWITCHES:
        if not isinstance(getattr(counts, name), bool):
            raise RuleSetError(name, "Yes or no, please.")
    for name, lowest, highest in _BOUNDS:
        value = getattr(counts, name)
        if not _is_int_between(value, lowest, highest) and not (value is None and name in _PACES):
            raise RuleSetError(name, f"Between {lowest:,} and {highest:,}, please.")
    if counts.quickest and counts.slowest and counts.quickest >= counts.slowest:
        raise RuleSetError("slowest", "The slowest pace must be slower than the quickest.")


_SWITCHES = ("private", "manual", "treadmill", "flagged", "stops_unusual", "stops_changed")
_PACES = ("quickest", "slowest")
_BOUNDS = (
    ("min_distance_m", 0, MAX_MIN_DISTANCE_M),
    ("min_time_s", 0, MAX_MIN_TIME_S),
    *((name, MIN_PACE, MAX_PACE) for name in _PACES),
)


def _is_one_of(value: Any, known: Container[str]) -> bool:
    return isinstance(value, str) and value in known


def _is_int_between(value: Any, lowest: int, highest: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest
