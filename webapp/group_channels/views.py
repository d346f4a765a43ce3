"""The console's page of a group's channels, and where the links of their messages lead."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from integrations.chat.links import ChatLink, LinkRefused, read_link
from integrations.outbound.addresses import check_address
from integrations.outbound.errors import AddressRefused, NotSent
from webapp.auth.session import login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import not_found
from webapp.extensions import clock, limiter, sealer, settings
from webapp.group_channels import message_queries, queries, service
from webapp.group_channels.forms import ChannelForm, NewChannelForm
from webapp.group_channels.rules import CARRIED, MAX_CHANNELS, REASONS, SERVICE_NAMES
from webapp.group_channels.service import Doing
from webapp.groups.permissions import Permission
from webapp.groups.queries import group_for
from webapp.models.groups import Group

bp = Blueprint("group_channels", __name__)


@bp.get("/g/<slug>/channels", endpoint="channels")
@login_required
def show_channels(slug: str) -> ResponseReturnValue:
    """Show the group's channels, and the form that adds one."""
    return _page(_group_for(slug), NewChannelForm(_read))


@bp.post("/g/<slug>/channels")
@login_required
@limiter.limit("20 per hour")
def add(slug: str) -> ResponseReturnValue:
    """Add a channel. Fields: those of NewChannelForm."""
    group, form = _group_for(slug), NewChannelForm(_read)
    if not form.validate() or form.chosen is None:
        return _page(group, form)
    with write_transaction():
        group = _group_for(slug)
        added = service.add_channel(group.id, form.chosen, form.draft(), sealer(), _doing())
    flash("The channel is added. Send a test to see whether messages arrive.", "good")
    return redirect(url_for("group_channels.channels", slug=slug, _anchor=f"channel-{added}"))


@bp.get("/g/<slug>/channels/<int:channel_id>", endpoint="edit")
@login_required
def show_edit_form(slug: str, channel_id: int) -> ResponseReturnValue:
    """Show the form that changes a channel."""
    group = _group_for(slug)
    found = next((one for one in queries.shown_channels(group.id) if one.id == channel_id), None)
    if found is None:
        raise not_found()
    return _edit_page(group, ChannelForm(found), found)


@bp.post("/g/<slug>/channels/<int:channel_id>")
@login_required
@limiter.limit("60 per hour")
def change(slug: str, channel_id: int) -> ResponseReturnValue:
    """Change a channel. Fields: those of ChannelForm."""
    group, form = _group_for(slug), ChannelForm()
    if not form.validate():
        found = next((one for one in queries.shown_channels(group.id) if one.id == channel_id), None)
        if found is None:
            raise not_found()
        return _edit_page(group, form, found)
    with write_transaction():
        _found(service.change_channel(_group_for(slug).id, channel_id, form.draft(), _doing()))
    flash("Saved.", "good")
    return _back(slug, channel_id)


@bp.post("/g/<slug>/channels/<int:channel_id>/test")
@login_required
@limiter.limit("20 per hour")
def test(slug: str, channel_id: int) -> ResponseReturnValue:
    """Send a test message to a channel."""
    with write_transaction():
        _found(service.ask_for_test(_group_for(slug).id, channel_id, clock().now()))
    flash("A test is on its way. Look into the channel, then load this page again.")
    return _back(slug, channel_id)


@bp.post("/g/<slug>/channels/<int:channel_id>/pause")
@login_required
@limiter.limit("60 per hour")
def pause(slug: str, channel_id: int) -> ResponseReturnValue:
    """Pause a channel, or let it go on. Fields: paused ("yes" or "no")."""
    is_paused = request.form.get("paused") == "yes"
    with write_transaction():
        _found(service.pause_channel(_group_for(slug).id, channel_id, _doing(), is_paused=is_paused))
    flash("It is paused. Nothing is posted there until you let it go on." if is_paused else "It goes on from now.")
    return _back(slug, channel_id)


@bp.post("/g/<slug>/channels/<int:channel_id>/remove")
@login_required
def remove(slug: str, channel_id: int) -> ResponseReturnValue:
    """Remove a channel, with its link."""
    with write_transaction():
        _found(service.remove_channel(_group_for(slug).id, channel_id, _doing()))
    flash("The channel is removed, and its link with it.")
    return redirect(url_for("group_channels.channels", slug=slug))


@bp.get("/from-channel/announcements/<int:announcement_id>")
@login_required
def open_announcement(announcement_id: int) -> ResponseReturnValue:
    """Lead a member from a message in a channel to the announcement. Strangers get 404, whatever there is."""
    slug = _slug_for_member(message_queries.group_of_announcement(announcement_id))
    return redirect(url_for("announcements.announcements", slug=slug, _anchor=f"announcement-{announcement_id}"))


@bp.get("/from-channel/challenges/<int:challenge_id>")
@login_required
def open_challenge(challenge_id: int) -> ResponseReturnValue:
    """Lead a member from a message in a channel to the board. Strangers get 404, whatever there is."""
    slug = _slug_for_member(message_queries.group_of_challenge(challenge_id))
    return redirect(url_for("board.board", slug=slug, challenge_id=challenge_id))


@bp.get("/from-channel/runs/<int:run_id>")
@login_required
def open_run(run_id: int) -> ResponseReturnValue:
    """Lead a member from a message in a channel to a group run. Strangers get 404, whatever there is."""
    slug = _slug_for_member(message_queries.group_of_run(run_id))
    return redirect(url_for("group_runs.run", slug=slug, run_id=run_id))


def _slug_for_member(group: Group | None) -> str:
    if group is None:
        raise not_found()
    return group_for(group.slug, signed_in_runner().id, Permission.SEE_GROUP)[0].slug


def _read(text: str) -> ChatLink:
    """Return the room that a pasted link leads to, if this installation may write there. Raises LinkRefused."""
    allowed, exceptions = settings().channel_hosts, settings().outbound_exceptions
    link = read_link(text, allowed, exceptions)
    if link.host not in allowed:
        return link
    try:
        check_address(link.address, exceptions)
    except AddressRefused:
        raise LinkRefused("This host is in a private network, so we cannot write to it.") from None
    except NotSent:
        raise LinkRefused("There is no such host, or it cannot be found just now.") from None
    return link


def _doing() -> Doing:
    return Doing(signed_in_runner().id, clock().now())


def _group_for(slug: str) -> Group:
    return group_for(slug, signed_in_runner().id, Permission.MANAGE_CHANNELS)[0]


def _found(is_there: bool) -> None:
    if not is_there:
        raise not_found()


def _back(slug: str, channel_id: int) -> ResponseReturnValue:
    return redirect(url_for("group_channels.channels", slug=slug, _anchor=f"channel-{channel_id}"))


def _page(group: Group, form: NewChannelForm) -> str:
    channels = queries.shown_channels(group.id)
    return render_template(
        "group_channels/channels.html", channels=channels, may_add=len(channels) < MAX_CHANNELS, **_shared(group, form)
    )


def _edit_page(group: Group, form: ChannelForm, channel: queries.ShownChannel) -> str:
    return render_template("group_channels/edit.html", channel=channel, **_shared(group, form))


def _shared(group: Group, form: ChannelForm) -> dict[str, Any]:
    words = {"services": SERVICE_NAMES, "carried": CARRIED, "reasons": REASONS}
    return {"group": group, "form": form, **words, "own_hosts": settings().channel_hosts}
