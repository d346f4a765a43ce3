"""The names of the jobs. The schedule imports this module too, so it imports nothing of the application."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

# The one queue that all workers serve.
QUEUE = "default"


class Job(StrEnum):
    """A job: the function that a worker runs, by its dotted name. Jobs are enqueued by these names only."""

    ERASE_SWEEP = "jobs.accounts.erase_sweep"
    ERASE_RUNNER = "jobs.accounts.erase_runner"
    COUNT_MEMBERS = "jobs.directory.count_members"
    MAIL_RECEIPT = "jobs.accounts.mail_receipt"
    EMPTY_DATABASE_LOG = "jobs.accounts.empty_database_log"
    PURGE_ACTIVITIES = "jobs.activities.purge_activities"
    TAKE_SAMPLE = "jobs.admin.take_sample"
    CORRECT_FUTURE_TIMES = "jobs.admin.correct_future_times"
    PHOTO_SWEEP = "jobs.photos.photo_sweep"
    FETCH_PHOTO = "jobs.photos.fetch_photo"
    MAIL_SWEEP = "jobs.mail.mail_sweep"
    SEND_CONFIRMATION = "jobs.mail.send_confirmation"
    EMPTY_MAIL_FOLDER = "jobs.mail.empty_mail_folder"
    CLOSE_SWEEP = "jobs.challenges.close_sweep"
    CLOSE_CHALLENGE = "jobs.challenges.close_challenge"
    STORE_RESULTS = "jobs.challenges.store_results"
    RENEW_SWEEP = "jobs.challenges.renew_sweep"
    RENEW_SERIES = "jobs.challenges.renew_series"
    BEGIN_SWEEP = "jobs.challenges.begin_sweep"
    PLACE_UNDRAFTED = "jobs.challenges.place_undrafted"
    MILEAGE_SWEEP = "jobs.challenges.mileage_sweep"
    REFRESH_DRAFT_ORDER = "jobs.challenges.refresh_draft_order"
    MEASURE_TEAM_SPREAD = "jobs.challenges.measure_team_spread"
    SNAPSHOT_BASELINES = "jobs.challenges.snapshot_baselines"
    DERIVE_OVERTAKES = "jobs.chase.derive_overtakes"
    PUBLISH_BOARD = "jobs.leaderboards.publish_board"
    ROLL_OVER_DAYS = "jobs.leaderboards.roll_over_days"
    DUE_FACTS = "jobs.facts.due_facts"
    WEEKLY_DIGESTS = "jobs.digests.weekly_digests"
    FAN_OUT_FACTS = "jobs.notifications.fan_out_facts"
    SEND_DELIVERIES = "jobs.notifications.send_deliveries"
    NOTIFICATION_SWEEP = "jobs.notifications.notification_sweep"
    PURGE_NOTIFICATIONS = "jobs.notifications.purge_notifications"
    DELETE_GROUPS = "jobs.group_endings.delete_groups"
    CHANNEL_SWEEP = "jobs.group_channels.channel_sweep"
    SEND_CHANNEL_POSTS = "jobs.group_channels.send_channel_posts"
    MISSING_SWEEP = "jobs.missing_members.missing_sweep"
    MAKE_RUNS = "jobs.group_runs.make_runs"
    PURGE_JOINING = "jobs.memberships.purge_joining"
    REDERIVE_CHALLENGE = "jobs.scoring.rederive_challenge"
    CHANGE_RULES = "jobs.scoring.change_rules"
    REDERIVE_DUE = "jobs.scoring.rederive_due"
    FILL_PLACES = "jobs.rsvps.fill_places"
    PLACES_SWEEP = "jobs.rsvps.places_sweep"
    ALLOCATE_SEATS = "jobs.seats.allocate_seats"
    PLAN_SYNCS = "jobs.sync.plan_syncs"
    PLAN_SYNCS_AFTER_QUIET = "jobs.sync.plan_syncs_after_quiet"
    PLAN_SYNCS_WHEN_DUE = "jobs.sync.plan_syncs_when_due"
    SYNC_RUNNER = "jobs.sync.sync_runner"
    CHECK_ENDED_CONNECTION = "jobs.sync.check_ended_connection"
    PURGE_EVENTS = "jobs.sync.purge_events"
    CHECK_SUBSCRIPTION = "jobs.sync.check_subscription"


# Jobs that the version before this one queued, delayed, or left among the failed ones. Remove with the next release.
FORMER_NAMES: Mapping[str, Job] = MappingProxyType(
    {
        "jobs.accounts.erase_round": Job.ERASE_SWEEP,
        "jobs.accounts.erase": Job.ERASE_RUNNER,
        "jobs.accounts.leave_no_trace": Job.EMPTY_DATABASE_LOG,
        "jobs.activities.purge": Job.PURGE_ACTIVITIES,
        "jobs.challenges.close_round": Job.CLOSE_SWEEP,
        "jobs.challenges.close": Job.CLOSE_CHALLENGE,
        "jobs.challenges.renew_round": Job.RENEW_SWEEP,
        "jobs.challenges.renew": Job.RENEW_SERIES,
        "jobs.challenges.begin_round": Job.BEGIN_SWEEP,
        "jobs.challenges.place_left": Job.PLACE_UNDRAFTED,
        "jobs.challenges.weigh_round": Job.MILEAGE_SWEEP,
        "jobs.challenges.weigh": Job.REFRESH_DRAFT_ORDER,
        "jobs.challenges.compare": Job.MEASURE_TEAM_SPREAD,
        "jobs.challenges.fix": Job.SNAPSHOT_BASELINES,
        "jobs.leaderboards.publish": Job.PUBLISH_BOARD,
        "jobs.leaderboards.turn_days": Job.ROLL_OVER_DAYS,
        "jobs.operator.sample": Job.TAKE_SAMPLE,
        "jobs.operator.bound_times": Job.CORRECT_FUTURE_TIMES,
        "jobs.seats.settle": Job.ALLOCATE_SEATS,
        "jobs.sync.plan_round": Job.PLAN_SYNCS,
        "jobs.sync.quiet_round": Job.PLAN_SYNCS_AFTER_QUIET,
        "jobs.sync.next_round": Job.PLAN_SYNCS_WHEN_DUE,
        "jobs.sync.pull": Job.SYNC_RUNNER,
        "jobs.sync.confirm_end": Job.CHECK_ENDED_CONNECTION,
        "jobs.sync.forget_events": Job.PURGE_EVENTS,
        "jobs.scoring.leave_private_runs_out": Job.REDERIVE_DUE,
    }
)
