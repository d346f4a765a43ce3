"""Figures for a program that watches the installation."""

from hmac import compare_digest

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from webapp.errors import not_found
from webapp.extensions import clock, limiter, settings
from webapp.metrics import queries
from webapp.metrics.collector import MetricFigures

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
@limiter.exempt
def metrics() -> Response:
    """Answer Prometheus, which has the token; everybody else gets a 404."""
    if not _may_read():
        raise not_found()
    now, registry = clock().now(), CollectorRegistry()
    registry.register(MetricFigures(queries.in_database(now), queries.in_redis(), settings().seats, now))
    headers = {"Content-Type": CONTENT_TYPE_LATEST, "Cache-Control": "no-store"}
    return Response(generate_latest(registry), headers=headers)


def _may_read() -> bool:
    token = settings().metrics_token
    wanted, given = f"Bearer {token}", request.headers.get("Authorization", "")
    return bool(token) and compare_digest(wanted.encode(), given.encode())
