"""Rules of who came: when it is counted, whose word holds, and whether the heads at the end are those of the start."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webapp.group_runs.rules import Timed, ends_at
from webapp.models.words import AttendanceOutcome, AttendanceSource, RunStatus

# How long before the start a leader may tap, and a runner may say that they are there.
COUNTING_BEGINS = timedelta(hours=12)
ARRIVING = timedelta(minutes=30)
# The code on a leader's phone: how old it may be, and until when after the end it proves that somebody came.
CODE_LIFE = timedelta(minutes=10)
CODE_ENDS = timedelta(hours=1)
# How long after the end what was noted can still be corrected.
CORRECTIONS = timedelta(hours=48)
MAX_HEADS = 2000
# More in one request than any list has.
MAX_TAPS = 500

PRESENT = frozenset({AttendanceOutcome.CAME, AttendanceOutcome.LEFT_EARLY})
# How much a word weighs where two say the same.
_WEIGHT = {
    AttendanceSource.SELF: 0,
    AttendanceSource.RUN: 1,
    AttendanceSource.QR: 2,
    AttendanceSource.LEADER: 3,
}


@dataclass(frozen=True, slots=True)
class Tap:
    """A leader's word about a runner, at a moment of the leader's phone. `outcome` None takes back what was said."""

    runner_id: int
    outcome: AttendanceOutcome | None
    tapped_at: datetime


@dataclass(frozen=True, slots=True)
class Word:
    """What is noted about a runner: the outcome, whose word it is, the leader's id, and since when."""

    outcome: AttendanceOutcome
    source: AttendanceSource
    by_id: int | None
    tapped_at: datetime


@dataclass(frozen=True, slots=True)
class HeadCount:
    """Heads counted at the start and at the end; `left`: those who left early, with their guests."""

    at_start: int | None
    at_end: int | None
    left: int = 0

    @property
    def missing(self) -> int:
        """Return how many more were at the start than the end accounts for; below zero: how many fewer."""
        if self.at_start is None or self.at_end is None:
            return 0
        return self.at_start - self.left - self.at_end

    @property
    def warning(self) -> str | None:
        """Return a sentence where the two counts do not agree."""
        if self.missing > 0:
            who = "One person is" if self.missing == 1 else f"{self.missing} people are"
            return f"{who} not accounted for. Please find out where they are before you go home."
        if self.missing < 0:
            more = "One more person was" if self.missing == -1 else f"{-self.missing} more people were"
            return f"{more} counted at the end than at the start. Please count again."
        return None


def counting_begins(run: Timed) -> datetime:
    """Return from when on a leader may count."""
    return run.starts_at - COUNTING_BEGINS


def corrections_end(run: Timed) -> datetime:
    """Return from when on what was noted stays as it is."""
    return ends_at(run) + CORRECTIONS


def can_be_counted(run: Timed, now: datetime) -> bool:
    """Return whether a leader may note who came."""
    return run.status != RunStatus.CANCELLED and counting_begins(run) <= now < corrections_end(run)


def can_say_so(run: Timed, now: datetime) -> bool:
    """Return whether a runner may say that they are, or were, there."""
    return run.status != RunStatus.CANCELLED and run.starts_at - ARRIVING <= now < corrections_end(run)


def can_be_closed(run: Timed, now: datetime) -> bool:
    """Return whether a leader may close the run: once it has begun."""
    return can_be_counted(run, now) and now >= run.starts_at


def is_over(run: Timed, now: datetime) -> bool:
    """Return whether nothing about who came can be changed any more."""
    return now >= corrections_end(run)


def source_of_code(run: Timed, issued_at: datetime, now: datetime) -> AttendanceSource:
    """Return what using a code says: that somebody stood before the leader, or no more than their own word.

    A photographed code may be used from home. So it proves something for a short while, around the run alone.
    """
    is_fresh = timedelta(0) <= now - issued_at <= CODE_LIFE
    is_there = run.starts_at - ARRIVING <= now <= ends_at(run) + CODE_ENDS
    return AttendanceSource.QR if is_fresh and is_there else AttendanceSource.SELF


def latest_taps(taps: Iterable[Tap]) -> list[Tap]:
    """Return the last of several taps about each runner, the earliest first."""
    last: dict[int, Tap] = {}
    for tap in taps:
        known = last.get(tap.runner_id)
        if known is None or tap.tapped_at >= known.tapped_at:
            last[tap.runner_id] = tap
    return sorted(last.values(), key=lambda tap: (tap.tapped_at, tap.runner_id))


def bounded(run: Timed, tapped_at: datetime, now: datetime, *, ahead: timedelta = timedelta(0)) -> datetime:
    """Return when a tap counts as made: never in the future, nor before the run could be counted.

    `ahead`: by how much the clock of the phone is known to be fast.
    """
    return max(min(tapped_at - ahead, now), counting_begins(run))


def ahead_of(sent_at: datetime | None, now: datetime) -> timedelta:
    """Return by how much the clock of a phone is fast that dates what it sends `sent_at`.

    A slow one cannot be told from a slow network.
    """
    return max(sent_at - now, timedelta(0)) if sent_at else timedelta(0)


def after_tap(noted: Word | None, tap: Tap, by_id: int) -> Word | None:
    """Return what is noted after a leader's tap. Of two taps the later one counts, in whatever order they arrive."""
    said = None if tap.outcome is None else Word(tap.outcome, AttendanceSource.LEADER, by_id, tap.tapped_at)
    if noted is None:
        return said
    if said is not None and said.outcome == noted.outcome:
        return _agreed(noted, said)
    return said if _is_later(tap.tapped_at, by_id, noted) else noted


def after_own_word(noted: Word | None, source: AttendanceSource, now: datetime) -> Word:
    """Return what is noted after a runner's own word, code or run. It never takes away a leader's "left early"."""
    said = Word(AttendanceOutcome.CAME, source, None, now)
    if noted is None or noted.outcome not in PRESENT:
        return said
    return _agreed(noted, said) if noted.outcome == AttendanceOutcome.CAME else noted


def _agreed(noted: Word, said: Word) -> Word:
    """Return the word that weighs more of two that say the same, as late as the later one."""
    is_nobodys = noted.source == AttendanceSource.LEADER and noted.by_id is None
    chosen = said if is_nobodys or _WEIGHT[said.source] > _WEIGHT[noted.source] else noted
    return replace(chosen, tapped_at=max(noted.tapped_at, said.tapped_at))


def _is_later(tapped_at: datetime, by_id: int, noted: Word) -> bool:
    """Compare two words that differ. What closing a run noted is nobody's word, and gives way to any."""
    return (tapped_at, by_id) >= (noted.tapped_at, noted.by_id or 0)
