"""Dated pay: what held before, holds now and is announced, cut where an occupation begins or ends; nothing for who has one pay only."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hr_pipeline.domain.frames import Conformed
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline_tests.domain.provider_rows import BELGIAN, NOT_SENT, REGIME_SENT, TODAY, conform, employee, remuneration, told, worker

HALF = {"weekly_hours": "19:00"}
Period = tuple[date | None, date | None, Decimal | None, Decimal | None]


def dated(result: Conformed, row: int = 0) -> list[Period]:
    """First day, last day, gross and regime of each period of a person, oldest first."""
    rows = [one for one in result.periods.to_pylist() if one["row"] == row]
    return [(one["effective_from"], one["effective_to"], one["gross_amount"], one["work_regime_pct"]) for one in rows]


def paid(*rows: dict[str, Any], on: date = TODAY, mapping: FieldMapping = BELGIAN) -> Conformed:
    """One person with these pay rows."""
    return conform([worker()], list(rows), on=on, mapping=mapping)


def days(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [remuneration()],
        [remuneration(effective_to="2024-12-31")],
        [remuneration(**HALF), remuneration(**HALF)],
        [remuneration(**HALF, effective_to="2024-06-01"), remuneration(**HALF, effective_to="2024-06-01")],
    ],
)
def test_who_has_no_pay_but_the_one_in_force_has_no_periods(rows: list[dict[str, Any]]) -> None:
    result = paid(*rows)
    assert (result.periods.num_rows, employee(result)["periods_key"]) == (0, None)


def test_past_present_and_announced_pay_are_kept_with_their_days() -> None:
    result = paid(
        remuneration(gross_amount="3300.00", effective_from="2025-01-01"),
        remuneration(gross_amount="2900.00", effective_from="2022-01-01", effective_to="2023-06-30", weekly_hours="30:24"),
        remuneration(gross_amount="3100.00", effective_from="2024-01-01", effective_to="2024-12-31"),
    )
    assert dated(result) == [
        (days("2022-01-01"), days("2023-06-30"), Decimal("2900.00"), Decimal("80.00")),
        (days("2024-01-01"), days("2024-12-31"), Decimal("3100.00"), Decimal("100.00")),
        (days("2025-01-01"), None, Decimal("3300.00"), Decimal("100.00")),
    ]
    one = employee(result)
    assert (one["gross_amount"], one["effective_from"], one["effective_to"]) == (Decimal("3100.00"), days("2024-01-01"), days("2024-12-31"))


@pytest.mark.parametrize("row", [remuneration(effective_from="2024-06-02"), remuneration(effective_to="2024-05-31")])
def test_a_single_row_that_does_not_hold_today_is_a_period(row: dict[str, Any]) -> None:
    result = paid(row)
    assert [gross for _, _, gross, _ in dated(result)] == [Decimal("3250.50")]
    assert (employee(result)["has_pay"], employee(result)["gross_amount"]) == (False, None)


def test_occupations_add_up_in_each_stretch_of_days() -> None:
    result = paid(
        remuneration(gross_amount="2000.10", **HALF, effective_from="2020-01-01"),
        remuneration(gross_amount="1000.20", weekly_hours="11:24", effective_from="2022-03-01", effective_to="2023-08-31"),
        remuneration(gross_amount="500.00", weekly_hours="3:48", effective_from="2023-01-01", effective_to="2024-12-31"),
    )
    assert dated(result) == [
        (days("2020-01-01"), days("2022-02-28"), Decimal("2000.10"), Decimal("50.00")),
        (days("2022-03-01"), days("2022-12-31"), Decimal("3000.30"), Decimal("80.00")),
        (days("2023-01-01"), days("2023-08-31"), Decimal("3500.30"), Decimal("90.00")),
        (days("2023-09-01"), days("2024-12-31"), Decimal("2500.10"), Decimal("60.00")),
        (days("2025-01-01"), None, Decimal("2000.10"), Decimal("50.00")),
    ]
    one = employee(result)
    assert (one["gross_amount"], one["effective_from"], one["effective_to"]) == (Decimal("2500.10"), days("2023-09-01"), days("2024-12-31"))


def test_the_days_of_the_pay_in_force_end_where_another_occupation_begins() -> None:
    one = employee(paid(remuneration(**HALF), remuneration(**HALF, effective_from="2024-09-01")))
    assert (one["effective_from"], one["effective_to"], one["gross_amount"]) == (days("2024-01-01"), days("2024-08-31"), Decimal("3250.50"))


def test_a_stretch_without_pay_is_no_period() -> None:
    result = paid(remuneration(effective_from="2020-01-01", effective_to="2020-12-31"), remuneration(effective_from="2024-01-01"))
    assert [(first, last) for first, last, _, _ in dated(result)] == [(days("2020-01-01"), days("2020-12-31")), (days("2024-01-01"), None)]


def test_hourly_and_monthly_pay_follow_each_other() -> None:
    result = paid(
        remuneration(gross_amount="19.35", pay_type="hourly", effective_to="2024-05-31"), remuneration(effective_from="2024-06-01")
    )
    assert [(one["pay_type"], one["gross_amount"]) for one in result.periods.to_pylist()] == [
        ("hourly", Decimal("19.35")),
        ("monthly", Decimal("3250.50")),
    ]
    assert told(result) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "CHF"}, "currency"),
        ({"reference_hours": "40:00"}, "reference_hours"),
        ({"pay_type": "hourly", "gross_amount": "20.00"}, "pay_type"),
        ({"gross_amount": None}, "gross_amount"),
        ({"gross_amount": "199999.00"}, "gross_amount"),
        ({"weekly_hours": "38:00"}, "work_regime_pct"),
    ],
)
def test_occupations_that_contradict_each_other_on_other_days_leave_those_days_out_and_warn(changes: dict[str, Any], field: str) -> None:
    other = {**HALF, "effective_from": "2020-01-01", "effective_to": "2020-12-31"}
    result = paid(remuneration(**other), remuneration(**{**other, **changes}), remuneration())
    assert (
        "PAY_CONTRADICTORY",
        field,
        "simultaneous occupations that do not fit together",
    ) in told(result)
    assert [first for first, _, _, _ in dated(result)] == [days("2024-01-01")]
    assert (employee(result)["reject_code"], employee(result)["has_pay"]) == (None, True)


def test_a_row_of_another_day_that_cannot_be_trusted_rejects_its_person_and_keeps_no_period() -> None:
    result = conform(
        [worker(), worker("2")], [remuneration(effective_from="2030-01-01", gross_amount="-1"), remuneration(), remuneration("2")]
    )
    assert (employee(result)["reject_code"], result.periods.num_rows) == ("FIELD_INVALID", 0)


def test_two_who_share_an_id_have_the_same_periods() -> None:
    result = conform([worker("1"), worker("1")], [remuneration("1"), remuneration("1", effective_from="2025-01-01", **HALF)])
    assert dated(result, 0) == dated(result, 1) != []


def test_pay_of_nobody_has_no_periods() -> None:
    assert conform([worker()], [remuneration("9", effective_from="2030-01-01")]).periods.num_rows == 0
    assert conform([], [remuneration("9", effective_from="2030-01-01")]).periods.num_rows == 0


def test_the_key_changes_with_any_period_and_with_nothing_else() -> None:
    def key(*rows: dict[str, Any], on: date = TODAY) -> str | None:
        found: str | None = employee(paid(*rows, on=on))["periods_key"]
        return found

    old, new = remuneration(effective_to="2024-12-31"), remuneration(effective_from="2025-01-01", gross_amount="3300.00")
    assert key(old, new) == key(new, old) == key(old, new, on=date(2025, 3, 1))
    assert len({key(old, new), key(old), key(old, remuneration(effective_from="2025-01-01", gross_amount="3300.01"))}) == 3
    assert key(old, new) != key(old, remuneration(effective_from="2025-01-02", gross_amount="3300.00"))


def test_a_mapped_regime_adds_up_in_each_stretch() -> None:
    result = paid(
        remuneration(work_regime_pct="50", effective_from="2020-01-01"),
        remuneration(work_regime_pct="30", effective_from="2023-01-01"),
        mapping=REGIME_SENT,
    )
    assert [regime for _, _, _, regime in dated(result)] == [Decimal("50.00"), Decimal("80.00")]


def test_thousands_of_open_rows_of_one_person_are_left_out_and_cost_nobody_else() -> None:
    flood = [
        remuneration("1", effective_from=(TODAY - timedelta(days=n)).isoformat(), gross_amount="0.01", weekly_hours="0:00")
        for n in range(900)
    ]
    rows = [remuneration("2", effective_to="2024-12-31"), remuneration("2", effective_from="2025-01-01")]
    result = conform([worker("1"), worker("2")], [*flood, *rows])
    assert ("PAY_CONTRADICTORY", "gross_amount", "simultaneous occupations that do not fit together") in told(result, "1")
    assert (dated(result, 0), len(dated(result, 1))) == ([], 2)


def test_periods_say_of_every_day_what_the_rows_of_that_day_add_up_to() -> None:
    drawn = random.Random(7)
    rows = []
    for _ in range(12):
        start = date(2024, 1, 1) + timedelta(days=drawn.randrange(60))
        end = start + timedelta(days=drawn.randrange(40))
        rows.append((start, None if drawn.random() < 0.2 else end, Decimal(drawn.randrange(1, 500))))
    sent = [
        remuneration(gross_amount=str(gross), effective_from=str(first), effective_to=str(last) if last else NOT_SENT, weekly_hours="1:00")
        for first, last, gross in rows
    ]
    found = dated(paid(*sent, on=date(2024, 2, 1)))
    for day in (date(2023, 12, 31) + timedelta(days=n) for n in range(130)):
        holding = [gross for first, last, gross in rows if first <= day and (last is None or day <= last)]
        said = [gross for first, last, gross, _ in found if (first is None or first <= day) and (last is None or day <= last)]
        assert said == ([sum(holding)] if holding else []), day
