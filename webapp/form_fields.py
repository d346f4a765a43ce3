"""Fields that forms of several packages share."""

from collections.abc import Sequence
from datetime import date, timedelta

from wtforms import DateField, Form, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.widgets import CheckboxInput

from webapp.text import has_a_letter, is_writable, tidy

NOT_WRITABLE = "Some of these characters cannot be shown. Letters, digits, punctuation and emoji are fine."


class OneLine(StringField):  # type: ignore[misc]  # WTForms ships no types
    """A text of one line, tidied, that a page can show as it is."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata([tidy(value) for value in valuelist])

    def pre_validate(self, form: Form) -> None:
        if self.data and not (is_writable(self.data) and has_a_letter(self.data)):
            raise ValidationError(NOT_WRITABLE)


class ManyLines(TextAreaField):  # type: ignore[misc]  # WTForms ships no types
    """A text of several lines that a page can show as it is. A line ends with one character, as it is stored."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata([value.replace("\r\n", "\n").strip() for value in valuelist])

    def pre_validate(self, form: Form) -> None:
        if not is_writable(self.data or "", lines=True):
            raise ValidationError(NOT_WRITABLE)


class ChecksField(SelectMultipleField):  # type: ignore[misc]  # WTForms ships no types
    """A choice of several values, each with a checkbox."""

    option_widget = CheckboxInput()


def check_last_day(field: DateField, today: date, max_days: int) -> None:
    """Raise ValidationError if a last day is past, or more than `max_days` away. It may be empty."""
    if field.data is not None and not today <= field.data <= today + timedelta(days=max_days):
        raise ValidationError(f"Please choose today or a later day, at most {max_days} days from now.")
