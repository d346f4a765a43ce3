"""Pages on which a runner starts, joins or leaves a group, and chooses what the group sees."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.rules import digest_of
from webapp.auth.session import current_runner, login_required, may_start_groups, signed_in_runner
from webapp.db import db, write_transaction
from webapp.entries.late_entry_queries import late_joinings
from webapp.errors import not_found
from webapp.extensions import clock, limiter
from webapp.formatting import full_stop
from webapp.group_profiles.queries import tells_strangers
from webapp.groups import queries
from webapp.groups.moderation_queries import is_banned
from webapp.groups.permissions import Permission, is_organiser
from webapp.groups.rules import ROLE_WORDS
from webapp.invitations.queries import invitation_by, state_for
from webapp.invitations.service import NoSuchInvitation, refuse_unless_open
from webapp.leaderboards import queries as boards
from webapp.memberships import service
from webapp.memberships.consent_service import change_consent as store_consent
from webapp.memberships.forms import OTHER, ConsentForm, MyConsentForm, StartGroupForm
from webapp.memberships.queries import is_approved, lets_in
from webapp.models.accounts import Runner
from webapp.models.groups import Consent, Group
from webapp.models.words import ConsentLevel, JoinPolicy, Role
from webapp.names import NAMELESS, NameStyle, called, shown_name
from webapp.photos.queries import lacks_address
from webapp.privacy.gate import shared
from webapp.privacy.queries import switched_on
from webapp.privacy.rules import LEVELS
from webapp.privacy.switch_rules import SWITCHES
from webapp.seats.ticket import ticket

bp = Blueprint("memberships", __name__)
# A whole club may stand around one code to scan, behind one address.
join_limit = limiter.shared_limit("300 per hour", scope="join")


@bp.get("/groups/new")
@login_required
def start() -> ResponseReturnValue:
    """Show the form that starts a group."""
    _refuse_to_start()
    form = StartGroupForm()
    return _start_page(form, _preview(signed_in_runner(), form, None))


@bp.post("/groups/new")
@login_required
@limiter.limit("30 per hour")
def create() -> ResponseReturnValue:
    """Start a group and become its organiser. Fields: those of StartGroupForm; preview to see the name first."""
    _refuse_to_start()
    runner, form = signed_in_runner(), StartGroupForm()
    preview = _preview(runner, form, None)
    if not form.validate() or "preview" in request.form:
        return _start_page(form, preview)
    with write_transaction():
        group = service.start_group(runner, form.details(), form.shown_as(), clock().now())
        slug = group.slug
    flash("Your group is ready. Share the invite link, and start a challenge.", "good")
    return redirect(url_for("groups.group", slug=slug))


def _refuse_to_start() -> None:
    if not may_start_groups():
        raise service.OperatorsStartGroups


def _start_page(form: StartGroupForm, preview: dict[str, Any]) -> str:
    return render_template("memberships/start.html", form=form, **preview)


@bp.get("/join/<invite>")
@join_limit
def join(invite: str) -> ResponseReturnValue:
    """Show what joining this group means, and the choice of a name."""
    runner, (group, role) = current_runner(), _invited_to(invite)
    if runner is None:
        connect = url_for("accounts.consent", next=url_for("memberships.join", invite=invite))
        about = {"group": group, "text": group.text, "kicker": "You are invited", "role": role}
        return render_template("memberships/join.html", form=None, connect_url=connect, **about)
    if queries.membership_of(group.id, runner.id):
        return redirect(url_for("groups.group", slug=group.slug))
    if is_banned(group.id, runner.id):
        return redirect(url_for("join_requests.ask", slug=group.slug))
    form = ConsentForm()
    return _join_page(group, form, _preview(runner, form, group.id), role=role)


@bp.post("/join/<invite>")
@join_limit
def join_group(invite: str) -> ResponseReturnValue:
    """Join by the invite link. Fields: those of ConsentForm; preview to see the name first."""
    runner, (group, role) = current_runner(), _invited_to(invite)
    if runner is None or queries.membership_of(group.id, runner.id) or is_banned(group.id, runner.id):
        return join(invite)
    form = ConsentForm()
    preview = _preview(runner, form, group.id)
    return _saved(form, lambda: _join(invite, runner, form)) or _join_page(group, form, preview, role=role)


def _saved(form: ConsentForm, save: Callable[[], ResponseReturnValue]) -> ResponseReturnValue | None:
    """Save valid input; return None if the page is shown again, with the errors or the requested preview."""
    if not form.validate() or "preview" in request.form:
        return None
    try:
        return save()
    except service.NameRefused as refused:
        form.refuse_name(refused)
        return None


def _join_page(
    group: Group,
    form: ConsentForm,
    preview: dict[str, Any],
    *,
    kicker: str = "You are invited",
    role: str = "",
    tells_name_only: bool = False,
) -> str:
    late = late_joinings(group, signed_in_runner().id, clock().now())
    about = {"group": group, "tells_name_only": tells_name_only, "kicker": kicker, "role": role}
    return render_template("memberships/join.html", form=form, late=late, **about, **preview)


def _open_join_page(group: Group, form: ConsentForm, preview: dict[str, Any]) -> str:
    """Render the page without an invitation. It tells all once a request was approved, or strangers read it anyway."""
    tells = is_approved(group.id, signed_in_runner().id) or tells_strangers(group.id)
    return _join_page(group, form, preview, kicker="You can join", tells_name_only=not tells)


def _invited_to(token: str) -> tuple[Group, str]:
    """Return the group that an invite link leads to, and the role that it gives, "" for a plain member.

    Raises Problem if the link does not let this reader in.
    """
    invitation = invitation_by(token)
    if invitation is None:
        raise NoSuchInvitation
    group, runner = db.session.get_one(Group, invitation.group_id), current_runner()
    if runner is None or not queries.membership_of(group.id, runner.id):
        queries.refuse_read_only(group)
        waits = digest_of(held) if (held := ticket()) else None
        refuse_unless_open(
            state_for(invitation, clock().now(), runner_id=runner.id if runner else None, seat_ticket=waits)
        )
    return group, "" if invitation.role == Role.MEMBER else ROLE_WORDS[invitation.role]


def _join(invite: str, runner: Runner, form: ConsentForm) -> ResponseReturnValue:
    with write_transaction():
        group = service.join(invite, runner, form.shown_as(), clock().now())
        name, slug = group.name, group.slug
    return _welcome(name, slug)


def _welcome(name: str, slug: str) -> ResponseReturnValue:
    flash(f"You are in. Welcome to {name}!", "good")
    return redirect(url_for("groups.group", slug=slug))


@bp.get("/g/<slug>/join")
@login_required
@join_limit
def join_open(slug: str) -> ResponseReturnValue:
    """Say what joining a group means that lets me in without an invite link, and under which name."""
    group = queries.group_by_slug(slug)
    if group and group.join_policy == JoinPolicy.OPEN and is_banned(group.id, signed_in_runner().id):
        return redirect(url_for("join_requests.ask", slug=slug))
    group = _group_that_lets_in(slug)
    if queries.membership_of(group.id, signed_in_runner().id):
        return redirect(url_for("groups.group", slug=slug))
    form = ConsentForm()
    preview = _preview(signed_in_runner(), form, group.id)
    return _open_join_page(group, form, preview)


@bp.post("/g/<slug>/join")
@login_required
@join_limit
def join_open_group(slug: str) -> ResponseReturnValue:
    """Join a group that lets me in without an invite link. Fields: those of ConsentForm; preview to look first."""
    runner, group, form = signed_in_runner(), _group_that_lets_in(slug), ConsentForm()
    preview = _preview(runner, form, group.id)
    return _saved(form, lambda: _let_in_by_policy(group.id, runner, form)) or _open_join_page(group, form, preview)


def _group_that_lets_in(slug: str) -> Group:
    """Return a group that this runner may join, or is in.

    Raises NotFound, and GroupArchived or GroupClosed where their request was approved before.
    """
    group, runner_id = queries.group_by_slug(slug), signed_in_runner().id
    if group is None:
        raise not_found()
    if not (queries.membership_of(group.id, runner_id) or lets_in(group, runner_id)):
        if is_approved(group.id, runner_id):
            queries.refuse_read_only(group)
        raise not_found()
    return group


def _let_in_by_policy(group_id: int, runner: Runner, form: ConsentForm) -> ResponseReturnValue:
    with write_transaction():
        group = service.join_by_policy(group_id, runner, form.shown_as(), clock().now())
        if group is None:
            raise not_found()
        name, slug = group.name, group.slug
    return _welcome(name, slug)


@bp.get("/g/<slug>/me")
@login_required
def my_consent(slug: str) -> ResponseReturnValue:
    """Show what this group sees of me."""
    runner = signed_in_runner()
    group, _ = queries.group_for(slug, runner.id, Permission.SEE_GROUP)
    form = _consent_form(queries.consent_of(group.id, runner.id))
    return _consent_page(group, form, _preview(runner, form, group.id))


@bp.post("/g/<slug>/me")
@login_required
def change_consent(slug: str) -> ResponseReturnValue:
    """Change my name and what is shown besides totals. Fields: those of MyConsentForm; preview to look first."""
    runner = signed_in_runner()
    group, _ = queries.group_for(slug, runner.id, Permission.SEE_GROUP)
    form = _consent_form(queries.consent_of(group.id, runner.id))
    preview = _preview(runner, form, group.id)
    return _saved(form, lambda: _save_consent(slug, runner, form)) or _consent_page(group, form, preview)


def _save_consent(slug: str, runner: Runner, form: MyConsentForm) -> ResponseReturnValue:
    with write_transaction():
        group, _ = queries.group_for(slug, runner.id, Permission.SEE_GROUP)
        now = clock().now()
        service.change_shown_name(group.id, runner, form.shown_as(), now)
        store_consent(group.id, runner.id, ConsentLevel(form.level.data), form.switches(), now)
    flash("Saved. This is how the group sees you from now on.", "good")
    return redirect(url_for("memberships.my_consent", slug=slug))


def _consent_form(consent: Consent | None) -> MyConsentForm:
    alias = consent.shown_name if consent and consent.name_style == NameStyle.ALIAS else ""
    if consent is None:
        return MyConsentForm()
    switches = {switch.name: switched_on(switch, consent) for switch in SWITCHES}
    return MyConsentForm(name_style=consent.name_style, alias=alias, level=consent.level, **switches)


def _consent_page(group: Group, form: MyConsentForm, preview: dict[str, Any]) -> str:
    consent = queries.consent_of(group.id, signed_in_runner().id)
    later = [switch for switch in SWITCHES if not switch.is_used]
    return render_template(
        "memberships/my_consent.html",
        group=group,
        consent=consent,
        form=form,
        switches=[switch for switch in SWITCHES if switch.is_used],
        later=later,
        has_chosen_later=any(form[switch.name].data for switch in later),
        lacks_photo=lacks_address(consent),
        **preview,
    )


@bp.get("/g/<slug>/leave")
@login_required
def leave(slug: str) -> ResponseReturnValue:
    """Show what leaving the group means."""
    group, membership = queries.group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
    return render_template(
        "memberships/leave.html",
        group=group,
        is_last_member=queries.member_count(group.id) == 1,
        is_last_organiser=is_organiser(membership) and queries.organiser_count(group.id) == 1,
    )


@bp.post("/g/<slug>/leave")
@login_required
def leave_group(slug: str) -> ResponseReturnValue:
    """Leave the group."""
    with write_transaction():
        runner = signed_in_runner()
        group, _ = queries.group_for(slug, runner.id, Permission.SEE_GROUP)
        name = group.name
        service.leave(group.id, runner.id, clock().now())
    flash(f"You have left {full_stop(name)} Nothing of yours is on its boards any more.")
    return redirect(url_for("home.dashboard"))


def _preview(runner: Runner, form: ConsentForm, group_id: int | None) -> dict[str, Any]:
    """Show in the form how each choice would read in the group; return the runner's row of the board for each.

    The rows have what they really ran this month, as far as the chosen level shows it.
    """
    by_style = service.names_for(group_id, runner, form.alias.data or OTHER)
    nameless = called(runner.name) == NAMELESS
    form.say_names(by_style, nameless=nameless)
    today = clock().today("UTC")
    month = queries.month_so_far(runner.id, today)
    seen = shared(form.level.data, {"total": month.total, "today": month.today, "days": month.active_days})
    rows = [
        boards.format_row(
            runner.units,
            "distance",
            entry_id=n,
            runner_id=runner.id,
            name=name,
            rank=None,
            total=seen["total"],
            today=seen["today"],
            active_days=seen["days"],
        )
        for n, name in enumerate(dict.fromkeys(by_style.values()))
    ]
    own = shown_name(runner.name, NameStyle.FULL, "")
    namesake = own if by_style[NameStyle.FULL] != own and not nameless else None
    says = {level: text.says for level, text in LEVELS.items()}
    about = {"units": runner.units, "nameless": nameless, "namesake": namesake, "level_says": says}
    return {"preview": rows, **about}


@bp.post("/g/<slug>/notice")
@login_required
def dismiss_notice(slug: str) -> ResponseReturnValue:
    """Dismiss my notice."""
    with write_transaction():
        _, membership = queries.group_for(slug, signed_in_runner().id, Permission.SEE_GROUP)
        membership.notice = None
    return redirect(url_for("groups.group", slug=slug))
