"""Pages of accounts: signing in and out, the account itself, and leaving for good."""

import mimetypes
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from integrations.strava.types import AthleteSummary, TokenGrant
from webapp.accounts import queries, service
from webapp.accounts.forms import AccountForm, ConsentForm
from webapp.auth import rules
from webapp.auth.queries import is_operator
from webapp.auth.session import current_runner, login_required, sign_in, sign_out, signed_in_runner
from webapp.auth.strava_oauth import SignInFailed, exchange_code, granted_scopes, revoke, start_oauth
from webapp.crypto import CannotOpen
from webapp.data_export.inventory import INVENTORY
from webapp.data_export.queries import stored_about
from webapp.db import db, write_transaction
from webapp.errors import Problem, not_found, page
from webapp.extensions import clock, limiter, sealer, settings
from webapp.formatting import days_in_words
from webapp.names import called
from webapp.seats.queries import seat_outlook
from webapp.seats.service import open_offer, record_full
from webapp.seats.ticket import delete_cookie, ticket
from webapp.seats.views import turn_away
from webapp.sync.queries import connection_of
from webapp.sync.service import begin_initial_import
from webapp.sync.status_queries import status_of

bp = Blueprint("accounts", __name__)

sign_in_limit = limiter.shared_limit("60 per minute", scope="sign-in")


@bp.errorhandler(SignInFailed)
def sign_in_failed(failed: SignInFailed) -> ResponseReturnValue:
    """Say what happened, and what to do; where no seat is free, offer to wait for one."""
    if failed.reason in rules.NO_SEAT:
        return turn_away(rules.FAILURES[failed.reason])
    failure = rules.FAILURES[failed.reason]
    again = url_for("accounts.consent", next=session.get("after_connect"))
    return page(failure.status, failure.title, failure.message, ("Connect again", again), what_to_do=failure.what_to_do)


# Signing in ---------------------------------------------------------------------------------------------------------


@bp.get("/connect")
def consent() -> ResponseReturnValue:
    """Say what is read, how, and who sees it, before anybody goes to Strava."""
    if elsewhere := _canonical_address():
        return redirect(elsewhere)
    if after := rules.safe_path(request.args.get("next")):
        session["after_connect"] = after
    else:
        session.pop("after_connect", None)
    form = ConsentForm(formdata=None, version=rules.PLATFORM_CONSENT_VERSION)
    return render_template(
        "accounts/consent.html",
        form=form,
        button_image=_button_address(),
        outlook=seat_outlook(ticket(), settings().seats, clock().now()) if current_runner() is None else None,
        history_days=settings().history_days,
        raw_days=days_in_words(settings().raw_days),
        text_version=rules.PLATFORM_CONSENT_VERSION,
    )


def _canonical_address() -> str | None:
    """Return where this page lives for a visitor who came by another host name; None for others.

    Cookies belong to a host, so a sign-in begun on localhost cannot end on 127.0.0.1. The redirect happens only once:
    behind a proxy that hides the host, the two would always differ.
    """
    ours = urlsplit(settings().address)
    if request.host == ours.netloc or "here" in request.args:
        return None
    return settings().address + url_for("accounts.consent", next=request.args.get("next"), here=1)


@bp.post("/connect")
@sign_in_limit
def connect() -> ResponseReturnValue:
    """Note the consent and go to Strava."""
    form = ConsentForm()
    if not form.validate_on_submit() or form.version.data != rules.PLATFORM_CONSENT_VERSION:
        flash("This text has changed since you opened it. Please read it once more.", "warn")
        return redirect(url_for("accounts.consent", next=session.get("after_connect"), here=1))
    # A visitor who claims to have a seat signs in at Strava first, and is counted after that.
    is_stranger = current_runner() is None and not form.returning.data
    if is_stranger and not seat_outlook(ticket(), settings().seats, clock().now()).may_connect:
        raise SignInFailed("seats")
    if is_stranger:
        _hold_seat()
    session["consent"] = form.version.data
    return start_oauth(settings().address + url_for("accounts.callback"))


def _hold_seat() -> None:
    """Hold the seat for somebody from the queue while they are on Strava's page."""
    if ticket():
        with write_transaction():
            open_offer(ticket(), settings().seats, clock().now())


@bp.route("/connect/callback", methods=["HEAD"])
def callback_headers() -> ResponseReturnValue:
    """Answer HEAD without acting: Flask would call the GET view, which signs in the browser that Strava sends back."""
    return "", 204


@bp.get("/connect/callback")
@limiter.limit("60 per minute")
def callback() -> ResponseReturnValue:
    """Sign in the runner whom Strava sent back with a code, and store their connection."""
    granted, (grant, athlete), before = granted_scopes(), _exchange(), current_runner()
    scopes = _scopes(granted, grant)
    before_id = before.id if before else None
    if not rules.may_read_runs(scopes):
        _turn_away(athlete, grant, scopes)
    connected = _store_sign_in(athlete, grant, scopes)
    runner = connected.runner
    after = session.get("after_connect")
    sign_in(runner)
    if before_id not in (None, runner.id):
        flash(f"That was a different Strava account. You are now signed in as {called(runner.name)}.", "warn")
    if not rules.may_read_private_runs(scopes):
        flash("Strava does not show us your “Only You” runs. That is fine: only those stay out.")
    if connected.receipt:
        words = Markup('What you had here was erased, as announced. <a href="{}">Here is the receipt</a>.')
        flash(words.format(url_for("accounts.receipt", code=connected.receipt)))
    way_on = url_for("sync.progress", next=after) if connected.is_new else after or url_for("home.dashboard")
    answer = redirect(way_on)
    delete_cookie(answer)
    return answer


def _scopes(granted: frozenset[str] | None, grant: TokenGrant) -> frozenset[str]:
    """Return the scopes that the callback names, otherwise those of the token answer. Raises SignInFailed.

    Then nothing is changed or revoked: what was allowed before may still be allowed.
    """
    if granted is not None:
        return granted
    if grant.scopes is None:
        raise SignInFailed("odd")
    return rules.scopes_of(grant.scopes)


def _exchange() -> tuple[TokenGrant, AthleteSummary]:
    try:
        return exchange_code()
    except SignInFailed as failed:
        # This comes from Strava itself. Anybody may have written the address of the callback.
        if failed.reason == "strava_seats":
            record_full(clock().now())
        raise


def _turn_away(athlete: AthleteSummary, grant: TokenGrant, scopes: frozenset[str]) -> NoReturn:
    """Refuse a grant that reads no runs. Nothing of a stranger is kept; a runner's account says what is missing."""
    with write_transaction():
        is_known = service.record_lost_scope(athlete.id, grant, scopes, clock().now())
    if not is_known:
        revoke(grant.refresh_token)
    raise SignInFailed("scope_lost" if is_known else "scope")


def _store_sign_in(athlete: AthleteSummary, grant: TokenGrant, scopes: frozenset[str]) -> service.Connected:
    now = clock().now()
    try:
        with write_transaction():
            connected = service.connect(athlete, grant, scopes, settings().seats, now, ticket=ticket())
            service.record_consent(connected.runner.id, session.get("consent", rules.PLATFORM_CONSENT_VERSION), now)
            if connected.is_new:
                begin_initial_import(connected.runner.id, now)
    except service.NoSeat:
        revoke(grant.refresh_token)
        raise SignInFailed("seats") from None
    return connected


@bp.get("/connect/button")
def button_image() -> ResponseReturnValue:
    """Serve the operator's copy of Strava's button."""
    path = Path(settings().strava_button)
    kind = mimetypes.guess_type(path.name)[0] or ""
    if not settings().strava_button or not kind.startswith("image/") or not path.is_file():
        raise not_found()
    return send_file(path.absolute(), mimetype=kind, max_age=3600)


def _button_address() -> str | None:
    name = settings().strava_button
    if not name:
        return None
    if not Path(name).is_absolute() and (Path(str(current_app.static_folder)) / name).is_file():
        return url_for("static", filename=name)
    return url_for("accounts.button_image")


@bp.get("/login/<secret>")
@sign_in_limit
def login_link(secret: str) -> ResponseReturnValue:
    """Show the button that signs in. Mail scanners open a link before its reader does, and must not spend it."""
    if not queries.is_login_link_good(secret, clock().now()):
        raise _spent_link()
    return render_template("accounts/login_link.html")


@bp.post("/login/<secret>")
@sign_in_limit
def use_login_link(secret: str) -> ResponseReturnValue:
    """Sign in, once."""
    with write_transaction():
        runner = service.spend_login_link(secret, clock().now())
    if runner is None:
        raise _spent_link()
    sign_in(runner)
    return redirect(url_for("home.dashboard"))


def _spent_link() -> Problem:
    link = ("Sign in with Strava", url_for("accounts.consent"))
    message = "It works once, for a quarter of an hour. Please ask for a new one."
    return Problem("This link has been used or has run out", message, status=410, link=link)


# Signing out ---------------------------------------------------------------------------------------------------------


@bp.post("/sign-out", endpoint="sign_out")
def end_session() -> ResponseReturnValue:
    """End this session, and the pushes of this browser."""
    runner = current_runner()
    if runner and (subscription_id := session.get("push")):
        with write_transaction():
            service.end_pushes(runner.id, subscription_id)
    sign_out()
    flash("You are signed out.")
    return redirect(url_for("home.landing"))


@bp.post("/sign-out-everywhere")
@login_required
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of the runner, this one too."""
    runner_id = signed_in_runner().id
    with write_transaction():
        service.sign_out_everywhere(runner_id)
    sign_out()
    flash("You are signed out, on every device.")
    return redirect(url_for("home.landing"))


# The account ---------------------------------------------------------------------------------------------------------


@bp.get("/account")
@login_required
def account() -> ResponseReturnValue:
    """Show what is stored about me, and how things are shown and counted."""
    return _account_page(AccountForm(obj=signed_in_runner()))


@bp.post("/account")
@login_required
def change_account() -> ResponseReturnValue:
    """Change how things are shown and counted. Fields: those of AccountForm."""
    runner = signed_in_runner()
    form = AccountForm(obj=runner)
    if not form.validate():
        return _account_page(form)
    _save(runner.id, form)
    flash("Saved.", "good")
    return redirect(url_for("accounts.account"))


def _account_page(form: AccountForm) -> str:
    runner = signed_in_runner()
    connection = connection_of(runner.id)
    return render_template(
        "accounts/account.html",
        runner=runner,
        form=form,
        status=status_of(runner.id, clock().now()),
        resync_hours=settings().resync_hours,
        sees_only_you=connection is None or rules.may_read_private_runs(rules.scopes_of(connection.scopes)),
        consents=queries.group_consents(runner.id),
        profile_url=f"{settings().strava_site}/athletes/{connection.athlete_id}" if connection else None,
        **queries.stored_counts(runner.id),
        button_image=_button_address(),
        operates=is_operator(runner.id, settings().operating),
    )


def _save(runner_id: int, form: AccountForm) -> None:
    with write_transaction():
        service.change_account(runner_id, form.units.data)


@bp.get("/account/disconnect")
@login_required
def disconnect() -> ResponseReturnValue:
    """Say what would be erased."""
    stored = [one for one in stored_about(signed_in_runner().id) if one.rows]
    return render_template("accounts/disconnect.html", stored=stored)


@bp.post("/account/disconnect")
@login_required
def disconnect_and_erase() -> ResponseReturnValue:
    """Revoke the grant at Strava, then erase everything here, at once."""
    runner = signed_in_runner()
    runner_id, revoked = runner.id, _revoke(runner.id)
    with write_transaction():
        code = service.erase_runner(runner_id, clock().now(), revoked=revoked)
    sign_out()
    return redirect(url_for("accounts.receipt", code=code))


def _revoke(runner_id: int) -> bool:
    connection = connection_of(runner_id)
    if connection is None:
        return True
    sealed = connection.refresh_token
    # No transaction stays open while Strava is asked.
    db.session.rollback()
    try:
        return revoke(sealer().open(sealed))
    except CannotOpen:
        return False


@bp.get("/receipt/<code>")
def receipt(code: str) -> ResponseReturnValue:
    """Show what was erased, in counts. Anybody with the code may read it: it names nobody."""
    found = queries.receipt_by(code)
    if found is None:
        raise not_found()
    return render_template("accounts/receipt.html", receipt=found, kinds=INVENTORY.values())
