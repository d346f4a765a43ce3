"""Forms of runs that repeat: planning a series, changing it, and ending it."""

from datetime import date
from typing import Any

from flask_wtf import FlaskForm
from wtforms import DateField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional

from webapp.form_fields import OneLine, check_last_day
from webapp.group_runs.forms import Choices, RunDateField, RunDetailsForm
from webapp.group_runs.rules import MAX_DAYS_AHEAD, MAX_REASON
from webapp.models.words import RunFrequency
from webapp.run_series.rules import LAST, WEEKDAYS, Recurrence

_FREQUENCIES = [
    SelectChoice(RunFrequency.WEEKLY.value, "Every week"),
    SelectChoice(RunFrequency.FORTNIGHTLY.value, "Every other week"),
    SelectChoice(RunFrequency.MONTHLY.value, "Every month"),
]
_WHICH = [
    SelectChoice("1", "first"),
    SelectChoice("2", "second"),
    SelectChoice("3", "third"),
    SelectChoice("4", "fourth"),
    SelectChoice(str(LAST), "last"),
]
# No series is planned for longer.
MAX_YEARS = 10


class RunSeriesForm(RunDetailsForm):
    """Planning a series, or changing it.

    Fields: those of RunDetailsForm, frequency ("weekly", "fortnightly" or "monthly"), weekday (0 is Monday),
    week_of_month ("1" to "4", or "-1" for the last one; of monthly ones alone), starts_on and ends_on (dates).
    """

    frequency = SelectField("How often", default=RunFrequency.WEEKLY.value, choices=_FREQUENCIES)
    week_of_month = SelectField("Which one", default="1", choices=_WHICH)
    weekday = SelectField("Day", choices=[SelectChoice(str(number), name) for number, name in enumerate(WEEKDAYS)])
    starts_on = RunDateField("From", validators=[InputRequired("From which day on?")])
    ends_on = RunDateField("Until", validators=[Optional()])

    def __init__(self, today: date, own: str, leaders: Choices, begun: date | None = None, **typed: Any) -> None:
        """`begun`: the first day of the series that is changed, which stays."""
        super().__init__(own, leaders, **typed)
        self._today, self._begun = today, begun
        if begun is not None:
            # It says from when on every other week counts.
            del self.starts_on

    def validate_starts_on(self, field: DateField) -> None:
        check_last_day(field, self._today, MAX_DAYS_AHEAD)

    def validate_ends_on(self, field: DateField) -> None:
        first = self._begun or self.starts_on.data
        if field.data and first and field.data < max(first, self._today):
            raise ValidationError("The last day is before the first.")
        check_last_day(field, self._today, MAX_YEARS * 366)

    def recurrence(self) -> Recurrence:
        """Return how a valid form repeats."""
        is_monthly = self.frequency.data == RunFrequency.MONTHLY
        return Recurrence(
            RunFrequency(self.frequency.data),
            int(self.weekday.data),
            int(self.week_of_month.data) if is_monthly else None,
            self._begun or self.starts_on.data,
            self.ends_on.data,
        )


class EndRunSeriesForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Ending a series. Fields: last_day (a date), reason."""

    last_day = RunDateField("Last day", validators=[InputRequired("On which day does it end?")])
    reason = OneLine("Why", validators=[Length(max=MAX_REASON)])

    def __init__(self, today: date) -> None:
        super().__init__(data={"last_day": today})
        self._today = today

    def validate_last_day(self, field: DateField) -> None:
        check_last_day(field, self._today, MAX_YEARS * 366)


def typed_recurrence(repeats: Recurrence) -> dict[str, Any]:
    """Return what the fields of `RunSeriesForm` begin with."""
    return {
        "frequency": repeats.frequency.value,
        "week_of_month": str(repeats.week_of_month or 1),
        "weekday": str(repeats.weekday),
        "starts_on": repeats.starts_on,
        "ends_on": repeats.ends_on,
    }
