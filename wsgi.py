"""The application as gunicorn and `flask --app wsgi` find it."""

import sys

from webapp.config import SettingsError
from webapp.factory import create_app

try:
    app = create_app()
except SettingsError as error:
    sys.stderr.write(f"{error}\n")
    raise SystemExit(1) from None
