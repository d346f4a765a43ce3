"""What a mail looks like on the wire, whatever it was made from."""

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.mail.messages import Mail, Sender, encoded, is_address, one_line
from tests.support.mail_server import MAIL, SENDER


def sent(mail: Mail, sender: Sender = SENDER) -> EmailMessage:
    found = message_from_bytes(encoded(mail, sender), policy=default)
    assert isinstance(found, EmailMessage)
    return found


def test_a_mail_has_a_plain_and_an_html_part_and_headers_that_stay_the_same() -> None:
    message = sent(MAIL)
    plain, html = message.iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().splitlines() == ["Hello", ".", "Bye"]
    assert "<p>Hello — ü</p>" in html.get_content()
    assert message["Message-ID"] == "<a1b2c3@run.example.org>"
    assert message["From"] == "Chasepack <runs@run.example.org>"
    assert message["Date"] == "Thu, 12 Nov 2026 12:07:00 +0000"
    assert message["Auto-Submitted"] == "auto-generated"


def test_the_wire_carries_lines_of_ascii_that_every_relay_takes() -> None:
    data = encoded(replace(MAIL, subject="Schöner Lauf 🏃 " * 8, text="ü" * 3000), SENDER)
    assert data.isascii()
    assert max(len(line) for line in data.split(b"\r\n")) <= 900
    assert b"\n" not in data.replace(b"\r\n", b"")


def test_mail_programs_find_where_to_unsubscribe_in_one_unbroken_header() -> None:
    lines = encoded(MAIL, SENDER).split(b"\r\n")
    assert f"List-Unsubscribe: <{MAIL.unsubscribe}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    without = sent(replace(MAIL, unsubscribe=None))
    assert (without["List-Unsubscribe"], without["List-Unsubscribe-Post"]) == (None, None)


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x85", "\u2028", "\u2029", "\x00", "\ud800"])
def test_a_name_with_line_breaks_adds_no_header(breaks: str) -> None:
    evil = f"Ada{breaks}Bcc: everyone@example.org{breaks}{breaks}<h1>"
    message = sent(replace(MAIL, subject=evil), replace(SENDER, name=evil))
    usual = [name for name, _ in sent(MAIL).items()]
    assert [name for name, _ in message.items()] == usual
    assert message["Bcc"] is None
    assert message["Subject"].split() == ["Ada", "Bcc:", "everyone@example.org", "<h1>"] or breaks in "\x00\ud800"


@given(st.text(), st.text(), st.text())
def test_no_text_adds_a_header_or_a_part(subject: str, text: str, name: str) -> None:
    message = sent(replace(MAIL, subject=subject, text=text, html=text), replace(SENDER, name=name))
    assert [header for header, _ in message.items()] == [header for header, _ in sent(MAIL).items()]
    assert len(list(message.iter_parts())) == 2


@pytest.mark.parametrize(
    "text", ["ada@example.org", "a.b+c@sub.example.co", "o'neil@example.org", "A_b-1@xn--bcher-kva.example"]
)
def test_an_address_that_mail_can_be_sent_to(text: str) -> None:
    assert is_address(text)
    assert sent(replace(MAIL, to=text))["To"] == text


@pytest.mark.parametrize(
    "text",
    [
        "", "ada", "ada@", "@example.org", "ada@localhost", "ada@127.0.0.1", "ada@[127.0.0.1]", "Ada <ada@example.org>",
        "ada@example.org, bob@example.org", "ada@example.org\nBcc: bob@example.org", "ada@example.org\n",
        "a b@example.org",
        '"a b"@example.org', "a..b@example.org", ".a@example.org", "ada@-example.org", "ada@example..org",
        "ü@example.org", "ada@büch.example", f"{'a' * 65}@example.org", f"ada@{'a.' * 130}org", "ada@example.org>",
    ],
)  # fmt: skip
def test_what_is_no_address_is_never_sent_to(text: str) -> None:
    assert not is_address(text)
    with pytest.raises(ValueError, match="no address to go to"):
        encoded(replace(MAIL, to=text), SENDER)


def test_one_line_keeps_words_and_emoji() -> None:
    assert one_line(" Ada\r\n\tLovelace 👩‍🚀 ") == "Ada Lovelace 👩‍🚀"
