"""The copy of everything, written row by row."""

import io
import json
from datetime import UTC, datetime
from zipfile import ZipFile

from flask import Flask

from tests.support.builders import make_runner
from tests.support.known_runner import make_known
from webapp.data_export.inventory import INVENTORY
from webapp.data_export.rules import FORMAT
from webapp.data_export.service import write_json, write_zip

NOW = datetime(2026, 11, 12, 12, tzinfo=UTC)


def test_the_document_is_whole_json_however_many_kinds_have_no_rows(app: Flask) -> None:
    known, empty = make_runner("Ana Ruiz"), make_runner("New Here")
    make_known(known)
    for runner in (known, empty):
        file = io.BytesIO()
        write_json(runner.id, NOW, "6 days", file)
        copy = json.loads(file.getvalue())
        assert (copy["format"], copy["exported_at"]) == (FORMAT, "2026-11-12T12:00:00Z")
        assert list(copy["held"]) == list(copy["about"]) == [kind.file for kind in INVENTORY.values()]
        assert all(copy["held"].values()) is (runner is known)
        assert all(set(row) == set(kind.columns) for kind in INVENTORY.values() for row in copy["held"][kind.file])


def test_the_archive_has_a_table_of_each_kind_that_spreadsheets_read_as_utf_8(app: Flask) -> None:
    runner = make_runner("Zoë Größ")
    file = io.BytesIO()
    write_zip(runner.id, NOW, "6 days", file)
    with ZipFile(file) as archive:
        assert set(archive.namelist()) == {f"{kind.file}.csv" for kind in INVENTORY.values()} | {
            "README.txt",
            "everything.json",
        }
        account = archive.read("account.csv")
    assert account.startswith(b"\xef\xbb\xbf") and "Zoë Größ" in account.decode("utf-8-sig")
