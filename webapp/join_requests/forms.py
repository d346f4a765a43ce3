"""Forms of requests to join. Programs may post them too: the field names are in the docstrings."""

from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Length
from wtforms.widgets import TextArea

from webapp.form_fields import OneLine
from webapp.groups.rules import MAX_WORDS

SHORT = Length(max=MAX_WORDS, message=f"At most {MAX_WORDS} characters, please.")


class AskToJoinForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Asking to join. Field: message (may be empty)."""

    message = OneLine("A few words about you", validators=[SHORT], widget=TextArea())


class DeclineForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Declining a request. Field: reason."""

    reason = OneLine(
        "Your reason",
        validators=[DataRequired("Please give a reason. The runner reads it."), SHORT],
        widget=TextArea(),
    )
