"""Making the application from its parts: a flat list."""

import logging
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import assets, errors, names, request_guards, security, template_filters
from webapp.accounts import cli as accounts_cli
from webapp.accounts.views import bp as accounts
from webapp.admin.group_views import bp as admin_groups
from webapp.admin.organiser_views import bp as admin_organisers
from webapp.admin.views import bp as admin
from webapp.announcements.views import bp as announcements
from webapp.attendance.own_views import bp as own_attendance
from webapp.attendance.views import bp as attendance
from webapp.audit import cli as audit_cli
from webapp.auth import session, strava_oauth
from webapp.auth.session import may_start_groups
from webapp.breaks.views import bp as breaks
from webapp.buddies.views import bp as buddies
from webapp.calendar_feeds.views import bp as calendar_feeds
from webapp.captain_week.views import bp as captain_week
from webapp.challenge_admin.views import bp as challenge_admin
from webapp.challenge_builder.views import bp as challenge_builder
from webapp.chase.views import bp as chase
from webapp.circles.views import bp as circles
from webapp.clock import Clock
from webapp.config import Settings, load_settings
from webapp.crypto import Sealer
from webapp.data_export.views import bp as data_export
from webapp.db import db, end_read, end_session_read
from webapp.directory.views import bp as directory
from webapp.drafts.views import bp as drafts
from webapp.engine import engine_options, tune
from webapp.entries.views import bp as entries
from webapp.extensions import csrf, limiter, migrate
from webapp.group_channels.views import bp as group_channels
from webapp.group_endings.views import bp as group_endings
from webapp.group_profiles.views import bp as group_profiles
from webapp.groups import navigation
from webapp.groups.queries import may_now
from webapp.history.habit_views import bp as habits
from webapp.history.views import bp as history
from webapp.invitations.views import bp as invitations
from webapp.join_requests.views import bp as join_requests
from webapp.mail import sending_service
from webapp.mail.views import bp as mail
from webapp.memberships import seen_as_another_views, seen_as_member_views
from webapp.memberships.member_views import bp as members
from webapp.memberships.moderation_views import bp as moderation
from webapp.memberships.organiser_views import bp as group_settings
from webapp.memberships.seen_as_another_views import bp as seen_as_another
from webapp.memberships.seen_as_member_views import bp as seen_as_member
from webapp.memberships.switch_views import bp as switches
from webapp.memberships.views import bp as memberships
from webapp.memberships.vote_views import bp as organiser_votes
from webapp.metrics.views import bp as metrics
from webapp.missing_members.views import bp as missing_members
from webapp.notifications import cli as notifications_cli
from webapp.notifications import views as notification_views
from webapp.notifications.choice_views import bp as notification_choices
from webapp.notifications.operator_views import bp as operator_notifications
from webapp.notifications.push_views import bp as push
from webapp.notifications.unsubscribe_views import bp as unsubscribe
from webapp.notifications.views import bp as notifications
from webapp.nudges.call_out_views import bp as call_outs
from webapp.nudges.views import bp as nudges
from webapp.pages.all_runs import bp as all_runs
from webapp.pages.board import bp as board
from webapp.pages.group import bp as groups
from webapp.pages.group_log import bp as group_log
from webapp.pages.group_run import bp as group_runs
from webapp.pages.home import bp as home
from webapp.pages.my_runs import bp as my_runs
from webapp.pages.total_breakdown import bp as total_breakdown
from webapp.photos.views import bp as photos
from webapp.pledges.views import bp as pledges
from webapp.privacy import gate
from webapp.redis import connect_redis
from webapp.reviews.views import bp as reviews
from webapp.road.replay_views import bp as replay
from webapp.road.views import bp as road
from webapp.rsvps.views import bp as rsvps
from webapp.rule_changes.views import bp as rule_changes
from webapp.run_series.views import bp as run_series
from webapp.seats.views import bp as seats
from webapp.series.views import bp as series
from webapp.sync import cli as sync_cli
from webapp.sync.status_views import bp as sync_status
from webapp.sync.views import bp as sync
from webapp.teams.views import bp as teams
from webapp.trial.views import bp as trial
from webapp.visits.views import bp as visits

HERE = Path(__file__).parent
MIGRATIONS = HERE.parent / "migrations"
MAX_REQUEST_BYTES = 256 * 1024
SESSION_DAYS = 60
BLUEPRINTS = (
    home, accounts, data_export, groups, group_runs, memberships, group_settings, invitations, join_requests, members,
    seen_as_member, seen_as_another, moderation, organiser_votes, admin_organisers, admin_groups, challenge_admin,
    teams, challenge_builder, board, chase, my_runs, all_runs, sync, seats, metrics, admin,
    sync_status, history, reviews, rule_changes, group_log, total_breakdown, series, entries, drafts, trial,
    group_profiles, directory, announcements, group_endings, photos, visits, breaks, road, replay, circles, habits,
    notification_choices, mail, unsubscribe, notifications, operator_notifications, push, group_channels,
    attendance, own_attendance, rsvps, calendar_feeds, pledges,
    buddies, nudges, call_outs, missing_members, switches, run_series,
    captain_week,
)  # fmt: skip


def create_app(settings: Settings | None = None) -> Flask:
    """Make the application. Raises SettingsError if the environment is wrong."""
    settings = settings or load_settings()
    app = Flask("webapp", root_path=str(HERE))
    request_guards.init_app(app)
    _configure(app, settings)
    _start_libraries(app, settings)
    app.add_template_test(may_now, "allowed_to")
    app.add_template_global(may_start_groups)
    parts = (assets, errors, template_filters, names, session, navigation)
    for module in (*parts, seen_as_member_views, seen_as_another_views, gate, notification_views, sending_service):
        module.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for cli in (accounts_cli, audit_cli, notifications_cli, sync_cli):
        cli.init_app(app)
    return app


def _configure(app: Flask, settings: Settings) -> None:
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.database,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database),
        # Flask-Limiter's spelling of a Redis on a Unix socket; the connections are ours, with their patience.
        RATELIMIT_STORAGE_URI=settings.redis.replace("unix://", "redis+unix://"),
        # Without Redis, signing in still works; each process then counts by itself.
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
        RATELIMIT_HEADERS_ENABLED=True,
        MAX_CONTENT_LENGTH=MAX_REQUEST_BYTES,
        SESSION_COOKIE_NAME="chasepack",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION_DAYS * 86400,
        # webapp.auth.session renews it once a day; live parts send requests every few seconds.
        SESSION_REFRESH_EACH_REQUEST=False,
        # A form is valid as long as its session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.logger.setLevel(logging.INFO)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # as Flask's own documents do


def _start_libraries(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = settings
    app.extensions["clock"] = Clock(settings.clock_file)
    app.extensions["sealer"] = Sealer(settings.token_keys)
    app.extensions["redis"] = redis = connect_redis(settings.redis)
    app.config["RATELIMIT_STORAGE_OPTIONS"] = {"connection_pool": redis.connection_pool}
    db.init_app(app)
    with app.app_context():
        tune(db.engine)
    app.after_request(end_session_read)
    app.teardown_request(end_read)
    migrate.init_app(app, db, directory=str(MIGRATIONS))
    csrf.init_app(app)
    limiter.init_app(app)
    strava_oauth.init_app(app, settings)
    security.init_app(app, settings)
