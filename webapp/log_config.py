"""The configuration that gunicorn and RQ read by `-c`, before a process has read the settings: its logs."""

import atexit
import gc
import os

from webapp.logs import FORMATTERS, dict_config

_wanted = os.environ.get("LOG_FORMAT", "")

DICT_CONFIG = logconfig_dict = dict_config(_wanted if _wanted in FORMATTERS else "text")

# Gunicorn would take SCRIPT_NAME from a header of a proxied request, answer 500 and write the path into its log.
forwarder_headers = ""

# Each open connection is a file, and many systems allow a process 1,024. More clients wait to be accepted.
worker_connections = 500

# At its end Python searches all objects for cycles. There are 200,000 in a process of ours, which takes a second of
# processor time in each, and the end of the instance waits for all of them. The memory goes with the process.
atexit.register(gc.freeze)
