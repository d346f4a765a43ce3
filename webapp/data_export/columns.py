"""Each kind of row that is held about a runner: what it is, how long it is kept, and what its columns in the copy mean.

The copy's columns are a promise: more may follow at the end of a sheet, none changes its meaning or goes without a new
`rules.FORMAT`.
"""

from collections.abc import Mapping

from webapp.data_export.challenge_columns import CHALLENGE_SHEETS, Sheet

_ACCOUNT = "as long as your account"
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
            "ended_at": "when you ended the connection on Strava, or Strava refused it",
            "refresh_tried_at": "when Strava last answered whether our connection still works",
            "refused_at": "since when Strava has refused it",
            "unauthorised_since": "since when Strava has refused reads although the connection works",
            "restored_at": "when a backup brought it back, until Strava confirms it",
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
        "7 days after they were processed",
        {
            "received_at": "when it came",
            "event_time": "when it happened, by Strava",
            "object_type": "activity or athlete",
            "object_id": "Strava's number of it",
            "aspect": "create, update or delete",
            "updates": "what changed, as JSON",
            "done_at": "when the read began that answered it",
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
            "first_m": "metres when it first came in",
            "moving_s": "seconds in motion",
            "elapsed_s": "seconds from start to end",
            "climb_m": "metres of climb",
            "manual": "entered by hand",
            "trainer": "on a treadmill",
            "private": "“Only You” on Strava",
            "flagged": "flagged on Strava",
            "first_seen_at": "when it came to you",
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
            "longest_at": "when you agreed to your longest run being seen",
        },
    ),
    **CHALLENGE_SHEETS,
}
