"""What a message says: as true as when it is sent, and no more than anybody may read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support.boards import Made, make_board, publish, set_day
from tests.support.builders import NOON, make_connection
from tests.support.consents import choose
from tests.support.finals import DECEMBER, make_final
from tests.support.group_runs import group_run, pace_group
from tests.support.overtakes import derive_overtakes
from tests.support.settings import with_settings
from webapp.db import db
from webapp.extensions import clock
from webapp.group_channels.message_queries import message_of
from webapp.models.accounts import Runner
from webapp.models.announcements import Announcement
from webapp.models.challenges import Challenge
from webapp.models.facts import Fact
from webapp.models.groups import Consent, Group
from webapp.models.words import ConnectionState, FactKind, RunStatus
from webapp.rulebook.ruleset import RuleSet

SITE = "https://run.example.org"
TOTALS = {"Ana Ruiz": 90_000, "Ben Obi": 80_000, "Cleo Dax": 70_000, "Dan Eck": 60_000}


def told(made: Made, kind: FactKind, now: datetime = NOON, **values: object) -> str:
    """Return the first line of a message about a fact, "" for none."""
    ids = {"group_id": made.group.id, "challenge_id": made.challenge.id, "data": {}}
    fact = Fact(**{"kind": kind, "key": "1", "happened_at": now, **ids, **values})
    group = db.session.get_one(Group, made.group.id)
    return message_of(fact, group, now, SITE).partition("\n")[0]


def outside(made: Made, *numbers: int) -> None:
    for number in numbers:
        choose(made.group.id, made.runners[number], outside=True)


def final(made: Made) -> str:
    db.session.expire_all()
    return told(made, FactKind.CHALLENGE_FINAL, DECEMBER)


def test_a_final_challenge_names_only_those_who_may_be_shown_outside(app: Flask) -> None:
    made = make_final(TOTALS)
    assert final(made) == "November is final."
    outside(made, 0, 2, 3)
    assert final(made) == "November is final. Among the first three: Ana and Cleo."
    outside(made, 1)
    assert final(made) == "November is final. The first three: Ana, Ben and Cleo."
    choose(made.group.id, made.runners[1], outside=False)
    choose(made.group.id, made.runners[2], "hidden")
    assert final(made) == "November is final. Among the first three: Ana."
    make_connection(db.session.get_one(Runner, made.runners[0]), state=ConnectionState.DEAUTHORISED)
    assert final(made) == "November is final."


def test_places_are_told_of_those_who_show_no_more_and_no_figure_of_anybody(app: Flask) -> None:
    made = make_final(TOTALS)
    outside(made, 0, 1, 2)
    choose(made.group.id, made.runners[0], "points")
    assert final(made) == "November is final. The first three: Ana, Ben and Cleo."
    with with_settings(app, sharing="points"):
        assert final(made) == "November is final. The first three: Ana, Ben and Cleo."


def test_a_longest_run_names_only_those_who_show_theirs(app: Flask) -> None:
    made = make_final(TOTALS)
    longest = RuleSet(measure="longest_run")
    db.session.execute(update(Challenge).values(rules=longest, shown_rules=longest))
    db.session.commit()
    outside(made, 0, 1)
    choose(made.group.id, made.runners[1], longest=True)
    assert final(made) == "November is final. Among the first three: Ben."


def test_one_goal_for_all_names_nobody(app: Flask) -> None:
    made = make_final(TOTALS, rules=RuleSet(shape="group_goal", params={"goal": 400_000}))
    outside(made, 0, 1, 2)
    assert final(made) == "November is final."


def test_an_overtake_names_both_or_nobody(app: Flask) -> None:
    clock().set(now=NOON)
    made = make_board(list(TOTALS))
    for day, values in ((date(2026, 11, 10), (1000, 2000, 3000, 0)), (date(2026, 11, 11), (9000, 0, 0, 0))):
        for entry, value in zip(made.entries, values, strict=True):
            set_day(made, entry, day, value)
    db.session.commit()
    publish(made, date(2026, 11, 12))
    derive_overtakes(made)

    def passing() -> str:
        db.session.expire_all()
        about = {"runner_id": made.runners[0], "data": {"date": "2026-11-11"}}
        return told(made, FactKind.OVERTOOK, NOON, **about)

    assert passing() == ""
    outside(made, 1, 2)
    assert passing() == "", "the one who went past is not shown outside"
    outside(made, 0)
    assert passing() == "Ana went past Cleo and Ben in November."
    choose(made.group.id, made.runners[2], "points")
    assert passing() == "Ana went past Ben in November."
    with with_settings(app, sharing="points"):
        assert passing() == ""
    choose(made.group.id, made.runners[1], outside=False)
    assert passing() == ""


@pytest.mark.parametrize(
    ("days_before", "said"),
    [
        (2, "3 days left in November. It ends on Mon 30 Nov."),
        (1, "2 days left in November. It ends on Mon 30 Nov."),
        (0, "The last day of November. It ends on Mon 30 Nov."),
        (-1, ""),
    ],
)
def test_days_left_are_counted_when_it_is_sent(app: Flask, days_before: int, said: str) -> None:
    made = make_board(["Ana Ruiz"])
    now = datetime(2026, 11, 30, 12, tzinfo=UTC) - timedelta(days=days_before)
    assert told(made, FactKind.THREE_DAYS_LEFT, now) == said


def test_a_beginning_is_told_until_the_challenge_is_over(app: Flask) -> None:
    made = make_board(["Ana Ruiz"])
    assert told(made, FactKind.CHALLENGE_BEGINS) == "November has begun. It ends on Mon 30 Nov."
    assert told(made, FactKind.CHALLENGE_BEGINS, DECEMBER) == ""
    assert told(made, FactKind.CHALLENGE_BEGINS, challenge_id=None) == ""


def test_words_of_people_mention_nobody_and_hide_no_link(app: Flask) -> None:
    made = make_board(["Ana Ruiz"])
    title = "@everyone <!channel> [free](https://evil.example) **`x`**"
    one = Announcement(
        group_id=made.group.id, author_id=made.runners[0], title=title, text="Elm Street 5", posted_at=NOON
    )
    db.session.add(one)
    db.session.commit()
    said = told(made, FactKind.ANNOUNCEMENT, data={"announcement_id": one.id})
    assert said == "Announcement: ＠everyone ‹!channel› (free)(https://evil.example) ∗∗’x’∗∗"
    one.ends_on = date(2026, 11, 11)
    assert told(made, FactKind.ANNOUNCEMENT, data={"announcement_id": one.id}) == ""


def test_nothing_tells_which_group_it_is(app: Flask) -> None:
    made = make_board(["Ana Ruiz"])
    group = db.session.get_one(Group, made.group.id)
    fact = Fact(kind=FactKind.CHALLENGE_BEGINS, key="1", happened_at=NOON, challenge_id=made.challenge.id, data={})
    said = message_of(fact, group, NOON, SITE)
    assert group.name not in said and group.slug not in said
    assert said.endswith(f"{SITE}/from-channel/challenges/{made.challenge.id}")


def test_the_first_name_is_that_of_the_name_that_the_group_sees(app: Flask) -> None:
    made = make_final(TOTALS)
    outside(made, 0)
    mine = (Consent.group_id == made.group.id, Consent.runner_id == made.runners[0])
    for shown, first in (("🏃 Ana Ruiz", "🏃 Ana"), ("Flecha", "Flecha"), ("@here Ana", "＠here")):
        db.session.execute(update(Consent).where(*mine).values(shown_name=shown))
        db.session.commit()
        assert final(made) == f"November is final. Among the first three: {first}."
    assert db.session.scalar(select(Challenge.name)) == "November"


def test_a_group_run_is_told_with_its_day_and_hour_without_place_or_names(app: Flask) -> None:
    made = make_board(["Ana Ruiz", "Ben Obi"])
    clock().set(now=NOON)
    run = group_run(
        made.group, title="@here Track", meeting_place="Behind my house", tz="Europe/Berlin", reason="Storm"
    )
    pace_group(run, leader_id=made.runners[0])
    db.session.commit()
    ids = {"challenge_id": None, "group_run_id": run.id, "data": {"starts_at": run.starts_at.isoformat()}}

    def says(kind: FactKind, now: datetime = NOON) -> str:
        db.session.expire_all()
        return told(made, kind, now, **ids)

    assert says(FactKind.RUN_REMINDER) == "Fri 13 Nov, 18:30: ＠here Track."
    assert says(FactKind.RUN_CHANGED) == "＠here Track has changed. It starts on Fri 13 Nov, 18:30."
    assert says(FactKind.RUN_CHANGED_SOON, run.starts_at) == says(FactKind.RUN_REMINDER, run.starts_at) == ""
    run.status = RunStatus.CANCELLED
    db.session.commit()
    assert says(FactKind.RUN_CHANGED_SOON) == "Cancelled: ＠here Track, Fri 13 Nov, 18:30."
    assert says(FactKind.RUN_REMINDER) == ""
