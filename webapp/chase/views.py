"""Pages of chase."""

from flask import Blueprint

bp = Blueprint("chase", __name__)
