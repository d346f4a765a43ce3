"""What a member lets a group see, changed from one moment to the next. Nothing here commits."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from webapp.buddies.service import end_all as end_all_buddies
from webapp.db import db
from webapp.directory.fit_service import withdraw_counts_of
from webapp.groups.audit_service import record_audit
from webapp.groups.queries import consent_of
from webapp.groups.rules import NO_CHANGE, change_of
from webapp.job_names import Job
from webapp.leaderboards.service import bump_version, place_again, remove_entries, show_entries
from webapp.missing_members.service import begin as begin_missing
from webapp.models.challenges import Challenge, Entry
from webapp.models.groups import Consent
from webapp.models.words import ConsentLevel
from webapp.photos.service import settle_photo
from webapp.privacy.queries import Versions, is_given, level_of, switched_on
from webapp.privacy.rules import LEVELS
from webapp.privacy.switch_rules import COUNT_PRIVATE, FITS_ME, LONGEST, MISSING, PHOTO, SWITCHES, Switch
from webapp.privacy.text_rules import TEXT_VERSIONS
from webapp.queue import after_commit
from webapp.results.service import stand_behind_equals
from webapp.rulebook.ruleset import RuleSet
from webapp.scoring.service import rederive


def change_consent(
    group_id: int, runner_id: int, level: ConsentLevel, wanted: Mapping[Switch, bool], now: datetime
) -> None:
    """Let the group see more or less of a member from now on, and write down what changed in its log.

    Switches that are not in `wanted` stay as they are. Saying the same again changes nothing. Harmless for a runner
    without a consent.
    """
    consent = consent_of(group_id, runner_id)
    if consent is None:
        return
    changed = {switch: is_on for switch, is_on in wanted.items() if is_on != switched_on(switch, consent)}
    before = _in_words(consent)
    for switch, is_on in changed.items():
        _switch(consent, switch, is_on, now)
    change_level(consent, level, now)
    settle_photo(runner_id)
    change = change_of(before, _in_words(consent))
    if change != NO_CHANGE:
        record_audit(group_id, "consent_changed", runner_id, now, subject_id=runner_id, change=change)


def agree_to_text(consent: Consent, version: str, now: datetime, versions: Versions = TEXT_VERSIONS) -> bool:
    """Let a runner agree to a version of the text. What an older agreement no longer covered stays off.

    Return whether it was hiding them. Such a member is back on boards, at the level of before, once they are published.
    """
    was_hidden = is_given(consent) and level_of(consent, versions) is None
    for switch in SWITCHES:
        if not switched_on(switch, consent, versions):
            setattr(consent, switch.column, None)
    consent.text_version, consent.given_at, consent.withdrawn_at = version, now, None
    if was_hidden:
        db.session.flush()
        show_entries(_entries(consent))
    return was_hidden


def switch_all_off(consent: Consent, now: datetime) -> None:
    """Take everything back that the member switched on, because they leave; they are asked for it again."""
    if switched_on(FITS_ME, consent):
        withdraw_counts_of(consent.runner_id, now, consent.group_id)
    for switch in SWITCHES:
        setattr(consent, switch.column, None)
    consent.level = ConsentLevel.TOTALS
    settle_photo(consent.runner_id)


def change_level(consent: Consent, level: ConsentLevel, now: datetime) -> None:
    """Let the group see more or less of a member's totals.

    Less takes effect at once on every board, in sums and on final tables; a member who was hidden is back on boards
    once they are published. Enqueues as publishing does, and Job.REFRESH_DRAFT_ORDER for each challenge that goes on.
    """
    before = consent.level
    if before == level:
        return
    consent.level = level
    db.session.flush()
    entries = _entries(consent)
    if level == ConsentLevel.HIDDEN:
        end_all_buddies(consent.group_id, consent.runner_id)
        withdraw_counts_of(consent.runner_id, now, consent.group_id)
        remove_entries(entries)
    elif before == ConsentLevel.HIDDEN:
        show_entries(entries)
    else:
        place_again(consent.group_id, consent.runner_id)
    if level == ConsentLevel.POINTS:
        stand_behind_equals(consent.group_id, consent.runner_id)
    bump_version(entries.values())
    for challenge_id in _open_challenges(entries.values()):
        # The draft pool is ordered by what runners show, and how even the teams are is measured by it.
        after_commit(Job.REFRESH_DRAFT_ORDER, challenge_id)


def _switch(consent: Consent, switch: Switch, is_on: bool, now: datetime) -> None:
    if switch is FITS_ME and not is_on:
        # A member who is no longer counted is in no number from now on: those of the group go for some weeks.
        withdraw_counts_of(consent.runner_id, now, consent.group_id)
    setattr(consent, switch.column, now if is_on else None)
    db.session.flush()
    if switch is LONGEST:
        about = _about_one_run(consent)
        show_entries(about) if is_on else remove_entries(about)
    elif switch is PHOTO:
        bump_version(_entries(consent).values())
    elif switch is COUNT_PRIVATE:
        rederive(consent.runner_id, None, now)
        if not is_on:
            place_again(consent.group_id, consent.runner_id)
    elif switch is MISSING and is_on:
        begin_missing(consent.group_id, consent.runner_id, now)


def _in_words(consent: Consent) -> dict[str, str]:
    switches = {switch.label: "on" if switched_on(switch, consent) else "off" for switch in SWITCHES}
    return {"The group sees": LEVELS[consent.level].label, **switches}


def _entries(consent: Consent) -> dict[int, int]:
    """Return the member's entries in the group, each with its challenge."""
    mine = select(Entry.id, Entry.challenge_id).join(Challenge, Challenge.id == Entry.challenge_id)
    here = mine.where(Entry.runner_id == consent.runner_id, Challenge.group_id == consent.group_id)
    return dict(db.session.execute(here).all())


def _open_challenges(challenge_ids: Collection[int]) -> Sequence[int]:
    still = select(Challenge.id).where(Challenge.id.in_(challenge_ids), Challenge.frozen_at.is_(None))
    return db.session.scalars(still.order_by(Challenge.id)).all()


def _about_one_run(consent: Consent) -> Collection[int]:
    """Return the member's entries in challenges about the longest run."""
    rules = select(Entry.id, Challenge.rules, Challenge.shown_rules)
    rules = rules.join(Challenge, Challenge.id == Entry.challenge_id).where(Entry.id.in_(_entries(consent)))
    return [entry_id for entry_id, *sets in db.session.execute(rules) if any(_is_about_one_run(each) for each in sets)]


def _is_about_one_run(rules: RuleSet | None) -> bool:
    return rules is not None and not rules.measured.adds_up
