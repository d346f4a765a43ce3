"""The form of a message from one member to another."""

from flask_wtf import FlaskForm
from wtforms.validators import InputRequired, Length

from webapp.form_fields import ManyLines
from webapp.nudges.rules import MAX_TEXT


class NudgeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A message to a member. Field: text."""

    text = ManyLines(
        "Your message",
        validators=[
            InputRequired("Write a few words first."),
            Length(max=MAX_TEXT, message=f"At most {MAX_TEXT} characters fit."),
        ],
    )
