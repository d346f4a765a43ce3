"""The form by which a member answers a group run."""

from collections.abc import Sequence

from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from webapp.form_fields import OneLine
from webapp.models.group_runs import PaceGroup
from webapp.models.rsvps import Rsvp
from webapp.models.words import RsvpAnswer
from webapp.rsvps.rules import MAX_GUESTS, MAX_NOTE, guests_in_words
from webapp.rsvps.service import TooFewPlaces, WantedAnswer

# The pace group of those who have not chosen one.
NOT_YET = 0


class RsvpForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Answering a run. Fields: answer (in, maybe or out), pace_group (an id, or 0 for none yet), guests (0 to 5), note.

    A field that is not sent stays as it is, so that one tap on an answer is enough.
    """

    answer = RadioField(
        "Are you in?",
        choices=[
            SelectChoice(RsvpAnswer.IN, "I’m in"),
            SelectChoice(RsvpAnswer.MAYBE, "Maybe"),
            SelectChoice(RsvpAnswer.OUT, "I’m out"),
        ],
    )
    pace_group = RadioField("Pace group", coerce=int)
    guests = SelectField(
        "Guests",
        coerce=int,
        choices=[SelectChoice(count, guests_in_words(count) or "Just me") for count in range(MAX_GUESTS + 1)],
    )
    note = OneLine("Note", validators=[Length(max=MAX_NOTE, message=f"At most {MAX_NOTE} characters, please.")])

    def __init__(self, mine: Rsvp | None, pace_groups: Sequence[PaceGroup], suggested: int | None = None) -> None:
        super().__init__(data=_known(mine, pace_groups, suggested))
        chosen = [SelectChoice(one.id, one.name) for one in pace_groups]
        self.pace_group.choices = [*chosen, SelectChoice(NOT_YET, "I’ll decide on the day")]

    def wanted(self) -> WantedAnswer:
        return WantedAnswer(
            RsvpAnswer(self.answer.data), self.pace_group.data or None, self.note.data or "", self.guests.data
        )

    def refuse(self, few: TooFewPlaces) -> None:
        """Say beside the field that asks for more places than are free."""
        if few.guests is None:
            self.pace_group.errors = [*self.pace_group.errors, "This one is full. You keep the place that you have."]
            return
        fit = guests_in_words(few.guests) or "no guest"
        self.guests.errors = [*self.guests.errors, f"There is room for you and {fit}."]

    def refuse_pace_group(self) -> None:
        self.pace_group.errors = [*self.pace_group.errors, "This pace group is no longer there. Please choose again."]


def _known(mine: Rsvp | None, pace_groups: Sequence[PaceGroup], suggested: int | None) -> dict[str, object]:
    if mine is None:
        return {"answer": None, "pace_group": suggested or NOT_YET, "guests": 0, "note": ""}
    answer = RsvpAnswer.IN if mine.answer == RsvpAnswer.WAITING else mine.answer
    pace_group = mine.pace_group_id if mine.pace_group_id in {one.id for one in pace_groups} else NOT_YET
    return {"answer": answer, "pace_group": pace_group, "guests": mine.guests, "note": mine.note}
