"""An account on a day: the employment that counts then, and who left its person out."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.account_days import account_on
from hr_pipeline.domain.connections import Limits, Review, Settings
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

ALPHA, BETA = "securex-alpha", "payfit-beta"
SETTINGS = Settings(review=Review.NEVER, limits=Limits(missing_floor=Decimal(50)))
MOVES = FIRST_NIGHT + timedelta(days=1)
DAY = timedelta(days=1)


def elke(external_id: str, **values: Any) -> dict[str, Any]:
    """The person who moves."""
    return person(external_id, "Elke", "Janssens", **{"email": "elke@example.com", "birth_date": date(1989, 9, 9), **values})


@pytest.fixture
def moved(tmp_path: Path) -> Platform:
    """Elke, employed by one company of a group on the first night and by another from the second on."""
    platform = Platform(tmp_path)
    platform.connect(ALPHA, group="Holding", settings=SETTINGS)
    platform.connect(BETA, group="Holding", settings=replace(SETTINGS, automatic_transfer=True))
    platform.night({ALPHA: [elke("a1"), person("a2")], BETA: [person("b9")]})
    at_beta = elke("b1", start_date=MOVES, effective_from=MOVES)
    platform.night({ALPHA: [elke("a1"), person("a2")], BETA: [person("b9"), at_beta]}, on=MOVES)
    assert platform.value("SELECT count(*) FROM link_ended") == 1
    return platform


def seen(platform: Platform, on: date) -> dict[str, Any]:
    """Elke's account on a day."""
    account_no = platform.value(
        "SELECT account_no FROM account JOIN account_version USING (account_no, version_no) WHERE first_name = 'Elke'"
    )
    with platform.store.opened() as database:
        return account_on(database, account_no, on)


@pytest.mark.parametrize(
    ("on", "company", "status", "link", "start", "end"),
    [
        (date(2023, 12, 31), "Securex-Alpha", "upcoming", "a1", date(2024, 1, 1), MOVES - DAY),
        (date(2024, 1, 1), "Securex-Alpha", "active", "a1", date(2024, 1, 1), MOVES - DAY),
        (MOVES - DAY, "Securex-Alpha", "active", "a1", date(2024, 1, 1), MOVES - DAY),
        (MOVES, "Payfit-Beta", "active", "b1", MOVES, None),
        (date(2099, 1, 1), "Payfit-Beta", "active", "b1", MOVES, None),
    ],
)
def test_company_status_dates_and_link_are_those_of_the_employment_of_the_day(
    moved: Platform, on: date, company: str, status: str, link: str, start: date, end: date | None
) -> None:
    account = seen(moved, on)
    assert (account["company"], account["status"], account["start_date"], account["exit_date"]) == (company, status, start, end)
    assert [one["external_id"] for one in account["links"]] == [link]
    assert [one["external_id"] for one in account["employments"] if one["in_force"]] == [link]
    fields = {row["field"]: row["value"] for row in account["fields"]}
    assert (fields["start_date"], fields["exit_date"]) == (start.isoformat(), end.isoformat() if end else None)


def test_between_two_employments_somebody_is_closed(moved: Platform) -> None:
    with moved.store.opened() as database:
        database.run("UPDATE link_ended SET ended_on = DATE '2025-06-30'")
    assert [seen(moved, on)["status"] for on in (date(2025, 6, 30), date(2025, 7, 1), MOVES)] == ["active", "closed", "active"]
    assert seen(moved, date(2025, 7, 1))["company"] == "Securex-Alpha"


def test_before_the_first_version_it_is_said_since_when_values_are_kept(moved: Platform) -> None:
    before = seen(moved, FIRST_NIGHT - DAY)
    assert before["kept_from"] == {"sync_run_id": "r1", "date": FIRST_NIGHT}
    assert {row["field"]: row["value"] for row in before["fields"]}["last_name"] is None
    assert seen(moved, FIRST_NIGHT)["kept_from"] is None


def test_an_exclusion_is_told_of_its_own_days_and_employment_only(moved: Platform) -> None:
    first = moved.clock.date()
    moved.leave_out(BETA, "b1", until=first + 5 * DAY)
    told = [seen(moved, first + days * DAY)["excluded"] for days in (-2, 0, 5, 6)]
    assert [one and one["owner"] for one in told] == [None, "HR", "HR", None]
    moved.take_in(BETA, "b1")
    assert seen(moved, first + DAY)["excluded"] is None
