"""The form of a mail address."""

from flask_wtf import FlaskForm
from wtforms import Field, ValidationError
from wtforms.validators import DataRequired, Length

from webapp.form_fields import OneLine
from webapp.mail.rules import MAX_ADDRESS, normalised, wrong_address


class MailAddressForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Where mails go. Field: address."""

    address = OneLine(
        "E-mail address",
        filters=[lambda text: normalised(text or "")],
        validators=[DataRequired("Please write your e-mail address."), Length(max=MAX_ADDRESS)],
    )

    def validate_address(self, field: Field) -> None:
        if wrong := wrong_address(field.data):
            raise ValidationError(wrong)
