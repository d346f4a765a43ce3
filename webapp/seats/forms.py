"""The form of the queue."""

from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Length

from webapp.form_fields import OneLine


class WaitForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Taking a place in the queue. Fields: name, contact."""

    name = OneLine("Your name", validators=[DataRequired("Please say who you are."), Length(max=80)])
    contact = OneLine("How to reach you", validators=[Length(max=120)])
