"""Forms of challenges. Programs may post them too: the field names are in the docstrings."""

from typing import cast

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import MonthInput

from webapp.challenges.service import Teams, Terms, TwinError
from webapp.memberships.forms import NOT_WRITABLE, OneLine
from webapp.models.challenges import Challenge
from webapp.rulebook.lifecycle import (
    DEFAULT_GRACE_HOURS,
    MAX_GRACE_HOURS,
    doubled,
    filled_up,
    month_from,
    month_name,
    month_window,
    names_from,
)
from webapp.rulebook.ruleset import Counts, RuleSet
from webapp.text import has_a_letter, is_writable, tidy

MOST_TEAMS = 50
TEAM_LONGEST = 60
GRACE = NumberRange(0, MAX_GRACE_HOURS, f"Between 0 and {MAX_GRACE_HOURS} hours.")


class TeamsForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """The teams of a new challenge. Fields as in `StartChallengeForm`; "picked" is for captains who choose."""

    teams_mode = RadioField(
        "Teams",
        choices=[
            SelectChoice("none", "No teams, everyone for themselves"),
            SelectChoice("named", "Teams by name; you choose who runs where"),
            SelectChoice("drawn", "Drawn evenly from the last eight weeks"),
        ],
        default="none",
    )
    team_names = TextAreaField("Names of the teams", validators=[Length(max=MOST_TEAMS * (TEAM_LONGEST + 2))])
    team_count = IntegerField(
        "Number of teams", validators=[Optional(), NumberRange(2, MOST_TEAMS, f"Between 2 and {MOST_TEAMS} teams.")]
    )

    late_counts_whole = BooleanField("Count all of a late joiner’s runs for their team")

    def validate_team_names(self, field: TextAreaField) -> None:
        names = self._names()
        refuse_bad_names(names)
        if self.teams_mode.data in ("named", "picked") and len(names) < 2:
            raise ValidationError("At least two teams, one name a line.")
        if self.teams_mode.data == "drawn" and self.team_count.data and len(names) > self.team_count.data:
            raise ValidationError("These are more names than teams.")

    def validate_teams_mode(self, field: RadioField) -> None:
        if field.data == "drawn" and not self.team_count.data and len(self._names()) < 2:
            raise ValidationError("How many teams? Give a number, or at least two names.")

    def teams(self) -> Teams:
        names, mode = self._names(), self.teams_mode.data
        if mode == "none":
            return Teams(mode, [])
        return Teams(mode, filled_up(names, self.team_count.data or len(names)) if mode == "drawn" else names)

    def _names(self) -> list[str]:
        return [tidy(name) for name in names_from(self.team_names.data or "")]


def refuse_twin(field: OneLine, problem: TwinError) -> None:
    """Say at the name of a new challenge that there is one of this name and these dates."""
    field.errors = [*field.errors, f"{problem.message} Another name, or other dates?"]


class StartChallengeForm(TeamsForm):
    """Starting a challenge of a month and its distance.

    Fields: name (empty: the month's name), month ("2026-11"), teams_mode ("none", "named" or "drawn"), team_names
    (one a line), team_count (for "drawn"; empty: as many as there are names), late_counts_whole, allow_private,
    allow_manual (checkboxes), grace_hours (24 if left out).
    """

    month = OneLine("Month", widget=MonthInput(), validators=[InputRequired("Please choose a month.")])
    name = OneLine("Name", validators=[Length(max=80)])
    allow_manual = BooleanField("Count runs typed in by hand")
    allow_private = BooleanField("Count “Only You” runs of those who wish it")
    grace_hours = IntegerField("Time for late uploads", default=DEFAULT_GRACE_HOURS, validators=[GRACE])

    def validate_month(self, field: OneLine) -> None:
        if month_from(field.data or "") is None:
            raise ValidationError("A month as in 2026-11, please.")

    def terms(self) -> Terms:
        year, month = cast(tuple[int, int], month_from(self.month.data))
        starts_on, ends_on = month_window(year, month)
        name = self.name.data or month_name(year, month)
        counts = Counts(private=self.allow_private.data, manual=self.allow_manual.data)
        return Terms(
            name, starts_on, ends_on, self.grace_hours.data, RuleSet(counts=counts), self.late_counts_whole.data
        )


class EditChallengeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Changing a challenge that is not closed. Fields: name, grace_hours."""

    name = OneLine("Name", validators=[InputRequired("A challenge needs a name."), Length(max=80)])
    grace_hours = IntegerField("Time for late uploads", validators=[GRACE])

    def __init__(self, challenge: Challenge) -> None:
        super().__init__(obj=challenge)


class AddTeamForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One more team. Field: new_team."""

    new_team = OneLine("Another team", validators=[InputRequired("A team needs a name."), Length(max=TEAM_LONGEST)])


def refuse_bad_names(names: list[str]) -> None:
    """Raise ValidationError, saying why, where these cannot be the names of the teams of one challenge."""
    if len(names) > MOST_TEAMS:
        raise ValidationError(f"No more than {MOST_TEAMS} teams.")
    if twice := doubled(names):
        raise ValidationError(f"“{twice[0]}” stands there twice.")
    if any(len(name) > TEAM_LONGEST for name in names):
        raise ValidationError(f"A team's name has {TEAM_LONGEST} characters at most.")
    if not all(is_writable(name) and has_a_letter(name) for name in names):
        raise ValidationError(NOT_WRITABLE)
