"""How much of its quota the application has used: quarter hours at :00 :15 :30 :45, days at midnight UTC."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from integrations.strava_simulator.settings import Limits
from integrations.strava_simulator.store import counter, usage

SPANS = (900, 86_400)
KINDS = ("read", "overall")


@dataclass(frozen=True, slots=True)
class Usage:
    """Requests in the current quarter hour and in the current day."""

    read: tuple[int, int]
    overall: tuple[int, int]


def count_request(connection: Connection, now: int) -> None:
    """Count one request in every window; those over a limit count as well.

    Everything that the simulator serves is a read: only uploads count as overall but not as reads.
    """
    rows = [{"kind": kind, "span": span, "begins": now - now % span, "requests": 1} for kind in KINDS for span in SPANS]
    statement = insert(usage)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["kind", "span", "begins"], set_={"requests": usage.c.requests + 1}
        ),
        rows,
    )


def count_read(connection: Connection, athlete_id: int, now: int) -> None:
    """Count one read of an athlete's activities, for the control page."""
    tally(connection, f"reads of {athlete_id}")
    row = insert(usage).values(kind=f"athlete {athlete_id}", span=SPANS[0], begins=now - now % SPANS[0], requests=1)
    again = {"requests": usage.c.requests + 1}
    connection.execute(row.on_conflict_do_update(index_elements=["kind", "span", "begins"], set_=again))


def reads_of_late(connection: Connection, now: int) -> dict[int, int]:
    """Return how often each athlete's activities were read in this quarter hour and the two before."""
    first = now - now % SPANS[0] - 2 * SPANS[0]
    of_athletes = (usage.c.kind.startswith("athlete "), usage.c.begins >= first)
    wanted = select(usage.c.kind, func.sum(usage.c.requests)).where(*of_athletes).group_by(usage.c.kind)
    return {int(kind.removeprefix("athlete ")): int(reads) for kind, reads in connection.execute(wanted)}


def used(connection: Connection, now: int) -> Usage:
    """Return the usage of the windows that contain `now`."""
    begins = [now - now % span for span in SPANS]
    rows = connection.execute(select(usage).where(usage.c.begins.in_(begins)))
    found = {(row.kind, row.span): row.requests for row in rows if row.begins == now - now % row.span}
    read, overall = ((found.get((kind, 900), 0), found.get((kind, 86_400), 0)) for kind in KINDS)
    return Usage(read, overall)


def exceeded(limits: Limits, usage_now: Usage) -> str | None:
    """Return the name of the exceeded limit, as Strava's error bodies write it."""
    for name, allowed, spent in (
        ("read rate limit", limits.read, usage_now.read),
        ("overall rate limit", limits.overall, usage_now.overall),
    ):
        if spent[0] > allowed[0] or spent[1] > allowed[1]:
            return name
    return None


def headers(limits: Limits, usage_now: Usage) -> dict[str, str]:
    """Return the four headers of every answer, each "quarter hour,day"."""
    return {
        "X-RateLimit-Limit": _pair(limits.overall),
        "X-RateLimit-Usage": _pair(usage_now.overall),
        "X-ReadRateLimit-Limit": _pair(limits.read),
        "X-ReadRateLimit-Usage": _pair(usage_now.read),
    }


def _pair(numbers: tuple[int, int]) -> str:
    return f"{numbers[0]},{numbers[1]}"


def tally(connection: Connection, *names: str) -> None:
    """Count something for the control page."""
    statement = insert(counter)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"count": counter.c.count + 1}),
        [{"name": name, "count": 1} for name in names],
    )
