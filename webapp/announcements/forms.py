"""The form of an announcement."""

from datetime import date, timedelta

from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length, Optional

from webapp.announcements.rules import MAX_DAYS, MAX_TEXT, MAX_TITLE, Draft
from webapp.form_fields import NOT_WRITABLE, OneLine
from webapp.models.announcements import Announcement
from webapp.text import is_writable


class AnnouncementForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Announcing something. Fields: title, text (Markdown), pinned (a checkbox), ends_on (a date or empty)."""

    title = OneLine("Title", validators=[DataRequired("A few words, please."), Length(max=MAX_TITLE)])
    text = TextAreaField("What is it about?", validators=[DataRequired("Please write something.")])
    pinned = BooleanField("Pin it to the top of the group’s page")
    ends_on = DateField("Last day", validators=[Optional()])

    def __init__(self, today: date, announcement: Announcement | None = None) -> None:
        super().__init__(obj=announcement)
        self._today = today

    def validate_text(self, field: TextAreaField) -> None:
        # As it is stored: a browser sends two characters for the end of a line.
        field.data = field.data.replace("\r\n", "\n").strip()
        if len(field.data) > MAX_TEXT:
            raise ValidationError(f"At most {MAX_TEXT} characters, please.")
        if not is_writable(field.data, lines=True):
            raise ValidationError(NOT_WRITABLE)

    def validate_ends_on(self, field: DateField) -> None:
        last = self._today + timedelta(days=MAX_DAYS)
        if field.data is not None and not self._today <= field.data <= last:
            raise ValidationError(f"Please choose today or a later day, at most {MAX_DAYS} days from now.")

    def draft(self) -> Draft:
        return Draft(self.title.data, self.text.data, self.pinned.data, self.ends_on.data)
