"""What keeps nobody back and still has to be seen: a clear that was blocked names its field wherever it is told, and pay of nobody is told at all."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.cli.sync import next_steps
from hr_pipeline_tests.cli.commands import Commands
from hr_pipeline_tests.operations.listed_provider import Office, worker
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A = "securex-a"


@pytest.fixture
def hp(tmp_path: Path) -> Commands:
    """A home with one company, where the provider emptied two fields of one person and one of another on the second night."""
    found = Commands(tmp_path / "home")
    found.home.mkdir()
    platform = Platform(tmp_path)
    platform.store = Store(found.home / "hr_pipeline.duckdb", folders=(tmp_path, found.home))
    platform.connect(A)
    people = [{**person(i), "phone": "+3225550100", "employee_number": f"n-{i}"} for i in ("ana", "bob", "cil", "dan", "eva")]
    platform.night({A: people}, on=FIRST_NIGHT)
    emptied = [{**people[0], "phone": None, "employee_number": None}, {**people[1], "phone": None, "last_name": "Maes"}]
    platform.night({A: [*emptied, *people[2:]]}, on=FIRST_NIGHT + timedelta(days=1))
    return found


def test_a_clear_that_was_blocked_names_its_fields_in_every_document(hp: Commands, tmp_path: Path) -> None:
    plain, asked = hp.document("outcomes", "r2"), hp.document("outcomes", "r2", "--only", "CLEAR_BLOCKED")
    told = {row["external_id"]: [(one["code"], one["field"]) for one in row["details"]] for row in plain}
    assert told == {
        "ana": [("CLEAR_BLOCKED", "employee_number"), ("CLEAR_BLOCKED", "phone")],
        "bob": [("CLEAR_BLOCKED", "phone")],
        "cil": [],
        "dan": [],
        "eva": [],
    }
    assert {row["external_id"]: row["details"] for row in asked} == {row["external_id"]: row["details"] for row in plain if row["details"]}
    [said] = next(row["details"] for row in plain if row["external_id"] == "bob")
    assert said["message"].startswith("The payroll provider emptied the field “phone number”")
    hp.run("outcomes", "r2", "--csv", str(tmp_path / "outcomes.csv"))
    with (tmp_path / "outcomes.csv").open(encoding="utf-8") as file:
        assert {row["external_id"]: row["warnings"] for row in csv.DictReader(file)}["ana"] == "CLEAR_BLOCKED (employee_number, phone)"


def test_the_text_names_field_and_people_also_of_those_who_are_only_counted(hp: Commands) -> None:
    shown = hp.run("outcomes", "r2", COLUMNS="200").stdout
    assert "emptied the field “phone number”" in shown
    assert "emptied the field “employee number”" in shown
    assert "phone number: bob, ana" in shown.splitlines()
    assert "a field" not in shown


def test_a_person_s_own_page_tells_what_was_blocked(hp: Commands) -> None:
    [person_told] = hp.document("employee", "ana")
    assert [(one["code"], one["field"]) for one in person_told["warnings"]] == [
        ("CLEAR_BLOCKED", "employee_number"),
        ("CLEAR_BLOCKED", "phone"),
    ]
    assert "CLEAR_BLOCKED: The payroll provider emptied the field “phone number”" in hp.run("employee", "ana", COLUMNS="200").stdout
    assert hp.document("employee", "cil")[0]["warnings"] == []


def test_pay_of_nobody_is_told_by_the_sync_and_by_its_outcomes(tmp_path: Path) -> None:
    office = Office(tmp_path / "home")
    office.connect(A)
    run = office.night(A, [worker("w1"), worker("w2"), {**worker("w3"), "external_id": None}])
    again = Commands(tmp_path / "home")
    [told] = again.document("history")
    assert (told["sync_run_id"], told["pay_orphans"], told["pay"]["source"]) == (run.sync_run_id, 1, 2)
    assert "pay of 1 person who is not listed was left aside: `hr-pipeline outcomes r1 --only PAY_ORPHAN`" in next_steps(told)
    shown = again.run("outcomes", "r1", COLUMNS="200").stdout
    assert "Pay of 1 not listed, left aside: hr-pipeline outcomes r1 --only PAY_ORPHAN" in shown.splitlines()
    assert [row["warnings"] for row in again.document("outcomes", "r1", "--only", "PAY_ORPHAN")] == [["PAY_ORPHAN"]]
