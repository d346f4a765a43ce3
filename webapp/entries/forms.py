"""The form of a runner's own target. Programs may post it too: the field names are in the docstring."""

from datetime import date

from flask_wtf import FlaskForm
from wtforms import ValidationError

from webapp.form_fields import OneLine
from webapp.rulebook.measures import Unit
from webapp.rulebook.targets import TargetError, shown_target, target_from


class TargetForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What a runner sets out to do. Field: target, as they would say it ("120" of their own unit, "20:30" hours)."""

    target = OneLine("My target")

    def __init__(self, unit: Unit, units: str, window: tuple[date, date], target: int | None) -> None:
        super().__init__(data={"target": "" if target is None else shown_target(target, unit, units)})
        self.unit, self.units, self.days = unit, units, (window[1] - window[0]).days + 1
        # None: removed.
        self.value: int | None = None

    def validate_target(self, field: OneLine) -> None:
        if not field.data:
            return
        try:
            self.value = target_from(field.data, self.unit, self.units, self.days)
        except TargetError as error:
            raise ValidationError(str(error)) from error
