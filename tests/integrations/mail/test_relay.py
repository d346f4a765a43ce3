"""Handing mails to a relay: each thing that may go wrong has an answer of its own, without an address in it."""

import logging
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from integrations.mail.errors import Deferred, MailboxRefused, MailError, MailRefused, RelayAway, Unanswered
from integrations.mail.relay import NOT_A_RELAY, Relay, RelayOutbox
from tests.support.mail_server import CLOSES, HANGS, MAIL, SENDER, MailServer, certificate
from tests.support.servers import StandsStill, free_port

PATIENCE, IMPATIENCE = 20.0, 0.3
# Another address of this machine, which counts as far away.
ELSEWHERE = "127.0.0.2"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


def outbox(
    server: MailServer, *, timeout: float = PATIENCE, tls: ssl.SSLContext | None = None, **changes: Any
) -> RelayOutbox:
    relay = replace(Relay.from_url(server.url), **changes)
    return RelayOutbox(relay, SENDER, timeout=timeout, tls=tls)


def test_several_mails_go_over_one_connection(server: MailServer) -> None:
    with outbox(server) as sending:
        for number in range(3):
            sending.send(replace(MAIL, key=f"k{number}", to=f"r{number}@example.org"))
    assert [mail.to for mail in server.mails] == [["r0@example.org"], ["r1@example.org"], ["r2@example.org"]]
    assert [mail.message["Message-ID"] for mail in server.mails] == [f"<k{n}@run.example.org>" for n in range(3)]
    assert server.connections == 1


def test_a_line_that_begins_with_a_dot_arrives_as_it_is(server: MailServer) -> None:
    with outbox(server) as sending:
        sending.send(replace(MAIL, text="one\n.\n..two\n.three\n"))
    plain, _ = server.mails[0].message.iter_parts()
    assert plain.get_content().splitlines() == ["one", ".", "..two", ".three"]


def test_without_a_mail_nobody_is_called(server: MailServer) -> None:
    with outbox(server):
        pass
    assert server.connections == 0


@pytest.mark.parametrize(
    ("step", "said", "kind", "reason"),
    [
        ("rcpt", "550 5.1.1 There is no ada@example.org here", MailboxRefused, "address_refused"),
        ("rcpt", "550 no such user", MailboxRefused, "address_refused"),
        ("rcpt", "554 5.7.1 Relay access denied", MailRefused, "mail_refused"),
        ("rcpt", "450 4.2.0 Greylisted", Deferred, "deferred"),
        ("rcpt", "421 Too many", Deferred, "deferred"),
        ("data", "552 5.2.2 Mailbox full for good", MailboxRefused, "address_refused"),
        ("data", "554 5.7.26 Not signed", MailRefused, "mail_refused"),
        ("data", "451 4.3.0 Try later", Deferred, "deferred"),
        ("mail", "553 5.7.1 Sender rejected", RelayAway, "relay_refuses"),
        ("mail", "451 Try later", Deferred, "deferred"),
        ("greeting", "554 No service", RelayAway, "relay_refuses"),
        ("greeting", CLOSES, RelayAway, "closed"),
        ("mail", CLOSES, RelayAway, "closed"),
        ("rcpt", CLOSES, RelayAway, "closed"),
        # By then the server has all of it.
        ("data", CLOSES, Unanswered, "unanswered"),
    ],
)
def test_each_answer_has_its_meaning(
    server: MailServer, step: str, said: str, kind: type[MailError], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.says[step] = said
    caplog.set_level(logging.DEBUG, "integrations")
    with outbox(server) as sending:
        with pytest.raises(kind) as refused:
            sending.send(MAIL)
        assert refused.value.reason == reason
        assert MAIL.to not in f"{refused.value!r} {refused.value.__cause__!r}"
        # The next mail gets through, over this connection or a new one.
        server.says.clear()
        sending.send(replace(MAIL, to="bob@example.org"))
    assert [mail.to for mail in server.mails] == [["bob@example.org"]]
    assert "example.org" not in "".join(line.getMessage() for line in caplog.records if line.name[:5] == "integ")


def test_a_refused_address_leaves_the_connection_to_the_others(server: MailServer) -> None:
    server.says["ada@example.org"] = "550 5.1.1 unknown"
    with outbox(server) as sending:
        with pytest.raises(MailboxRefused):
            sending.send(MAIL)
        sending.send(replace(MAIL, to="bob@example.org"))
    assert ([mail.to for mail in server.mails], server.connections) == ([["bob@example.org"]], 1)


def test_a_connection_that_the_relay_closed_meanwhile_is_made_again(server: MailServer) -> None:
    for said in (CLOSES, "421 Idle for too long"):
        with outbox(server) as sending:
            sending.send(MAIL)
            server.says["mail"], server.only_once = said, True
            sending.send(MAIL)
    assert (len(server.mails), server.connections) == (4, 4)


@pytest.mark.parametrize("step", ["greeting", "mail", "rcpt"])
def test_a_relay_that_hangs_is_given_up_before_it_has_the_mail(server: MailServer, step: str) -> None:
    server.says[step] = HANGS
    with outbox(server, timeout=IMPATIENCE) as sending, pytest.raises(RelayAway) as away:
        sending.send(MAIL)
    assert away.value.reason == "timed_out"


def test_a_relay_that_hangs_with_the_whole_mail_may_have_sent_it(server: MailServer) -> None:
    server.says["data"] = HANGS
    with outbox(server, timeout=IMPATIENCE) as sending, pytest.raises(Unanswered):
        sending.send(MAIL)


def test_a_relay_that_greets_late_is_waited_for_as_long_as_the_time_out() -> None:
    with MailServer(greets_after=0.5) as server:
        with outbox(server, timeout=0.1) as sending, pytest.raises(RelayAway):
            sending.send(MAIL)
        with outbox(server) as sending:
            sending.send(MAIL)
        assert len(server.mails) == 1


def test_a_relay_that_is_not_there_and_one_that_stands_still() -> None:
    with RelayOutbox(Relay("127.0.0.1", free_port()), SENDER) as sending, pytest.raises(RelayAway) as away:
        sending.send(MAIL)
    assert away.value.reason == "unreachable"
    with StandsStill() as still:
        relay = Relay("127.0.0.1", still.port)
        with RelayOutbox(relay, SENDER, timeout=IMPATIENCE) as sending, pytest.raises(RelayAway) as away:
            sending.send(MAIL)
    assert away.value.reason == "timed_out"


@pytest.mark.parametrize("host", ["mail..example.org", f"{'a' * 64}.example.org"])
def test_a_relay_whose_name_cannot_be_looked_up_is_away(host: str) -> None:
    with RelayOutbox(Relay(host, 25), SENDER) as sending, pytest.raises(RelayAway) as away:
        sending.send(MAIL)
    assert away.value.reason == "unreachable"


def test_a_password_that_cannot_be_sent_is_refused_before_the_mail(server: MailServer) -> None:
    server.password = "s3crét"
    with outbox(server, user="me", password="s3crét") as sending, pytest.raises(RelayAway) as away:
        sending.send(MAIL)
    assert (away.value.reason, server.mails) == ("login_refused", [])
    assert "é" not in f"{away.value!r} {away.value.__cause__!r}"


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate(tmp_path_factory.mktemp("tls"), ELSEWHERE)


@pytest.mark.parametrize("by_tls", [True, False])
def test_a_password_travels_encrypted_to_a_relay_whose_certificate_is_good(pem: Path, by_tls: bool) -> None:
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(pem)
    trusting = ssl.create_default_context(cafile=str(pem))
    with MailServer(host=ELSEWHERE, tls=server_side, by_tls=by_tls, password="s3cret") as server:
        known: dict[str, Any] = {"by_tls": by_tls, "user": "me", "password": "s3cret"}
        with outbox(server, tls=trusting, **known) as sending:
            sending.send(MAIL)
        with outbox(server, tls=trusting, **known | {"password": "wrong-one"}) as sending:
            with pytest.raises(RelayAway) as away:
                sending.send(MAIL)
            assert (away.value.reason, "wrong-one" in str(away.value)) == ("login_refused", False)
        with outbox(server, **known) as sending, pytest.raises(RelayAway) as away:  # the system trusts no such relay
            sending.send(MAIL)
        assert (away.value.reason, len(server.mails)) == ("not_encrypted", 1)


def test_a_password_never_travels_in_the_clear() -> None:
    with MailServer(host=ELSEWHERE, password="s3cret") as server:
        with outbox(server, user="me", password="s3cret") as sending, pytest.raises(RelayAway) as away:
            sending.send(MAIL)
        assert (away.value.reason, server.mails) == ("not_encrypted", [])


def test_a_relay_on_this_machine_gets_the_password_as_it_is(server: MailServer) -> None:
    server.password = "s3cret"
    with outbox(server, user="me", password="s3cret") as sending:
        sending.send(MAIL)
    assert len(server.mails) == 1


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://relay.example.org", Relay("relay.example.org", 587)),
        ("smtp://me:p%40ss%2F@relay.example.org:25", Relay("relay.example.org", 25, user="me", password="p@ss/")),
        ("smtps://relay.example.org", Relay("relay.example.org", 465, by_tls=True)),
    ],
)
def test_an_address_of_a_relay_is_read(url: str, relay: Relay) -> None:
    assert Relay.from_url(url) == relay


@pytest.mark.parametrize(
    "url", ["relay.example.org", "http://x", "smtp://", "smtp://h:99999", "smtp://h/path", "smtp://h?a=b"]
)
def test_what_is_no_address_of_a_relay_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(ValueError) as refused:  # its text is looked at
        Relay.from_url(url)
    assert str(refused.value) == NOT_A_RELAY
