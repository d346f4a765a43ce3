"""Fields that forms of several packages share."""

from collections.abc import Sequence

from wtforms import Form, StringField, ValidationError

from webapp.text import has_a_letter, is_writable, tidy

NOT_WRITABLE = "Some of these characters cannot be shown. Letters, digits, punctuation and emoji are fine."


class OneLine(StringField):  # type: ignore[misc]  # WTForms ships no types
    """A text of one line, tidied, that a page can show as it is."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata([tidy(value) for value in valuelist])

    def pre_validate(self, form: Form) -> None:
        if self.data and not (is_writable(self.data) and has_a_letter(self.data)):
            raise ValidationError(NOT_WRITABLE)
