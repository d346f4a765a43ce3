"""Forms of reviews. Programs may post them too: the field names are in the docstrings."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import TextArea

from webapp.form_fields import OneLine
from webapp.groups.rules import MAX_WORDS
from webapp.models.reviews import Review
from webapp.reviews.rules import problem_of_adjusted, problem_of_climb, seconds_from
from webapp.reviews.service import Ruled
from webapp.rulebook.judging import Decision
from webapp.rulebook.measures import Unit
from webapp.rulebook.units import UnreadableError, read_amount

SHORT = Length(max=MAX_WORDS, message=f"At most {MAX_WORDS} characters, please.")


class AskForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Asking for a review. Field: note (may be empty)."""

    note = OneLine("A note for the organisers", validators=[SHORT], widget=TextArea())


class AnswerForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Answering a decision. Field: answer."""

    answer = OneLine(
        "Your answer", validators=[InputRequired("Please say what they should know."), SHORT], widget=TextArea()
    )


class DecideForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Deciding about a run.

    Fields: decision ("count", "leave_out" or "adjust"); with "adjust" distance (in the decider's unit), time
    ("1:02:03") and, where the run's climb is reviewed, climb (in the decider's unit); reason, stage (as the
    page gave it).
    """

    decision = RadioField(
        "What happens to the run",
        choices=[
            SelectChoice(Decision.COUNT, "Count it as it is"),
            SelectChoice(Decision.ADJUST, "Count it, with different figures"),
            SelectChoice(Decision.LEAVE_OUT, "Do not count it"),
        ],
        validators=[InputRequired("Please choose one.")],
    )
    distance = OneLine("Distance that counts", validators=[Length(max=10)])
    time = OneLine("Time that counts", validators=[Length(max=10)])
    climb = OneLine("Climb that counts", validators=[Length(max=10)])
    reason = OneLine(
        "Your reason",
        validators=[InputRequired("Please give a reason. The runner reads it."), SHORT],
        widget=TextArea(),
    )
    stage = HiddenField()

    def __init__(self, review: Review, units: str) -> None:
        super().__init__()
        self.units, self.has_climb = units, review.climb_m is not None
        # Where the climb is reviewed, it may be all that is adjusted.
        self.of_run = None if self.has_climb else (review.distance_m, review.moving_s)

    def validate_time(self, field: OneLine) -> None:
        """Refuse an adjusted run that cannot be, under the figure that is wrong."""
        if self.decision.data != Decision.ADJUST:
            return
        metres, seconds = self._metres(), seconds_from(field.data or "")
        wrong = problem_of_adjusted(metres, seconds, self.of_run)
        if wrong:
            raise ValidationError(wrong)

    def validate_climb(self, field: OneLine) -> None:
        if self.has_climb and self.decision.data == Decision.ADJUST and (wrong := problem_of_climb(self._climb())):
            raise ValidationError(wrong)

    def _metres(self) -> int | None:
        return self._amount(self.distance, "distance")

    def _climb(self) -> int | None:
        return self._amount(self.climb, "climb") if self.has_climb else None

    def _amount(self, field: OneLine, unit: Unit) -> int | None:
        try:
            return read_amount(field.data or "", unit, self.units)
        except UnreadableError:
            return None

    def ruled(self) -> Ruled:
        decision = Decision(self.decision.data)
        metres, seconds = self._metres(), seconds_from(self.time.data or "")
        if decision != Decision.ADJUST or metres is None or seconds is None:
            return Ruled(decision, self.reason.data)
        return Ruled(decision, self.reason.data, (metres, seconds), self._climb())
