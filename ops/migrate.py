"""Bring the database to the newest migration: `python -m ops.migrate`. Errors are one line."""

import logging
import sys

import psycopg
from flask_migrate import upgrade
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError

from ops.restored import finish_restore
from webapp.config import SettingsError, load_settings
from webapp.db import db
from webapp.factory import create_app


def main() -> int:
    logging.basicConfig(level=logging.ERROR, format="The database cannot be migrated: %(message)s")
    try:
        with create_app(settings := load_settings()).app_context():
            upgrade()
            _write()
            finish_restore(settings)
            db.engine.dispose()  # an open connection at the end is a warning in the log
    except SettingsError as error:
        return _refuse(str(error))
    except DatabaseError as error:
        place = make_url(settings.database).render_as_string(hide_password=True)
        return _refuse(f"The database {_trouble(error)} at {place}: {_first_line(error.orig)}")
    except OSError as error:
        return _refuse(f"The list of erased athletes cannot be read ({error.strerror}): {settings.erased_file}")
    except (ArgumentError, NoSuchModuleError) as error:
        return _refuse(f"DATABASE_URL: {_first_line(error)}")
    return 0


def _trouble(error: DatabaseError) -> str:
    away = isinstance(error, OperationalError) and isinstance(error.orig, psycopg.Error)
    return "does not answer" if away else "cannot be used"


def _write() -> None:
    """Write a value that is there already. Raises DatabaseError if nothing can be written."""
    try:
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = version_num"))
    finally:
        db.engine.dispose()


def _first_line(error: BaseException | None) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _refuse(line: str) -> int:
    print(line, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
