"""Mails as files, for an installation without a relay."""

import os
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from integrations.mail.errors import RelayAway
from integrations.mail.folder import FolderOutbox, keep_latest, written
from tests.support.mail_server import MAIL, SENDER


def test_each_mail_is_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    for key in ("one", "two", "two"):
        FolderOutbox(tmp_path / "mail", SENDER).send(replace(MAIL, key=key))
    files = written(tmp_path / "mail")
    assert sorted(path.name for path in files) == ["one.eml", "two.eml"]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert message_from_bytes(files[0].read_bytes(), policy=default)["To"] == "ada@example.org"


def test_only_the_latest_mails_are_kept(tmp_path: Path) -> None:
    outbox = FolderOutbox(tmp_path, SENDER)
    for number in range(5):
        outbox.send(replace(MAIL, key=f"k{number}"))
        os.utime(tmp_path / f"k{number}.eml", (number, number))
    assert keep_latest(tmp_path, 2) == 3
    assert [path.name for path in written(tmp_path)] == ["k4.eml", "k3.eml"]
    assert keep_latest(tmp_path / "nothing here", 2) == 0


def test_a_mail_that_cannot_be_written_is_one_to_try_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where the folder would be")
    with pytest.raises(RelayAway) as away:
        FolderOutbox(tmp_path / "mail", SENDER).send(MAIL)
    assert away.value.reason == "not_written"
