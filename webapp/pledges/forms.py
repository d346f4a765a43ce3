"""The form of a pledge."""

from collections.abc import Iterator
from datetime import date, timedelta

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from webapp.form_fields import ChecksField, OneLine
from webapp.formatting import day
from webapp.models.pledges import Pledge
from webapp.models.words import PledgeMeasure, PledgePeriod
from webapp.pledges.queries import WEEKDAYS, terms_of
from webapp.pledges.service import PledgeDraft
from webapp.rulebook.pledges import Terms, next_month, period_of, wrong_amount, wrong_rest_days
from webapp.rulebook.units import UnreadableError, read_amount, write_amount

MAX_PLAN = 200
_TOO_LONG = f"At most {MAX_PLAN} characters, please."


class PledgeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A pledge. Fields: when ("week:2026-11-09" or "month:2026-11-01"), measure, amount (typed in own units, or empty),
    rest_weekdays (0 to 6), plan, backup_plan.
    """

    when = RadioField("When", validate_choice=False, validators=[InputRequired("Please choose a week or a month.")])
    measure = RadioField(
        "I count",
        choices=[
            SelectChoice(PledgeMeasure.DAYS, "Days with a run"),
            SelectChoice(PledgeMeasure.RUNS, "Runs"),
            SelectChoice(PledgeMeasure.DISTANCE, "Distance"),
        ],
        default=PledgeMeasure.DAYS,
    )
    amount = OneLine("How many, or how far")
    rest_weekdays = ChecksField("Rest days", choices=[SelectChoice(str(n), name) for n, name in enumerate(WEEKDAYS)])
    plan = OneLine("My plan", validators=[Length(max=MAX_PLAN, message=_TOO_LONG)])
    backup_plan = OneLine("And if that does not work out", validators=[Length(max=MAX_PLAN, message=_TOO_LONG)])

    def __init__(self, today: date, units: str, pledge: Pledge | None = None) -> None:
        super().__init__(data=_values(pledge, units) if pledge else {"when": _value("week", today)})
        self._today, self._units = today, units
        # None: an open pledge.
        self.value: int | None = None
        self.when.choices = list(_periods(today, pledge))

    def validate_when(self, field: Field) -> None:
        begins = _read_period(field.data or "")
        if begins is None:
            raise ValidationError("Please choose one of these.")
        period, first = begins
        if period_of(period, first)[1] < self._today:
            raise ValidationError(f"That {period} is over. Please choose another one.")
        if field.data not in [choice.value for choice in self.when.choices]:
            raise ValidationError("Please choose one of these.")

    def validate_amount(self, field: OneLine) -> None:
        if not field.data or self.measure.data not in set(PledgeMeasure):
            return
        try:
            self.value = read_amount(field.data, self.measure.data, self._units)
        except UnreadableError as error:
            raise ValidationError(str(error)) from error
        terms = self._terms()
        if terms is not None and not wrong_rest_days(terms.rest_weekdays):
            _refuse(wrong_amount(terms))

    def validate_rest_weekdays(self, field: Field) -> None:
        _refuse(wrong_rest_days(field.data or ()))

    def draft(self) -> PledgeDraft:
        terms = self._terms()
        assert terms is not None
        return PledgeDraft(
            PledgePeriod(terms.period),
            terms.first,
            terms.last,
            PledgeMeasure(terms.measure),
            terms.amount,
            self.plan.data or "",
            self.backup_plan.data or "",
            sorted(terms.rest_weekdays),
        )

    def _terms(self) -> Terms | None:
        begins = _read_period(self.when.data or "")
        if begins is None:
            return None
        period, first = begins
        rest = frozenset(int(one) for one in self.rest_weekdays.data or () if one in "0123456")
        return Terms(period, *period_of(period, first), self.measure.data, self.value, rest)


def _periods(today: date, pledge: Pledge | None) -> Iterator[SelectChoice]:
    week, month = period_of("week", today), period_of("month", today)
    next_week = period_of("week", week[1] + timedelta(days=1))
    choices = {
        _value("week", week[0]): f"This week, until {day(week[1])}",
        _value("week", next_week[0]): f"Next week, {day(next_week[0])} to {day(next_week[1])}",
        _value("month", month[0]): f"This month, until {day(month[1])}",
        _value("month", next_month(today)): f"Next month, {next_month(today):%B}",
    }
    if pledge is not None:
        own = _value(pledge.period, pledge.starts_on)
        choices.setdefault(own, f"{day(pledge.starts_on)} to {day(pledge.ends_on)}")
    yield from (SelectChoice(*choice) for choice in choices.items())


def _value(period: str, on: date) -> str:
    return f"{period}:{period_of(period, on)[0].isoformat()}"


def _read_period(text: str) -> tuple[str, date] | None:
    """Return the period and its first date; None for what is no period that the calendar has whole."""
    period, _, first = text.partition(":")
    try:
        on = date.fromisoformat(first)
        is_first = period in set(PledgePeriod) and period_of(period, on)[0] == on
    except (ValueError, OverflowError):
        return None
    return (period, on) if is_first else None


def _values(pledge: Pledge, units: str) -> dict[str, object]:
    terms = terms_of(pledge)
    return {
        "when": _value(terms.period, terms.first),
        "measure": terms.measure,
        "amount": "" if terms.amount is None else write_amount(terms.amount, pledge.measure.value, units),
        "rest_weekdays": [str(one) for one in sorted(terms.rest_weekdays)],
        "plan": pledge.plan,
        "backup_plan": pledge.backup_plan,
    }


def _refuse(words: str | None) -> None:
    if words:
        raise ValidationError(words)
