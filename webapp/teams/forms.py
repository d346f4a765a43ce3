"""Forms of teams. Programs may post them too: the field names are in the docstrings."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, RadioField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.form_fields import NOT_WRITABLE, OneLine
from webapp.rulebook.lifecycle import doubled, filled_up, names_from
from webapp.rulebook.presets import TeamMode
from webapp.teams.service import TeamSetup
from webapp.text import has_a_letter, is_writable, tidy

MAX_TEAMS = 50


MAX_TEAM_NAME = 60


class TeamsForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """The teams of a new challenge.

    Fields: teams_mode ("none", "named", "picked" by captains, or "drawn"), team_names (one a line), team_count (for
    "drawn"; empty: as many as there are names), late_counts_whole.
    """

    teams_mode = RadioField(
        "Teams",
        choices=[
            SelectChoice(TeamMode.NONE, "No teams, everyone for themselves"),
            SelectChoice(TeamMode.NAMED, "Teams by name; you choose who runs where"),
            SelectChoice(TeamMode.PICKED, "Captains pick, one after the other"),
            SelectChoice(TeamMode.DRAWN, "Drawn evenly from the last eight weeks"),
        ],
        default=TeamMode.NONE,
    )
    team_names = TextAreaField("Names of the teams", validators=[Length(max=MAX_TEAMS * (MAX_TEAM_NAME + 2))])
    team_count = IntegerField(
        "Number of teams", validators=[Optional(), NumberRange(2, MAX_TEAMS, f"Between 2 and {MAX_TEAMS} teams.")]
    )

    late_counts_whole = BooleanField("Count all of a late joiner’s runs for their team")

    def validate_team_names(self, field: TextAreaField) -> None:
        names = self._names()
        refuse_bad_names(names)
        if self.teams_mode.data in (TeamMode.NAMED, TeamMode.PICKED) and len(names) < 2:
            raise ValidationError("At least two teams, one name per line.")
        if self.teams_mode.data == TeamMode.DRAWN and self.team_count.data and len(names) > self.team_count.data:
            raise ValidationError("These are more names than teams.")

    def validate_teams_mode(self, field: RadioField) -> None:
        if field.data == TeamMode.DRAWN and not self.team_count.data and len(self._names()) < 2:
            raise ValidationError("How many teams? Give a number, or at least two names.")

    def teams(self) -> TeamSetup:
        names, mode = self._names(), TeamMode(self.teams_mode.data)
        if mode == TeamMode.NONE:
            return TeamSetup(mode, [])
        if mode == TeamMode.DRAWN:
            names = filled_up(names, self.team_count.data or len(names))
        return TeamSetup(mode, names)

    def _names(self) -> list[str]:
        return [tidy(name) for name in names_from(self.team_names.data or "")]


class AddTeamForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """One more team. Field: new_team."""

    new_team = OneLine("Another team", validators=[InputRequired("A team needs a name."), Length(max=MAX_TEAM_NAME)])


def refuse_bad_names(names: list[str]) -> None:
    """Raise ValidationError, with the reason, if these cannot be the names of the teams of one challenge."""
    if len(names) > MAX_TEAMS:
        raise ValidationError(f"No more than {MAX_TEAMS} teams.")
    if twice := doubled(names):
        raise ValidationError(f"“{twice[0]}” appears twice.")
    if any(len(name) > MAX_TEAM_NAME for name in names):
        raise ValidationError(f"A team's name has {MAX_TEAM_NAME} characters at most.")
    if not all(is_writable(name) and has_a_letter(name) for name in names):
        raise ValidationError(NOT_WRITABLE)
