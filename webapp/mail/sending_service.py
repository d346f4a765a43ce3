"""Making mails and handing them over, by the settings: through a relay, or into a folder."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from limits import RateLimitItemPerMinute
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter

from integrations.mail.folder import FolderOutbox
from integrations.mail.messages import Mail
from integrations.mail.relay import Relay, RelayOutbox
from webapp.extensions import settings
from webapp.redis import redis_client

# Which rate it is, among those that Redis counts.
RATE = "mail"
OUTBOX = "mail_outbox"
# Seconds until there may be room for another one.
RATE_PAUSE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailWords:
    """What a mail says. `lines`: paragraphs. `why` says why the reader gets it.

    `link`: an address of this site with its label; `unsubscribe`: the page that stops such mails.
    """

    subject: str
    lines: Sequence[str]
    why: str
    link: str | None = None
    link_text: str = ""
    unsubscribe: str | None = None


def init_app(app: Flask) -> None:
    """Close the connection to the relay at the end of each job that sent mails."""
    app.teardown_appcontext(lambda _error: close_connection())


def hand_over(mail: Mail) -> None:
    """Hand a mail over. All mails of a job go over one connection. Raises MailError; keep no transaction open."""
    if not settings().mail_url:
        FolderOutbox(settings().mail_folder, settings().sender).send(mail)
        return
    relay, outbox = Relay.from_url(settings().mail_url), _outbox()
    if outbox is None or outbox.relay != relay:
        close_connection()
        outbox = RelayOutbox(relay, settings().sender, timeout=settings().mail_timeout)
        current_app.extensions[OUTBOX] = outbox
    outbox.send(mail)


def close_connection() -> None:
    """Close the connection to the relay, if there is one."""
    if outbox := _outbox():
        outbox.close()
    current_app.extensions.pop(OUTBOX, None)


def _outbox() -> RelayOutbox | None:
    """Return the connection of this process, which only workers make. A worker runs one job at a time."""
    return current_app.extensions.get(OUTBOX)


def has_slot() -> bool:
    """Take one of the mails that the relay takes within a minute, from all workers; False: wait. Raises RedisError."""
    if not settings().mail_url:
        return True
    storage = RedisStorage(settings().redis, connection_pool=redis_client().connection_pool)
    return MovingWindowRateLimiter(storage).hit(RateLimitItemPerMinute(settings().mail_per_minute), RATE)


def compose(key: str, to: str, words: MailWords, now: datetime) -> Mail:
    """Make a mail. `key`: what it is about, the same each time it is sent, such as "delivery:17"."""
    values: dict[str, Any] = {"words": words, "home": settings().address}
    text, html = (current_app.jinja_env.get_template(f"mail/message.{kind}").render(values) for kind in ("txt", "html"))
    return Mail(message_key(key), to, words.subject, text, html, now, words.unsubscribe)


def message_key(key: str) -> str:
    """Return a word that no other mail has, of this installation or of another, and that tells nothing."""
    return hmac.new(settings().secret_key.encode(), f"mail:{key}".encode(), "sha256").hexdigest()[:32]


def absolute_url(endpoint: str, **values: object) -> str:
    """Return the address of a page, for those who do not come from one."""
    return settings().address + current_app.url_map.bind("").build(endpoint, values)
