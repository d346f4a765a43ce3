"""The form of a calendar feed."""

from flask_wtf import FlaskForm
from wtforms import BooleanField


class CalendarForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Making a feed, or choosing what is in it. Field: shows_unanswered."""

    shows_unanswered = BooleanField("Also show runs I have not answered")
