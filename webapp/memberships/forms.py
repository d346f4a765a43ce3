"""Forms of groups. Programs may post them too: the field names are in the docstrings."""

from collections.abc import Mapping

from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, SelectField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import TextArea

from webapp.form_fields import ManyLines, OneLine
from webapp.groups.rules import MAX_WORDS, PLAIN_ROLES, ROLE_WORDS, is_time_zone, time_zones
from webapp.memberships.service import GroupDetails, NameRefused, ShownAs
from webapp.models.groups import Group
from webapp.models.words import ConsentLevel, JoinPolicy
from webapp.names import MAX_ALIAS, MIN_ALIAS, NameStyle
from webapp.privacy.rules import LEVELS
from webapp.privacy.switch_rules import FIRST_SWITCHES, SWITCHES, Switch
from webapp.privacy.text_rules import GROUP_CONSENT_VERSION

OTHER = "Another name"
ZONES = [SelectChoice(*zone, optgroup=region) for region, zones in time_zones().items() for zone in zones]


class ConsentForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What I agree to when I join a group.

    Fields: name_style ("full", "initial" or "alias"), alias (with "alias"), level ("totals", "points" or "hidden"),
    text_version (that of the text on the page; a form with another one is shown again).
    """

    name_style = RadioField(
        "Your name in this group",
        choices=[
            SelectChoice(NameStyle.FULL, "My full name"),
            SelectChoice(NameStyle.INITIAL, "First name and initial"),
            SelectChoice(NameStyle.ALIAS, OTHER),
        ],
        default=NameStyle.FULL,
        validators=[InputRequired("Please choose one.")],
    )
    alias = OneLine("Which other name?")
    level = RadioField(
        "What the group sees of my running",
        choices=[SelectChoice(level, text.label) for level, text in LEVELS.items()],
        default=ConsentLevel.TOTALS,
    )
    # A form without it is from before there were versions, or a program's.
    text_version = HiddenField(default=GROUP_CONSENT_VERSION)

    def say_names(self, names: Mapping[NameStyle, str], *, nameless: bool) -> None:
        """Show each choice as this runner's name would read. A runner without a name is asked for one."""
        offered = {**names, NameStyle.ALIAS: OTHER}
        if nameless:
            del offered[NameStyle.INITIAL]
        self.name_style.choices = [SelectChoice(style, name) for style, name in offered.items()]
        if nameless and not self.is_submitted():
            self.name_style.data = NameStyle.ALIAS

    def refuse_name(self, refused: NameRefused) -> None:
        """Say at the field why the name cannot be had."""
        self.alias.errors = [refused.message]

    def validate_alias(self, field: OneLine) -> None:
        if self.name_style.data == NameStyle.ALIAS and not MIN_ALIAS <= len(field.data or "") <= MAX_ALIAS:
            raise ValidationError(f"Between {MIN_ALIAS} and {MAX_ALIAS} characters, please.")

    def validate_text_version(self, field: HiddenField) -> None:
        if field.raw_data and field.data != GROUP_CONSENT_VERSION:
            field.data = GROUP_CONSENT_VERSION
            raise ValidationError(
                "The text on this page has changed since you opened it, so nothing is saved yet. What you chose is "
                "still here: please read it again, then save."
            )

    def shown_as(self) -> ShownAs:
        return ShownAs(NameStyle(self.name_style.data), self.alias.data or "", ConsentLevel(self.level.data))


class MyConsentForm(ConsentForm):
    """How the group sees me, once I am in it.

    Fields: those of ConsentForm, a checkbox for each switch, and asked (the names of the switches on the page, with
    spaces between; left out: all present ones). A form without text_version changes the name and the first two switches
    only, and leaves all else as it is.
    """

    asked = HiddenField(default=" ".join(switch.name for switch in SWITCHES))

    def validate_asked(self, field: HiddenField) -> None:
        # Shown again, the page asks about all of them.
        field.data = field.default

    def validate_text_version(self, field: HiddenField) -> None:
        if field.raw_data and field.data != GROUP_CONSENT_VERSION:
            # A switch that the form did not ask about is still as it was.
            asked = self._asked() or ()
            for box in (self[switch.name] for switch in SWITCHES if switch.name not in asked):
                box.data = box.data or bool(box.object_data)
        super().validate_text_version(field)

    def switches(self) -> dict[Switch, bool]:
        """Return which switches are wanted, of those that the form asked about."""
        known, asked = SWITCHES if self.text_version.raw_data else FIRST_SWITCHES, self._asked()
        return {switch: self[switch.name].data for switch in known if asked is None or switch.name in asked}

    def _asked(self) -> set[str] | None:
        """Return the names of the switches on the page that was sent; None if it does not say."""
        return set(self.asked.raw_data[0].split()) if self.asked.raw_data else None


for _switch in SWITCHES:
    setattr(MyConsentForm, _switch.name, BooleanField(_switch.label))


class AboutForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A group's name and time zone. Fields: name, tz (an IANA name). Its text is part of its profile."""

    name = OneLine("Name", validators=[InputRequired("A group needs a name."), Length(2, 80)])
    tz = SelectField("Time zone", validate_choice=False, validators=[InputRequired("Please choose a time zone.")])

    def __init__(self, group: Group | None = None) -> None:
        super().__init__(obj=group)
        self.tz.choices = [SelectChoice("", "Choose the nearest place"), *ZONES]

    def validate_tz(self, field: SelectField) -> None:
        if not is_time_zone(field.data or ""):
            raise ValidationError("Please choose one from the list.")

    def about(self, text: str) -> GroupDetails:
        return GroupDetails(self.name.data, self.tz.data, text)


class StartGroupForm(AboutForm, ConsentForm):
    """Starting a group, and how it sees me. Fields: those of AboutForm and ConsentForm, and text."""

    text = ManyLines("What the group is about", validators=[Length(max=2000)])

    def details(self) -> GroupDetails:
        return self.about(self.text.data or "")


JOIN_POLICY_WORDS = {
    JoinPolicy.OPEN: "Anyone with an account here can join at once",
    JoinPolicy.REQUEST: "Anyone can ask, and organisers or run leaders decide",
    JoinPolicy.INVITATION: "Runners join with an invite link only",
}


class JoinPolicyForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """How runners can join. Field: join_policy ("open", "request" or "invitation")."""

    join_policy = RadioField(
        "How can runners join?",
        choices=[SelectChoice(policy, words) for policy, words in JOIN_POLICY_WORDS.items()],
        validators=[InputRequired("Please choose one.")],
    )


class RoleForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """What a member is in the group. Field: role (organisers are named on a page of its own)."""

    role = RadioField(
        "Role",
        choices=[SelectChoice(role, ROLE_WORDS[role]) for role in PLAIN_ROLES],
        validators=[InputRequired("Please choose one.")],
    )


class BanForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Banning a member. Fields: reason, renew_invite (a checkbox)."""

    reason = OneLine(
        "Your reason",
        validators=[DataRequired("Please give a reason, for the other organisers."), Length(max=MAX_WORDS)],
        widget=TextArea(),
    )
    renew_invite = BooleanField(
        "Renew the invite link as well",
        default=True,
        description="It does not let them in again either way, but they could pass it on.",
    )


class RemoveMemberForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Removing a member. Field: renew_invite (a checkbox)."""

    renew_invite = BooleanField(
        "Renew the invite link as well",
        default=True,
        description="Otherwise they could come straight back with the link they have.",
    )
