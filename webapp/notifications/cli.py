"""The command that tries out how notifications are sent."""

import time

import click
from flask import Flask
from flask.cli import AppGroup

from integrations.mail.errors import MailError
from webapp.extensions import clock, settings
from webapp.mail.rules import normalised, wrong_address
from webapp.mail.sending_service import RATE_PAUSE_S, MailWords, compose, hand_over, has_slot
from webapp.notifications.message_queries import READERS, in_words
from webapp.notifications.message_rules import Message
from webapp.notifications.sample_rules import sample

WHY = "You get this mail because the operator of this installation tries out its mails. Nobody in it is real."

notifications = AppGroup("notifications", help="What runners are told.")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(notifications)


@notifications.command("test")
@click.argument("address")
def test(address: str) -> None:
    """Send one made-up mail of each kind to an address, by the relay or into the folder of mails.

    It keeps to MAIL_PER_MINUTE, so it may take a minute. Exits with 1 when the first one is not taken.
    """
    to = normalised(address)
    if wrong := wrong_address(to):
        raise click.ClickException(wrong)
    for kind in READERS:
        message = in_words(*sample(kind, clock().now()), clock().now())
        _send(to, message)
        click.echo(f"{kind}: {message.subject}")
    place = "the relay" if settings().mail_url else str(settings().mail_folder)
    click.echo(f"{len(READERS)} mails went to {place}.")


def _send(to: str, message: Message) -> None:
    while not has_slot():
        time.sleep(RATE_PAUSE_S)
    now = clock().now()
    link = settings().address + message.link
    words = MailWords(
        subject=message.subject, lines=message.text_lines, link=link, link_text=message.link_text, why=WHY
    )
    try:
        hand_over(compose(f"test:{message.kind}:{now.timestamp()}", to, words, now))
    except MailError as error:
        raise click.ClickException(f"{message.kind}: not taken ({error.reason}).") from None
