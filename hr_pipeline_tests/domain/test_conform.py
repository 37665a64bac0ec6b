"""Conforming as a whole: two companies' scenarios, and what must hold whatever a provider sends."""

import random
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hr_pipeline.domain import rules, schemas
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.conform import conformed
from hr_pipeline.domain.connections import Settings
from hr_pipeline.domain.fields import BY_NAME
from hr_pipeline.domain.frames import COMPONENTS, EMPLOYEES, PERIODS, PROBLEMS, Conformed, ProviderFrames
from hr_pipeline_tests.domain.provider_rows import (
    BAKERY,
    BELGIAN,
    BREWERY,
    FRENCH,
    NOT_SENT,
    REGIME_SENT,
    RETYPED,
    TODAY,
    component,
    conform,
    employee,
    frames,
    joined,
    remuneration,
    told,
    worker,
)

EVERYBODY = {BREWERY: Settings(region="BE"), BAKERY: Settings(region="FR")}
UNREACHABLE = {"not the form of an address", "not in E.164 form", "not an ISO 639-1 code"}  # reading stops them first


def closed_set() -> dict[str, rules.Rule]:
    """Every rule by its words."""
    judged = [check.rule for judge in schemas.judges() for check in judge.checks.values()]
    return {rule.text: rule for rule in [*judged, *(rule for rule in vars(rules).values() if isinstance(rule, rules.Rule))]}


def as_text(result: Conformed) -> list[list[str]]:
    """The four tables, rows in an order of their own, everything but the provider's order."""
    return [sorted(map(repr, table.to_pylist())) for table in (result.employees, result.components, result.problems, result.periods)]


def test_a_belgian_company() -> None:
    people = [
        worker("1", first_name="Zoé", last_name="Lefèvre-Martin", email=" Zoe.Lefevre@Example.com ", phone="0475 12 34 56"),
        worker("2", first_name="Pieter", last_name="Van den Berghe", language="NL", exit_date="9999-12-31"),
        worker("3", email=None),
        worker("4", relation="administrator", start_date=None),
        worker("5"),
        worker("6"),
    ]
    pay = [
        remuneration("1", weekly_hours="30:24", effective_from="2023-01-01"),
        remuneration("2", gross_amount="1500.25", weekly_hours="19:00"),
        remuneration("2", gross_amount="1200.75", weekly_hours="19:00", effective_from="2024-05-01", effective_to="9999-12-31"),
        remuneration("3"),
        remuneration("5", gross_amount="3.500,00"),
        remuneration("9"),
    ]
    result = conform(people, pay, [component("1"), component("3")], settings=Settings(region="BE"))
    assert result.employees["reject_code"].to_pylist() == [None, None, "EMAIL_MISSING", "FIELD_MISSING", "FIELD_INVALID", None]
    assert result.employees["reject_field"].to_pylist() == [None, None, "email", "start_date", "gross_amount", None]
    assert result.employees["in_scope"].to_pylist() == [True, True, True, False, True, True]
    zoe, pieter = employee(result, "1"), employee(result, "2")
    assert (zoe["email"], zoe["email_key"]) == ("Zoe.Lefevre@example.com", "zoe.lefevre@example.com")
    assert (zoe["phone"], zoe["phone_inferred"], zoe["name_key"]) == ("+32475123456", True, "zoe|lefevremartin")
    assert (zoe["work_regime_pct"], zoe["gross_amount"], zoe["has_pay"]) == (Decimal("80.00"), Decimal("3250.50"), True)
    assert (pieter["gross_amount"], pieter["weekly_hours"], pieter["work_regime_pct"]) == (
        Decimal("2701.00"),
        Decimal("38.00"),
        Decimal("100.00"),
    )
    assert (pieter["effective_from"], pieter["effective_to"], pieter["exit_date"]) == (date(2024, 5, 1), None, None)
    assert told(result, "6") == [("PAY_MISSING", None, "no pay row")]
    assert told(result, "9") == [("PAY_ORPHAN", None, "pay without a person")]
    assert result.components["row"].to_pylist() == [0]


def collaborator(who: str, **changes: Any) -> dict[str, Any]:
    """A person of the French provider."""
    plain = {
        "id": who,
        "firstName": "Zoé",
        "lastName": f"Lefèvre-{who}",
        "email.professional": f"{who}@example.com",
        "email.personal": f"{who}@example.org",
        "contract.startDate": "2020-03-02",
        "birthDate": "1991-03-07",
        "phone.personal": "06 12 34 56 78",
        "terminationDate": None,
        "relation": "employee",
    }
    return {**plain, **changes}


def contract(who: str, **changes: Any) -> dict[str, Any]:
    """A contract of the French provider, which is its only pay."""
    plain = {"standardWeeklyHours": "28", "fullTimeEquivalent": "0.8", "contract.startDate": "2020-03-02", "contract.endDate": None}
    return {"employee_ref": who, **plain, **changes}


def test_a_french_company() -> None:
    people = [
        collaborator("a"),
        collaborator("b", **{"email.professional": None, "phone.personal": None}),
        collaborator("c", **{"relation": "administrator", "contract.startDate": None}),
        collaborator("d", **{"phone.personal": "0612"}),
        collaborator("e", terminationDate=NOT_SENT),
    ]
    pay = [
        contract("a"),
        contract("b", fullTimeEquivalent=NOT_SENT, standardWeeklyHours=NOT_SENT),
        contract("e", fullTimeEquivalent="0.857142857142857"),
    ]
    result = conformed(frames(people, pay, connection=BAKERY), FRENCH, {BAKERY: Settings(region="FR")}, TODAY)
    assert result.employees["email"].to_pylist() == [f"{who}@example.{'org' if who == 'b' else 'com'}" for who in "abcde"]
    assert result.employees["phone"].to_pylist() == ["+33612345678", None, "+33612345678", None, "+33612345678"]
    assert result.employees["in_scope"].to_pylist() == [True, True, False, True, True]
    assert result.employees["work_regime_pct"].to_pylist() == [Decimal("80.00"), None, None, None, Decimal("85.71")]
    assert result.employees["has_pay"].to_pylist() == [True, True, False, False, True]
    assert result.employees["gross_amount"].null_count == 5
    unmapped = {
        "employee_number",
        "birth_name",
        "language",
        "gross_amount",
        "currency",
        "pay_type",
        "reference_hours",
        "employer_contribution_pct",
    }
    assert unmapped | {f"component_{name}" for name in ("code", "label", "amount", "currency", "frequency", "from", "to")} == set(
        employee(result, "a")["absent"]
    )
    assert set(employee(result, "b")["absent"]) - set(employee(result, "a")["absent"]) == {"weekly_hours", "work_regime_pct"}
    assert set(employee(result, "e")["absent"]) - set(employee(result, "a")["absent"]) == {"exit_date"}
    assert told(result, "d") == [("FIELD_INVALID", "phone", "not a valid phone number"), ("PAY_MISSING", None, "no pay row")]
    without_region = conformed(frames(people[:1], pay[:1], connection=BAKERY), FRENCH, {BAKERY: Settings()}, TODAY)
    assert told(without_region, "a") == [("PHONE_NO_PREFIX", "phone", "no international prefix, and the connection has no region")]
    assert (employee(without_region, "a")["phone"], "phone" in employee(without_region, "a")["absent"]) == (None, True)
    assert employee(without_region, "a")["reject_code"] is None


def test_the_tables_have_the_schemas_of_the_contract_even_when_nobody_is_listed() -> None:
    whole = frames([worker()], [remuneration()], [component()])
    empty = ProviderFrames(*(table.slice(0, 0) for table in (whole.identity, whole.pay, whole.components)))
    for given_frames in (
        whole,
        empty,
        ProviderFrames(whole.identity, empty.pay, empty.components),
        ProviderFrames(empty.identity, whole.pay, whole.components),
    ):
        result = conformed(given_frames, BELGIAN, EVERYBODY, TODAY)
        assert (result.employees.schema, result.components.schema, result.problems.schema, result.periods.schema) == (
            EMPLOYEES,
            COMPONENTS,
            PROBLEMS,
            PERIODS,
        )
        assert result.employees.num_rows == given_frames.identity.num_rows


def test_connections_together_are_what_they_are_apart() -> None:
    one = frames([worker("1", phone="0475123456"), worker("2", email=None)], [remuneration("1"), remuneration("3")], [component("1")])
    other = frames(
        [worker("1", phone="0612345678"), worker("3", birth_date="2024-02-01")],
        [remuneration("1", effective_from="2024-03-01"), remuneration("2")],
        [component("3")],
        connection=BAKERY,
    )
    on = {BREWERY: TODAY, BAKERY: date(2024, 1, 31)}
    both = conformed(joined(one, other), BELGIAN, EVERYBODY, on)
    apart = [conformed(each, BELGIAN, EVERYBODY, on) for each in (one, other)]
    assert as_text(both) == [sorted([*first, *second]) for first, second in zip(*map(as_text, apart), strict=True)]
    assert both.employees["phone"].to_pylist() == ["+32475123456", "+32475123456", "+33612345678", "+32475123456"]
    assert both.employees["has_pay"].to_pylist() == [True, False, False, False]


def test_a_connection_without_settings_or_date_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError, match=BREWERY):
        conformed(frames([worker()]), BELGIAN, {}, TODAY)
    with pytest.raises(KeyError, match=BREWERY):
        conformed(frames([worker()]), BELGIAN, EVERYBODY, {BAKERY: TODAY})


POISONS: list[tuple[str, Mapping[str, Any]]] = [
    ("identity", worker("500", external_id=None)),
    ("identity", worker("500", external_id="5\x0000")),
    ("identity", worker("500", last_name=RETYPED)),
    ("identity", worker("500", email="nobody@")),
    ("identity", worker("500", phone="n/a")),
    ("identity", worker("500", birth_date="31/12/1990")),
    ("identity", worker("500", start_date="x" * 100_000)),
    ("pay", remuneration("500", gross_amount="3.500,00")),
    ("pay", remuneration("500", weekly_hours="99999999999")),
    ("pay", remuneration("500", employer_contribution_pct="0.25")),
    ("pay", remuneration("500", effective_from=RETYPED)),
    ("components", component("500", component_amount="NaN")),
]


@pytest.mark.parametrize(("table", "poison"), POISONS)
def test_one_poison_row_among_a_thousand_rejects_one_person_and_changes_nobody_else(table: str, poison: Mapping[str, Any]) -> None:
    rows = {
        "identity": [worker(str(n)) for n in range(1000)],
        "pay": [remuneration(str(n)) for n in range(1000)],
        "components": [component(str(n)) for n in range(1000)],
    }
    clean = conform(rows["identity"], rows["pay"], rows["components"])
    rows[table][500] = dict(poison)
    poisoned = conform(rows["identity"], rows["pay"], rows["components"])
    assert clean.employees["reject_code"].null_count == 1000
    rejected = [place for place, code in enumerate(poisoned.employees["reject_code"].to_pylist()) if code]
    assert rejected == [500]
    assert {row["row"] for row in poisoned.problems.to_pylist() if row["blocking"]} == {500}
    others = pa.array([n != 500 for n in range(1000)])
    assert poisoned.employees.filter(others).equals(clean.employees.filter(others))
    assert poisoned.components.to_pylist() == [row for row in clean.components.to_pylist() if row["row"] != 500]


def test_every_rule_is_broken_by_somebody() -> None:
    """A rule nobody can break is no rule; the ones that reading stops first are judged in test_validate."""
    half = {"weekly_hours": "19:00"}
    people = [
        worker("1", external_id=RETYPED, first_name="\x00a", last_name="x" * 201, email="?", phone="?", birth_date="?", language="?"),
        worker("2", email=None, phone="+32 475", birth_date="2190-01-01", exit_date="2019-01-01", relation="?", first_name=None),
        worker("3", phone="0475123456"),
        *(worker(str(n)) for n in range(4, 21)),
    ]
    pay = [
        remuneration("3", gross_amount="?", weekly_hours="?", employer_contribution_pct="?"),
        remuneration("4", gross_amount="1.001", reference_hours="0:00"),
        remuneration("5", **half),
        remuneration("5", weekly_hours=None, currency="CHF"),
        *([remuneration("6", pay_type="hourly", gross_amount="10.00", **half)] * 2),
        remuneration("7", effective_from="2025-01-01"),
        remuneration("8", gross_amount="-1", currency="?", pay_type="?"),
        remuneration("9", currency=None, weekly_hours="169:00", employer_contribution_pct="0.25"),
        remuneration("10", gross_amount="200001", employer_contribution_pct="-1"),
        remuneration("11", work_regime_pct="-1", employer_contribution_pct="61"),
        remuneration("12", gross_amount="26000", work_regime_pct="30", employer_contribution_pct="50"),
        remuneration("13", gross_amount="100", work_regime_pct="105"),
        *(remuneration("14", currency=currency, effective_from="2020-01-01", effective_to="2020-12-31") for currency in ("EUR", "CHF")),
        remuneration("nobody"),
    ]
    result = conform(
        people, pay, [component("14", component_currency="?", component_frequency="?"), component("nobody")], mapping=REGIME_SENT
    )
    broken = set(result.problems["rule"].to_pylist())
    assert set(closed_set()) - broken == UNREACHABLE
    assert broken <= set(closed_set())


PLAIN_TEXT = st.text(max_size=8)
NUMBERISH = st.text("0123456789.,:-+eE%€ ", max_size=10)
DATEISH = st.dates(date(1890, 1, 1), date(2110, 1, 1)).map(date.isoformat)
SPECIAL = st.sampled_from(
    [None, NOT_SENT, RETYPED, "", " ", "9999-12-31", "NaN", "1e3", "\x00", "employee", "administrator", "monthly", "hourly", "EUR", "fr"]
)
ANY_VALUE = st.one_of(SPECIAL, PLAIN_TEXT, NUMBERISH, DATEISH)
REFERENCES = st.sampled_from(["1", "2", "3", " 1", None, NOT_SENT, RETYPED])


def some_of(plain: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """A plain row with a few fields replaced by anything; `employee_ref` keeps to the people there are."""
    fields = sorted(plain.keys() - {"employee_ref", "external_id_sent"})
    return st.tuples(st.dictionaries(st.sampled_from(fields), ANY_VALUE, max_size=4), REFERENCES).map(
        lambda drawn: {**plain, **drawn[0], ("employee_ref" if "employee_ref" in plain else "external_id_sent"): drawn[1]}
    )


SNAPSHOTS = st.tuples(
    st.lists(some_of(worker()), max_size=4), st.lists(some_of(remuneration()), max_size=5), st.lists(some_of(component()), max_size=3)
)


@settings(max_examples=40, deadline=None)
@given(SNAPSHOTS)
def test_whatever_is_sent_everybody_is_judged_and_problems_hold_only_words_of_ours(
    snapshot: tuple[list[Any], list[Any], list[Any]],
) -> None:
    result = conform(*snapshot, mapping=REGIME_SENT)
    assert result.employees.num_rows == len(snapshot[0])
    known = closed_set()
    for row in result.problems.to_pylist():
        rule = known[row["rule"]]
        assert row["field"] is None or row["field"] in BY_NAME
        assert row["code"] in {*Code}
        assert rule.text == "missing" or (row["code"], row["blocking"]) == (rule.code, rule.blocking)
        assert row["connection_id"] == BREWERY
        assert row["external_id"] in {None, "1", "2", "3"}
    blocked = {row["row"] for row in result.problems.to_pylist() if row["blocking"]}
    assert blocked == {row["row"] for row in result.employees.to_pylist() if row["reject_code"]}
    for row in result.employees.to_pylist():
        assert row["reject_code"] or None not in (row["external_id"], row["first_name"], row["last_name"], row["email"], row["start_date"])
        assert not row["has_pay"] or row["pay_rows"] > 0
        assert row["pay_rows_rejected"] <= row["pay_rows"]
        assert all(row[name] is None for name in row["absent"] if name in row)


@settings(max_examples=40, deadline=None)
@given(SNAPSHOTS, st.integers(0, 2**32))
def test_the_order_of_rows_does_not_matter(snapshot: tuple[list[Any], list[Any], list[Any]], seed: int) -> None:
    given_frames = frames(*snapshot)
    tables = [given_frames.identity, given_frames.pay, given_frames.components]
    shuffled = ProviderFrames(
        *(table.take(pa.array(random.Random(seed).sample(range(len(table)), len(table)), pa.int64())) for table in tables)
    )
    one, other = (conformed(each, REGIME_SENT, EVERYBODY, TODAY) for each in (given_frames, shuffled))
    assert as_text(one) == as_text(other)


@settings(max_examples=40, deadline=None)
@given(SNAPSHOTS, st.integers(1, 4))
def test_the_cut_of_columns_into_chunks_does_not_matter(snapshot: tuple[list[Any], list[Any], list[Any]], size: int) -> None:
    given_frames = frames(*snapshot)
    chunked = ProviderFrames(
        *(
            pa.Table.from_batches(table.to_batches(max_chunksize=size), schema=table.schema)
            for table in (given_frames.identity, given_frames.pay, given_frames.components)
        )
    )
    one, other = (conformed(each, REGIME_SENT, EVERYBODY, TODAY) for each in (given_frames, chunked))
    assert as_text(one) == as_text(other)
