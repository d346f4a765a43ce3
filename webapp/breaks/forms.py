"""The form of a break."""

from datetime import date

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Optional

from webapp.breaks.rules import REASONS, Dates, WantedBreak, wrong_first_day, wrong_last_day
from webapp.breaks.service import Overlaps
from webapp.formatting import day
from webapp.models.breaks import RunnerBreak
from webapp.models.words import BreakReason


class BreakForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Taking a break. Fields: starts_on, ends_on (a date or empty), reason (a BreakReason or empty), is_marked."""

    starts_on = DateField("First day", validators=[InputRequired("Please choose the first day.")])
    ends_on = DateField("Last day", validators=[Optional()])
    reason = RadioField(
        "Why",
        choices=[
            *(SelectChoice(reason.value, words) for reason, words in REASONS.items()),
            SelectChoice("", "I keep that to myself"),
        ],
        default="",
    )
    is_marked = BooleanField("Say “on a break” beside my name")

    def __init__(self, today: date, present: RunnerBreak | None = None) -> None:
        super().__init__(data=_values(present) if present else {"starts_on": today})
        self._today = today

    def validate_starts_on(self, field: Field) -> None:
        if field.data is not None:
            _refuse(wrong_first_day(field.data, self._today))

    def validate_ends_on(self, field: Field) -> None:
        if self.starts_on.data is not None and field.data is not None:
            _refuse(wrong_last_day(self.dates(), self._today))

    def dates(self) -> Dates:
        return Dates(self.starts_on.data, self.ends_on.data)

    def wanted(self) -> WantedBreak:
        reason = BreakReason(self.reason.data) if self.reason.data else None
        return WantedBreak(self.dates(), self.is_marked.data, reason)

    def refuse_overlap(self, overlaps: Overlaps) -> None:
        """Say at the first day which break these dates overlap."""
        past = overlaps.past
        until = f" to {day(past.ends_on)}" if past.ends_on else " on"
        words = f"You were on a break from {day(past.starts_on)}{until}. Please choose a day after it."
        self.starts_on.errors = [*self.starts_on.errors, words]


def _values(present: RunnerBreak) -> dict[str, object]:
    dates = {"starts_on": present.starts_on, "ends_on": present.ends_on}
    return {**dates, "is_marked": present.is_marked, "reason": present.reason or ""}


def _refuse(words: str | None) -> None:
    if words:
        raise ValidationError(words)
