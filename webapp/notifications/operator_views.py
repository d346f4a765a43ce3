"""The operator's page of notifications: what is switched on, what waits, what failed, and in a trial the mails."""

from functools import partial

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from integrations.mail.folder import latest_mails
from webapp.admin.views import operators_only
from webapp.auth.rules import since_in_words
from webapp.extensions import clock, limiter, settings
from webapp.group_channels.rules import REASONS, SERVICE_NAMES
from webapp.notifications.kind_rules import KINDS
from webapp.notifications.operator_queries import notification_state

bp = Blueprint("operator_notifications", __name__)

MAX_MAILS = 30


@bp.get("/operator/notifications")
@operators_only
@limiter.limit("300 per hour")
def page() -> ResponseReturnValue:
    """Show how notifications are doing. Mails are shown only where no relay takes them."""
    now, ours = clock().now(), settings()
    return render_template(
        "notifications/operator.html",
        state=notification_state(now),
        kinds=KINDS,
        services=SERVICE_NAMES,
        chat_reasons=REASONS,
        relay=bool(ours.mail_url),
        sends_mail=ours.sends_mail,
        rate=ours.mail_per_minute,
        sends_push=bool(ours.vapid_key),
        mails=() if ours.mail_url else latest_mails(ours.mail_folder, MAX_MAILS),
        since=partial(since_in_words, now=now),
    )
