"""The form that changes the rules of a challenge."""

from wtforms import TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

from webapp.challenge_builder.rule_forms import RulesForm
from webapp.form_fields import NOT_WRITABLE
from webapp.text import is_writable, tidy

MAX_REASON = 280


class ChangeRulesForm(RulesForm):
    """Changing the rules of a challenge that runs. Fields besides those of `RulesForm`: reason."""

    reason = TextAreaField(
        "Why", validators=[InputRequired("Please say why: everybody will read it."), Length(max=MAX_REASON)]
    )

    def validate_reason(self, field: TextAreaField) -> None:
        field.data = tidy(field.data)
        if not field.data:
            raise ValidationError("Please say why: everybody will read it.")
        if not is_writable(field.data):
            raise ValidationError(NOT_WRITABLE)
