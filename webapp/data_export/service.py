"""Writing a runner's copy of everything stored about them. Row by row: a copy of any size takes little memory."""

import csv
import io
import json
from datetime import datetime
from typing import IO
from zipfile import ZIP_DEFLATED, ZipFile

from webapp.data_export import queries, rules
from webapp.data_export.inventory import INVENTORY
from webapp.data_export.kinds import Kind


def write_json(runner_id: int, now: datetime, raw_days: str, file: IO[bytes]) -> None:
    """Write everything as one JSON document: what each kind of row is, and the rows by kind."""
    about = {kind.file: _about(kind, raw_days) for kind in INVENTORY.values()}
    head = {"format": rules.FORMAT, "exported_at": rules.plain(now), "about": about}
    file.write(f'{_json(head)[:-1]}, "held": {{'.encode())
    for number, kind in enumerate(INVENTORY.values()):
        file.write(f"{', ' if number else ''}\n{_json(kind.file)}: [".encode())
        for place, row in enumerate(queries.rows_of(kind, runner_id)):
            plain = {name: rules.plain(row[name]) for name in kind.columns}
            file.write(f"{',' if place else ''}\n{_json(plain)}".encode())
        file.write(b"]")
    file.write(b"}}\n")


def _about(kind: Kind, raw_days: str) -> dict[str, object]:
    kept = rules.kept_in_words(kind, raw_days)
    return {"words": kind.words, "about": kind.about, "kept": kept, "columns": dict(kind.columns)}


def write_zip(runner_id: int, now: datetime, raw_days: str, file: IO[bytes]) -> None:
    """Write everything as an archive: a table for each kind of row, all of it as JSON, and what the columns mean."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", rules.read_me(now, raw_days))
        for kind in INVENTORY.values():
            with archive.open(f"{kind.file}.csv", "w") as entry:
                _write_table(kind, runner_id, entry)
        with archive.open("everything.json", "w") as entry:
            write_json(runner_id, now, raw_days, entry)


def _write_table(kind: Kind, runner_id: int, file: IO[bytes]) -> None:
    # With a mark at the beginning spreadsheets read it as UTF-8, too.
    with io.TextIOWrapper(file, "utf-8-sig", newline="") as text:
        table = csv.writer(text)
        names = list(kind.columns)
        table.writerow(names)
        for row in queries.rows_of(kind, runner_id):
            table.writerow([rules.cell(_flat(row[name])) for name in names])


def _flat(value: object) -> object:
    return _json(value) if isinstance(value, dict | list) else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
