"""The form of an invitation."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import DateField, IntegerField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from webapp.form_fields import check_last_day
from webapp.groups.rules import PLAIN_ROLES, ROLE_WORDS
from webapp.invitations.rules import MAX_DAYS, MAX_USES, Limits
from webapp.models.words import Role


class InvitationForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Making an invite link. Fields: role, ends_on (a date or empty), max_uses (a number or empty)."""

    role = SelectField(
        "They join as",
        choices=[SelectChoice(role, ROLE_WORDS[role]) for role in PLAIN_ROLES],
        default=Role.MEMBER,
        validators=[InputRequired("Please choose one.")],
    )
    ends_on = DateField("Last day", validators=[Optional()])
    max_uses = IntegerField(
        "How many can join with it",
        validators=[Optional(), NumberRange(1, MAX_USES, f"Between 1 and {MAX_USES}, please.")],
    )

    def __init__(self, now: datetime, tz: str) -> None:
        super().__init__()
        self._zone = ZoneInfo(tz)
        self._today = now.astimezone(self._zone).date()

    def validate_ends_on(self, field: DateField) -> None:
        check_last_day(field, self._today, MAX_DAYS)

    def limits(self) -> Limits:
        """Return what was chosen; a link ends when its last day does, in the group's time zone."""
        day = self.ends_on.data
        ends = datetime.combine(day + timedelta(days=1), time(), self._zone) if day else None
        return Limits(Role(self.role.data), ends, self.max_uses.data)
