"""Forms of accounts."""

from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from webapp.formatting import Units

UNITS = [SelectChoice(Units.KM, "Kilometres"), SelectChoice(Units.MI, "Miles")]


class ConsentForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Pressing the button is the consent; the form says to which version of the text."""

    version = HiddenField(validators=[InputRequired()])
    # Set by visitors who say that they have a seat already.
    returning = HiddenField()


class AccountForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    units = RadioField("Distances in", choices=UNITS, default=Units.KM)
