"""The kinds of rows that are held about a runner in challenges; `sheets` has the others, and says what they are for."""

from collections.abc import Mapping
from typing import NamedTuple


class Sheet(NamedTuple):
    """One kind of row: what it is called, what it is, how long it is kept, and the columns of the copy.

    `kept` may name {raw_days}, in words.
    """

    file: str
    words: str
    about: str
    kept: str
    columns: Mapping[str, str]


_ENTRY = "until you leave the group"
_CHALLENGE = {
    "challenge_id": "our number of the challenge",
    "challenge": "its name",
}
_SUMS = {
    "total": "in the unit of its rules: metres, seconds, or a number; points and per cent in thousandths",
    "days": "days with a counting run",
}

CHALLENGE_SHEETS: Mapping[str, Sheet] = {
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
            "target": "your target, in the unit of its measure",
            "baseline": "what you are measured against: the mean of a week before it began",
            "baseline_weeks": "over how many weeks",
            "baseline_own": "whether it is your own, or the group's median",
            "habit_m": "metres of your longest run in the weeks before",
            "fixed_at": "when these were fixed",
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
            "value": "by how much your total grew, in its unit",
            "amount": "what was measured that day, in the unit of the measure",
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
        _CHALLENGE | {"team": "name of the team", **_SUMS, "met": "whether you have reached your target"},
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
            "total_before": "the total up to the day before",
            "gap": "to the next one ahead",
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
    "choices": Sheet(
        "challenges_that_renew",
        "Whether you go along",
        "Whether you are entered when a repeating challenge starts again, where you chose.",
        "until you leave the group",
        {"series": "name of the challenge that renews", "enters": "whether you are entered"},
    ),
    "left": Sheet(
        "challenges_you_left",
        "Challenges you left",
        "Challenges with teams that you left. If you come back, only what you run from that day on counts for a team.",
        "until the results are final",
        {"challenge_id": "our number of the challenge", "challenge": "name of the challenge"},
    ),
    "picks": Sheet(
        "picks",
        "Picked by a captain",
        "As which of all you were picked for a team.",
        _ENTRY,
        _CHALLENGE | {"team": "name of the team", "number": "as which of all, from 1"},
    ),
    "reviews": Sheet(
        "reviews",
        "Runs you asked organisers to look at",
        "What your organisers saw of them, and what they decided.",
        _ENTRY,
        _CHALLENGE
        | {
            "source": "where the run comes from",
            "source_id": "its number there",
            "verdict": "what you asked about",
            "local_date": "its date",
            "distance_m": "its metres then",
            "moving_s": "its seconds in motion then",
            "climb_m": "its metres of climb then, where they were what you asked about",
            "asked_at": "when you asked",
            "note": "what you wrote",
            "decision": "count, leave_out or adjust",
            "adjusted_m": "metres that count in place of its own",
            "adjusted_s": "seconds that count in place of its own",
            "adjusted_climb_m": "metres of climb that count in place of its own",
            "reason": "the reason you were given",
            "decided_at": "when it was decided",
            "answer": "what you answered",
            "answered_at": "when you answered",
            "taken_back_at": "when you took the request back",
        },
    ),
    "effects": Sheet(
        "changes_of_rules",
        "What changed rules did to your total",
        "Your total and place before the rules of a challenge changed, and after.",
        _ENTRY,
        _CHALLENGE
        | {
            "edition": "which edition of the rules it led to",
            "total_before": "total before, in the unit of the rules then",
            "rank_before": "place before",
            "total_after": "total after",
            "rank_after": "place after",
        },
    ),
    "results": Sheet(
        "results",
        "Final results",
        "Your place in challenges that are final.",
        "until you leave the group; then the place stays as “a former member”, without you or your total",
        _CHALLENGE
        | {
            "team": "name of the team",
            "place": "as which on the board, from 1",
            "rank": "your rank",
            **_SUMS,
            "gap": "to the next one ahead",
        },
    ),
    "decided": Sheet(
        "decisions_by_you",
        "What you did in a group",
        "What the group's log says you did.",
        "as long as the group, without your name once you are gone",
        {"group": "name of the group", "at": "when", "action": "what was done", "words": "the reason given"},
    ),
    "decided_about": Sheet(
        "decisions_about_you",
        "What others decided about you",
        "What the group's log says others did about you.",
        "as long as the group, without your name once you are gone",
        {"group": "name of the group", "at": "when", "action": "what was done", "words": "the reason given"},
    ),
    "captaincies": Sheet(
        "captaincies",
        "Teams you pick for",
        "Where captains pick: the teams that you pick for.",
        "as long as the challenge, without you once you are gone",
        _CHALLENGE | {"team": "name of the team"},
    ),
    "rule_changes": Sheet(
        "changes_of_rules_by_you",
        "Rules you changed",
        "When you changed the rules of a challenge, and why.",
        "as long as the challenge, without you once you are gone",
        _CHALLENGE | {"edition": "which edition it led to", "made_at": "when", "reason": "your reason"},
    ),
    "judged": Sheet(
        "reviews_by_you",
        "Runs you decided on",
        "What you decided when somebody asked for a look. Whose run it was is theirs, and not in your copy.",
        "as long as the challenge, without you once you are gone",
        _CHALLENGE | {"decided_at": "when", "decision": "count, leave_out or adjust", "reason": "your reason"},
    ),
}
