"""Forms on which a challenge is built, and its rules changed."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, cast

from wtforms import BooleanField, DateField, IntegerField, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import MonthInput

from webapp.challenge_admin.forms import GRACE
from webapp.challenge_admin.service import ChallengeSpec
from webapp.challenge_builder.rule_forms import MAX_DAYS, ChosenRules, RulesForm
from webapp.form_fields import OneLine
from webapp.formatting import day
from webapp.rulebook.lifecycle import DEFAULT_GRACE_HOURS, FIRST_YEAR, LAST_YEAR, month_from, month_name, month_window
from webapp.rulebook.presets import PRESETS, Preset, TeamMode
from webapp.rulebook.windows import MAX_LEAD_DAYS, Frame, frame_from, proposed_window, window_name, window_of
from webapp.teams.forms import TeamsForm

# What the page shows at once. The other fields are behind "Change the rules".
IN_FRONT = frozenset(
    {"frame", "month", "week", "starts_on", "ends_on", "renews", "teams_mode", "team_names", "team_count"}
)
LEAD = NumberRange(0, MAX_LEAD_DAYS, f"Between 0 and {MAX_LEAD_DAYS} days.")


class DayField(DateField):  # type: ignore[misc]  # WTForms ships no types
    """A date that may be left out."""

    data: date | None

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        if any(value.strip() for value in valuelist):
            super().process_formdata(valuelist)
        else:
            self.data = None


class BuildChallengeForm(TeamsForm, RulesForm):
    """Building a challenge.

    Fields besides those of `RulesForm`: name (empty: after its dates), frame ("month", "week" or "dates"), month
    ("2026-11"), week (any date in it), starts_on, ends_on, renews, lead_days, keeps_teams, grace_hours, and those of
    `TeamsForm`.
    """

    name = OneLine("Name", validators=[Length(max=80)])
    frame = RadioField(
        "When",
        choices=[
            SelectChoice(Frame.MONTH, "A month"),
            SelectChoice(Frame.WEEK, "A week, Monday to Sunday"),
            SelectChoice("dates", "Any dates"),
        ],
        default=Frame.MONTH,
    )
    month = OneLine("Month", widget=MonthInput(), validators=[ChosenRules()])
    week = DayField("A day of that week", validators=[ChosenRules()])
    starts_on = DayField("First day", validators=[ChosenRules()])
    ends_on = DayField("Last day", validators=[ChosenRules()])
    renews = BooleanField("Repeat every month or week")
    lead_days = IntegerField("Days before it begins", default=7, validators=[Optional(), LEAD])
    keeps_teams = BooleanField("Keep the same teams")
    grace_hours = IntegerField("Time for late uploads", default=DEFAULT_GRACE_HOURS, validators=[GRACE])

    def __init__(self, preset: Preset, today: date, own: str, *, chosen: bool = False, **proposed: Any) -> None:
        """`chosen`: whether the rules were chosen before, and so are shown exactly.

        `proposed`: first values of fields, instead of those that follow from the preset.
        """
        super().__init__(own, preset.rules, chosen=chosen, **_frame_of(preset, today) | proposed)

    @property
    def is_unfolded(self) -> bool:
        """Return whether the page shows all fields at once: one of the others has an error, or was changed."""
        others = [field for field in self if field.name not in IN_FRONT and field.name != "csrf_token"]
        return any(field.errors or _typed(field.data) != _typed(field.object_data) for field in others)

    @property
    def has_teams(self) -> bool:
        return bool(self.teams_mode.data != TeamMode.NONE)

    def validate_renews(self, field: BooleanField) -> None:
        if field.data and self.frame.data == "dates":
            raise ValidationError("A month or a week can repeat, other dates cannot.")

    def validate_month(self, field: OneLine) -> None:
        if self.frame.data == Frame.MONTH and month_from(field.data or "") is None:
            raise ValidationError("Please enter a month such as 2026-11.")

    def validate_week(self, field: DateField) -> None:
        if self.frame.data == Frame.WEEK:
            _refuse_year(field, "Any day of the week, please.")

    def validate_starts_on(self, field: DateField) -> None:
        if self.frame.data == "dates":
            _refuse_year(field, "The first day, please.")

    def validate_ends_on(self, field: DateField) -> None:
        if self.frame.data != "dates":
            return
        _refuse_year(field, "The last day, please.")
        if self.starts_on.data and field.data < self.starts_on.data:
            raise ValidationError("The last day comes after the first.")
        if self.starts_on.data and (field.data - self.starts_on.data).days >= MAX_DAYS:
            raise ValidationError(f"At most {MAX_DAYS} days.")

    def renewal(self) -> tuple[Frame, int, bool] | None:
        """Return frame, lead days and whether teams stay together, for a challenge that renews; None for others."""
        if not self.renews.data:
            return None
        lead = self._fields["lead_days"].default if self.lead_days.data is None else self.lead_days.data
        return Frame(self.frame.data), lead, self.keeps_teams.data

    def window(self) -> tuple[date, date]:
        if self.frame.data == Frame.MONTH:
            return month_window(*cast(tuple[int, int], month_from(self.month.data)))
        if self.frame.data == Frame.WEEK:
            week = window_of(Frame.WEEK, cast(date, self.week.data))
            return week.starts_on, week.ends_on
        return cast(date, self.starts_on.data), cast(date, self.ends_on.data)

    def spec(self) -> ChallengeSpec:
        starts_on, ends_on = self.window()
        frame = frame_from(self.frame.data)
        called = window_name(frame, starts_on) if frame and self.renews.data else None
        name = self.name.data or called or _called(self.frame.data, starts_on, ends_on)
        return ChallengeSpec(name, starts_on, ends_on, self.grace_hours.data, self.rules(), self.late_counts_whole.data)


def _frame_of(preset: Preset, today: date) -> dict[str, Any]:
    monday = window_of(Frame.WEEK, today).starts_on
    return {
        # A challenge of plain distance is named after its month; others have names of their own.
        "name": "" if preset.key == PRESETS[0].key else preset.name,
        "frame": preset.frame,
        "renews": preset.renews,
        "month": f"{proposed_window(Frame.MONTH, today).starts_on:%Y-%m}",
        "week": proposed_window(Frame.WEEK, today).starts_on,
        "starts_on": monday + timedelta(days=7),
        "ends_on": monday + timedelta(days=34),
        "teams_mode": preset.team_mode,
        "team_names": "Team 1\nTeam 2" if preset.team_mode in (TeamMode.NAMED, TeamMode.PICKED) else "",
        "team_count": 2 if preset.team_mode == TeamMode.DRAWN else None,
        "grace_hours": DEFAULT_GRACE_HOURS,
    }


def _typed(value: object) -> str:
    """Return a field's value as a browser sends it, for comparisons."""
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(sorted(map(str, value)))
    return str(value or "").replace("\r\n", "\n").strip()


def _called(frame: str, starts_on: date, ends_on: date) -> str:
    if frame == Frame.MONTH:
        return month_name(starts_on.year, starts_on.month)
    return f"{day(starts_on)} to {day(ends_on)} {ends_on.year}"


def _refuse_year(field: DateField, words: str) -> None:
    if field.data is None:
        raise ValidationError(words)
    if not FIRST_YEAR <= field.data.year <= LAST_YEAR:
        raise ValidationError(f"A year between {FIRST_YEAR} and {LAST_YEAR}, please.")
