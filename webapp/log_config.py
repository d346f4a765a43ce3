"""The configuration that gunicorn and RQ read by `-c`, before a process has read the settings: its logs."""

import os

import webapp.garbage  # noqa: F401  # imported only for what it sets up
from webapp.logs import FORMATTERS, dict_config

_wanted = os.environ.get("LOG_FORMAT", "")

DICT_CONFIG = logconfig_dict = dict_config(_wanted if _wanted in FORMATTERS else "text")

# Gunicorn would take SCRIPT_NAME from a header of a proxied request, answer 500 and write the path into its log.
forwarder_headers = ""

# Each open connection is a file, and many systems allow a process 1,024. More clients wait to be accepted.
worker_connections = 500
