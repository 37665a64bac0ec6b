"""Identity: what is read, what is refused and by which rule, what counts as not sent."""

import unicodedata
from datetime import date
from typing import Any

import pytest

from hr_pipeline.domain.connections import Relation, Settings
from hr_pipeline.domain.mapping import FieldMapping, FieldRule
from hr_pipeline_tests.domain.provider_rows import BELGIAN, NOT_SENT, RETYPED, conform, employee, told, worker

UNMAPPED = ["work_regime_pct"]
PAY_WARNING = ("PAY_MISSING", None, "no pay row")


def problems_of(**changes: Any) -> list[tuple[str, str | None, str]]:
    """Problems of one person with these changes, the missing pay apart; the person keeps their id."""
    result = conform([worker(**changes)])
    rows = result.problems.to_pylist()
    return [(r["code"], r["field"], r["rule"]) for r in rows if r["code"] != "PAY_MISSING"]


def test_a_person_with_nothing_wrong_is_read_whole() -> None:
    one = employee(conform([worker(birth_name="Martin", exit_date="2024-12-31")]))
    assert {name: one[name] for name in ("email", "first_name", "last_name", "birth_name", "language", "phone", "employee_number")} == {
        "email": "zoe.1@example.com",
        "first_name": "Zoé",
        "last_name": "Lefèvre 1",
        "birth_name": "Martin",
        "language": "fr",
        "phone": "+32475123456",
        "employee_number": "N1",
    }
    assert (one["birth_date"], one["start_date"], one["exit_date"]) == (date(1990, 2, 28), date(2020, 1, 1), date(2024, 12, 31))
    assert (one["name_key"], one["birth_name_key"], one["email_key"]) == ("zoe|lefevre1", "zoe|martin", "zoe.1@example.com")
    assert (one["relation"], one["in_scope"], one["reject_code"], one["reject_field"]) == ("employee", True, None, None)
    assert one["absent"] == []


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("external_id", "FIELD_MISSING"),
        ("first_name", "FIELD_MISSING"),
        ("last_name", "FIELD_MISSING"),
        ("email", "EMAIL_MISSING"),
        ("start_date", "FIELD_MISSING"),
    ],
)
@pytest.mark.parametrize("value", [None, "", " \u00a0 ", NOT_SENT])
def test_a_mandatory_field_that_is_null_blank_or_not_sent_is_missing(field: str, code: str, value: Any) -> None:
    result = conform([worker(**{field: value})])
    assert [(r["code"], r["field"], r["rule"]) for r in result.problems.to_pylist() if r["blocking"]] == [(code, field, "missing")]
    assert (result.employees["reject_code"].to_pylist(), result.employees["reject_field"].to_pylist()) == ([code], [field])


@pytest.mark.parametrize(
    "field", ["external_id", "first_name", "last_name", "birth_name", "employee_number", "email", "phone", "birth_date"]
)
def test_an_object_where_a_scalar_was_due_is_invalid_and_not_also_missing(field: str) -> None:
    assert problems_of(**{field: RETYPED}) == [("FIELD_INVALID", field, "not a single value")]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Zoé  ", "Zoé"),
        ("Jean  \u00a0 Paul", "Jean Paul"),
        (unicodedata.normalize("NFD", "Zoé"), "Zoé"),
        ("O'Brien-D’Hondt", "O'Brien-D’Hondt"),
        ("李", "李"),
        ("x" * 200, "x" * 200),
    ],
)
def test_names_are_trimmed_their_blanks_made_one_and_composed(sent: str, kept: str) -> None:
    assert employee(conform([worker(first_name=sent)]))["first_name"] == kept


@pytest.mark.parametrize("field", ["external_id", "first_name", "last_name", "birth_name", "employee_number"])
@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("Zo\x00é", "has control characters"),
        ("Zo\x07e", "has control characters"),
        ("Zo\ne", "has control characters"),
        ("Zo\x85e", "has control characters"),
        ("Zo\u202ee", "has control characters"),
        ("x" * 201, "longer than 200 characters"),
        ("é" * 201, "longer than 200 characters"),
    ],
)
def test_control_characters_and_long_texts_are_refused_and_not_kept(field: str, value: str, rule: str) -> None:
    result = conform([worker(**{field: value})])
    assert [(r["code"], r["field"], r["rule"]) for r in result.problems.to_pylist() if r["blocking"]] == [("FIELD_INVALID", field, rule)]
    assert result.employees[field].to_pylist() == [None]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("email", "zoe.example.com", "not an e-mail address"),
        ("email", "zoe@@example.com", "not an e-mail address"),
        ("email", "zoe@localhost", "not an e-mail address"),
        ("email", "zoe@mail.local", "not an e-mail address"),
        ("email", "zoe@example.com\x00", "not an e-mail address"),
        ("email", "Zoé <zoe@example.com>", "not an e-mail address"),
        ("email", "zoe@example.com, z@example.com", "not an e-mail address"),
        ("start_date", "2020-02-30", "not a civil date (YYYY-MM-DD)"),
        ("start_date", "01/02/2020", "not a civil date (YYYY-MM-DD)"),
        ("start_date", "2020-01-01T00:00:00Z", "not a civil date (YYYY-MM-DD)"),
        ("start_date", "20200101", "not a civil date (YYYY-MM-DD)"),
        ("start_date", "2020-W01-1", "not a civil date (YYYY-MM-DD)"),
        ("start_date", "２０２０-01-01", "not a civil date (YYYY-MM-DD)"),
        ("start_date", "0000-01-01", "not a civil date (YYYY-MM-DD)"),
        ("start_date", "1899-12-31", "outside 1900-2100"),
        ("start_date", "2101-01-01", "outside 1900-2100"),
        ("start_date", "9999-12-31", "outside 1900-2100"),
        ("exit_date", "2101-01-01", "outside 1900-2100"),
        ("exit_date", "2019-12-31", "before the start"),
        ("birth_date", "1899-12-31", "outside 1900-2100"),
        ("birth_date", "2024-06-02", "in the future"),
        ("relation", "contractor", "not a known relation"),
        ("phone", "n/a", "not a phone number"),
        ("phone", "+32 475", "not a valid phone number"),
        ("phone", "+999 475123456", "not a phone number"),
    ],
)
def test_an_invalid_field_is_named_with_its_rule(field: str, value: str, rule: str) -> None:
    assert problems_of(**{field: value}) == [("FIELD_INVALID", field, rule)]


@pytest.mark.parametrize(
    "changes",
    [
        {"start_date": "1900-01-01"},
        {"start_date": "2100-12-31"},
        {"start_date": "2024-02-29"},
        {"start_date": "2020-01-01", "exit_date": "2020-01-01"},
        {"exit_date": "2100-12-31"},
        {"birth_date": "2024-06-01"},
        {"birth_date": "1900-01-01"},
        {"relation": "EMPLOYEE"},
        {"email": "zoe@acme.test"},
        {"email": "zoe@acme.example"},
        {"email": "o'neil+hr@example.org"},
        {"email": "zoé@exämple.com"},
    ],
)
def test_what_lies_on_a_bound_passes(changes: dict[str, str]) -> None:
    assert problems_of(**changes) == []


def test_an_end_of_9999_is_no_end_and_says_so_explicitly() -> None:
    one = employee(conform([worker(exit_date="9999-12-31")]))
    assert (one["exit_date"], one["absent"]) == (None, [])


@pytest.mark.parametrize("value", ["", "   ", NOT_SENT])
def test_a_blank_text_and_a_missing_key_clear_nothing(value: Any) -> None:
    result = conform([worker(), worker("2", birth_name=value, exit_date=value)])
    assert employee(result, "1")["absent"] == []
    assert (employee(result, "2")["absent"], employee(result, "2")["birth_name"]) == (["birth_name", "exit_date"], None)


def test_an_unmapped_field_is_absent_for_everybody() -> None:
    mapping = FieldMapping({name: rule for name, rule in BELGIAN.rules.items() if name not in {"phone", "relation", "weekly_hours"}})
    result = conform([worker(), worker("2", language=NOT_SENT)], mapping=mapping)
    assert employee(result, "1")["absent"] == ["phone", "relation", "weekly_hours", "work_regime_pct"]
    assert employee(result, "2")["absent"] == ["language", "phone", "relation", "weekly_hours", "work_regime_pct"]
    assert (employee(result)["phone"], employee(result)["relation"], employee(result)["in_scope"]) == (None, "employee", True)


def test_the_first_source_that_is_not_empty_wins() -> None:
    mapping = FieldMapping({**BELGIAN.rules, "email": FieldRule(("work_sent", "email_sent"))})
    rows = [
        {**worker("1"), "work_sent": "work@example.com"},
        {**worker("2"), "work_sent": None},
        {**worker("3"), "work_sent": " "},
        {**worker("4"), "work_sent": NOT_SENT},
        {**worker("5"), "work_sent": RETYPED},
        {**worker("6", email=RETYPED), "work_sent": "six@example.com"},
    ]
    result = conform(rows, mapping=mapping)
    assert result.employees["email"].to_pylist() == [
        "work@example.com",
        "zoe.2@example.com",
        "zoe.3@example.com",
        "zoe.4@example.com",
        None,
        "six@example.com",
    ]
    assert told(result, "5") == [("FIELD_INVALID", "email", "not a single value"), PAY_WARNING]


def test_a_source_that_the_provider_has_no_column_for_is_absent_and_gives_way_to_the_next() -> None:
    mapping = FieldMapping(
        {
            **BELGIAN.rules,
            "birth_name": FieldRule(("nowhere",)),
            "email": FieldRule(("nowhere", "email_sent")),
            "phone": FieldRule(("phone_sent", "nowhere")),
        }
    )
    one, other = conform([worker(), worker("2", phone=None)], mapping=mapping).employees.to_pylist()
    assert (one["absent"], one["birth_name"], one["email"], one["phone"]) == (["birth_name"], None, "zoe.1@example.com", "+32475123456")
    assert other["absent"] == ["birth_name", "phone"]


def test_only_a_null_in_every_source_is_an_explicit_null() -> None:
    mapping = FieldMapping({**BELGIAN.rules, "birth_name": FieldRule(("maiden_sent", "birth_name_sent"))})
    rows = [
        {**worker("1"), "maiden_sent": None},
        {**worker("2"), "maiden_sent": NOT_SENT},
        {**worker("3", birth_name=""), "maiden_sent": None},
    ]
    assert conform(rows, mapping=mapping).employees["absent"].to_pylist() == [[], ["birth_name"], ["birth_name"]]


def test_an_unknown_language_warns_and_clears_nothing() -> None:
    result = conform([worker(language="xx"), worker("2", language="NL-be"), worker("3", language=None)])
    assert told(result) == [("LANGUAGE_UNKNOWN", "language", "not an ISO 639-1 language"), PAY_WARNING]
    assert result.employees["language"].to_pylist() == [None, "nl", None]
    assert result.employees["absent"].to_pylist() == [["language"], [], []]
    assert result.employees["reject_code"].null_count == 3


def test_every_problem_of_a_person_is_told_and_the_first_in_field_order_rejects() -> None:
    result = conform([worker(birth_date="2190-01-01", email="nobody", last_name=None, exit_date="2019-01-01")])
    assert [problem for problem in told(result) if problem != PAY_WARNING] == [
        ("FIELD_MISSING", "last_name", "missing"),
        ("FIELD_INVALID", "email", "not an e-mail address"),
        ("FIELD_INVALID", "birth_date", "outside 1900-2100"),
        ("FIELD_INVALID", "birth_date", "in the future"),
        ("FIELD_INVALID", "exit_date", "before the start"),
    ]
    assert (employee(result)["reject_code"], employee(result)["reject_field"]) == ("FIELD_MISSING", "last_name")


def test_a_relation_that_was_not_chosen_is_out_of_scope_and_still_judged() -> None:
    rows = [
        worker(),
        worker("2", relation="administrator", start_date=None),
        worker("3", relation="contractor"),
        worker("4", relation=None),
    ]
    result = conform(rows)
    assert result.employees["in_scope"].to_pylist() == [True, False, True, True]
    assert result.employees["reject_code"].to_pylist() == [None, "FIELD_MISSING", "FIELD_INVALID", None]
    assert told(result, "2") == [("FIELD_MISSING", "start_date", "missing")]
    both = Settings(relations=(Relation.EMPLOYEE, Relation.ADMINISTRATOR))
    assert conform(rows, settings=both).employees["in_scope"].to_pylist() == [True, True, True, True]
    administrators = Settings(relations=(Relation.ADMINISTRATOR,))
    assert conform(rows, settings=administrators).employees["in_scope"].to_pylist() == [False, True, True, True]


def test_two_who_share_an_id_are_both_told_of() -> None:
    result = conform([worker("1", email="nobody"), worker("1", email=None)])
    assert result.employees["reject_code"].to_pylist() == ["FIELD_INVALID", "EMAIL_MISSING"]
    assert [row["row"] for row in result.problems.to_pylist() if row["blocking"]] == [0, 1]
