"""The forms of a group's channels."""

from collections.abc import Callable

from flask_wtf import FlaskForm
from wtforms import StringField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from integrations.chat.links import MAX_LINK, ChatLink, LinkRefused
from webapp.form_fields import ChecksField, OneLine
from webapp.group_channels.queries import ShownChannel
from webapp.group_channels.rules import CARRIED, MAX_NAME, USUAL
from webapp.group_channels.service import ChannelDraft
from webapp.models.words import FactKind

ReadLink = Callable[[str], ChatLink]


class ChannelForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Changing a channel. Fields: name, kinds (several)."""

    name = OneLine("What do you call it?", validators=[DataRequired("A name, please."), Length(max=MAX_NAME)])
    kinds = ChecksField("What it carries", choices=[SelectChoice(kind, one.label) for kind, one in CARRIED.items()])

    def __init__(self, channel: ShownChannel | None = None) -> None:
        super().__init__(name=channel.name if channel else None, kinds=[*channel.kinds] if channel else [*USUAL])

    def draft(self) -> ChannelDraft:
        return ChannelDraft(self.name.data, frozenset(map(FactKind, self.kinds.data)))


class NewChannelForm(ChannelForm):
    """Adding a channel. Fields: those of ChannelForm, and its link, which no page shows again.

    `chosen` is the room that a valid link leads to.
    """

    link = StringField("Link", validators=[DataRequired("The link, please."), Length(max=MAX_LINK)])

    def __init__(self, read: ReadLink) -> None:
        super().__init__()
        self._read = read
        self.chosen: ChatLink | None = None

    def validate_link(self, field: StringField) -> None:
        try:
            self.chosen = self._read(field.data)
        except LinkRefused as refused:
            raise ValidationError(str(refused)) from None
