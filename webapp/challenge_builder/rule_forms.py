"""Forms of rules: a field for every part of a rule set, those of shapes made from their table."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, cast

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional

from webapp.form_fields import ChecksField
from webapp.rulebook import units
from webapp.rulebook.journeys import PlacesError, RoutePlace, places_from, places_text
from webapp.rulebook.measures import MEASURES, Measure, Unit
from webapp.rulebook.ruleset import Eligibility, RuleSet, RuleSetError
from webapp.rulebook.runs import LEDGER_SPORTS, RUNNING, sport_in_words
from webapp.rulebook.shapes import SHAPES
from webapp.rulebook.shapes.base import Param, Shape

MAX_DAYS = 366
TEAM_SCORE_WORDS = {
    "sum": "The sum of its members",
    "average": "The average of those who ran",
    "best": "The best few of its members",
    "median": "The member in the middle of those who ran",
    "met": "How many met their target",
}
_SPORTS = [*sorted(RUNNING), *sorted(LEDGER_SPORTS - RUNNING)]
# Which field of the form a part of a rule set is typed in, where the names differ.
_FIELD_OF = {
    "private": "allow_private",
    "manual": "allow_manual",
    "min_distance_m": "min_distance",
    "min_time_s": "min_time",
}


def _choices(labels: Mapping[str, str]) -> list[SelectChoice]:
    return [SelectChoice(key, label) for key, label in labels.items()]


def _labels(table: Mapping[str, Measure | Shape]) -> list[SelectChoice]:
    return [SelectChoice(key, each.label) for key, each in table.items()]


class ChosenRules:
    """Marks a field as one to fill in. The form decides whether it is required, since not all fields are shown."""

    field_flags: Mapping[str, bool] = MappingProxyType({"required": True})

    def __call__(self, _form: object, _field: Field) -> None:
        """Accept every value."""


class RulesForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A whole rule set.

    Fields: measure, shape, for each number of a shape SHAPE_NUMBER (such as daily_cap_cap; amounts in km, hours, metres
    of climb or a count, as is measured), sports (several), allow_manual, treadmill, flagged, allow_private,
    min_distance (km), min_time (hours), quickest, slowest (minutes a km, "5:30"), stops_unusual, stops_changed,
    team_score, best. Where its organiser's `own` unit is "mi", read miles for km and feet for metres of climb.
    """

    measure = RadioField("What is measured", choices=_labels(MEASURES), default="distance")
    shape = RadioField("How days add up", choices=_labels(SHAPES), default="plain")
    sports = ChecksField(
        "Kinds of run that count",
        choices=[SelectChoice(sport, sport_in_words(sport)) for sport in _SPORTS],
        default=sorted(RUNNING),
    )
    allow_manual = BooleanField("Count runs entered by hand")
    treadmill = BooleanField("Count runs on a treadmill")
    flagged = BooleanField("Count runs that somebody flagged on Strava")
    allow_private = BooleanField("Count “Only You” runs of runners who allow it")
    min_distance = StringField("Shortest run that counts")
    min_time = StringField("Shortest time that counts")
    quickest = StringField("No faster than")
    slowest = StringField("No slower than")
    stops_unusual = BooleanField("Review first: runs far longer than the runner’s usual ones")
    stops_changed = BooleanField("Review first: runs that have grown since they came in")
    team_score = RadioField("A team’s score", choices=_choices(TEAM_SCORE_WORDS), default="sum")
    best = IntegerField("How many count as the best few", default=5, validators=[Optional()])

    _rules: RuleSet | None = None

    def __init__(self, own: str, rules: RuleSet | None = None, *, chosen: bool = True, **more: Any) -> None:
        super().__init__(data=self.typed(rules or RuleSet(), own, chosen=chosen) | more)
        self.own = own

    @classmethod
    def typed(cls, rules: RuleSet, own: str, *, chosen: bool = True) -> dict[str, Any]:
        """Return the values of the fields for a rule set, in the organiser's own unit.

        `chosen`: whether these rules are in force, and so shown exactly; otherwise they are a start.
        """
        counts, unit = rules.counts, rules.measured.unit
        write = units.write_amount if chosen else units.suggested
        return {
            "measure": rules.measure, "shape": rules.shape, "team_score": rules.team_score, "best": rules.best,
            "sports": sorted(counts.sports), "allow_manual": counts.manual, "allow_private": counts.private,
            "treadmill": counts.treadmill, "flagged": counts.flagged,
            "stops_unusual": counts.stops_unusual, "stops_changed": counts.stops_changed,
            "min_distance": write(counts.min_distance_m, "distance", own) if counts.min_distance_m else "",
            "min_time": write(counts.min_time_s, "time", own) if counts.min_time_s else "",
            "quickest": units.write_pace(counts.quickest, own) if counts.quickest else "",
            "slowest": units.write_pace(counts.slowest, own) if counts.slowest else "",
            **{_name(shape, param): _in_field(param, param.usual(unit), unit, own, exact=False)
               for shape in SHAPES.values() for param in shape.params},
            **{_name(rules.shaped, param): _in_field(param, rules.params[param.name], unit, own, exact=chosen)
               for param in rules.shaped.params},
        }  # fmt: skip

    def validate(self, extra_validators: Any = None) -> bool:
        """Check each field, then the whole; an error of the whole appears at the field that it concerns."""
        is_good = super().validate(extra_validators)
        if self.measure.errors or self.shape.errors or self.team_score.errors:
            return False
        try:
            self._rules = self._made()
        except _FieldError as error:
            self._complain(error.field, str(error))
        except RuleSetError as error:
            self._complain(_FIELD_OF.get(error.field, error.field), error.words)
        return is_good and self._rules is not None

    def rules(self) -> RuleSet:
        """Return the rules of a valid form."""
        return cast(RuleSet, self._rules)

    def rules_or(self, other: RuleSet) -> RuleSet:
        """Return the rules in the fields, checked or not; `other` where they make none."""
        try:
            return self._rules or self._made()
        except (_FieldError, RuleSetError, KeyError):
            return other

    def params_of(self, key: str) -> list[tuple[Field, str | None, bool]]:
        """Return the fields of a shape's numbers, each with its suffix, and whether it is an amount.

        An amount is in the unit of the measure, which may be another one when the form is sent.
        """
        return [
            (self[_name(SHAPES[key], param)], param.suffix(self.own), param.kind == "amount")
            for param in SHAPES[key].params
        ]

    @property
    def _unit(self) -> Unit:
        return MEASURES[self.measure.data if self.measure.data in MEASURES else "distance"].unit

    def _complain(self, field: str, words: str) -> None:
        name = field if field in self else f"{self.shape.data}_{field}"
        target = {**self._fields}.get(name, self.shape)
        target.errors = [*target.errors, words]

    def _made(self) -> RuleSet:
        counts = Eligibility(
            frozenset(self.sports.data),
            private=self.allow_private.data,
            manual=self.allow_manual.data,
            treadmill=self.treadmill.data,
            flagged=self.flagged.data,
            min_distance_m=self._read("min_distance", "distance") or 0,
            min_time_s=self._read("min_time", "time") or 0,
            quickest=self._read("quickest", "pace"),
            slowest=self._read("slowest", "pace"),
            stops_unusual=self.stops_unusual.data,
            stops_changed=self.stops_changed.data,
        )
        params = {param.name: self._param(param) for param in SHAPES[self.shape.data].params}
        best = RuleSet().best if self.best.data is None else self.best.data
        return RuleSet(self.measure.data, self.shape.data, params, counts, self.team_score.data, best)

    def _param(self, param: Param) -> Any:
        field = self[_name(SHAPES[self.shape.data], param)]
        if param.kind == "choice":
            return field.data
        if param.kind == "places":
            return _read_places(field, self.own)
        value = self._read(field.short_name, param.unit_for(self._unit))
        if value is None:
            raise _FieldError(field, "A number is missing here.")
        if not param.min_value <= value <= param.max_value:
            raise _FieldError(field, param.bounds_in_words(self._unit, self.own))
        return value

    def _read(self, name: str, unit: Unit | Literal["pace"]) -> int | None:
        field = self[name]
        text = (field.data or "").strip()
        if not text:
            return None
        try:
            return units.read_pace(text, self.own) if unit == "pace" else units.read_amount(text, unit, self.own)
        except units.UnreadableError as error:
            raise _FieldError(field, str(error)) from None


class _FieldError(ValueError):
    def __init__(self, field: Field, words: str) -> None:
        super().__init__(words)
        self.field = str(field.short_name)


def _read_places(field: Field, own: str) -> tuple[RoutePlace, ...]:
    """Return what was typed, even if a ready route is chosen, where it is not needed and left out."""
    try:
        return places_from(field.data, own) if (field.data or "").strip() else ()
    except PlacesError as error:
        raise _FieldError(field, str(error)) from None


def _name(shape: Shape, param: Param) -> str:
    return f"{shape.key}_{param.name}"


def _in_field(param: Param, value: Any, unit: Unit, own: str, *, exact: bool) -> Any:
    """Return the value of the field for a shape's number: exactly `value`, or a round one to begin from.

    `unit`: that of the measure.
    """
    if param.kind == "choice":
        return value if exact or own not in param.choices else own
    if param.kind == "rate" and not exact:
        return str(round(value * units.METRES_PER[own] / units.METRES_PER["km"]))
    if param.kind == "places":
        return places_text(value, own)
    return (units.write_amount if exact else units.suggested)(value, param.unit_for(unit), own)


def _field_of(param: Param) -> Field:
    if param.kind == "choice":
        return SelectField(param.label, choices=_choices(param.choices), default=param.default)
    if param.kind == "places":
        return TextAreaField(param.label)
    return StringField(param.label, validators=[ChosenRules()])


for _shape in SHAPES.values():
    for _param in _shape.params:
        setattr(RulesForm, _name(_shape, _param), _field_of(_param))


def shape_measures() -> dict[str, str]:
    """Return in words what each shape does not go with; "" if it goes with every measure that is simply added up."""
    return {shape: _goes_with(of.measures) for shape, of in SHAPES.items()}


def _goes_with(measures: frozenset[str]) -> str:
    if len(measures) <= 2:
        return f"Only for {_named(measures)}."
    left_out = MEASURES.keys() - measures - {"points"}
    return f"Not for {_named(left_out)}." if left_out else ""


def _named(measures: Iterable[str]) -> str:
    wanted = set(measures)
    return " or ".join(measure.label.lower() for key, measure in MEASURES.items() if key in wanted)
