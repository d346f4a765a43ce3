"""Forms that start and edit a challenge. Programs may post them too: the field names are in the docstrings."""

from typing import cast

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange
from wtforms.widgets import MonthInput

from webapp.challenge_admin.service import ChallengeSpec, DuplicateChallenge
from webapp.form_fields import OneLine
from webapp.models.challenges import Challenge
from webapp.rulebook.lifecycle import (
    DEFAULT_GRACE_HOURS,
    MAX_GRACE_HOURS,
    month_from,
    month_name,
    month_window,
)
from webapp.rulebook.ruleset import Eligibility, RuleSet
from webapp.teams.forms import TeamsForm

GRACE = NumberRange(0, MAX_GRACE_HOURS, f"Between 0 and {MAX_GRACE_HOURS} hours.")


def refuse_duplicate(field: OneLine, problem: DuplicateChallenge) -> None:
    """Add an error to the name of a new challenge: one with this name and these dates exists."""
    field.errors = [*field.errors, f"{problem.message} Choose another name or other dates."]


class StartChallengeForm(TeamsForm):
    """Starting a challenge of a month and its distance.

    Fields: name (empty: the month's name), month ("2026-11"), teams_mode ("none", "named" or "drawn"), team_names
    (one a line), team_count (for "drawn"; empty: as many as there are names), late_counts_whole, allow_private,
    allow_manual (checkboxes), grace_hours (24 if left out).
    """

    month = OneLine("Month", widget=MonthInput(), validators=[InputRequired("Please choose a month.")])
    name = OneLine("Name", validators=[Length(max=80)])
    allow_manual = BooleanField("Count runs entered by hand")
    allow_private = BooleanField("Count “Only You” runs of runners who allow it")
    grace_hours = IntegerField("Time for late uploads", default=DEFAULT_GRACE_HOURS, validators=[GRACE])

    def validate_month(self, field: OneLine) -> None:
        if month_from(field.data or "") is None:
            raise ValidationError("Please enter a month such as 2026-11.")

    def spec(self) -> ChallengeSpec:
        year, month = cast(tuple[int, int], month_from(self.month.data))
        starts_on, ends_on = month_window(year, month)
        name = self.name.data or month_name(year, month)
        counts = Eligibility(private=self.allow_private.data, manual=self.allow_manual.data)
        return ChallengeSpec(
            name, starts_on, ends_on, self.grace_hours.data, RuleSet(counts=counts), self.late_counts_whole.data
        )


class EditChallengeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Changing a challenge that is not closed. Fields: name, grace_hours."""

    name = OneLine("Name", validators=[InputRequired("A challenge needs a name."), Length(max=80)])
    grace_hours = IntegerField("Time for late uploads", validators=[GRACE])

    def __init__(self, challenge: Challenge) -> None:
        super().__init__(obj=challenge)
