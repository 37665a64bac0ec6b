"""Salary components: which are kept, what is refused, and the digest that tells whether they changed."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline_tests.domain.provider_rows import (
    BELGIAN,
    COMPONENT_FIELDS,
    NOT_SENT,
    RETYPED,
    component,
    conform,
    employee,
    remuneration,
    told,
    worker,
)


def key(*rows: dict[str, Any]) -> str | None:
    """The digest of one person's components."""
    digest: str | None = employee(conform([worker()], [remuneration()], list(rows)))["components_key"]
    return digest


def test_a_component_is_kept_in_our_fields() -> None:
    result = conform(
        [worker("2"), worker()], [], [component(component_to="2024-12-31", component_currency="eur", component_frequency="Yearly")]
    )
    assert result.components.to_pylist() == [
        {
            "connection_id": "securex-brewery",
            "row": 1,
            "code": "MV",
            "label": "Meal vouchers",
            "amount": Decimal("120.00"),
            "currency": "EUR",
            "frequency": "yearly",
            "valid_from": date(2024, 1, 1),
            "valid_to": date(2024, 12, 31),
        }
    ]


@pytest.mark.parametrize(
    ("start", "end", "is_kept"),
    [
        ("2024-01-01", None, True),
        ("2024-01-01", "9999-12-31", True),
        ("2024-01-01", "2024-06-01", True),
        ("2024-01-01", "2024-05-31", False),
        ("2025-01-01", None, True),
    ],
)
def test_components_valid_on_the_date_or_later_are_kept(start: str, end: str | None, is_kept: bool) -> None:
    result = conform([worker()], [remuneration()], [component(component_from=start, component_to=end)])
    assert (result.components.num_rows, employee(result)["components_key"] is not None, told(result)) == (int(is_kept), is_kept, [])


@pytest.mark.parametrize(
    ("changes", "code", "field", "rule"),
    [
        ({"component_code": None}, "FIELD_MISSING", "component_code", "missing"),
        ({"component_code": "M\x00V"}, "FIELD_INVALID", "component_code", "has control characters"),
        ({"component_label": "x" * 201}, "FIELD_INVALID", "component_label", "longer than 200 characters"),
        ({"component_amount": NOT_SENT}, "FIELD_MISSING", "component_amount", "missing"),
        ({"component_amount": RETYPED}, "FIELD_INVALID", "component_amount", "not a single value"),
        ({"component_amount": "1,20"}, "FIELD_INVALID", "component_amount", "not a plain decimal amount"),
        ({"component_amount": "1.205"}, "FIELD_INVALID", "component_amount", "more than two decimals"),
        ({"component_currency": ""}, "FIELD_MISSING", "component_currency", "missing"),
        ({"component_currency": "E"}, "FIELD_INVALID", "component_currency", "not an ISO 4217 code"),
        ({"component_frequency": None}, "FIELD_MISSING", "component_frequency", "missing"),
        ({"component_frequency": "weekly"}, "FIELD_INVALID", "component_frequency", "not monthly, yearly or once"),
        ({"component_from": None}, "FIELD_MISSING", "component_from", "missing"),
        ({"component_from": "2024-13-01"}, "FIELD_INVALID", "component_from", "not a civil date (YYYY-MM-DD)"),
        ({"component_from": "1899-12-31"}, "FIELD_INVALID", "component_from", "outside 1900-2100"),
        ({"component_to": "2023-12-31"}, "FIELD_INVALID", "component_to", "before the start"),
        ({"component_to": "2101-01-01"}, "FIELD_INVALID", "component_to", "outside 1900-2100"),
    ],
)
def test_a_bad_component_rejects_its_person_alone(changes: dict[str, Any], code: str, field: str, rule: str) -> None:
    rows = [component(), component(**changes), component("2")]
    result = conform([worker(), worker("2")], [remuneration(), remuneration("2")], rows)
    assert told(result) == [(code, field, rule)]
    assert (employee(result)["reject_code"], employee(result)["reject_field"]) == (code, field)
    assert (told(result, "2"), [row["row"] for row in result.components.to_pylist()]) == ([], [1])


@pytest.mark.parametrize(
    "changes", [{"component_label": None}, {"component_amount": "-25.00"}, {"component_from": "2024-06-01", "component_to": "2024-06-01"}]
)
def test_what_a_component_may_be(changes: dict[str, Any]) -> None:
    assert told(conform([worker()], [remuneration()], [component(**changes)])) == []


def test_components_of_a_rejected_person_are_not_kept() -> None:
    assert conform([worker(email=None)], [], [component()]).components.num_rows == 0


def test_the_digest_ignores_order_and_sees_every_field() -> None:
    one, other = component(), component(component_code="CAR", component_amount="400.00")
    assert key(one, other) == key(other, one)
    assert key() is None
    digests = [
        key(one),
        key(one, other),
        key(one, one),
        *(
            key({**one, **component(**changes)})
            for changes in (
                {"component_code": "M"},
                {"component_label": None},
                {"component_label": "Other"},
                {"component_amount": "120.01"},
                {"component_currency": "CHF"},
                {"component_frequency": "yearly"},
                {"component_from": "2024-01-02"},
                {"component_to": "2024-12-31"},
            )
        ),
    ]
    assert len(set(digests)) == len(digests)


def test_a_digest_is_the_same_in_every_release() -> None:
    assert key(component()) == "761345dc34c627f7a1de26cacd573068"


def test_a_component_without_a_person_is_reported_and_touches_nobody() -> None:
    result = conform([worker()], [remuneration()], [component("9"), component("9", component_amount="?")])
    assert [(row["external_id"], row["row"], row["code"], row["rule"]) for row in result.problems.to_pylist()] == [
        ("9", None, "PAY_ORPHAN", "salary component without a person")
    ]
    assert result.components.num_rows == 0


def test_two_who_share_an_id_have_each_their_components() -> None:
    result = conform([worker("1"), worker("2"), worker("1")], [], [component("1"), component("2"), component("1", component_code="CAR")])
    assert sorted((row["row"], row["code"]) for row in result.components.to_pylist()) == [
        (0, "CAR"),
        (0, "MV"),
        (1, "MV"),
        (2, "CAR"),
        (2, "MV"),
    ]


def test_where_no_components_are_mapped_rows_are_not_judged_and_all_fields_are_absent() -> None:
    mapping = FieldMapping({name: rule for name, rule in BELGIAN.rules.items() if name not in COMPONENT_FIELDS})
    result = conform([worker()], [remuneration()], [component(component_amount="?")], mapping=mapping)
    assert (told(result), result.components.num_rows, employee(result)["components_key"]) == ([], 0, None)
    assert employee(result)["absent"] == COMPONENT_FIELDS


def test_a_component_without_mapped_validity_is_always_kept() -> None:
    mapping = FieldMapping({name: rule for name, rule in BELGIAN.rules.items() if name not in {"component_from", "component_to"}})
    assert conform([worker()], [], [component(component_to="2020-01-01")], mapping=mapping).components["valid_to"].to_pylist() == [None]
