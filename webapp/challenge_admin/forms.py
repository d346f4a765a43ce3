"""The form that edits a challenge. Programs may post it too: the field names are in its docstring."""

from datetime import datetime

from flask_wtf import FlaskForm
from wtforms import Field, IntegerField, ValidationError
from wtforms.validators import InputRequired, Length, NumberRange

from webapp.challenge_admin.service import DuplicateChallenge
from webapp.form_fields import OneLine
from webapp.models.challenges import Challenge
from webapp.rulebook.lifecycle import MAX_GRACE_HOURS, closes_at

GRACE = NumberRange(0, MAX_GRACE_HOURS, f"Between 0 and {MAX_GRACE_HOURS} hours.")


def refuse_duplicate(field: OneLine, problem: DuplicateChallenge) -> None:
    """Add an error to the name of a new challenge: one with this name and these dates exists."""
    field.errors = [*field.errors, f"{problem.message} Choose another name or other dates."]


class EditChallengeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Changing a challenge that is not closed. Fields: name, grace_hours."""

    name = OneLine("Name", validators=[InputRequired("A challenge needs a name."), Length(max=80)])
    grace_hours = IntegerField("Time for late uploads", validators=[GRACE])

    def __init__(self, challenge: Challenge, now: datetime) -> None:
        super().__init__(obj=challenge)
        self._challenge, self._now = challenge, now

    def validate_grace_hours(self, field: Field) -> None:
        # It would close the challenge at once, dated back and without asking.
        is_open = self._challenge.closes_at > self._now
        if is_open and field.data is not None and closes_at(self._challenge.ends_on, field.data) <= self._now:
            raise ValidationError("That time is already over. To end it at once, choose “Close it now” below.")
