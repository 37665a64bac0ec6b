"""The pandera schemas, and what running them tells: positions and rules, whatever pandera's own settings, never a value."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pandera.config import config_context

from hr_pipeline.domain.bounds import PayBounds
from hr_pipeline.domain.checks import Judge
from hr_pipeline.domain.fields import BY_NAME
from hr_pipeline.domain.rules import EMAIL_MISSING, MISSING, NOT_EMAIL, Finding
from hr_pipeline.domain.schemas import component_judge, judges, pay_judge, pay_row_judge, people_judge
from hr_pipeline.domain.validate import findings, orphans, problems

SECRET = "Zoé-4711"


def columns(judge: Judge, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A judge's frame; what a row does not say is null."""
    kinds = {name: column.dtype.type.pyarrow_dtype for name, column in judge.schema.columns.items()}
    return {name: pa.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()}


def judged(judge: Judge, *rows: Mapping[str, Any]) -> list[tuple[str | None, str, list[int]]]:
    """Field, rule and rows of each finding, absences apart."""
    found = findings(judge, columns(judge, rows))
    return sorted((f.field or "", f.rule.text, f.rows.tolist()) for f in found if f.rule not in (MISSING, EMAIL_MISSING))


def test_each_schema_has_a_name_and_each_check_a_name_of_its_own_and_a_field_of_the_platform() -> None:
    assert [judge.schema.name for judge in judges()] == ["people", "pay_rows", "pay", "salary_components"]
    for judge in judges():
        in_pandera = [check.name for column in judge.schema.columns.values() for check in column.checks]
        in_pandera += [check.name for check in judge.schema.checks]
        assert sorted(map(str, in_pandera)) == sorted(judge.checks)
        assert {check.field for check in judge.checks.values()} | set(judge.missing) <= set(BY_NAME)
        assert {name for name, column in judge.schema.columns.items() if not column.nullable} == set(judge.missing)


def test_columns_are_arrow_typed() -> None:
    for judge in judges():
        assert all(isinstance(column.dtype.type, pd.ArrowDtype) for column in judge.schema.columns.values())


@pytest.mark.parametrize(
    ("field", "good", "bad", "rule"),
    [
        ("email", "zoe@example.com", "zoe@example", "not the form of an address"),
        ("email", "zoé@exämple.com", "zoe@exa mple.com", "not the form of an address"),
        ("phone", "+32475123456", "0475123456", "not in E.164 form"),
        ("phone", "+12345", "+1234567890123456", "not in E.164 form"),
        ("language", "nl", "xx", "not an ISO 639-1 code"),
        ("relation", "administrator", "boss", "not a known relation"),
        ("first_name", "é" * 200, "é" * 201, "longer than 200 characters"),
        ("external_id", "x" * 200, "x" * 201, "longer than 200 characters"),
        ("start_date", date(1900, 1, 1), date(1899, 12, 31), "outside 1900-2100"),
        ("start_date", date(2100, 12, 31), date(2101, 1, 1), "outside 1900-2100"),
    ],
)
def test_people_are_judged_on_their_own_even_where_reading_would_have_stopped_them(field: str, good: Any, bad: Any, rule: str) -> None:
    assert judged(people_judge(), {field: good}, {field: bad}, {}) == [(field, rule, [1])]


def test_columns_are_compared_only_where_both_are_known() -> None:
    early, late = date(2020, 1, 1), date(2021, 1, 1)
    rows = [
        {"start_date": late, "exit_date": early},
        {"start_date": late},
        {"exit_date": early},
        {"birth_date": late, "sync_date": early},
        {"birth_date": late},
    ]
    assert judged(people_judge(), *rows) == [("birth_date", "in the future", [3]), ("exit_date", "before the start", [0])]


def test_absence_is_told_by_position_and_only_of_mandatory_columns() -> None:
    whole = {"external_id": "1", "first_name": "A", "last_name": "B", "email": "a@example.com", "start_date": date(2020, 1, 1)}
    found = findings(people_judge(), columns(people_judge(), [whole, {}, {**whole, "email": None}]))
    assert {(f.field, f.rule): f.rows.tolist() for f in found} == {
        ("external_id", MISSING): [1],
        ("first_name", MISSING): [1],
        ("last_name", MISSING): [1],
        ("email", EMAIL_MISSING): [1, 2],
        ("start_date", MISSING): [1],
    }


def test_what_could_not_be_read_is_not_also_missing() -> None:
    rows = [{"external_id": "1", "first_name": "A", "last_name": "B", "start_date": date(2020, 1, 1)}] * 3
    unread = [
        Finding("email", NOT_EMAIL, np.array([0])),
        Finding("phone", NOT_EMAIL, np.array([1])),
        Finding("email", NOT_EMAIL, np.array([2])),
    ]
    (found,) = findings(people_judge(), columns(people_judge(), rows), unread)
    assert (found.field, found.rule, found.rows.tolist()) == ("email", EMAIL_MISSING, [1])


def test_the_start_of_validity_is_due_only_where_it_is_mapped() -> None:
    for judge, due in ((pay_row_judge(PayBounds(), dated=True), True), (pay_row_judge(PayBounds(), dated=False), False)):
        assert bool(findings(judge, columns(judge, [{}]))) is due
    assert "component_from" in component_judge(dated=True).missing
    assert "component_from" not in component_judge(dated=False).missing


def test_bounds_appear_in_the_words_of_their_rules() -> None:
    bounds = PayBounds(regime_hard_max=Decimal("112.5"), contribution_usual_max=Decimal(50))
    assert "work_regime_pct: above 112.5 %" in pay_row_judge(bounds, dated=True).checks
    assert "employer_contribution_pct: outside 15-50 %" in pay_judge(bounds).checks
    assert "gross_amount: monthly amount above 200000" in pay_judge(PayBounds(gross_hard_max=Decimal("2E+5"))).checks


def test_pandera_cannot_be_switched_off_from_outside() -> None:
    with config_context(validation_enabled=False):
        assert judged(people_judge(), {"language": "xx"}) == [("language", "not an ISO 639-1 code", [0])]


def test_a_frame_of_the_wrong_type_is_a_mistake_of_ours_and_quotes_nothing() -> None:
    wrong = {**columns(people_judge(), [{}]), "birth_date": pa.array([SECRET])}
    with pytest.raises(TypeError) as caught:
        findings(people_judge(), wrong)
    assert "birth_date" in str(caught.value)
    chain: BaseException | None = caught.value
    while chain is not None:
        assert SECRET not in str(chain)
        chain = None if chain.__suppress_context__ else chain.__context__


def test_many_failures_are_told_without_copying_a_row() -> None:
    count = 20_000
    frame = columns(people_judge(), [{"language": "xx", "start_date": date(2021, 1, 1), "exit_date": date(2020, 1, 1)}] * count)
    assert {f.rule.text: len(f.rows) for f in findings(people_judge(), frame)} == {
        "missing": count,
        "not an ISO 639-1 code": count,
        "before the start": count,
    }


def test_problems_are_in_order_of_person_and_field_and_each_told_once() -> None:
    found = [
        Finding("email", EMAIL_MISSING, np.array([1, 0, 1])),
        Finding(None, MISSING, np.array([1])),
        Finding("external_id", MISSING, np.array([1])),
    ]
    who = pa.array(["c", "c", "c"]), pa.array([7, 8, 9]), pa.array(["a", None, "b"])
    told = problems(found, *who)
    assert [(row["row"], row["field"]) for row in told.table.to_pylist()] == [(7, "email"), (8, "external_id"), (8, "email"), (8, None)]
    assert told.reject_code.to_pylist() == ["EMAIL_MISSING", "FIELD_MISSING", None]
    assert told.reject_field.to_pylist() == ["email", "external_id", None]


def test_no_findings_are_no_problems() -> None:
    nobody = pa.array([], pa.string()), pa.array([], pa.int64()), pa.array([], pa.string())
    assert problems([], *nobody).table.num_rows == 0
    assert problems([], pa.array(["c"]), pa.array([0]), pa.array(["a"])).reject_code.to_pylist() == [None]
    assert orphans(MISSING, nobody[0], nobody[2]).num_rows == 0
