"""Pay on a date: which rows are taken, how occupations add up, which bounds reject and which warn."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hr_pipeline.domain.bounds import PayBounds
from hr_pipeline.domain.frames import Conformed
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline_tests.domain.provider_rows import (
    BELGIAN,
    NOT_SENT,
    PAY_FIELDS,
    REGIME_SENT,
    RETYPED,
    TODAY,
    conform,
    employee,
    remuneration,
    told,
    worker,
)

FULL_TIME = {"weekly_hours": "38:00", "reference_hours": "38:00"}


def paid(
    *rows: dict[str, Any], mapping: FieldMapping = BELGIAN, on: date = TODAY, bounds: PayBounds | None = None, **person: Any
) -> Conformed:
    """One person with these pay rows."""
    return conform([worker(**person)], list(rows), mapping=mapping, on=on, bounds=bounds)


def test_one_row_is_taken_as_it_stands() -> None:
    one = employee(paid(remuneration(weekly_hours="30:24", effective_to="2024-12-31")))
    assert {name: one[name] for name in PAY_FIELDS} == {
        "gross_amount": Decimal("3250.50"),
        "currency": "EUR",
        "pay_type": "monthly",
        "weekly_hours": Decimal("30.40"),
        "reference_hours": Decimal("38.00"),
        "work_regime_pct": Decimal("80.00"),
        "employer_contribution_pct": Decimal("27.50"),
        "effective_from": date(2024, 1, 1),
        "effective_to": date(2024, 12, 31),
    }
    assert (one["has_pay"], one["pay_rows"], one["pay_rows_rejected"], one["absent"]) == (True, 1, 0, [])


@pytest.mark.parametrize(
    ("start", "end", "is_valid"),
    [
        ("2024-06-01", None, True),
        ("2024-06-02", None, False),
        ("2024-01-01", "2024-06-01", True),
        ("2024-01-01", "2024-05-31", False),
        ("2024-01-01", "9999-12-31", True),
        ("2024-06-01", "2024-06-01", True),
        ("2024-01-01", NOT_SENT, True),
        ("2024-01-01", "", True),
    ],
)
def test_a_row_is_valid_from_its_first_to_its_last_day_inclusive(start: str, end: Any, is_valid: bool) -> None:
    result = paid(remuneration(effective_from=start, effective_to=end))
    one = employee(result)
    assert (one["has_pay"], one["pay_rows"], one["gross_amount"] is not None) == (is_valid, 1, is_valid)
    assert told(result) == ([] if is_valid else [("PAY_MISSING", None, "no pay row valid on the date")])


def test_the_date_decides_which_of_two_successive_rows_is_taken() -> None:
    rows = [
        remuneration(gross_amount="3000.00", effective_from="2023-01-01", effective_to="2023-12-31"),
        remuneration(gross_amount="3100.00", effective_from="2024-01-01"),
    ]
    assert employee(paid(*rows, on=date(2023, 12, 31)))["gross_amount"] == Decimal("3000.00")
    assert employee(paid(*rows, on=date(2024, 1, 1)))["gross_amount"] == Decimal("3100.00")


def test_somebody_who_left_or_has_not_begun_is_not_said_to_miss_pay() -> None:
    old = remuneration(effective_from="2023-01-01", effective_to="2023-12-31")
    assert told(paid(old, exit_date="2023-12-31")) == []
    assert told(paid(remuneration(effective_from="2024-07-01"), start_date="2024-07-01")) == []
    assert told(paid(old, exit_date="2024-06-01")) == [("PAY_MISSING", None, "no pay row valid on the date")]


def test_a_person_without_any_pay_row_is_valid_with_a_warning() -> None:
    result = paid()
    assert told(result) == [("PAY_MISSING", None, "no pay row")]
    assert (employee(result)["reject_code"], employee(result)["has_pay"], employee(result)["pay_rows"]) == (None, False, 0)


def test_nobody_is_said_to_miss_pay_where_no_pay_is_mapped_or_the_person_is_out_of_scope() -> None:
    mapping = FieldMapping({name: rule for name, rule in BELGIAN.rules.items() if name not in PAY_FIELDS})
    result = paid(remuneration(), mapping=mapping)
    assert told(result) == []
    assert [name for name in PAY_FIELDS if name not in employee(result)["absent"]] == []
    assert told(paid(relation="administrator")) == []


def test_two_simultaneous_occupations_add_up() -> None:
    one = employee(
        paid(
            remuneration(gross_amount="2000.10", weekly_hours="19:00", effective_from="2024-01-01"),
            remuneration(gross_amount="1000.20", weekly_hours="11:24", effective_from="2024-03-01", effective_to="2024-08-31"),
            remuneration(gross_amount="9000.00", effective_from="2025-01-01"),
        )
    )
    assert (one["gross_amount"], one["weekly_hours"], one["reference_hours"]) == (Decimal("3000.30"), Decimal("30.40"), Decimal("38.00"))
    assert (one["work_regime_pct"], one["employer_contribution_pct"]) == (Decimal("80.00"), Decimal("27.50"))
    assert (one["effective_from"], one["effective_to"]) == (date(2024, 3, 1), date(2024, 8, 31))
    assert (one["currency"], one["pay_type"], one["pay_rows"], one["pay_rows_rejected"]) == ("EUR", "monthly", 3, 0)


def test_hours_add_up_before_they_are_rounded() -> None:
    third = remuneration(gross_amount="1000.00", weekly_hours="9:20")  # 9.3333 h, three times 28 h
    one = employee(paid(third, third, third, mapping=BELGIAN))
    assert (one["weekly_hours"], one["work_regime_pct"]) == (Decimal("28.00"), Decimal("73.68"))


def test_different_contribution_rates_become_the_rate_of_the_sum() -> None:
    rows = [
        remuneration(gross_amount="1500.00", weekly_hours="19:00", employer_contribution_pct="25.00"),
        remuneration(gross_amount="500.00", weekly_hours="19:00", employer_contribution_pct="30.57"),
    ]
    assert employee(paid(*rows))["employer_contribution_pct"] == Decimal("26.39")  # 527.85 of 2 000


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"reference_hours": "40:00"}, "reference_hours", "differs between simultaneous occupations"),
        ({"currency": "CHF"}, "currency", "differs between simultaneous occupations"),
        ({"pay_type": "hourly", "gross_amount": "20.00"}, "pay_type", "differs between simultaneous occupations"),
        ({"weekly_hours": None}, "weekly_hours", "given for only some of the simultaneous occupations"),
        ({"employer_contribution_pct": None}, "employer_contribution_pct", "given for only some of the simultaneous occupations"),
        ({"gross_amount": None}, "gross_amount", "given for only some of the simultaneous occupations"),
    ],
)
def test_occupations_that_disagree_reject_their_person_and_both_rows(changes: dict[str, Any], field: str, rule: str) -> None:
    half = {"weekly_hours": "19:00"}
    result = conform([worker(), worker("2")], [remuneration(**half), remuneration(**{**half, **changes}), remuneration("2")])
    assert ("FIELD_INVALID", field, rule) in told(result)
    one = employee(result)
    assert (one["reject_code"], one["reject_field"], one["has_pay"], one["gross_amount"]) == ("FIELD_INVALID", field, False, None)
    assert (one["pay_rows"], one["pay_rows_rejected"]) == (2, 2)
    assert (employee(result, "2")["reject_code"], employee(result, "2")["has_pay"]) == (None, True)


def test_rates_that_differ_without_a_gross_to_weigh_them_are_refused() -> None:
    rows = [remuneration(gross_amount=None, weekly_hours="19:00", employer_contribution_pct=rate) for rate in ("25.00", "30.00")]
    assert told(paid(*rows)) == [("FIELD_INVALID", "employer_contribution_pct", "differs between simultaneous occupations")]


def test_the_reference_may_be_said_by_one_occupation_only() -> None:
    one = employee(paid(remuneration(weekly_hours="19:00"), remuneration(weekly_hours="9:30", reference_hours=None)))
    assert (one["reference_hours"], one["work_regime_pct"]) == (Decimal("38.00"), Decimal("75.00"))


def test_hourly_amounts_that_are_added_up_are_pointed_out() -> None:
    rows = [remuneration(pay_type="hourly", gross_amount="15.00", weekly_hours="19:00")] * 2
    result = paid(*rows)
    assert told(result) == [("PAY_UNUSUAL", "gross_amount", "hourly amounts of simultaneous occupations added up")]
    assert employee(result)["gross_amount"] == Decimal("30.00")


@pytest.mark.parametrize(
    ("changes", "code", "field", "rule"),
    [
        ({"gross_amount": "3.500,00"}, "FIELD_INVALID", "gross_amount", "not a plain decimal amount"),
        ({"gross_amount": "3,500.00"}, "FIELD_INVALID", "gross_amount", "not a plain decimal amount"),
        ({"gross_amount": "3 500.00"}, "FIELD_INVALID", "gross_amount", "not a plain decimal amount"),
        ({"gross_amount": "1e3"}, "FIELD_INVALID", "gross_amount", "not a plain decimal amount"),
        ({"gross_amount": "NaN"}, "FIELD_INVALID", "gross_amount", "not a plain decimal amount"),
        ({"gross_amount": "Infinity"}, "FIELD_INVALID", "gross_amount", "not a plain decimal amount"),
        ({"gross_amount": "€ 3000"}, "FIELD_INVALID", "gross_amount", "not a plain decimal amount"),
        ({"gross_amount": "3000."}, "FIELD_INVALID", "gross_amount", "not a plain decimal amount"),
        ({"gross_amount": "٣٠٠٠"}, "FIELD_INVALID", "gross_amount", "not a plain decimal amount"),
        ({"gross_amount": "1234567890123"}, "FIELD_INVALID", "gross_amount", "not a plain decimal amount"),
        ({"gross_amount": "3.500"}, "FIELD_INVALID", "gross_amount", "more than two decimals"),
        ({"gross_amount": "3250.505"}, "FIELD_INVALID", "gross_amount", "more than two decimals"),
        ({"gross_amount": RETYPED}, "FIELD_INVALID", "gross_amount", "not a single value"),
        ({"gross_amount": "0"}, "FIELD_INVALID", "gross_amount", "not above zero"),
        ({"gross_amount": "-0.01"}, "FIELD_INVALID", "gross_amount", "not above zero"),
        ({"gross_amount": "200000.01"}, "FIELD_INVALID", "gross_amount", "monthly amount above 200000"),
        ({"gross_amount": "0", "pay_type": "hourly"}, "FIELD_INVALID", "gross_amount", "not above zero"),
        ({"currency": None}, "FIELD_MISSING", "currency", "missing beside an amount"),
        ({"currency": "€"}, "FIELD_INVALID", "currency", "not an ISO 4217 code"),
        ({"currency": "EURO"}, "FIELD_INVALID", "currency", "not an ISO 4217 code"),
        ({"pay_type": None}, "FIELD_MISSING", "pay_type", "missing beside an amount"),
        ({"pay_type": "weekly"}, "FIELD_INVALID", "pay_type", "neither monthly nor hourly"),
        ({"weekly_hours": "30:60"}, "FIELD_INVALID", "weekly_hours", "not hours (HH:MM or plain decimal hours)"),
        ({"weekly_hours": "30:4"}, "FIELD_INVALID", "weekly_hours", "not hours (HH:MM or plain decimal hours)"),
        ({"weekly_hours": "30,4"}, "FIELD_INVALID", "weekly_hours", "not hours (HH:MM or plain decimal hours)"),
        ({"weekly_hours": "-1:00"}, "FIELD_INVALID", "weekly_hours", "not hours (HH:MM or plain decimal hours)"),
        ({"weekly_hours": "30:24:00"}, "FIELD_INVALID", "weekly_hours", "not hours (HH:MM or plain decimal hours)"),
        ({"weekly_hours": "168:01", "reference_hours": "168:00"}, "FIELD_INVALID", "weekly_hours", "above 168 hours a week"),
        ({"reference_hours": "168:01"}, "FIELD_INVALID", "reference_hours", "above 168 hours a week"),
        ({"reference_hours": "0:00"}, "FIELD_INVALID", "reference_hours", "not above zero"),
        ({"weekly_hours": "41:49"}, "FIELD_INVALID", "work_regime_pct", "above 110 %"),
        ({"weekly_hours": "38:00", "reference_hours": "0:01"}, "FIELD_INVALID", "work_regime_pct", "above 110 %"),
        ({"employer_contribution_pct": "0.25"}, "UNIT_SUSPECT", "employer_contribution_pct", "a fraction where a percentage is due"),
        ({"employer_contribution_pct": "0.99"}, "UNIT_SUSPECT", "employer_contribution_pct", "a fraction where a percentage is due"),
        ({"employer_contribution_pct": "60.01"}, "FIELD_INVALID", "employer_contribution_pct", "above 60 %"),
        ({"employer_contribution_pct": "99999"}, "FIELD_INVALID", "employer_contribution_pct", "above 60 %"),
        ({"employer_contribution_pct": "-1"}, "FIELD_INVALID", "employer_contribution_pct", "below zero"),
        ({"employer_contribution_pct": "27.555"}, "FIELD_INVALID", "employer_contribution_pct", "more than two decimals"),
        ({"employer_contribution_pct": "27,5"}, "FIELD_INVALID", "employer_contribution_pct", "not a plain decimal percentage"),
        ({"employer_contribution_pct": "25 %"}, "FIELD_INVALID", "employer_contribution_pct", "not a plain decimal percentage"),
        ({"effective_from": None}, "FIELD_MISSING", "effective_from", "missing"),
        ({"effective_from": NOT_SENT}, "FIELD_MISSING", "effective_from", "missing"),
        ({"effective_from": "2024-1-1"}, "FIELD_INVALID", "effective_from", "not a civil date (YYYY-MM-DD)"),
        ({"effective_from": "1899-12-31"}, "FIELD_INVALID", "effective_from", "outside 1900-2100"),
        ({"effective_from": "9999-12-31"}, "FIELD_INVALID", "effective_from", "outside 1900-2100"),
        ({"effective_to": "2023-12-31"}, "FIELD_INVALID", "effective_to", "before the start"),
        ({"effective_to": "2101-01-01"}, "FIELD_INVALID", "effective_to", "outside 1900-2100"),
    ],
)
def test_a_pay_row_that_breaks_a_rule_rejects_its_person(changes: dict[str, Any], code: str, field: str, rule: str) -> None:
    result = conform([worker(), worker("2")], [remuneration(**changes), remuneration("2")])
    assert told(result) == [(code, field, rule)]
    one = employee(result)
    assert (one["reject_code"], one["reject_field"], one["has_pay"], one["gross_amount"]) == (code, field, False, None)
    assert (one["pay_rows"], one["pay_rows_rejected"]) == (1, 1)
    assert employee(result, "2")["reject_code"] is None


@pytest.mark.parametrize("dates", [{"effective_from": "2025-01-01"}, {"effective_from": "2022-01-01", "effective_to": "2022-12-31"}])
def test_a_bad_row_of_the_future_or_the_past_rejects_too(dates: dict[str, str]) -> None:
    result = paid(remuneration(), remuneration(gross_amount="3.500,00", **dates))
    assert told(result) == [("FIELD_INVALID", "gross_amount", "not a plain decimal amount")]
    one = employee(result)
    assert (one["has_pay"], one["pay_rows"], one["pay_rows_rejected"], one["reject_field"]) == (False, 2, 1, "gross_amount")


def test_pay_comes_after_identity_in_the_reason_to_reject_and_a_rule_is_told_once() -> None:
    result = paid(remuneration(currency="?"), remuneration(currency="!"), birth_date="2190-01-01")
    assert [field for _, field, _ in told(result)] == ["birth_date", "birth_date", "currency"]
    assert (employee(result)["reject_field"], employee(result)["pay_rows_rejected"]) == ("birth_date", 2)


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"gross_amount": "25000.01"}, "gross_amount", "monthly amount above 25000"),
        ({"gross_amount": "1863.43"}, "gross_amount", "under 90 % of the minimum wage at this work regime"),
        ({"gross_amount": "931.71", "weekly_hours": "19:00"}, "gross_amount", "under 90 % of the minimum wage at this work regime"),
        ({"weekly_hours": "12:39"}, "work_regime_pct", "under 33.33 %"),
        ({"weekly_hours": "38:01"}, "work_regime_pct", "above 100 %"),
        ({"employer_contribution_pct": "14.99"}, "employer_contribution_pct", "outside 15-45 %"),
        ({"employer_contribution_pct": "45.01"}, "employer_contribution_pct", "outside 15-45 %"),
        ({"employer_contribution_pct": "0"}, "employer_contribution_pct", "outside 15-45 %"),
        ({"employer_contribution_pct": "1"}, "employer_contribution_pct", "outside 15-45 %"),
    ],
)
def test_unusual_pay_warns_and_is_taken(changes: dict[str, str], field: str, rule: str) -> None:
    result = paid(remuneration(**changes))
    assert told(result) == [("PAY_UNUSUAL", field, rule)]
    assert (employee(result)["has_pay"], employee(result)["reject_code"], employee(result)["pay_rows_rejected"]) == (True, None, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"gross_amount": "25000.00"},
        {"gross_amount": "1863.44"},
        {"gross_amount": "931.72", "weekly_hours": "19:00"},
        {"gross_amount": "500.00", "reference_hours": None},  # no regime, no verdict: S is never assumed
        {"gross_amount": "500.00", "currency": "CHF"},
        {"gross_amount": "15.50", "pay_type": "hourly"},
        {"gross_amount": "250000.00", "pay_type": "hourly"},
        {"gross_amount": "3000", "currency": "eur", "pay_type": "Monthly"},
        {"weekly_hours": "12:40"},
        {"weekly_hours": "38.0", "reference_hours": "38"},
        {"employer_contribution_pct": "15.00"},
        {"employer_contribution_pct": "45.00"},
        {"employer_contribution_pct": None},
        {"effective_to": "2024-06-01"},
    ],
)
def test_pay_on_a_bound_is_neither_refused_nor_unusual(changes: dict[str, Any]) -> None:
    assert told(paid(remuneration(**changes))) == []


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"gross_amount": "200000.00"}, "monthly amount above 25000"),
        ({"weekly_hours": "41:48"}, "above 100 %"),
        ({"employer_contribution_pct": "60.00"}, "outside 15-45 %"),
    ],
)
def test_a_hard_bound_itself_only_warns(changes: dict[str, str], warning: str) -> None:
    assert [(code, rule) for code, _, rule in told(paid(remuneration(**changes)))] == [("PAY_UNUSUAL", warning)]


def test_occupations_are_judged_by_their_sum_too() -> None:
    rows = [remuneration(gross_amount="150000.00", weekly_hours="30:00")] * 2
    assert [problem for problem in told(paid(*rows)) if problem[0] == "FIELD_INVALID"] == [
        ("FIELD_INVALID", "gross_amount", "monthly amount above 200000"),
        ("FIELD_INVALID", "work_regime_pct", "above 110 %"),
    ]
    halves = [remuneration(gross_amount="1500.00", weekly_hours="12:00")] * 2  # each under a third, together not
    assert told(paid(*halves)) == []


def test_a_mapped_regime_outranks_the_quotient_and_adds_up() -> None:
    row = remuneration(work_regime_pct="50", weekly_hours="30:24")
    assert employee(paid(row, mapping=REGIME_SENT))["work_regime_pct"] == Decimal("50.00")
    assert employee(paid(row, remuneration(work_regime_pct="30", weekly_hours="5:00"), mapping=REGIME_SENT))["work_regime_pct"] == Decimal(
        "80.00"
    )
    assert employee(paid(row, remuneration(weekly_hours="7:36"), mapping=REGIME_SENT))["work_regime_pct"] == Decimal("70.00")


@pytest.mark.parametrize(
    ("sent", "problem"),
    [
        ("0.8", ("UNIT_SUSPECT", "work_regime_pct", "a fraction where a percentage is due")),
        ("1", ("UNIT_SUSPECT", "work_regime_pct", "a fraction where a percentage is due")),
        ("-50", ("FIELD_INVALID", "work_regime_pct", "below zero")),
        ("110.01", ("FIELD_INVALID", "work_regime_pct", "above 110 %")),
        ("80%", ("FIELD_INVALID", "work_regime_pct", "not a plain decimal percentage")),
        ("0", ("PAY_UNUSUAL", "work_regime_pct", "under 33.33 %")),
        ("1.01", ("PAY_UNUSUAL", "work_regime_pct", "under 33.33 %")),
        ("33.32", ("PAY_UNUSUAL", "work_regime_pct", "under 33.33 %")),
        ("110", ("PAY_UNUSUAL", "work_regime_pct", "above 100 %")),
    ],
)
def test_a_mapped_regime_is_judged(sent: str, problem: tuple[str, str, str]) -> None:
    assert told(paid(remuneration(work_regime_pct=sent), mapping=REGIME_SENT)) == [problem]


@pytest.mark.parametrize(("sent", "kept"), [("85.7142857142", "85.71"), ("85.715", "85.72"), ("85.725", "85.72"), ("33.33", "33.33")])
def test_a_mapped_regime_rounds_half_even(sent: str, kept: str) -> None:
    assert employee(paid(remuneration(work_regime_pct=sent), mapping=REGIME_SENT))["work_regime_pct"] == Decimal(kept)


def test_a_tiny_quotient_is_a_small_regime_and_no_fraction() -> None:
    assert told(paid(remuneration(weekly_hours="0:20", gross_amount="2000.00"))) == [("PAY_UNUSUAL", "work_regime_pct", "under 33.33 %")]


def test_a_key_that_a_taken_row_lacks_is_absent_for_its_person_only() -> None:
    rows = [
        remuneration("1", employer_contribution_pct=NOT_SENT),
        remuneration("2", reference_hours=NOT_SENT),
        remuneration("3", employer_contribution_pct=NOT_SENT, effective_from="2025-01-01"),
        remuneration("3"),
        remuneration("4", reference_hours=None, employer_contribution_pct=None),
    ]
    result = conform([worker(who) for who in "1234"], rows)
    assert result.employees["absent"].to_pylist() == [
        ["employer_contribution_pct"],
        ["reference_hours", "work_regime_pct"],
        [],
        [],
    ]


def test_a_regime_that_was_sent_is_there_whatever_the_hours() -> None:
    rows = [remuneration("1", work_regime_pct="80", weekly_hours=NOT_SENT), remuneration("2", work_regime_pct=NOT_SENT)]
    result = conform([worker("1"), worker("2")], rows, mapping=REGIME_SENT)
    assert result.employees["absent"].to_pylist() == [["weekly_hours"], []]
    assert result.employees["work_regime_pct"].to_pylist() == [Decimal("80.00"), Decimal("100.00")]


def test_a_row_without_mapped_validity_is_always_valid() -> None:
    mapping = FieldMapping({name: rule for name, rule in BELGIAN.rules.items() if not name.startswith("effective")})
    one = employee(paid(remuneration(effective_from="nonsense"), mapping=mapping))
    assert (one["has_pay"], one["effective_from"], one["reject_code"]) == (True, None, None)


def test_pay_without_a_person_is_reported_once_and_touches_nobody() -> None:
    result = conform([worker()], [remuneration(), remuneration("9"), remuneration("9", gross_amount="?"), remuneration(None)])
    rows = [row for row in result.problems.to_pylist() if row["row"] is None]
    assert sorted((row["external_id"] or "", row["code"], row["rule"], row["blocking"]) for row in rows) == [
        ("", "PAY_ORPHAN", "pay without a person", False),
        ("9", "PAY_ORPHAN", "pay without a person", False),
    ]
    assert told(result) == []


def test_the_reference_of_pay_is_read_as_the_external_id_is() -> None:
    assert employee(conform([worker(external_id=" 1 ")], [remuneration("1\u00a0")]))["has_pay"]


def test_two_who_share_an_id_share_its_pay() -> None:
    result = conform([worker("1"), worker("1")], [remuneration("1"), remuneration("1", effective_from="2025-01-01", currency="?")])
    assert result.employees["pay_rows"].to_pylist() == [2, 2]
    assert result.employees["reject_field"].to_pylist() == ["currency", "currency"]


def test_bounds_are_a_parameter() -> None:
    bounds = PayBounds(minimum_wage=Decimal(4000), regime_hard_max=Decimal(90))
    assert told(paid(remuneration(**FULL_TIME), bounds=bounds)) == [("FIELD_INVALID", "work_regime_pct", "above 90 %")]
    assert told(paid(remuneration(weekly_hours="30:24"), bounds=PayBounds(minimum_wage=Decimal(4600)))) == [
        ("PAY_UNUSUAL", "gross_amount", "under 90 % of the minimum wage at this work regime")
    ]
