"""The form of what a runner is told, and when."""

from collections.abc import Mapping, Sequence
from datetime import time

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, HiddenField, SelectField, TimeField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from webapp.groups.rules import is_time_zone, place_name, time_zones
from webapp.models.notifications import NotificationSettings
from webapp.models.words import Channel, FactKind
from webapp.notifications.kind_rules import KINDS

Choices = Mapping[tuple[FactKind, Channel], bool]
ZONES = [SelectChoice(*zone, optgroup=region) for region, zones in time_zones().items() for zone in zones]
_TIME = "Please give a time of day, such as 22:00."


class TimeOfDay(TimeField):  # type: ignore[misc]  # WTForms ships no types
    """A time of day, which asks for one in our words."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(_TIME) from None


class ChoiceForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What I am told by which channel, and when.

    Fields: wanted (once for each kind and channel, as "announcement.mail"), asked (those on the page, with spaces
    between; others stay as they are), time_zone (an IANA name or empty), quiet_from and quiet_until ("22:00"),
    urgent_in_quiet (a checkbox).
    """

    asked = HiddenField()
    time_zone = SelectField("Your time zone", validate_choice=False)
    quiet_from = TimeOfDay("From", validators=[InputRequired(_TIME)])
    quiet_until = TimeOfDay("Until", validators=[InputRequired(_TIME)])
    urgent_in_quiet = BooleanField("Urgent ones may come then, too")

    def __init__(self, stored: NotificationSettings, usual_zone: str) -> None:
        hours = {"quiet_from": _time(stored.quiet_from), "quiet_until": _time(stored.quiet_until)}
        super().__init__(time_zone=stored.time_zone or "", urgent_in_quiet=stored.urgent_in_quiet, **hours)
        usual = SelectChoice("", f"As usual: {place_name(usual_zone.partition('/')[2] or usual_zone)}")
        self.time_zone.choices = [usual, *ZONES]

    def validate_time_zone(self, field: Field) -> None:
        if field.data and not is_time_zone(field.data):
            raise ValidationError("Please choose one from the list.")

    def choices(self, wanted: list[str]) -> Choices:
        """Return what is wanted, of what the page asked about."""
        asked = set((self.asked.data or "").split())
        return {
            (kind, channel): f"{kind}.{channel}" in wanted
            for kind in KINDS
            for channel in Channel
            if f"{kind}.{channel}" in asked
        }

    def quiet_hours(self) -> tuple[int, int]:
        """Return the first minute of the day that is quiet, and the first that no longer is."""
        return _minute(self.quiet_from.data), _minute(self.quiet_until.data)


def _time(minute: int) -> time:
    return time(*divmod(minute, 60))


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute
