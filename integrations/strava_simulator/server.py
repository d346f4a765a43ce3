"""The simulator as a WSGI application: a working imitation of Strava."""

from flask import Flask, Response, jsonify, redirect, url_for
from werkzeug.wrappers import Response as AnyResponse

# push adds its addresses to the API's blueprint.
from integrations.strava_simulator import api, avatars, control_api, control_pages, oauth, push, trouble
from integrations.strava_simulator.settings import SimulatorClock, SimulatorSettings
from integrations.strava_simulator.simulator import assemble, current_simulator

__all__ = ["create_simulator", "push"]


def create_simulator(settings: SimulatorSettings, clock: SimulatorClock) -> Flask:
    """Start the simulator that `settings` describe, filled up to the clock's now.

    `/oauth` and `/api/v3` are Strava's; `/control` (pages) and `/control/api` (JSON) are its own. Background rounds
    release planned runs and deliver events until `app.extensions["simulator"].close()`.
    """
    app = Flask(__name__, static_url_path="/control/static")
    app.json.sort_keys = False  # type: ignore[attr-defined]  # only the default provider has it
    app.extensions["simulator"] = assemble(settings, clock, app.logger.error)
    trouble.init_app(app)
    for part in (oauth, api, control_api, control_pages, avatars):
        app.register_blueprint(part.blueprint)
    # Strava answers here too, and client libraries use it.
    app.register_blueprint(oauth.blueprint, name="oauth_under_api", url_prefix="/api/v3/oauth")
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/", view_func=home)
    app.add_url_rule("/athletes/<int:athlete_id>", view_func=control_pages.athlete_on_site)
    app.add_url_rule("/activities/<int:activity_id>", view_func=control_pages.activity_on_site)
    return app


def healthz() -> Response:
    """Answer with the simulator's time."""
    return jsonify(ok=True, now=current_simulator().now().isoformat())


def home() -> AnyResponse:
    """Redirect to the control page."""
    return redirect(url_for("control_pages.overview"))
