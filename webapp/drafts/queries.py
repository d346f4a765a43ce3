"""Reading a draft page by page: the runners who wait to be picked, the teams so far, and all picks."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from webapp.db import db
from webapp.models.challenges import Challenge, Entry, Pick
from webapp.models.groups import Consent
from webapp.models.leaderboards import TeamPlacement
from webapp.paging import Page, count_up_to
from webapp.privacy.gate import shared
from webapp.privacy.queries import consent_holds, is_hidden_runner
from webapp.teams.balance_service import HIDDEN
from webapp.text import search_key

AnySelect = Select[*tuple[Any, ...]]

PAGE = 50
FIRST_PAGE = Page(1, PAGE)
# The list ends after this many candidates; others are found by name.
FARTHEST = 1000
# Each team shows this many of its latest picks.
NAMED = 12
# Up to this many members, all are offered as captains; in a larger challenge, those who match the search.
CHOICES = 50


@dataclass(frozen=True, slots=True)
class DraftCandidate:
    """A runner who can be picked, as their consent lets the group see them; `mileage` in metres, None for a dash."""

    entry_id: int
    runner_id: int
    name: str
    mileage: int | None
    is_me: bool


@dataclass(frozen=True, slots=True)
class DraftTeam:
    """A team in the making. `picked`: the latest names in the order of the picks, the captain aside; `more`: there are
    earlier ones. `members`: how many are in it, as last published, where there are more.
    """

    id: int
    name: str
    captain: str | None
    captain_id: int | None
    picked: Sequence[str]
    more: bool
    members: int


@dataclass(frozen=True, slots=True)
class Picked:
    """A pick that was made; `name` is None for a runner who is not shown."""

    number: int
    entry_id: int
    name: str | None
    team: str
    team_id: int


@dataclass(frozen=True, slots=True)
class Choices:
    """The runners who can be named a captain: (runner, shown name) by name.

    `is_whole`: they are everybody in the challenge; otherwise the `found` of a search.
    """

    people: Sequence[tuple[int, str]]
    is_whole: bool
    found: int


def waiting_count(challenge: Challenge, search: str = "") -> int:
    """Return how many waiting runners have `search` in their shown name, counted to one beyond `FARTHEST`."""
    return count_up_to(FARTHEST + 1, _waiting(challenge, search, Entry.id))


def candidates(challenge: Challenge, viewer_id: int, search: str = "", page: Page = FIRST_PAGE) -> list[DraftCandidate]:
    """Return a page of those who wait: by recent mileage, then those who keep it to themselves, by name.

    Equal ones are ordered by name within a page, and by entry between pages.
    """
    in_order = _waiting(challenge, search, Entry.id, Entry.runner_id, Entry.waiting_m)
    in_order = in_order.order_by(Entry.waiting_m.desc(), Entry.id.desc()).limit(page.size).offset(page.offset)
    found = db.session.execute(in_order).all()
    consents = _consents(challenge, [row.runner_id for row in found])
    seen = [
        _candidate(entry_id, consents[runner_id], kept, viewer_id)
        for entry_id, runner_id, kept in found
        if runner_id in consents
    ]
    seen.sort(key=lambda one: (consents[one.runner_id].search_name, one.entry_id))
    return sorted(seen, key=lambda one: HIDDEN if one.mileage is None else one.mileage, reverse=True)


def _candidate(entry_id: int, consent: Consent, kept: int, viewer_id: int) -> DraftCandidate:
    # They do not even see their own mileage, so their place is the one that everybody sees.
    mileage = shared(consent.level, {"mileage": None if kept == HIDDEN else kept})["mileage"]
    return DraftCandidate(entry_id, consent.runner_id, consent.shown_name, mileage, consent.runner_id == viewer_id)


def _waiting(challenge: Challenge, search: str, *columns: Any) -> AnySelect:
    waiting: AnySelect = select(*columns).where(Entry.challenge_id == challenge.id, Entry.waiting_m >= HIDDEN)
    # They may come back at any moment, and so keep their place.
    shown = waiting.where(~is_hidden_runner(Entry.runner_id))
    return _named(shown, challenge, search) if search else shown


def draft_teams(challenge: Challenge) -> list[DraftTeam]:
    """Return the teams of a challenge with those who were picked last: they pick in turn, so of the last picks."""
    limit = (NAMED + 1) * len(challenge.teams)
    last = _picks(challenge).order_by(Pick.number.desc()).limit(limit)
    found = db.session.execute(last).all()[::-1]
    captains = [team.captain_id for team in challenge.teams if team.captain_id is not None]
    consents = _consents(challenge, {*captains, *(row.runner_id for row in found)})
    of_team: dict[int, list[str]] = defaultdict(list)
    for _, _, team_id, runner_id in found:
        if runner_id in consents and runner_id not in captains:
            of_team[team_id].append(consents[runner_id].shown_name)
    was_cut = {team.id: len(found) == limit or len(of_team[team.id]) > NAMED for team in challenge.teams}
    sizes = _published_sizes(challenge.id) if any(was_cut.values()) else {}
    return [
        DraftTeam(
            team.id, team.name, consents[team.captain_id].shown_name if team.captain_id in consents else None,
            team.captain_id, of_team[team.id][-NAMED:], was_cut[team.id], sizes.get(team.id, 0),
        )
        for team in challenge.teams
    ]  # fmt: skip


def picks_page(challenge: Challenge, page: Page) -> list[Picked]:
    """Return a page of the picks in their order."""
    numbers = Pick.number.between(page.offset + 1, page.offset + page.size)
    found = db.session.execute(_picks(challenge).where(numbers).order_by(Pick.number)).all()
    consents = _consents(challenge, [row.runner_id for row in found])
    teams = {team.id: team.name for team in challenge.teams}
    names = {runner_id: consent.shown_name for runner_id, consent in consents.items()}
    return [
        Picked(number, entry_id, names.get(runner_id), teams[team_id], team_id)
        for number, entry_id, team_id, runner_id in found
    ]


def latest_pick(challenge: Challenge, number: int) -> Picked | None:
    """Return the pick before the next one, whose number this is; None before the first."""
    found = picks_page(challenge, Page(number - 1, 1)) if number > 1 else []
    return found[0] if found else None


def possible_captains(challenge: Challenge, search: str = "") -> Choices:
    """Return who can be named a captain: everybody in a small challenge, otherwise those found by `search`.

    The present captains are always among them.
    """
    mine: AnySelect = select(Entry.runner_id).where(Entry.challenge_id == challenge.id)
    found: Sequence[int] = db.session.scalars(mine.limit(CHOICES + 1)).all()
    is_whole = len(found) <= CHOICES
    if not is_whole:
        named = _named(mine, challenge, search).order_by(Consent.search_name, Entry.id).limit(CHOICES)
        found = db.session.scalars(named).all() if search else []
    consents = _consents(challenge, {*found, *(team.captain_id for team in challenge.teams if team.captain_id)})
    people = [(runner_id, consent.shown_name) for runner_id, consent in consents.items()]
    return Choices(sorted(people, key=lambda one: (one[1].casefold(), one[0])), is_whole, len(found))


def _picks(challenge: Challenge) -> AnySelect:
    # Looked up row by row: with a join, a database may prefer to read all entries.
    runner = select(Entry.runner_id).where(Entry.id == Pick.entry_id).scalar_subquery()
    columns = (Pick.number, Pick.entry_id, Pick.team_id, runner.label("runner_id"))
    return select(*columns).where(Pick.challenge_id == challenge.id)


def _named(entries: AnySelect, challenge: Challenge, search: str) -> AnySelect:
    """Return those of these entries whose shown name contains `search`."""
    theirs = (Consent.runner_id == Entry.runner_id) & (Consent.group_id == challenge.group_id)
    holds = Consent.search_name.contains(search_key(search), autoescape=True)
    return entries.join(Consent, theirs).where(consent_holds(), holds)


def _consents(challenge: Challenge, runner_ids: Collection[int]) -> dict[int, Consent]:
    """Return the consents of a few entries that are shown. Without a join, for the same reason."""
    given = select(Consent).where(Consent.group_id == challenge.group_id, Consent.runner_id.in_(runner_ids))
    shown = given.where(consent_holds(), ~is_hidden_runner(Consent.runner_id))
    found: Iterable[Consent] = db.session.scalars(shown)
    return {consent.runner_id: consent for consent in found}


def _published_sizes(challenge_id: int) -> dict[int, int]:
    sizes = select(TeamPlacement.team_id, TeamPlacement.members).where(TeamPlacement.challenge_id == challenge_id)
    return dict(db.session.execute(sizes).all())
