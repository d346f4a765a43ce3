"""The blueprint of group runs: planning them is here, and reading them in `webapp.pages`."""

from flask import Blueprint

bp = Blueprint("group_runs", __name__)
