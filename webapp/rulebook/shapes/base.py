"""What a shape is: how days become a total, and everything that pages say and ask about it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, ClassVar, Literal

from webapp.rulebook.journeys import RoutePlace
from webapp.rulebook.measures import ADDABLE, Measure, Unit
from webapp.rulebook.units import amount_text, inside, suffix, write_amount

Days = Sequence[tuple[date, int]]
Params = Mapping[str, Any]
# What every entry needs before it can score.
Need = Literal["target", "baseline"]

MAX_AMOUNT = 10**8


@dataclass(frozen=True, slots=True)
class ScoringContext:
    """What a total is measured against: the window, and what is fixed for the entry, in the unit of the measure."""

    starts_on: date
    ends_on: date
    unit: Unit = "distance"
    target: int | None = None
    # The mean week in the weeks before the challenge.
    baseline: int | None = None


@dataclass(frozen=True, slots=True)
class Param:
    """A number of a shape. `kind`: an amount in the unit of the measure, or a number of what the kind says."""

    name: str
    label: str
    kind: Literal["amount", "metres", "percent", "days", "points", "rate", "choice", "places"]
    default: Any
    min_value: int = 0
    max_value: int = 0
    # The label of each choice by its key.
    choices: Mapping[str, str] = field(default_factory=dict)
    # The default of an amount in other units than metres.
    by_unit: Mapping[Unit, int] = field(default_factory=dict)

    def usual(self, unit: Unit) -> Any:
        """Return the value that holds where none is given, for a measure in this unit."""
        return self.by_unit.get(unit, self.default)

    def unit_for(self, measure_unit: Unit) -> Unit:
        """Return the unit of this number, for a measure in `measure_unit`."""
        if self.kind == "amount":
            return measure_unit
        units: Mapping[str, Unit] = {"metres": "distance", "percent": "percent", "days": "days"}
        return units.get(self.kind, "points")

    def suffix(self, units: str) -> str | None:
        """Return the suffix of the number for every measure; None if it depends on the measure."""
        if self.kind in ("amount", "choice", "places"):
            return None
        return suffix(self.unit_for("distance"), units)

    def bounds_in_words(self, measure_unit: Unit, units: str) -> str:
        """Return a sentence about the bounds of the number."""
        unit = self.unit_for(measure_unit)
        one = inside(unit, units)
        highest = write_amount(self.max_value, unit, units) if one.denominator == 1 else str(int(self.max_value / one))
        return f"Between {write_amount(self.min_value, unit, units)} and {highest} {suffix(unit, units)}."


@dataclass(frozen=True, slots=True)
class RuleText:
    """The numbers of a shape, written for one reader. `units`: km or mi."""

    params: Params
    measure: Measure
    units: str

    def limit(self, name: str) -> str:
        """Return a number in the unit of the measure."""
        value, unit = self.params[name], self.measure.unit
        if unit == "climb" and self.units == "mi":
            # As it was typed: a foot is finer than the metres that are stored.
            return f"{int(write_amount(value, unit, self.units)):,} ft"
        return self.amount(value)

    def amount(self, value: int, unit: Unit | None = None) -> str:
        """Return an amount in `unit`, by default that of the measure."""
        return amount_text(value, unit or self.measure.unit, self.units)


@dataclass(frozen=True, slots=True)
class DayText(RuleText):
    """A day of one entry: its amount, by how much it raised the total, and what that is measured against."""

    day_amount: int
    gain: int
    total_unit: Unit
    context: ScoringContext | None

    @property
    def measured(self) -> str:
        return self.amount(self.day_amount)

    @property
    def gained(self) -> str:
        return self.amount(self.gain, self.total_unit)


class Shape(ABC):
    """How days become a total. To add one: a subclass in a file of its own, and its place in `SHAPES`.

    A shape gets the days of one entry in order, each with its amount, and returns by how much each of them raised the
    total. So a total is the sum of its days, a board can look back to any evening, and overtakes can be dated. No day
    may lower the total: a longer run never scores less.
    """

    # The name in stored rules.
    key: ClassVar[str]
    label: ClassVar[str]
    # The measures that go with it.
    measures: ClassVar[frozenset[str]] = ADDABLE
    # The unit of the total; None is that of the measure.
    unit: ClassVar[Unit | None] = None
    params: ClassVar[tuple[Param, ...]] = ()
    # The title of the chart; None where a chart would say nothing.
    caption: ClassVar[str | None] = None
    # Whether a total says no more about single days than their sum does.
    is_plain_sum: ClassVar[bool] = False
    # Whether a day brings the same whatever the other days are.
    days_stand_alone: ClassVar[bool] = True
    # Whether the mean of a runner's days says what they will add.
    has_daily_mean: ClassVar[bool] = True
    # From which sum of a group's last month its amount is proposed; None for no proposal (`rulebook.proposals`).
    proposed_from: ClassVar[Literal["group", "day", "week"] | None] = None
    # What each entry needs before it can score.
    needs: ClassVar[Need | None] = None
    # Under which title of the hall of fame totals are compared; None is that of their unit.
    hall_kind: ClassVar[str | None] = None

    @abstractmethod
    def gains(self, days: Days, params: Params, context: ScoringContext) -> list[int]:
        """Return by how much each day raised the total."""

    @abstractmethod
    def sentences(self, text: RuleText) -> list[str]:
        """Return how days become a total in whole sentences, with every number that goes into it."""

    def explain_day(self, day: DayText) -> str:
        """Return one line that leads from a day's amount to what it brought."""
        if day.measure.adds_up:
            return day.measured
        longer = f"{day.gained} more" if day.gain else "no more"
        return f"{day.measured}, {longer} than the most before"

    def chart_caption(self, measure: Measure) -> str | None:
        return self.caption if measure.adds_up else None

    def knees(self, params: Params, context: ScoringContext) -> list[int]:
        """Return the amounts at which the line of the chart bends or jumps."""
        return []

    def whole(self, context: ScoringContext) -> Fraction | None:
        """Return the amount that totals are shares of; None if they are no shares, or it is not known."""
        return None

    def group_goal(self, params: Params) -> int | None:
        """Return the goal that the whole group shares."""
        return None

    def route(self, params: Params) -> tuple[RoutePlace, ...]:
        """Return the places that the total leads past; none for most shapes."""
        return ()
