"""The command that sends one of each kind to an address, for operators who try out their relay."""

import pytest
from flask import Flask

from tests.support.mail_server import MailServer
from tests.support.mails import plain, take_mails
from tests.support.settings import with_settings
from webapp.notifications.message_queries import READERS

KINDS = set(READERS)


def run(app: Flask, address: str) -> tuple[int, str]:
    """Run the command; return how it exits and what it says."""
    result = app.test_cli_runner().invoke(args=["notifications", "test", address])
    return result.exit_code, result.output


def test_one_of_each_kind_goes_to_the_address(app: Flask) -> None:
    take_mails()
    code, said = run(app, "ana@example.org")
    mails = take_mails()
    assert code == 0 and len(mails) == len(KINDS)
    assert {mail["To"] for mail in mails} == {"ana@example.org"}
    for kind in KINDS:
        assert f"{kind}: " in said
    assert all("the operator of this installation tries out its mails" in plain(mail) for mail in mails)
    assert all(mail["Subject"] in said and "None" not in plain(mail) for mail in mails)


def test_a_relay_takes_them_over_one_connection_or_the_reason_is_said(app: Flask) -> None:
    with MailServer() as server, with_settings(app, mail_url=server.url, mail_timeout=5.0):
        assert run(app, "ana@example.org")[0] == 0
        assert (len(server.mails), server.connections) == (len(KINDS), 1)
        server.says["rcpt"] = "550 5.1.1 No ana@example.org here"
        code, said = run(app, "ana@example.org")
    assert code == 1 and "not taken (address_refused)" in said and "ana@" not in said


@pytest.mark.parametrize("address", ["ana", "ana@example.org\nBcc: all@example.org", ""])
def test_what_is_no_address_is_refused(app: Flask, address: str) -> None:
    take_mails()
    code, said = run(app, address)
    assert code == 1 and said.startswith("Error: ")
    assert take_mails() == []
