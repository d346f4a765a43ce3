"""The application as gunicorn and `flask --app wsgi` find it."""

import sys

from webapp import logs
from webapp.config import SettingsError
from webapp.factory import create_app

try:
    app = create_app()
except SettingsError as error:
    sys.stderr.write(f"{error}\n")
    raise SystemExit(1) from None

logs.start(app.extensions["settings"].log_format, app.extensions["settings"].secrets)
