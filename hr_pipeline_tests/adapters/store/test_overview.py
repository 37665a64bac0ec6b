"""What is seen at a glance: holds with their first night, conflicts by age, nights by status."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hr_pipeline.adapters.store import overview
from hr_pipeline.adapters.store.applying import Attempt, Failure, SyncRun, record_failures
from hr_pipeline.adapters.store.snapshots import Snapshot, add_snapshots
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Review, Settings
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A, B = "securex-a", "payfit-b"
STAFF = [person(f"w{i}") for i in range(10)]
FEW = STAFF[:5]  # five of ten are missing: more than two, and more than a fifth
HOMONYM = person("x1", first_name="Ada", last_name="Wouters", email="ada.new@example.com")


def holds(platform: Platform) -> list[dict[str, Any]]:
    with platform.store.opened() as database:
        return overview.waiting_holds(database)


@pytest.fixture
def two(platform: Platform) -> Platform:
    """Two companies after their first night."""
    platform.connect(A)
    platform.connect(B)
    platform.night({A: STAFF, B: [person("b1"), person("b2")]})
    return platform


def test_a_held_run_waits_since_the_first_of_the_nights_in_a_row_and_says_what_its_plan_would_do(two: Platform) -> None:
    for _ in range(2):
        two.night({A: FEW})
    run = two.night({A: FEW})[A]
    (hold,) = holds(two)
    assert (hold["connection_id"], hold["scope"], hold["code"], hold["sync_run_id"]) == (A, "run", "HELD_MISSING", run.sync_run_id)
    assert (hold["since"], hold["runs"], hold["people"]) == (FIRST_NIGHT + timedelta(days=1), 3, 5)
    assert (hold["plan_id"], hold["detail"]["observed"], hold["detail"]["limit"]) == (run.plan_id, "5", "2")
    assert hold["buckets"]["synchronised"] == 5


def test_a_night_that_goes_through_ends_the_wait_and_the_next_hold_counts_anew(two: Platform) -> None:
    two.night({A: FEW})
    two.night({A: STAFF})
    assert holds(two) == []
    two.night({A: FEW})
    (hold,) = holds(two)
    assert (hold["since"], hold["runs"]) == (FIRST_NIGHT + timedelta(days=3), 1)


def test_a_review_waits_like_a_guard(platform: Platform) -> None:
    platform.connect(A, settings=Settings(review=Review.FIRST))
    run = platform.night({A: STAFF})[A]
    (hold,) = holds(platform)
    assert (hold["code"], hold["plan_id"], hold["buckets"]["new"]) == ("HELD_REVIEW", run.plan_id, 10)


def test_employees_whom_a_guard_holds_wait_although_their_run_was_applied(two: Platform) -> None:
    raised = [{**STAFF[0], "gross_amount": Decimal("9000.00")}, *STAFF[1:]]
    two.night({A: raised})
    run = two.night({A: raised})[A]
    assert run.counts.held == 1
    (hold,) = holds(two)
    assert (hold["scope"], hold["code"], hold["people"], hold["sync_run_id"]) == ("rows", "HELD_GROSS", 1, run.sync_run_id)
    assert (hold["since"], hold["runs"]) == (FIRST_NIGHT + timedelta(days=1), 2)


def test_what_a_disconnected_company_held_waits_for_nobody(two: Platform) -> None:
    two.night({A: FEW})
    with two.store.opened() as database:
        database.run("UPDATE connection SET active = FALSE")
    assert holds(two) == []


@pytest.fixture
def asked(two: Platform) -> Platform:
    """A conflict of A that has waited three nights by now, the fourth of the platform."""
    two.typed_in(A, [{"email": "ada.old@example.com", "first_name": "Ada", "last_name": "Wouters"}])
    for _ in range(3):
        two.night({A: [*STAFF[:9], HOMONYM]})
    return two


def test_open_conflicts_are_counted_by_connection_and_code_with_the_oldest_wait(asked: Platform) -> None:
    with asked.store.opened() as database:
        today = FIRST_NIGHT + timedelta(days=11)
        (group,) = overview.conflicts_by_code(database, today)
        (band,) = overview.conflicts_by_age(database, today)
        (one,) = overview.conflict_queue(database, today, 5)
    counted = {"conflicts": 1, "open": 1, "decided": 0, "deferred": 0, "oldest_days": 10, "oldest_runs": 3}
    assert group == {"connection_id": A, "code": "SAME_NAME", **counted}
    assert band == {"code": "SAME_NAME", "today": 0, "week": 0, "month": 1, "older": 0}
    assert (one["external_id"], one["days"], one["runs"], one["state"]) == ("x1", 10, 3, "open")


def test_a_conflict_that_somebody_deferred_no_longer_waits(asked: Platform) -> None:
    asked.resolve(A, "x1", Choice.DEFER)
    with asked.store.opened() as database:
        (group,) = overview.conflicts_by_code(database, FIRST_NIGHT + timedelta(days=30))
        assert (group["open"], group["deferred"], group["oldest_days"]) == (0, 1, 0)
        assert overview.conflict_queue(database, FIRST_NIGHT, 5) == []
        assert overview.conflicts_by_age(database, FIRST_NIGHT) == []


def failed(platform: Platform, connection_no: int, on: date) -> SyncRun:
    with platform.store.opened() as database:
        failure = Failure(connection_no, on, Code.PROVIDER_UNAVAILABLE, {})
        return record_failures(database, [failure], Attempt(Trigger.NIGHTLY, platform.clock), platform.clock)[0]


def test_of_a_night_the_last_run_of_each_connection_counts(two: Platform) -> None:
    failed(two, 1, FIRST_NIGHT + timedelta(days=1))
    failed(two, 2, FIRST_NIGHT + timedelta(days=1))
    two.night({A: STAFF})  # of the same date, later
    with two.store.opened() as database:
        first, second = overview.nights(database, FIRST_NIGHT + timedelta(days=1))
    assert (first["date"], first["success"], first["created"], first["employees"]) == (FIRST_NIGHT, 2, 12, 12)
    assert (second["connections"], second["success"], second["error"], second["held_runs"], second["unchanged"]) == (2, 1, 1, 0, 10)


def test_what_a_later_sync_of_the_day_changed_is_added_and_where_people_stand_is_the_newest_run_s(two: Platform) -> None:
    on = FIRST_NIGHT + timedelta(days=1)
    moved = [{**one, "first_name": f"{one['first_name']} Maria"} for one in STAFF[:4]]
    two.night({A: [*moved, *STAFF[4:]], B: [person("b1"), person("b2"), person("b3")]})
    again = [{**moved[0], "last_name": "Maes"}, *moved[1:], *STAFF[4:]]
    two.night({A: again}, on=on)  # by day, one company alone
    two.night({A: again}, on=on)
    with two.store.opened() as database:
        night = overview.nights(database, on)[-1]
    assert (night["connections"], night["success"], night["employees"]) == (2, 2, 13)
    assert (night["created"], night["updated"], night["unchanged"]) == (1, 5, 12)  # four and one were updated; one of them twice


def test_an_attempt_that_fails_after_the_night_takes_its_changes_from_nobody(two: Platform) -> None:
    on = FIRST_NIGHT + timedelta(days=1)
    two.night({A: [*STAFF, person("w10")]})
    failed(two, 1, on)
    with two.store.opened() as database:
        night = overview.nights(database, on)[-1]
    assert (night["error"], night["success"], night["created"], night["employees"]) == (1, 0, 1, 0)


def test_a_held_run_is_told_apart_from_an_error(two: Platform) -> None:
    two.night({A: FEW})
    with two.store.opened() as database:
        night = overview.nights(database, FIRST_NIGHT + timedelta(days=1))[-1]
    assert (night["error"], night["held_runs"], night["held"]) == (1, 1, 5)


def replayed(platform: Platform, on: date, *, held: bool = False) -> None:
    """A replay of a past day by a backfill, and, if a guard held it, what a person then let through."""
    platform.night({A: FEW if held else STAFF}, on=on, trigger=Trigger.BACKFILL)
    if held:
        platform.night({A: STAFF}, on=on, trigger=Trigger.APPROVAL)


@pytest.mark.parametrize("held", [False, True])
def test_a_past_day_that_was_replayed_is_not_a_night(two: Platform, held: bool) -> None:
    replayed(two, FIRST_NIGHT - timedelta(days=5), held=held)
    with two.store.opened() as database:
        (first,) = overview.nights(database, FIRST_NIGHT)
    assert (first["date"], first["connections"], first["success"]) == (FIRST_NIGHT, 2, 2)


def test_a_night_that_is_replayed_later_stays_as_it_was_and_what_was_let_through_of_it_counts(two: Platform) -> None:
    second = FIRST_NIGHT + timedelta(days=1)
    two.night({A: FEW})  # held
    two.night({A: STAFF}, on=second, trigger=Trigger.BACKFILL)
    with two.store.opened() as database:
        assert [(night["date"], night["held_runs"]) for night in overview.nights(database, second)] == [(FIRST_NIGHT, 0), (second, 1)]
    two.night({A: STAFF}, on=second, trigger=Trigger.APPROVAL)
    with two.store.opened() as database:
        assert [night["success"] for night in overview.nights(database, second)] == [2, 1]


def test_a_retry_of_a_replay_is_no_night_and_a_backfill_that_reaches_today_is_one(two: Platform) -> None:
    two.night({A: STAFF}, on=FIRST_NIGHT - timedelta(days=3), trigger=Trigger.RETRY)
    today = two.clock.date()
    two.night({A: STAFF}, on=today, trigger=Trigger.BACKFILL)
    with two.store.opened() as database:
        assert [night["date"] for night in overview.nights(database, today)] == [FIRST_NIGHT, today]


def test_only_so_many_nights_back_are_looked_at(two: Platform) -> None:
    with two.store.opened() as database:
        assert len(overview.nights(database, FIRST_NIGHT + timedelta(days=59))) == 1
        assert overview.nights(database, FIRST_NIGHT + timedelta(days=60)) == []


def test_connections_are_ranked_by_how_long_their_provider_takes(two: Platform) -> None:
    plain = Snapshot("s", 1, FIRST_NIGHT, two.clock, "0", 1, 10, 10, 0, 100)
    seconds = {("s1", 1): 2.0, ("s2", 1): 4.0, ("s3", 2): 5.0, ("s4", 2): None}
    with two.store.opened() as database:
        add_snapshots(
            database, [replace(plain, snapshot_id=name, connection_no=no, pull_seconds=took) for (name, no), took in seconds.items()]
        )
        slow, quick = overview.slowest_pulls(database, 5)
    assert (slow["connection_id"], slow["seconds"], slow["pulls"]) == (B, 5.0, 1)
    assert (quick["connection_id"], quick["seconds"], quick["longest"]) == (A, 3.0, 4.0)
