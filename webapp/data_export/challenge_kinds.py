"""What is stored about a runner in challenges, until they are final."""

from sqlalchemy import select

from webapp.data_export.kinds import (
    CHALLENGE,
    CHALLENGE_COLUMNS,
    SUM_COLUMNS,
    TEAM,
    UNTIL_YOU_LEAVE,
    AnySelect,
    Kind,
    of_entries,
)
from webapp.models.challenges import Challenge, ChallengeLeaver, Entry, Pick, Series, SeriesChoice, Team, TeamStint
from webapp.models.chase import Overtake, Passed
from webapp.models.groups import Group
from webapp.models.leaderboards import Placement
from webapp.models.scoring import DayScore, Standing, TeamShare

FOUND_AT = "when we found it, which is later if a run was uploaded late"


def _entries(runner_id: int) -> AnySelect:
    window = (Challenge.starts_on, Challenge.ends_on, Challenge.frozen_at.label("final_since"))
    snapshot = (Entry.usual_longest_m.label("habit_m"), Entry.baseline_snapshot_at.label("fixed_at"))
    fixed = (Entry.target, Entry.baseline, Entry.baseline_weeks, Entry.baseline_own, *snapshot)
    mine = select(*CHALLENGE, Group.name.label("group"), *window, Entry.joined_at, *fixed).select_from(Entry)
    joined = mine.join(Challenge, Challenge.id == Entry.challenge_id).join(Group, Group.id == Challenge.group_id)
    return joined.where(Entry.runner_id == runner_id).order_by(Challenge.starts_on, Entry.id)


def _stints(runner_id: int) -> AnySelect:
    found = of_entries(runner_id, TeamStint, TEAM, TeamStint.from_date, TeamStint.to_date)
    return found.join(Team, Team.id == TeamStint.team_id).order_by(TeamStint.from_date)


def _scores(runner_id: int) -> AnySelect:
    columns = (DayScore.local_date, TEAM, DayScore.value, DayScore.amount, DayScore.runs)
    found = of_entries(runner_id, DayScore, *columns).outerjoin(Team, Team.id == DayScore.team_id)
    return found.order_by(DayScore.local_date)


def _standings(runner_id: int) -> AnySelect:
    sums = (Standing.total, Standing.days, Standing.dirty_from.label("waits_from"))
    return of_entries(runner_id, Standing, TEAM, *sums).outerjoin(Team, Team.id == Standing.team_id)


def _shares(runner_id: int) -> AnySelect:
    found = of_entries(runner_id, TeamShare, TEAM, TeamShare.total, TeamShare.days, TeamShare.met)
    return found.join(Team, Team.id == TeamShare.team_id).order_by(Team.position)


def _placements(runner_id: int) -> AnySelect:
    p = Placement
    columns = (p.total, p.days, p.before.label("total_before"), p.gap, p.rank_only)
    return of_entries(runner_id, p, TEAM, *columns).outerjoin(Team, Team.id == p.team_id)


def _overtakes(runner_id: int) -> AnySelect:
    columns = (Overtake.local_date, Overtake.passed_count.label("passed"))
    return of_entries(runner_id, Overtake, *columns, owner="passer_id").order_by(Overtake.local_date)


def _passing(runner_id: int) -> AnySelect:
    found = of_entries(runner_id, Passed, Passed.local_date, Passed.place, Passed.found_at, owner="passer_id")
    return found.order_by(Passed.local_date, Passed.place)


def _passed(runner_id: int) -> AnySelect:
    found = of_entries(runner_id, Passed, Passed.local_date, Passed.place, Passed.found_at, owner="passed_id")
    return found.order_by(Passed.local_date, Passed.place)


def _choices(runner_id: int) -> AnySelect:
    mine = select(Series.name.label("series"), SeriesChoice.enters).join(Series, Series.id == SeriesChoice.series_id)
    return mine.where(SeriesChoice.runner_id == runner_id).order_by(Series.id)


def _left(runner_id: int) -> AnySelect:
    left = select(ChallengeLeaver.challenge_id, Challenge.name.label("challenge"))
    mine = left.join(Challenge, Challenge.id == ChallengeLeaver.challenge_id)
    return mine.where(ChallengeLeaver.runner_id == runner_id).order_by(Challenge.id)


def _picks(runner_id: int) -> AnySelect:
    return of_entries(runner_id, Pick, TEAM, Pick.number).join(Team, Team.id == Pick.team_id)


KINDS = (
    Kind(
        key="entries",
        section="Challenges",
        file="challenges",
        words="Challenges you are in",
        about="Each challenge that you take part in.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS
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
        select=_entries,
        owner=Entry.runner_id,
        when=Entry.joined_at,
    ),
    Kind(
        key="spells",
        section="Challenges",
        file="times_in_teams",
        words="Times in a team",
        about="From which date to which you ran for which team.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS
        | {"team": "name of the team", "from_date": "first date", "to_date": "last date, empty for “still”"},
        select=_stints,
        owner=TeamStint.entry_id,
        when=TeamStint.from_date,
    ),
    Kind(
        key="scores",
        section="Challenges",
        file="daily_scores",
        words="Daily scores in challenges",
        about="What each of your days brought to a challenge, and for which team.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS
        | {
            "local_date": "the date where you were",
            "team": "the team it counts for",
            "value": "by how much your total grew, in its unit",
            "amount": "what was measured that day, in the unit of the measure",
            "runs": "how many runs count",
        },
        select=_scores,
        owner=DayScore.entry_id,
        when=DayScore.local_date,
    ),
    Kind(
        key="standings",
        section="Challenges",
        file="totals",
        words="Totals in challenges",
        about="Your total in each challenge: the sum of its days.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS
        | {
            "team": "your team now",
            **SUM_COLUMNS,
            "waits_from": "the first date that the board does not show yet",
        },
        select=_standings,
        owner=Standing.entry_id,
    ),
    Kind(
        key="shares",
        section="Challenges",
        file="totals_for_teams",
        words="Totals in teams",
        about="What you brought to each team you ran for.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS
        | {"team": "name of the team", **SUM_COLUMNS, "met": "whether you have reached your target"},
        select=_shares,
        owner=TeamShare.entry_id,
    ),
    Kind(
        key="placements",
        section="Challenges",
        file="boards",
        words="Places on boards",
        about="Your row on each board as it was last published. Your rank follows from all rows and is not stored.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS
        | {
            "team": "your team",
            **SUM_COLUMNS,
            "total_before": "the total up to the day before",
            "gap": "to the next one ahead",
            "rank_only": "whether others see your place and not your total",
        },
        select=_placements,
        owner=Placement.entry_id,
    ),
    Kind(
        key="overtakes",
        section="Who went past whom",
        file="overtakes",
        words="Days you went past others",
        about="On which date you went past how many.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS | {"local_date": "the date", "passed": "how many you went past"},
        select=_overtakes,
        owner=Overtake.passer_id,
        when=Overtake.local_date,
    ),
    Kind(
        key="passing",
        section="Who went past whom",
        file="passed_others",
        words="Runners you went past",
        about=("One row for each of the nearest runners you went past that day. Your copy does not name them."),
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS | {"local_date": "the date", "place": "0 is the nearest", "found_at": FOUND_AT},
        select=_passing,
        owner=Passed.passer_id,
        when=Passed.local_date,
    ),
    Kind(
        key="passed",
        section="Who went past whom",
        file="passed_by_others",
        words="Times others went past you",
        about="One row for each runner who went past you that day. Your copy does not name them.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS
        | {"local_date": "the date", "place": "how near you were to them, 0 is the nearest", "found_at": FOUND_AT},
        select=_passed,
        owner=Passed.passed_id,
        when=Passed.local_date,
    ),
    Kind(
        key="choices",
        section="Challenges",
        file="challenges_that_renew",
        words="Repeating challenges that enter you",
        about="Whether a repeating challenge enters you each time, if you have chosen.",
        kept="until you leave the group",
        columns={"series": "name of the challenge that renews", "enters": "whether you are entered"},
        select=_choices,
        owner=SeriesChoice.runner_id,
    ),
    Kind(
        key="left",
        section="Challenges",
        file="challenges_you_left",
        words="Challenges you left",
        about=(
            "Challenges with teams that you left. If you come back, only what you run from that day on counts for a "
            "team."
        ),
        kept="until the results are final",
        columns={"challenge_id": "our number of the challenge", "challenge": "name of the challenge"},
        select=_left,
        owner=ChallengeLeaver.runner_id,
    ),
    Kind(
        key="picks",
        section="Challenges",
        file="picks",
        words="Picked by a captain",
        about="Your place in the order of the picks.",
        kept=UNTIL_YOU_LEAVE,
        columns=CHALLENGE_COLUMNS | {"team": "name of the team", "number": "your place in the order, from 1"},
        select=_picks,
        owner=Pick.entry_id,
    ),
)
