"""The form of an announcement."""

from datetime import date

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField
from wtforms.validators import DataRequired, Length, Optional

from webapp.announcements.rules import MAX_DAYS, MAX_TEXT, MAX_TITLE, Draft
from webapp.form_fields import ManyLines, OneLine, check_last_day
from webapp.models.announcements import Announcement


class AnnouncementForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Announcing something. Fields: title, text (Markdown), pinned (a checkbox), ends_on (a date or empty)."""

    title = OneLine("Title", validators=[DataRequired("A few words, please."), Length(max=MAX_TITLE)])
    text = ManyLines(
        "What is it about?",
        validators=[
            DataRequired("Please write something."),
            Length(max=MAX_TEXT, message=f"At most {MAX_TEXT} characters, please."),
        ],
    )
    pinned = BooleanField("Pin it to the top of the group’s page")
    ends_on = DateField("Last day", validators=[Optional()])

    def __init__(self, today: date, announcement: Announcement | None = None) -> None:
        super().__init__(obj=announcement)
        self._today = today

    def validate_ends_on(self, field: DateField) -> None:
        check_last_day(field, self._today, MAX_DAYS)

    def draft(self) -> Draft:
        return Draft(self.title.data, self.text.data, self.pinned.data, self.ends_on.data)
