"""What is held about a runner, in words: each kind of row, how long it is kept, and what its columns in the copy mean.

The copy's columns are a promise: more may follow at the end of a sheet, none changes its meaning or goes without a new
`FORMAT`.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

FORMAT = 1

# A spreadsheet takes a text that begins like this for a formula, and works it out.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Sheet(NamedTuple):
    """One kind of row: what it is called, what it is, how long it is kept, and the columns of the copy.

    `kept` may name {raw_days}, in words.
    """

    file: str
    words: str
    about: str
    kept: str
    columns: Mapping[str, str]


_ACCOUNT = "as long as your account"
_ENTRY = "until you leave the group"
_CHALLENGE = {
    "challenge_id": "our number of the challenge",
    "challenge": "its name",
}
_SUMS = {"total_m": "metres that count", "days": "days with a counting run"}

SHEETS: Mapping[str, Sheet] = {
    "accounts": Sheet(
        "account",
        "Account",
        "Your name as Strava gave it, and what you chose on your account page.",
        _ACCOUNT,
        {
            "name": "your name on Strava",
            "units": "the unit you read distances in: km or mi",
            "count_private": "whether “Only You” runs count where a challenge allows it",
            "created_at": "when you first connected",
        },
    ),
    "connecting": Sheet(
        "consents_to_connecting",
        "Consents to connecting",
        "Which version of the text before Strava's page you agreed to, and when.",
        _ACCOUNT,
        {"version": "version of the text", "given_at": "when you agreed"},
    ),
    "links": Sheet(
        "sign_in_links",
        "Sign-in links",
        "One-time links that an operator made for you. The links themselves are not kept.",
        "until the next link is made after it ran out",
        {"expires_at": "when it runs out", "used_at": "when it was used"},
    ),
    "connections": Sheet(
        "connection",
        "Connection to Strava",
        "Your athlete number, what you allowed on Strava's page, and how reading goes. Strava's keys are held sealed, "
        "and are in no copy.",
        _ACCOUNT,
        {
            "athlete_id": "your number at Strava",
            "state": "connected, needs_reconnect or deauthorised",
            "scopes": "what you allowed there",
            "connected_at": "when you last connected",
            "runs_held_from": "the first date of which single runs are held",
            "looked_at": "when everything held was last compared with Strava",
            "next_look_at": "when that is due again",
            "look_asked_at": "when somebody last asked for it",
            "failures": "failed readings in a row",
            "rests_until": "until when reading rests after a failure",
            "gave_up_at": "since when it is tried only rarely",
            "problem": "what is wrong, as your account page says it",
            "ended_at": "when you ended the connection on Strava",
        },
    ),
    "first_pulls": Sheet(
        "first_reading",
        "First reading of your runs",
        "How the first reading went, as its bar showed it.",
        _ACCOUNT,
        {
            "state": "waiting, reading, done or failed",
            "pages_read": "pages of Strava's list that were read",
            "runs_taken_in": "activities that came in",
            "asked_at": "when it was asked for",
            "ended_at": "when it ended",
            "problem": "what was wrong",
        },
    ),
    "events": Sheet(
        "strava_events",
        "Events from Strava",
        "Short notes by which Strava tells us that an activity came, changed or went.",
        "7 days after they were worked off",
        {
            "received_at": "when it came",
            "event_time": "when it happened, by Strava",
            "object_type": "activity or athlete",
            "object_id": "Strava's number of it",
            "aspect": "create, update or delete",
            "updates": "what changed, as JSON",
            "done_at": "when it was worked off",
        },
    ),
    "runs": Sheet(
        "activities",
        "Runs and other activities",
        "What Strava tells of each: times, distance, climb, kind of sport. Never a place, a map or a heart rate.",
        "until every challenge that needs them is final, and {raw_days} at least; titles and devices for {raw_days}",
        {
            "source": "where it comes from",
            "source_id": "its number there",
            "sport_type": "kind of sport, as the source names it",
            "local_date": "the date where you were",
            "start_utc": "start, in UTC",
            "utc_offset_s": "seconds that your clock was ahead of UTC",
            "start_hidden": "whether Strava hides the time of the start",
            "distance_m": "metres",
            "moving_s": "seconds in motion",
            "elapsed_s": "seconds from start to end",
            "climb_m": "metres of climb",
            "manual": "entered by hand",
            "trainer": "on a treadmill",
            "private": "“Only You” on Strava",
            "flagged": "flagged on Strava",
            "title": "its title, while it is kept",
            "device": "its device, while it is kept",
        },
    ),
    "days": Sheet(
        "daily_totals",
        "Daily totals",
        "What you ran and walked on each date. It follows from the runs and stays when they are gone: for boards, your "
        "recent mileage, and even teams.",
        _ACCOUNT,
        {
            "local_date": "the date where you were",
            "sport_class": "run or foot",
            "distance_m": "metres",
            "moving_s": "seconds in motion",
            "climb_m": "metres of climb",
            "runs": "how many",
            "longest_m": "metres of the longest",
        },
    ),
    "memberships": Sheet(
        "groups",
        "Groups",
        "The groups you are in, and your part there.",
        "until you leave the group",
        {
            "group": "name of the group",
            "role": "organiser, captain, coach or member",
            "joined_at": "when you joined",
            "notice": "what the group's page still has to tell you",
        },
    ),
    "consents": Sheet(
        "consents_to_groups",
        "Consents to groups",
        "What each group may see of you, and under which name.",
        "until you leave the group",
        {
            "group": "name of the group",
            "text_version": "version of the text you agreed to",
            "level": "totals, or points for score and place alone",
            "name_style": "full, initial or alias",
            "shown_name": "the name the group sees",
            "given_at": "when you agreed",
            "withdrawn_at": "when you took it back",
        },
    ),
    "entries": Sheet(
        "challenges",
        "Challenges you are in",
        "Each challenge that you take part in.",
        _ENTRY,
        _CHALLENGE
        | {
            "group": "name of the group",
            "starts_on": "first date",
            "ends_on": "last date",
            "final_since": "since when its totals are final",
            "joined_at": "when you came into it",
        },
    ),
    "spells": Sheet(
        "times_in_teams",
        "Times in a team",
        "From which date to which you ran for which team.",
        _ENTRY,
        _CHALLENGE | {"team": "name of the team", "from_date": "first date", "to_date": "last date, empty for “still”"},
    ),
    "scores": Sheet(
        "daily_scores",
        "Daily scores in challenges",
        "What each of your days brought to a challenge, and for which team.",
        _ENTRY,
        _CHALLENGE
        | {
            "local_date": "the date where you were",
            "team": "the team it counts for",
            "metres": "metres that count",
            "runs": "how many runs count",
        },
    ),
    "standings": Sheet(
        "totals",
        "Totals in challenges",
        "Your total in each challenge: the sum of its days.",
        _ENTRY,
        _CHALLENGE
        | {
            "team": "your team now",
            **_SUMS,
            "waits_from": "the first date that the board has still to take in",
        },
    ),
    "shares": Sheet(
        "totals_for_teams",
        "Totals in teams",
        "What you brought to each team you ran for.",
        _ENTRY,
        _CHALLENGE | {"team": "name of the team", **_SUMS},
    ),
    "placements": Sheet(
        "boards",
        "Places on boards",
        "Your row on each board as it was last published. Your rank follows from all rows and is not stored.",
        _ENTRY,
        _CHALLENGE
        | {
            "team": "your team",
            **_SUMS,
            "total_before_m": "metres up to the day before",
            "gap_m": "metres to the next one ahead",
        },
    ),
    "overtakes": Sheet(
        "overtakes",
        "Days you went past others",
        "On which date you went past how many.",
        _ENTRY,
        _CHALLENGE | {"local_date": "the date", "passed": "how many you went past"},
    ),
    "passing": Sheet(
        "passed_others",
        "Runners you went past",
        "One row for each of the nearest whom you went past that day. Who they are is theirs, and not in your copy.",
        _ENTRY,
        _CHALLENGE | {"local_date": "the date", "place": "0 is the nearest"},
    ),
    "passed": Sheet(
        "passed_by_others",
        "Times others went past you",
        "One row for each who went past you that day. Who they are is theirs, and not in your copy.",
        _ENTRY,
        _CHALLENGE | {"local_date": "the date", "place": "how near you were to them, 0 is the nearest"},
    ),
}

# As the page shows them.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("You", ("accounts", "connecting", "links")),
    ("Strava", ("connections", "first_pulls", "events")),
    ("What you ran", ("runs", "days")),
    ("Groups", ("memberships", "consents")),
    ("Challenges", ("entries", "spells", "scores", "standings", "shares", "placements")),
    ("Who went past whom", ("overtakes", "passing", "passed")),
)


def scopes_in_words(scopes: Collection[str]) -> str:
    """Return what somebody allowed on Strava's page."""
    words = {
        "read": "your profile",
        "activity:read": "your activities",
        "activity:read_all": "those that only you can see",
    }
    return ", ".join(said for scope, said in words.items() if scope in scopes) or "nothing"


def kept_in_words(key: str, raw_days: str) -> str:
    """Return how long rows of a kind are kept; `raw_days`: how long titles and devices are, in words."""
    return SHEETS[key].kept.format(raw_days=raw_days)


def plain(value: Any) -> Any:
    """Return a value as JSON takes it: dates and moments as ISO 8601 says, moments to the second, in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def cell(value: Any) -> str:
    """Return a value as a cell of a table that no spreadsheet takes for a formula.

    A text that looks like one gets a ' in front, as spreadsheets themselves write it. Nothing is an empty cell.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"'{value}" if value.lstrip(" ").startswith(_FORMULA) else value
    return str(plain(value))


def read_me(exported_at: datetime, raw_days: str) -> str:
    """Return the text that explains the copy: its files, and each of their columns."""
    lines = [
        "Everything that is held about you here",
        f"Made on {plain(exported_at)}, format {FORMAT}.",
        "",
        "everything.json holds all of it; each .csv file holds one kind of rows (UTF-8, commas, one line of names).",
        "Dates read 2026-11-12, moments 2026-11-12T07:00:00Z (UTC). An empty cell is “nothing”. In .csv files a text",
        "that begins like a formula has a ' in front of it.",
        "",
        *(line for key in SHEETS for line in _explained(key, raw_days)),
    ]
    return "\n".join(lines)


def _explained(key: str, raw_days: str) -> Iterable[str]:
    sheet = SHEETS[key]
    yield f"{sheet.file}.csv: {sheet.words}"
    yield f"  {sheet.about}"
    yield f"  Kept {kept_in_words(key, raw_days)}."
    yield from (f"    {name}: {meaning}" for name, meaning in sheet.columns.items())
    yield ""
