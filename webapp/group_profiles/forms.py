"""The form in which organisers say what others may read of their group."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from typing import Any, cast

from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, Field, SelectField, StringField, TimeField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from webapp.form_fields import ManyLines, OneLine
from webapp.formatting import Units
from webapp.group_profiles.rules import WEEKDAYS, Meeting, Profile
from webapp.pictures import NotAPicture, Picture, read_picture
from webapp.rulebook import units

MAX_MEETINGS = 10
# Rows that stay free below those that are filled in.
SPARE_ROWS = 2
MIN_PACE_S, MAX_PACE_S = 150, 900
MIN_DISTANCE_M, MAX_DISTANCE_M = 500, 200_000
DAYS = [SelectChoice("", "No day"), *(SelectChoice(str(number), day) for number, day in enumerate(WEEKDAYS))]


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """The fields of one meeting, and its number from 1."""

    number: int
    weekday: SelectField
    starts_at: TimeField
    place: OneLine

    @property
    def is_filled(self) -> bool:
        return any(field.raw_data and field.raw_data[0] for field in (self.weekday, self.starts_at, self.place))


class ProfileForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What others may read of a group, and its picture.

    Fields: listed, public (checkboxes), area, text, quickest, slowest (minutes a km, "5:30"), shortest, farthest (km),
    beginners (a checkbox), languages, picture (a file), remove_picture (a checkbox), and for each meeting from 1 to
    MAX_MEETINGS weekday_N (0 is Monday), starts_at_N ("18:30"), place_N. Where its organiser's `own` unit is "mi", read
    miles for km.
    """

    listed = BooleanField("Show the group in the directory")
    public = BooleanField("Give the group a public page")
    area = OneLine("Town or area", validators=[Length(max=80)])
    text = ManyLines("What the group is about", validators=[Length(max=2000)])
    quickest = StringField("Fastest pace")
    slowest = StringField("Slowest pace")
    shortest = StringField("Shortest distance")
    farthest = StringField("Longest distance")
    beginners = BooleanField("Beginners are welcome")
    languages = OneLine("Languages", validators=[Length(max=120)])
    picture = FileField("Picture")
    remove_picture = BooleanField("Remove the picture")

    # The picture that was uploaded, once `validate` has read it.
    uploaded: Picture | None = None

    def __init__(self, own: Units, profile: Profile | None = None, text: str = "") -> None:
        super().__init__(data=_typed(profile, text, own) if profile else None)
        self.own = own

    def rows(self) -> list[MeetingRow]:
        """Return the rows to show: those that hold something, and a few more."""
        rows = list(self._all_rows())
        filled = [row.number for row in rows if row.is_filled]
        filled += [row.number for row in rows if row.starts_at.data]
        return rows[: max(filled, default=1) + SPARE_ROWS]

    def validate_area(self, field: OneLine) -> None:
        if not field.data and (self.listed.data or self.public.data):
            raise ValidationError("Say roughly where you run, so that people nearby find you.")

    def validate_picture(self, field: FileField) -> None:
        try:
            self.uploaded = read_picture(field.data.stream) if field.data else None
        except NotAPicture as error:
            raise ValidationError(str(error)) from None

    def validate(self, extra_validators: Any = None) -> bool:
        """Look at each field, then at those that belong together."""
        super().validate(extra_validators)
        self.paces = self._pair("quickest", "slowest", _read_pace)
        self.distances = self._pair("shortest", "farthest", _read_distance)
        for row in self._all_rows():
            _complete(row)
        if self.errors and self.uploaded:
            self.picture.errors = ["The picture is fine. Please choose it again: browsers do not keep it."]
        return not self.errors

    def profile(self) -> Profile:
        """Return what was typed in a form that was found to be good."""
        quickest, slowest = self.paces
        shortest_m, farthest_m = self.distances
        return Profile(
            self.listed.data,
            self.public.data,
            self.area.data or "",
            quickest,
            slowest,
            shortest_m,
            farthest_m,
            self.beginners.data,
            self.languages.data or "",
            self._meetings(),
        )

    def about(self) -> str:
        return self.text.data or ""

    def _all_rows(self) -> Iterator[MeetingRow]:
        for number in range(1, MAX_MEETINGS + 1):
            yield MeetingRow(number, self[f"weekday_{number}"], self[f"starts_at_{number}"], self[f"place_{number}"])

    def _meetings(self) -> tuple[Meeting, ...]:
        rows = [row for row in self._all_rows() if row.weekday.data]
        typed = [Meeting(int(row.weekday.data), row.starts_at.data, row.place.data or "") for row in rows]
        # Of two at the same time, the later row stands.
        return tuple(sorted({(meeting.weekday, meeting.starts_at): meeting for meeting in typed}.values()))

    def _pair(self, low: str, high: str, read: Any) -> tuple[int | None, int | None]:
        """Return the two ends of a range in order; where one is missing, both are the other one."""
        ends = [value for name in (low, high) if (value := self._read(self[name], read)) is not None]
        return (min(ends), max(ends)) if ends else (None, None)

    def _read(self, field: StringField, read: Any) -> int | None:
        text = (field.data or "").strip()
        if not text:
            return None
        try:
            return cast(int, read(text, self.own))
        except units.UnreadableError as error:
            field.errors = [str(error)]
            return None


def _read_pace(text: str, own: Units) -> int:
    pace = units.read_pace(text, own)
    if not MIN_PACE_S <= pace <= MAX_PACE_S:
        low, high = (units.write_pace(each, own) for each in (MIN_PACE_S, MAX_PACE_S))
        raise units.UnreadableError(f"Between {low} and {high}, please.")
    return pace


def _read_distance(text: str, own: Units) -> int:
    distance = units.read_amount(text, "distance", own)
    if not MIN_DISTANCE_M <= distance <= MAX_DISTANCE_M:
        raise units.UnreadableError("Between half a kilometre and 200 km, please.")
    return distance


def _complete(row: MeetingRow) -> None:
    """Say at a meeting what is missing in it. A row without a day, a time and a place is no meeting."""
    if row.starts_at.errors or row.weekday.errors:
        return
    if row.weekday.data and not row.starts_at.data:
        row.starts_at.errors = ["At what time? As in 18:30."]
    if not row.weekday.data and (row.starts_at.data or row.place.data):
        row.weekday.errors = ["On which day?"]


def _typed(profile: Profile, text: str, own: Units) -> dict[str, Any]:
    """Return what stands in the fields for a profile, in the organiser's own unit."""
    paces = {"quickest": profile.quickest, "slowest": profile.slowest}
    distances = {"shortest": profile.shortest_m, "farthest": profile.farthest_m}
    meetings: dict[str, str | time] = {}
    for number, meeting in enumerate(profile.meetings, 1):
        meetings |= {f"weekday_{number}": str(meeting.weekday), f"starts_at_{number}": meeting.starts_at}
        meetings[f"place_{number}"] = meeting.place
    return {
        "listed": profile.listed, "public": profile.public, "area": profile.area, "text": text,
        "beginners": profile.beginners, "languages": profile.languages,
        **{name: units.write_pace(value, own) for name, value in paces.items() if value is not None},
        **{name: units.write_amount(value, "distance", own) for name, value in distances.items() if value is not None},
        **meetings,
    }  # fmt: skip


def _row_fields(number: int) -> dict[str, Field]:
    return {
        f"weekday_{number}": SelectField(f"Day {number}", choices=DAYS, default=""),
        f"starts_at_{number}": TimeField(f"Time {number}", validators=[Optional()]),
        f"place_{number}": OneLine(f"Place {number}", validators=[Length(max=120)]),
    }


for _number in range(1, MAX_MEETINGS + 1):
    for _name, _field in _row_fields(_number).items():
        setattr(ProfileForm, _name, _field)
