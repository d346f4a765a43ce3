"""The page on which a runner says where mails go, and the page of the confirming link."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.auth.rules import digest_of
from webapp.auth.session import current_runner, login_required, signed_in_runner
from webapp.db import write_transaction
from webapp.errors import Problem
from webapp.extensions import clock, limiter, settings
from webapp.mail import service
from webapp.mail.forms import MailAddressForm
from webapp.mail.queries import confirmation_by, mail_address_of
from webapp.mail.rules import Confirmation, normalised

bp = Blueprint("mail", __name__)

ON_THE_WAY = "We have sent you a mail. Please open the link in it within two days."


def _by_runner() -> str:
    runner = current_runner()
    return f"runner:{runner.id if runner else request.remote_addr}"


def _by_address() -> str:
    """Count mails to one address, whoever asks for them; the address itself is in no key."""
    return digest_of(settings().secret_key + normalised(request.form.get("address", "")).lower())


# Each of these sends a mail to an address that may be somebody else's.
runner_limit = limiter.shared_limit("5 per hour; 10 per day", scope="confirming-mail", key_func=_by_runner)
address_limit = limiter.limit("5 per day", key_func=_by_address)
link_limit = limiter.shared_limit("60 per minute", scope="mail-link")


@bp.get("/account/mail", endpoint="page")
@login_required
def show() -> ResponseReturnValue:
    """Show where mails to me go, and whether they arrive."""
    stored = mail_address_of(signed_in_runner().id)
    return _page(MailAddressForm(formdata=None, address=stored.address if stored else ""))


@bp.post("/account/mail")
@login_required
@runner_limit
@address_limit
def save() -> ResponseReturnValue:
    """Set or change where mails go. Field: address."""
    form = MailAddressForm()
    if not settings().sends_mail or not form.validate():
        return _page(form)
    with write_transaction():
        is_new = service.set_address(signed_in_runner().id, form.address.data, clock().now())
    flash(ON_THE_WAY if is_new else "Mails go there already.", "good")
    return redirect(url_for("mail.page"))


@bp.post("/account/mail/again")
@login_required
@runner_limit
def send_again() -> ResponseReturnValue:
    """Have another confirming mail sent."""
    with write_transaction():
        is_sent = service.ask_again(signed_in_runner().id, clock().now())
    flash(ON_THE_WAY if is_sent else "There is nothing to confirm.", "good")
    return redirect(url_for("mail.page"))


@bp.post("/account/mail/remove")
@login_required
def remove() -> ResponseReturnValue:
    """Delete where mails go: I get none from here on."""
    with write_transaction():
        service.remove_address(signed_in_runner().id, clock().now())
    flash("Your address is deleted, and you get no mails.", "good")
    return redirect(url_for("mail.page"))


def _page(form: MailAddressForm) -> str:
    stored = mail_address_of(signed_in_runner().id)
    return render_template("mail/address.html", form=form, stored=stored, sends_mail=settings().sends_mail)


# The link in the confirming mail ----------------------------------------------------------------------------------


@bp.get("/mail/confirm/<secret>")
@link_limit
def confirming_link(secret: str) -> ResponseReturnValue:
    """Show the button that confirms. Mail scanners open a link before its reader does, and must not spend it."""
    found = confirmation_by(secret, clock().now())
    if found != Confirmation.GOOD:
        return _answer(found)
    return render_template("mail/confirm.html")


@bp.post("/mail/confirm/<secret>")
@link_limit
def confirm(secret: str) -> ResponseReturnValue:
    """Confirm the address, once. Whoever reads its mails may do that, signed in or not."""
    with write_transaction():
        found = service.confirm(secret, clock().now())
    return _answer(found)


def _answer(found: Confirmation) -> ResponseReturnValue:
    if found in (Confirmation.GOOD, Confirmation.USED):
        return render_template("mail/confirmed.html", is_first=found == Confirmation.GOOD)
    page = url_for("mail.page")
    if found == Confirmation.LATE:
        link = ("Send another mail", page)
        raise Problem("This link has run out", "It works for two days. Nothing is lost.", status=410, link=link)
    link = ("Where mails go", page)
    message = "A newer mail may have replaced it, or the address was changed or deleted."
    raise Problem("This link does not work any more", message, status=410, link=link)
