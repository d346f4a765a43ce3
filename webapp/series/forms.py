"""Forms of challenges that renew, and of a runner's own part. Programs may post them: fields are in the docstrings."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange

from webapp.challenge_admin.forms import GRACE
from webapp.form_fields import OneLine
from webapp.models.challenges import Challenge, Series
from webapp.rulebook.presets import TeamMode
from webapp.rulebook.windows import MAX_LEAD_DAYS
from webapp.series.service import SeriesSettings

LEAD = NumberRange(0, MAX_LEAD_DAYS, f"Between 0 and {MAX_LEAD_DAYS} days.")
# The names of months and weeks must fit behind the name of a series.
MAX_SERIES_NAME = 60


class SeriesForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Changing a series for the challenges to come.

    Fields: name (may be empty), rules_of (empty for those it has, or the id of a challenge of the group), lead_days,
    grace_hours, team_mode ("none", "named", "drawn" or "picked"), keeps_teams (checkbox).
    """

    name = OneLine("Name", validators=[Length(max=MAX_SERIES_NAME)])
    rules_of = SelectField("Rules")
    team_mode = RadioField(
        "Teams",
        choices=[
            SelectChoice(TeamMode.NONE, "No teams, everyone for themselves"),
            SelectChoice(TeamMode.NAMED, "Teams by name, filled in the order of joining"),
            SelectChoice(TeamMode.DRAWN, "Drawn evenly from the last eight weeks"),
            SelectChoice(TeamMode.PICKED, "Picked by their captains"),
        ],
    )
    keeps_teams = BooleanField("Keep the same teams")
    lead_days = IntegerField("Days before it begins", validators=[InputRequired("How many days?"), LEAD])
    grace_hours = IntegerField("Time for late uploads", validators=[InputRequired("How many hours?"), GRACE])

    def __init__(self, series: Series, challenges: Sequence[Challenge]) -> None:
        super().__init__(obj=series)
        theirs = [(str(challenge.id), f"Those of {challenge.name}") for challenge in challenges]
        self.rules_of.choices = [("", "As they are now"), *theirs]

    def series_settings(self) -> SeriesSettings:
        return SeriesSettings(
            self.name.data or "",
            self.grace_hours.data,
            self.team_mode.data,
            self.keeps_teams.data,
            self.lead_days.data,
        )
