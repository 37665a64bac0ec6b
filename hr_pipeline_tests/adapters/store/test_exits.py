"""Exits and what lies ahead: an account closes the day after its last day, re-opens, waits for its first; and one list tells what comes."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hr_pipeline.adapters.store.account_days import status_on
from hr_pipeline.adapters.store.accounts import pay_on
from hr_pipeline.adapters.store.upcoming import took_effect, upcoming
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import paid, person
from hr_pipeline_tests.small_platform import CLEARABLE, EVERYTHING, Platform

A, B = "securex-a", "payfit-b"
DAY = timedelta(days=1)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """Two companies, whose guards on the whole run are open."""
    found = Platform(tmp_path)
    for connection_id in (A, B):
        found.connect(connection_id, settings=SETTINGS, mapping=CLEARABLE)
    return found


def today_of(platform: Platform) -> date:
    """The date by which the store's views judge."""
    found: date = platform.value("SELECT current_date")
    return found


def night(platform: Platform, on: date, **values: Any) -> str | None:
    """A snapshot with one person; what became of them."""
    return platform.outcomes(platform.night({A: [person("ana", **values)]}, on=on)[A])["ana"][0]


def statuses(platform: Platform, *days: date) -> list[str]:
    """The account's status on some days."""
    with platform.store.opened() as database:
        return [status_on(database, 1, day) for day in days]


def facts(platform: Platform, today: date, **asked: Any) -> list[tuple[str, str, str | None]]:
    """What lies ahead: date, kind, employee."""
    with platform.store.opened() as database:
        return [(str(one["date"]), one["kind"], one["external_id"]) for one in upcoming(database, today, **asked)]


def turned(platform: Platform, on: str) -> list[tuple[str, str | None]]:
    """What takes effect on a day: kind, employee."""
    with platform.store.opened() as database:
        return [(one["kind"], one["external_id"]) for one in took_effect(database, date.fromisoformat(on))]


def test_the_store_counts_days_in_brussels(platform: Platform) -> None:
    before = datetime.now(UTC).astimezone(ZoneInfo("Europe/Brussels")).date()
    assert platform.value("SELECT current_setting('TimeZone')") == "Europe/Brussels"
    assert before <= today_of(platform) <= datetime.now(UTC).astimezone(ZoneInfo("Europe/Brussels")).date()
    late = platform.value("SELECT (TIMESTAMPTZ '2026-06-30 22:30:00+00')::DATE")  # half past midnight in Brussels
    assert late == date(2026, 7, 1)


def test_an_account_closes_the_day_after_its_last_day_and_opens_on_its_first(platform: Platform) -> None:
    today = today_of(platform)
    people = [
        person("left", exit_date=today - DAY),
        person("leaves", exit_date=today),
        person("stays", exit_date=today + DAY),
        person("begins", start_date=today),
        person("comes", start_date=today + DAY),
        person("never", start_date=today - DAY, exit_date=today - DAY),
    ]
    platform.night({A: people}, on=today)
    told = {name: platform.account_of(A, name)["status"] for name in ("left", "leaves", "stays", "begins", "comes", "never")}
    assert told == {"left": "closed", "leaves": "active", "stays": "active", "begins": "active", "comes": "upcoming", "never": "closed"}


def test_an_exit_ahead_waits_can_be_moved_and_can_be_taken_back(platform: Platform) -> None:
    first, last = date(2026, 3, 2), date(2026, 6, 30)
    night(platform, first)
    assert night(platform, first + DAY, exit_date=last) == "updated"
    assert statuses(platform, last, last + DAY) == ["active", "closed"]
    assert night(platform, first + 2 * DAY, exit_date=last + DAY) == "updated"
    assert statuses(platform, last, last + DAY, last + 2 * DAY) == ["active", "active", "closed"]
    assert night(platform, first + 3 * DAY) == "updated"
    assert statuses(platform, last + 365 * DAY) == ["active"]
    assert night(platform, first + 4 * DAY) == "unchanged"
    assert platform.value("SELECT count(*) FROM problem WHERE code = 'PAY_RETROACTIVE'") == 0


def test_an_exit_date_that_is_cleared_opens_the_account_again(platform: Platform) -> None:
    today = today_of(platform)
    night(platform, today - 2 * DAY, exit_date=today - 3 * DAY)
    assert platform.account_of(A, "ana")["status"] == "closed"
    assert night(platform, today - DAY) == "updated"
    assert (platform.account_of(A, "ana")["status"], platform.account_of(A, "ana")["exit_date"]) == ("active", None)


def test_an_exit_date_that_may_not_be_cleared_stays_and_says_so(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connect(A, settings=SETTINGS, mapping=EVERYTHING)
    night(platform, date(2026, 3, 2), exit_date=date(2026, 2, 1))
    night(platform, date(2026, 3, 3))
    assert platform.account_of(A, "ana")["exit_date"] == date(2026, 2, 1)
    assert platform.rows("SELECT code, field FROM problem") == [{"code": "CLEAR_BLOCKED", "field": "exit_date"}]


def test_somebody_hired_again_under_the_same_id_keeps_one_account_and_its_history(platform: Platform) -> None:
    old = [("2024-01-01", "2026-03-31", "3000.00")]
    new = [*old, ("2026-09-01", None, "3300.00")]
    platform.night({A: [paid("ana", date(2026, 3, 2), old, exit_date=date(2026, 3, 31))]}, on=date(2026, 3, 2))
    platform.night({A: [paid("ana", date(2026, 6, 1), old, exit_date=date(2026, 3, 31))]}, on=date(2026, 6, 1))
    again = paid("ana", date(2026, 8, 3), new, start_date=date(2026, 9, 1))
    run = platform.night({A: [again]}, on=date(2026, 8, 3))[A]
    assert platform.rows("SELECT outcome, changed FROM reporting.outcomes WHERE sync_run_id = ?", [run.sync_run_id]) == [
        {"outcome": "updated", "changed": ["start_date", "exit_date", "pay_periods"]}
    ]
    assert platform.value("SELECT count(*) FROM account") == 1
    assert platform.value("SELECT count(*) FROM problem WHERE code = 'PAY_RETROACTIVE'") == 0
    assert statuses(platform, date(2026, 3, 31), date(2026, 6, 1), date(2026, 8, 31), date(2026, 9, 1)) == [
        "active",
        "closed",
        "upcoming",
        "active",
    ]
    with platform.store.opened() as database:
        amounts = [pay_on(database, 1, day) for day in (date(2026, 3, 31), date(2026, 6, 1), date(2026, 9, 1))]
    assert [pay and pay["gross_amount"] for pay in amounts] == ["3000.00", None, "3300.00"]
    kept = platform.rows("SELECT new_value FROM reporting.field_changes WHERE field = 'start_date' ORDER BY recorded_at")
    assert [row["new_value"] for row in kept] == ["2024-01-01", "2026-09-01"]


def test_everything_that_lies_ahead_is_listed_oldest_first(platform: Platform) -> None:
    on = date(2026, 3, 2)
    rise = [("2024-01-01", "2026-03-31", "3000.00"), ("2026-04-01", None, "3100.00")]
    people = [
        paid("rise", on, rise),
        person("gone", exit_date=date(2026, 3, 1)),
        person("leaves", exit_date=on),
        person("later", exit_date=date(2026, 12, 31)),
        person("plain"),
    ]
    platform.night({A: people, B: [paid("comes", on, [("2026-04-01", None, "2500.00")], start_date=date(2026, 4, 1))]}, on=on)
    assert facts(platform, on) == [
        ("2026-03-02", "exit", "leaves"),
        ("2026-04-01", "hire", "comes"),
        ("2026-04-01", "pay", "comes"),
        ("2026-04-01", "pay", "rise"),
        ("2026-12-31", "exit", "later"),
    ]
    assert facts(platform, on, connection_id=B) == [("2026-04-01", "hire", "comes"), ("2026-04-01", "pay", "comes")]
    assert len(facts(platform, on, until=date(2026, 4, 1))) == 4
    assert len(facts(platform, on, until=date(2026, 12, 31))) == 5
    assert facts(platform, date(2026, 4, 1)) == [("2026-12-31", "exit", "later")]
    assert facts(platform, date(2026, 12, 31)) == [("2026-12-31", "exit", "later")]
    assert facts(platform, date(2027, 1, 1)) == []
    with platform.store.opened() as database:
        [exit_fact] = upcoming(database, date(2026, 4, 1))
    assert exit_fact == {
        "date": date(2026, 12, 31),
        "kind": "exit",
        "connection_id": A,
        "external_id": "later",
        "account_id": exit_fact["account_id"],
        "takes_effect": date(2027, 1, 1),
    }


def test_whose_page_turned_on_a_day_is_told_even_when_no_sync_ran_on_it(platform: Platform) -> None:
    on = date(2026, 3, 2)
    rise = [("2024-01-01", "2026-03-04", "3000.00"), ("2026-03-05", None, "3100.00")]
    platform.night(
        {A: [paid("rise", on, rise), person("leaves", exit_date=date(2026, 3, 4)), person("comes", start_date=date(2026, 3, 5))]}, on=on
    )
    assert turned(platform, "2026-03-05") == [("hire", "comes"), ("exit", "leaves"), ("pay", "rise")]
    assert turned(platform, "2026-03-04") == []
    after = [("2026-03-05", "2026-04-30", "3100.00"), ("2026-05-01", None, "3200.00")]  # a provider that sends no history
    platform.night({A: [paid("rise", date(2026, 5, 4), after)]}, on=date(2026, 5, 4))
    assert ("pay", "rise") in turned(platform, "2026-03-05")
    assert turned(platform, "2026-05-01") == [("pay", "rise")]
