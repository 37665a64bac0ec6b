"""Pay from the provider's rows to what analysts read, night by night: occupations, hours, components, dates, counters."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.syncing import sync
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.operations.listed_provider import Office, worker

A = "securex-a"


def row(gross: str, start: str = "2024-01-01", end: str | None = None, **values: str) -> dict[str, Any]:
    """One pay row, monthly, open unless it ends."""
    plain = {"gross_amount": gross, "currency": "EUR", "pay_type": "monthly", "effective_from": start, "effective_to": end}
    return {**plain, "weekly_hours": "38:00", "reference_hours": "38:00", "employer_contribution_pct": "27.50", **values}


def component(amount: str, start: str, end: str | None = None) -> dict[str, Any]:
    """Meal vouchers."""
    plain = {"component_code": "MV", "component_label": "Meal vouchers", "component_currency": "EUR", "component_frequency": "monthly"}
    return {**plain, "component_amount": amount, "component_from": start, "component_to": end}


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """One company, whose guards on the whole run are open."""
    found = Office(tmp_path)
    found.connect(A, settings=SETTINGS)
    return found


def night(office: Office, on: str, *people: dict[str, Any]) -> SyncRun:
    """The provider lists these people on a day. The counters of pay add up, whatever they are."""
    office.now = datetime.fromisoformat(f"{on}T03:30").replace(tzinfo=UTC)
    office.lists(A, people)
    [run] = sync(office.work, [(A, date.fromisoformat(on))], Trigger.NIGHTLY)[1]
    assert run.pay["source"] == run.pay["applied"] + run.pay["unchanged"] + run.pay["rejected"]
    return run


def pay_of(office: Office, what: str = "*") -> list[Any]:
    """Rows of the pay of the last night; by the day on which a test runs it may be over."""
    last = "pay_no IN (SELECT pay_no FROM account)"
    return [tuple(one.values()) for one in office.rows(f"SELECT {what} FROM reporting.pay WHERE {last} ORDER BY account_id")]


def periods(office: Office) -> list[tuple[str, str | None, str]]:
    """Every period known: first day, last day, gross."""
    rows = office.rows("SELECT effective_from, effective_to, gross_amount FROM reporting.pay_periods ORDER BY ALL")
    return [(str(r["effective_from"]), str(r["effective_to"]) if r["effective_to"] else None, str(r["gross_amount"])) for r in rows]


def test_simultaneous_occupations_are_one_pay_and_the_regime_follows_from_the_hours(office: Office) -> None:
    jobs = [row("2000.10", weekly_hours="19:00"), row("1000.20", "2025-03-01", weekly_hours="11:24", employer_contribution_pct="30.57")]
    run = night(office, "2026-03-02", worker("ana", pay=jobs))
    amounts = "gross_amount, weekly_hours, reference_hours, work_regime_pct, employer_contribution_pct, effective_from"
    assert pay_of(office, amounts) == [
        (Decimal("3000.30"), Decimal("30.40"), Decimal("38.00"), Decimal("80.00"), Decimal("28.52"), date(2025, 3, 1))
    ]
    assert periods(office) == [("2024-01-01", "2025-02-28", "2000.10"), ("2025-03-01", None, "3000.30")]
    assert run.pay == {"source": 2, "applied": 2, "unchanged": 0, "rejected": 0}


def test_an_occupation_that_ends_changes_the_pay_on_its_night(office: Office) -> None:
    jobs = [row("2000.00", weekly_hours="19:00"), row("1000.00", end="2026-03-03", weekly_hours="19:00")]
    night(office, "2026-03-02", worker("ana", pay=jobs))
    night(office, "2026-03-03", worker("ana", pay=jobs))
    assert pay_of(office, "gross_amount, work_regime_pct, effective_to") == [(Decimal("3000.00"), Decimal("100.00"), date(2026, 3, 3))]
    ended = night(office, "2026-03-04", worker("ana", pay=jobs))
    assert ended.counts.held == 1, "a third of the gross is more than a person's may move by"
    assert periods(office) == [("2024-01-01", "2026-03-03", "3000.00"), ("2026-03-04", None, "2000.00")]


def test_pay_by_the_hour_becomes_monthly_on_the_day_that_was_announced(office: Office) -> None:
    rows = [row("19.35", end="2026-03-03", pay_type="hourly"), row("19.50", "2026-03-04", pay_type="hourly")]
    night(office, "2026-03-02", worker("ana", pay=rows))
    assert pay_of(office, "pay_type, gross_amount") == [("hourly", Decimal("19.35"))]
    turned = night(office, "2026-03-04", worker("ana", pay=rows))
    assert (turned.counts.updated, pay_of(office, "pay_type, gross_amount")) == (1, [("hourly", Decimal("19.50"))])
    changes = office.rows(
        "SELECT old_value, new_value, effective_date FROM reporting.field_changes WHERE field = 'gross_amount' ORDER BY recorded_at"
    )
    assert [tuple(one.values()) for one in changes] == [(None, "19.35", date(2024, 1, 1)), ("19.35", "19.50", date(2026, 3, 4))]


def test_components_keep_their_days_and_travel_with_the_pay(office: Office) -> None:
    vouchers = [component("100.00", "2024-01-01", "2026-03-31"), component("120.00", "2026-04-01")]
    past = component("80.00", "2022-01-01", "2023-12-31")
    night(office, "2026-03-02", worker("ana", pay=[row("3000.00")], components=[past, *vouchers]))
    listed = "SELECT amount, effective_from, effective_to FROM reporting.salary_components WHERE current ORDER BY effective_from"
    assert [tuple(one.values()) for one in office.rows(listed)] == [
        (Decimal("100.00"), date(2024, 1, 1), date(2026, 3, 31)),
        (Decimal("120.00"), date(2026, 4, 1), None),
    ]
    changed = night(office, "2026-03-03", worker("ana", pay=[row("3000.00")], components=[vouchers[0], component("125.00", "2026-04-01")]))
    outcome = office.rows("SELECT outcome, changed FROM reporting.outcomes WHERE sync_run_id = ?", [changed.sync_run_id])
    assert outcome == [{"outcome": "updated", "changed": ["salary_components"]}]
    assert office.rows("SELECT count(*) AS n FROM reporting.pay") == [{"n": 2}]


def test_successive_rows_are_history_present_and_future_of_one_pay(office: Office) -> None:
    rows = [row("2800.00", "2022-01-01", "2023-12-31"), row("3000.00", "2024-01-01", "2026-03-02"), row("3100.00", "2026-03-03")]
    first = night(office, "2026-03-02", worker("ana", pay=rows))
    second = night(office, "2026-03-03", worker("ana", pay=rows))
    assert [run.pay["applied"] for run in (first, second)] == [3, 3]
    assert periods(office) == [
        ("2022-01-01", "2023-12-31", "2800.00"),
        ("2024-01-01", "2026-03-02", "3000.00"),
        ("2026-03-03", None, "3100.00"),
    ]
    assert night(office, "2026-03-04", worker("ana", pay=rows)).pay == {"source": 3, "applied": 0, "unchanged": 3, "rejected": 0}


def test_a_corrected_year_ago_is_told_and_today_s_pay_stays(office: Office) -> None:
    def rows(gross: str) -> list[dict[str, Any]]:
        return [row(gross, "2025-01-01", "2025-12-31"), row("3000.00", "2026-01-01")]

    night(office, "2026-03-02", worker("ana", pay=rows("2800.00")), worker("bob"))
    run = night(office, "2026-03-03", worker("ana", pay=rows("2850.00")), worker("bob"))
    assert (run.counts.updated, run.counts.unchanged) == (1, 1)
    assert office.rows(
        "SELECT external_id, code, field, rule FROM problem WHERE run_no = ? AND code = 'PAY_RETROACTIVE'", [run.run_no]
    ) == [{"external_id": "ana", "code": "PAY_RETROACTIVE", "field": "gross_amount", "rule": "from 2025-01-01 to 2025-12-31"}]


def test_counters_add_up_with_rejected_people_people_left_out_and_pay_of_nobody(office: Office) -> None:
    people = [
        worker("ana", pay=[row("3000.00"), row("3100.00", "2027-01-01")]),
        worker("bob", email="nobody@", pay=[row("3000.00")]),
        worker("cil", relation="administrator", pay=[row("3000.00")]),
        worker("dan", pay=[row("-1.00"), row("3000.00", "2025-01-01")]),
        {**worker("eva", pay=[row("3000.00")]), "external_id": None},
    ]
    run = night(office, "2026-03-02", *people)
    assert run.pay == {"source": 5, "applied": 2, "unchanged": 0, "rejected": 3}
    assert office.rows("SELECT code FROM problem WHERE run_no = ? AND row IS NULL", [run.run_no]) == [{"code": "PAY_ORPHAN"}]
    assert night(office, "2026-03-03", *people).pay == {"source": 5, "applied": 0, "unchanged": 2, "rejected": 3}


def test_pay_of_an_id_that_somebody_out_of_scope_has_too_is_nobody_s(office: Office) -> None:
    director = worker("ana", gross="500.00", relation="administrator")
    first = night(office, "2026-03-02", director, worker("ana"), worker("bob"))
    outcomes = "SELECT external_id, outcome, code FROM reporting.outcomes WHERE sync_run_id = ? ORDER BY external_id, outcome"
    told = [tuple(one.values()) for one in office.rows(outcomes, [first.sync_run_id])]
    assert told == [("ana", "conflict", "DUPLICATE_EXTERNAL_ID"), ("ana", "out_of_scope", "OUT_OF_SCOPE"), ("bob", "created", None)]
    assert pay_of(office, "gross_amount") == [(Decimal("3000.00"),)]
    night(office, "2026-03-03", worker("ana"), worker("bob"))
    beside = night(office, "2026-03-04", director, worker("ana"), worker("bob"))
    assert (beside.counts.conflict, beside.counts.out_of_scope, beside.counts.unchanged, beside.counts.missing) == (1, 1, 1, 0)
    assert pay_of(office, "gross_amount") == [(Decimal("3000.00"),)] * 2
