"""The form on which a member says when they are missing, and who may read it."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField
from wtforms.validators import NumberRange, Optional

from webapp.buddies.queries import NamedMember
from webapp.form_fields import ChecksField
from webapp.missing_members.rules import MAX_SILENT_DAYS, MIN_SILENT_DAYS, Missed, WantedChoice


class MissingForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """When I am missing. Fields: below_habit, captains_see (checkboxes), silent_days (or empty), watchers (buddies)."""

    below_habit = BooleanField("When I run less than I usually do")
    silent_days = IntegerField(
        "After how many days without a run",
        validators=[
            Optional(),
            NumberRange(
                MIN_SILENT_DAYS, MAX_SILENT_DAYS, f"Please choose {MIN_SILENT_DAYS} to {MAX_SILENT_DAYS} days."
            ),
        ],
    )
    captains_see = BooleanField("Captains and organisers")
    watchers = ChecksField("Buddies", coerce=int)

    def __init__(self, present: WantedChoice, buddies: Sequence[NamedMember]) -> None:
        super().__init__(
            below_habit=present.missed.below_habit,
            silent_days=present.missed.silent_days,
            captains_see=present.captains_see,
            watchers=sorted(present.watcher_ids),
        )
        self.watchers.choices = [(one.runner_id, one.name) for one in buddies]

    def wanted(self) -> WantedChoice:
        missed = Missed(self.silent_days.data, self.below_habit.data)
        return WantedChoice(missed, self.captains_see.data, frozenset(self.watchers.data or ()))
