"""Nothing about a runner is missing from their copy, but for what is named here with its reason."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import Column, Table

from webapp.data_export.inventory import INVENTORY
from webapp.db import Base

pytestmark = pytest.mark.both_databases

# Tables with rows of a runner that are in no copy, and why.
NOT_COPIED = {
    "pledge_watcher": "it only says which pledges of others a runner may see, and the copy lists those",
    "missing_watcher": "it only says in which groups, and the copy lists those",
}

_NUMBER = "our own number of the row, which says nothing"
_LEASE = "which worker is at it for some seconds"
_SECRET = "a key: whoever had the copy could use it"
_ORDER = "in which order the pace groups of a run stand"
_BUCKET = "where the row stands among the others, worked out from its total"
# Columns of tables that are copied, and why they are not.
NOT_SHOWN = {
    "runner.id": _NUMBER,
    "runner.rederive_on": "when their runs are judged again: the date of a run that is dated ahead",
    "runner.session_epoch": "how often all sessions were ended; it makes cookies valid",
    "runner_break.id": _NUMBER,
    "circle_runner.chosen_id": "the copy names nobody else",
    "mail_address.confirm_due_at": "how far the sending of that mail has come",
    "mail_address.confirm_digest": _SECRET,
    "login_link.id": _NUMBER,
    "login_link.digest": _SECRET,
    "connection.access_token": _SECRET,
    "connection.refresh_token": _SECRET,
    "connection.expires_at": "until when the key is good that is in no copy",
    "connection.syncing_until": _LEASE,
    "connection.refreshing_until": _LEASE,
    "runner_photo.digest": "a part of the address under which members see it",
    "runner_photo.jpeg": "a smaller copy of the picture at the address that is in the copy",
    "stored_event.id": _NUMBER,
    "stored_event.small": "what its updates say",
    "stored_event.retry_at": "how far its reading has come",
    "activity.id": _NUMBER,
    "membership.id": _NUMBER,
    "consent.id": _NUMBER,
    "announcement.id": _NUMBER,
    "kept_result.id": _NUMBER,
    "invitation.id": _NUMBER,
    "invitation.token": _SECRET,
    "invitation_use.id": _NUMBER,
    "join_request.id": _NUMBER,
    "group_ban.id": _NUMBER,
    "group_ban.known_as": "the name of the banned runner, who is another one",
    "organiser_vote.id": _NUMBER,
    "consent.search_name": "the shown name in small letters",
    "consent.name_key": "the shown name folded, so that no two members share one",
    "entry.id": _NUMBER,
    "entry.waiting_m": "where it stands among those who wait for a captain, worked out from the daily totals",
    "team_stint.id": _NUMBER,
    "team.id": _NUMBER,
    "team.position": "in which order the teams of a challenge stand",
    "rule_change.before": "the group's rules, which are nobody's",
    "rule_change.after": "the group's rules, which are nobody's",
    "rule_change.entries": "how far the change has come",
    "rule_change.derived": "how far the change has come",
    "rule_change.done_at": "how far the change has come",
    "review.id": _NUMBER,
    "audit_line.id": _NUMBER,
    "fact.id": _NUMBER,
    "fact.key": "our numbers of what it is about",
    "fact.data": "figures, some of them of others, that are told only while they may be",
    "fact.fanned_out_to": "how far telling it has come",
    "fact.fanned_out_at": "how far telling it has come",
    "notification.id": _NUMBER,
    "notification.data": "as those of the fact",
    "delivery.id": _NUMBER,
    "group_channel.id": _NUMBER,
    "group_channel.sealed_link": _SECRET,
    "group_channel.carries_since": "how far posting has come",
    "push_subscription.id": _NUMBER,
    "push_subscription.endpoint_digest": "a fingerprint of the browser's address",
    "push_subscription.sealed": _SECRET,
    "run_series.id": _NUMBER,
    "run_series_pace_group.id": _NUMBER,
    "run_series_pace_group.position": _ORDER,
    "group_run.id": _NUMBER,
    "group_run.uid": "its name in calendars, which says nothing",
    "group_run.sequence": "how often its entry in calendars changed",
    "pace_group.id": _NUMBER,
    "pace_group.position": _ORDER,
    "leader_offer.id": _NUMBER,
    "rsvp.id": _NUMBER,
    "attendance.id": _NUMBER,
    "pledge.id": _NUMBER,
    "nudge.id": _NUMBER,
    "buddy_link.id": _NUMBER,
    "calendar_feed.token": _SECRET,
    "calendar_feed.token_digest": _SECRET,
    "placement.bucket": _BUCKET,
    "placement.before_bucket": _BUCKET,
}
# Columns that say whose a row is, and of what.
POINTERS = {"runner_id", "entry_id", "group_id", "team_id", "challenge_id", "passer_id", "passed_id", "series_id"} | {
    "actor_id",
    "author_id",
    "subject_id",
    "decided_by",
    "captain_id",
    "made_by",
    "created_by",
    "added_by",
    "answered_by",
    "banned_by",
    "voter_id",
    "invitation_id",
    "seat_request_id",
    "about_id",
    "by_id",
    "fact_id",
    "notification_id",
    "created_by_id",
    "leader_id",
    "back_marker_id",
    "run_id",
    "group_run_id",
    "pace_group_id",
    "marked_by_id",
    "pledge_id",
    "watcher_id",
    "from_id",
    "to_id",
    "asker_id",
    "asked_id",
}


def tables_about_runners() -> Iterator[Table]:
    """Yield every table with a column that names a runner, or an entry of one; and that of the runners."""
    for table in Base.metadata.tables.values():
        targets = {key.column.table.name for key in table.foreign_keys}
        if table.name == "runner" or "runner_id" in table.c or targets & {"runner", "entry"}:
            yield table


def copied() -> set[Column[object]]:
    """Return every column that some kind shows."""
    return {
        base
        for kind in INVENTORY.values()
        for column in kind.select(1).selected_columns
        for base in column.base_columns
        if isinstance(base, Column)
    }


def test_every_table_about_a_runner_is_in_the_copy_or_has_a_reason(app: Flask) -> None:
    shown = {column.table.name for column in copied()}
    missing = {table.name for table in tables_about_runners()} - shown - NOT_COPIED.keys()
    assert missing == set()
    assert {table.name for table in tables_about_runners()} >= NOT_COPIED.keys()


def test_every_column_about_a_runner_is_in_the_copy_or_has_a_reason(app: Flask) -> None:
    shown = {f"{column.table.name}.{column.name}" for column in copied()}
    there = {
        f"{table.name}.{column.name}"
        for table in tables_about_runners()
        if table.name not in NOT_COPIED
        for column in table.c
        if column.name not in POINTERS
    }
    assert there - shown - NOT_SHOWN.keys() == set()
    assert NOT_SHOWN.keys() - there == set(), "no longer there: take the reason out"
    assert NOT_SHOWN.keys() & shown == set(), "shown after all"


def test_the_kinds_have_the_columns_that_are_explained_in_that_order(app: Flask) -> None:
    for kind in INVENTORY.values():
        assert list(kind.select(1).selected_columns.keys()) == list(kind.columns), kind.key
