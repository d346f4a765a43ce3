"""Failures that really happen: processes killed, servers gone, answers lost, limits met by several workers at once.

| what fails | shown by (in this folder, unless said otherwise) |
|---|---|
| time-out, 5xx, broken JSON | test_given_up; test_strava_refuses: what is no list; sync/test_failures |
| 429 in the middle of the work of several workers | test_strava_refuses: a limit; sync/test_failures |
| 401 | test_strava_refuses: in the middle of a list, even when it is new; sync/test_failures |
| refresh refused (400) | test_strava_refuses: a grant refused to several workers; test_refresh_races |
| two workers refresh at once | test_refresh_races: with a quick answer and with one held back |
| refresh answered, the answer lost | test_refresh_races: while the older token lives, one later try, never heard of |
| 403 inactive application | test_strava_refuses: pauses until a probe is served, the operator's click |
| 403 seat cap | test_on_strava: on the authorise page and on the exchange; seats/test_views |
| worker killed, horse killed, at any point | test_sync_killed, test_jobs_killed: at any commit and word to |
| | Redis, while Strava is asked, at random; test_workers_killed under the real queue, and how soon |
| Redis gone and back, empty or not | test_servers_gone under a whole instance; test_gone_midway in the middle |
| | of a sync; ops/test_run: the embedded one is started again |
| database gone for a while | test_servers_gone: stopped, and standing still; test_gone_midway |
| forged, malformed and huge events | test_forged_events on the real web server; sync/test_webhook |
| deauthorised | test_on_strava: hidden, erased, receipt; forged and late: sync/test_webhook; accounts/test_service |
| hidden (Only You) | test_on_strava: with and without the right to see it |
| distance edited in silence | test_on_strava: by the next read, by the last one before closing |

What most of them need is in `forks` (processes of the application by the dozen, and a trap at any step), `crew` (pool,
worker and schedule, to be killed), `servers` (a Redis and a PostgreSQL to be killed) and `states` (the database put
back, and all that has to be the same in the end).
"""
