"""Pages of leaderboards."""

from flask import Blueprint

bp = Blueprint("leaderboards", __name__)
