"""Forms of group runs: planning one, and cancelling it. Programs may post them: fields are in the docstrings."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any
from urllib.parse import urlsplit

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
    TimeField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.form_fields import OneLine, check_last_day
from webapp.group_runs import rules
from webapp.group_runs.rules import PacePlan, RunPlan
from webapp.groups.rules import is_time_zone, time_zones
from webapp.request_fields import is_number
from webapp.rulebook import units

ZONES = [SelectChoice(*zone, optgroup=region) for region, zones in time_zones().items() for zone in zones]
NOT_SAID, YES, NO = "", "yes", "no"
_LIMIT = NumberRange(1, rules.MAX_RUNNERS, f"Between 1 and {rules.MAX_RUNNERS} runners.")
Choices = Sequence[tuple[int, str]]
_CHOICES_LIT = [
    SelectChoice(NOT_SAID, "Not said"),
    SelectChoice(YES, "Lit"),
    SelectChoice(NO, "Not lit: bring a torch"),
]
_CHOICES_TOILETS = [
    SelectChoice(NOT_SAID, "Not said"),
    SelectChoice(YES, "Toilets"),
    SelectChoice(NO, "No toilets"),
]


class ClockField(TimeField):  # type: ignore[misc]  # WTForms ships no types
    """A time of day, which asks for one in our words."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Please give a time of day, such as 18:30.") from None


class RunDateField(DateField):  # type: ignore[misc]  # WTForms ships no types
    """A date, which asks for one in our words."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError("Please give a date.") from None


class WebLink(OneLine):
    """The address of a page elsewhere, or nothing."""

    def pre_validate(self, form: Form) -> None:
        super().pre_validate(form)
        if not self.data:
            return
        try:
            parts = urlsplit(self.data)
            is_link = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in self.data
            has_secret = parts.username is not None or parts.password is not None
            _ = parts.port
        except ValueError:
            is_link, has_secret = False, False
        if not is_link or has_secret:
            raise ValidationError("Please give a link that begins with https:// or http://.")


class DistanceField(StringField):  # type: ignore[misc]  # WTForms ships no types
    """A distance in the unit of the form, `own`; `amount` is in metres, None where nothing is typed."""

    amount: int | None = None
    wanted = (rules.MIN_DISTANCE, rules.MAX_DISTANCE, "Between 100 m and 200 km.")

    def read(self, own: str) -> int:
        return units.read_amount(self.data.strip(), "distance", own)

    def pre_validate(self, form: Form) -> None:
        self.amount = None
        if not (self.data or "").strip():
            return
        try:
            found = self.read(form.own)
        except units.UnreadableError as error:
            raise ValidationError(str(error)) from None
        low, high, words = self.wanted
        if not low <= found <= high:
            raise ValidationError(words)
        self.amount = found


class RunPaceField(DistanceField):
    """A pace, "5:30", per km or mile; `amount` is in seconds per km."""

    wanted = (rules.FASTEST, rules.SLOWEST, "Between 2:00 and 20:00 a kilometre.")

    def read(self, own: str) -> int:
        return units.read_pace(self.data, own)


class PaceGroupForm(Form):  # type: ignore[misc]  # WTForms ships no types
    """A pace group. Without a name there is none.

    Fields: id (of the one that it changes), name, fast, slow ("5:30"), distance, max_runners, is_no_drop, leader and
    back_marker (the id of a member, or empty), people (what these two were when the page was made).
    """

    own = "km"
    id = HiddenField()
    people = HiddenField()
    name = OneLine("Name", validators=[Length(max=rules.MAX_PACE_NAME)])
    fast = RunPaceField("Fastest pace")
    slow = RunPaceField("Slowest pace")
    distance = DistanceField("Distance")
    max_runners = IntegerField("At most", validators=[Optional(), _LIMIT])
    is_no_drop = BooleanField("Nobody is left behind")
    leader = SelectField("Leads")
    back_marker = SelectField("At the back")

    @property
    def is_empty(self) -> bool:
        """Return whether nothing is typed in it."""
        typed = (self.name, self.fast, self.slow, self.distance, self.max_runners, self.leader, self.back_marker)
        return not any(field.raw_data[0].strip() if field.raw_data else field.data for field in typed)

    @property
    def said(self) -> str:
        """Return what it is in a few words, as the page says it while the fields are folded."""
        paces = " to ".join(part for part in (self.slow.data, self.fast.data) if part)
        return ", ".join(part for part in (self.name.data, paces) if part)

    def validate_name(self, field: OneLine) -> None:
        if not field.data and not self.id.data and not self.is_empty:
            raise ValidationError("What is this pace group called?")

    def validate_slow(self, field: RunPaceField) -> None:
        if field.amount and self.fast.amount and field.amount < self.fast.amount:
            raise ValidationError("The slowest pace is faster than the fastest one.")

    def plan(self) -> PacePlan:
        shown = f"{self.leader.data}:{self.back_marker.data}"
        number = _number(self.id.data)
        return PacePlan(
            name=self.name.data,
            slow_s_per_km=self.slow.amount,
            fast_s_per_km=self.fast.amount,
            distance_m=self.distance.amount,
            max_runners=self.max_runners.data,
            is_no_drop=self.is_no_drop.data,
            leader_id=_number(self.leader.data),
            back_marker_id=_number(self.back_marker.data),
            id=number,
            keeps_people=number is not None and self.people.data == shown,
        )


class RunDetailsForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What a run and a series say.

    Fields: title, purpose, at ("18:30"), tz (an IANA name), duration (minutes), meeting_place, meeting_url, route_url,
    min_distance, max_distance (in the reader's unit), is_lit, has_toilets ("yes", "no" or empty), rain_plan,
    max_runners, and pace_groups-0 to pace_groups-4, each with those of `PaceGroupForm`.
    """

    title = OneLine("Title", validators=[InputRequired("What is it called?"), Length(max=rules.MAX_TITLE)])
    purpose = OneLine("What for", validators=[Length(max=rules.MAX_PURPOSE)])
    at = ClockField("Time", validators=[InputRequired("When does it start?")])
    tz = SelectField("Time zone", validate_choice=False)
    duration = IntegerField(
        "Takes about",
        default=60,
        validators=[
            InputRequired("How long does it take?"),
            NumberRange(rules.MIN_DURATION, rules.MAX_DURATION, "Between 5 minutes and 24 hours."),
        ],
    )
    meeting_place = OneLine(
        "Meeting place", validators=[InputRequired("Where do you meet?"), Length(max=rules.MAX_PLACE)]
    )
    meeting_url = WebLink("Link to the place", validators=[Length(max=rules.MAX_LINK)])
    route_url = WebLink("Link to the route", validators=[Length(max=rules.MAX_LINK)])
    min_distance = DistanceField("Shortest")
    max_distance = DistanceField("Longest")
    is_lit = SelectField("Lit", default=NOT_SAID, choices=_CHOICES_LIT)
    has_toilets = SelectField("Toilets", default=NOT_SAID, choices=_CHOICES_TOILETS)
    rain_plan = OneLine("If it rains", validators=[Length(max=rules.MAX_RAIN_PLAN)])
    max_runners = IntegerField("At most", validators=[Optional(), _LIMIT])
    pace_groups = FieldList(
        FormField(PaceGroupForm), min_entries=rules.MAX_PACE_GROUPS, max_entries=rules.MAX_PACE_GROUPS
    )

    def __init__(self, own: str, leaders: Choices, **typed: Any) -> None:
        """`own`: km or mi; `leaders`: the members who may be named; `typed`: what the fields begin with."""
        super().__init__(data=typed)
        self.own = own
        self.tz.choices = ZONES
        choices = [SelectChoice("", "Nobody yet"), *(SelectChoice(str(number), name) for number, name in leaders)]
        for one in self.pace_groups:
            one.form.own = own
            one.form.leader.choices = one.form.back_marker.choices = choices
            for field in (one.form.leader, one.form.back_marker):
                field.data = "" if field.data in (None, "None") else field.data

    def validate_tz(self, field: SelectField) -> None:
        if not is_time_zone(field.data or ""):
            raise ValidationError("Please choose one from the list.")

    def validate_max_distance(self, field: DistanceField) -> None:
        if field.amount and self.min_distance.amount and field.amount < self.min_distance.amount:
            raise ValidationError("The longest distance is shorter than the shortest one.")

    def validate_pace_groups(self, _field: FieldList) -> None:
        names = [one.form.name.data.casefold() for one in self.pace_groups if one.form.name.data]
        if len(set(names)) < len(names):
            raise ValidationError("Two pace groups have the same name.")

    @property
    def is_unfolded(self) -> bool:
        """Return whether something is said, or wrong, in what the page folds away."""
        folded = (self.meeting_url, self.rain_plan, self.is_lit, self.has_toilets, self.max_runners, self.tz)
        return any(field.errors for field in folded)

    @property
    def local_minutes(self) -> int:
        at: time = self.at.data
        return at.hour * 60 + at.minute

    def plan(self) -> RunPlan:
        """Return what a valid form says."""
        return RunPlan(
            title=self.title.data,
            local_minutes=self.local_minutes,
            tz=self.tz.data,
            meeting_place=self.meeting_place.data,
            purpose=self.purpose.data or "",
            duration_minutes=self.duration.data,
            meeting_url=self.meeting_url.data or "",
            route_url=self.route_url.data or "",
            min_distance_m=self.min_distance.amount,
            max_distance_m=self.max_distance.amount,
            is_lit=_yes_or_no(self.is_lit.data),
            has_toilets=_yes_or_no(self.has_toilets.data),
            rain_plan=self.rain_plan.data or "",
            max_runners=self.max_runners.data,
            pace_groups=tuple(one.form.plan() for one in self.pace_groups if one.form.name.data),
        )


class RunForm(RunDetailsForm):
    """Planning or changing one run. Fields: those of RunDetailsForm, on_date, and reason (of a change)."""

    on_date = RunDateField("Day", validators=[InputRequired("On which day?")])
    reason = OneLine("Why it changes", validators=[Length(max=rules.MAX_REASON)])

    def __init__(self, today: date, own: str, leaders: Choices, **typed: Any) -> None:
        super().__init__(own, leaders, **typed)
        self._today = today

    def validate_on_date(self, field: DateField) -> None:
        check_last_day(field, self._today, rules.MAX_DAYS_AHEAD)


class CancelRunForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Cancelling a run. Field: reason."""

    reason = OneLine(
        "Why",
        validators=[InputRequired("A few words, so that nobody wonders."), Length(max=rules.MAX_REASON)],
    )


def typed_details(plan: RunPlan, own: str) -> dict[str, Any]:
    """Return what the fields of `RunDetailsForm` begin with for a plan, in the reader's own unit."""
    return {
        "title": plan.title, "purpose": plan.purpose, "tz": plan.tz, "at": time(*divmod(plan.local_minutes, 60)),
        "duration": plan.duration_minutes, "meeting_place": plan.meeting_place, "meeting_url": plan.meeting_url,
        "route_url": plan.route_url, "min_distance": _distance(plan.min_distance_m, own),
        "max_distance": _distance(plan.max_distance_m, own), "is_lit": _in_words(plan.is_lit),
        "has_toilets": _in_words(plan.has_toilets), "rain_plan": plan.rain_plan, "max_runners": plan.max_runners,
        "pace_groups": [_typed_pace_group(one, own) for one in plan.pace_groups],
    }  # fmt: skip


def people_in(plan: RunPlan) -> set[int]:
    """Return those who lead or close a pace group of a plan."""
    return {one for each in plan.pace_groups for one in (each.leader_id, each.back_marker_id) if one is not None}


def _typed_pace_group(one: PacePlan, own: str) -> dict[str, Any]:
    leader, back = (str(number or "") for number in (one.leader_id, one.back_marker_id))
    return {
        "id": str(one.id or ""), "people": f"{leader}:{back}", "leader": leader, "back_marker": back, "name": one.name,
        "fast": _pace(one.fast_s_per_km, own), "slow": _pace(one.slow_s_per_km, own),
        "distance": _distance(one.distance_m, own), "max_runners": one.max_runners, "is_no_drop": one.is_no_drop,
    }  # fmt: skip


def _distance(metres: int | None, own: str) -> str:
    return units.write_amount(metres, "distance", own) if metres else ""


def _pace(seconds: int | None, own: str) -> str:
    return units.write_pace(seconds, own) if seconds else ""


def _in_words(said: bool | None) -> str:
    return {None: NOT_SAID, True: YES, False: NO}[said]


def _yes_or_no(word: str | None) -> bool | None:
    return {YES: True, NO: False}.get(word or "")


def _number(text: str | None) -> int | None:
    return int(text) if text and is_number(text) else None
