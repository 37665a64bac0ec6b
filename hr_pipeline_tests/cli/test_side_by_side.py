"""Asked for names, a command shows who somebody is as long as that is kept: both sides of a conflict, and people who were turned away."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE
from hr_pipeline_tests.cli.conftest import Scene

EMPLOYEE = ("Baptiste", "Quéméner", "1994-09-23", "F003", "2019-05-06")
ACCOUNT = ("Ingrid", "Vasseur", "1972-10-08")
ADDRESS = "contact@fontclaire.example.com"


def numbered(scene: Scene, code: str, external_id: str | None = None) -> dict[str, Any]:
    """The first open conflict of a code, or an employee's."""
    listed: list[dict[str, Any]] = scene.hp.document("conflicts")
    return next(one for one in listed if one["code"] == code and external_id in (None, one["external_id"]))


def number_of(scene: Scene, code: str) -> str:
    """Its number as one types it."""
    return str(numbered(scene, code)["conflict_id"])


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_conflict_has_the_values_of_both_sides_in_a_line(first_night: Scene, width: int) -> None:
    result = first_night.hp.run("conflict", number_of(first_night, "EMAIL_SHARED"), "--names", COLUMNS=str(width))
    shown = result.stdout
    assert result.exit_code == 0
    for field, employee, account, said in (
        ("last name", "Quéméner", "Vasseur", "differs"),
        ("first name", "Baptiste", "Ingrid", "differs"),
        ("birth date", "1994-09-23", "1972-10-08", "differs"),
        ("employee number", "F003", "-", "unknown"),
    ):
        assert re.search(rf"^ +{field} +{employee} +{account} +{said} +", shown, re.MULTILINE), field
    assert re.search(r"^ +start date +2019-05-06 +-$", shown, re.MULTILINE), "no evidence, yet worth knowing"
    table = shown.split("Candidate")[1].split("What can be decided")[0].splitlines()[1:]
    assert all(cell_len(line) <= width for line in table)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_long_value_goes_on_below_and_none_is_cut(first_night: Scene, width: int) -> None:
    shown = first_night.hp.run("conflict", number_of(first_night, "EMAIL_SHARED"), "--names", COLUMNS=str(width)).stdout
    listed = shown.splitlines()
    table = listed[next(i for i, line in enumerate(listed) if "e-mail address" in line and "agrees" in line) :]
    table = table[: next(i for i, line in enumerate(table) if "last name" in line)]
    assert "…" not in "".join(table)
    columns = [re.split(r" {2,}", re.sub(r"^ +(e-mail address)? *", "", line)) for line in table]
    assert "".join(one[0] for one in columns) == "".join(one[1] for one in columns if len(one) > 1) == ADDRESS


def test_without_being_asked_no_value_is_shown(first_night: Scene) -> None:
    number = number_of(first_night, "EMAIL_SHARED")
    for arguments in ((), ("--json",)):
        shown = first_night.hp.run("conflict", number, *arguments).stdout
        assert not [value for value in (*EMPLOYEE, *ACCOUNT, ADDRESS) if value in shown]
    assert "Add --names to see the values beside each other." in first_night.hp.run("conflict", number).stdout
    assert "listed" not in first_night.hp.document("conflict", number)


def test_the_document_has_both_sides_and_no_pay(first_night: Scene) -> None:
    document = first_night.hp.document("conflict", number_of(first_night, "EMAIL_SHARED"), "--names")
    (employee,), (candidate,) = document["listed"]["people"], document["candidates"]
    assert document["listed"]["date"] == first_night.hp.work.today.isoformat()
    assert employee == employee | {"external_id": document["external_id"], "email": ADDRESS, "birth_date": EMPLOYEE[2]}
    assert candidate["values"] == candidate["values"] | {"email": ADDRESS, "birth_date": ACCOUNT[2]}
    assert (candidate["first_name"], candidate["last_name"]) == ACCOUNT[:2]
    assert not [name for name in (*employee, *candidate["values"]) if "gross" in name or "pay" in name]


def test_employees_who_share_an_address_stand_beside_each_other(first_night: Scene) -> None:
    number = str(numbered(first_night, "DUPLICATE_EMAIL", "1008")["conflict_id"])
    shown = first_night.hp.run("conflict", number, "--names", COLUMNS="80").stdout
    assert re.search(r"^ +1008 +1007$", shown, re.MULTILINE)
    assert re.search(r"^ +first name +Céline +Jérôme$", shown, re.MULTILINE)
    assert re.search(r"^ +birth date +1983-10-03 +1981-05-25$", shown, re.MULTILINE)


@pytest.mark.parametrize(("lang", "said"), [("fr", "n’est plus conservée"), ("nl", "wordt niet meer bewaard"), ("en", "is no longer kept")])
def test_a_list_that_is_no_longer_kept_is_said_so_and_the_account_is_shown(played: Scene, lang: str, said: str) -> None:
    shutil.rmtree(played.hp.home / "landing")
    number = number_of(played, "EMAIL_SHARED")
    result = played.hp.run("conflict", number, "--names", "--lang", lang)
    assert result.exit_code == 0
    assert said in " ".join(result.stdout.split())
    assert "1972-10-08" in result.stdout
    assert "Baptiste" not in result.stdout
    assert played.hp.document("conflict", number, "--names")["listed"]["people"] is None


def test_a_list_struck_from_the_registry_is_no_longer_kept_either(played: Scene) -> None:
    with played.hp.work.store.opened() as database:
        database.run("DELETE FROM snapshot")
    assert played.hp.document("conflict", number_of(played, "EMAIL_SHARED"), "--names")["listed"]["people"] is None


def test_people_turned_away_are_named_by_the_list(first_night: Scene, tmp_path: Path) -> None:
    run = first_night.hp.document("history", first_night.ids[BRASSERIE])[0]["sync_run_id"]
    rows = first_night.hp.document("outcomes", run, "--names")
    named = {row["external_id"]: (row["first_name"], row["last_name"]) for row in rows}
    assert (named["1007"], named["1008"]) == (("Jérôme", "Piret"), ("Céline", "Piret"))
    assert named["1010"] == ("Hélène", "D'Hondt")
    assert named["1011"] == (None, "Wauters"), "the first name is what is missing"
    assert all(last for _, last in named.values()), "everybody of the run"
    assert "Hélène D'Hondt" in first_night.hp.run("outcomes", run, "--names", "--only", "rejected").stdout
    assert not {"first_name", "last_name"} & first_night.hp.document("outcomes", run)[0].keys()
    path = tmp_path / "outcomes.csv"
    first_night.hp.run("outcomes", run, "--names", "--csv", str(path))
    assert "T'Serstevens" in path.read_text("utf-8")


def test_names_of_a_list_that_is_no_longer_kept_are_empty(played: Scene) -> None:
    run = played.hp.document("history", played.ids[FONTCLAIRE])[0]["sync_run_id"]
    shutil.rmtree(played.hp.home / "landing")
    rows = played.hp.document("outcomes", run, "--names")
    assert {row["last_name"] for row in rows if row["account_id"] is None} == {None}
    assert all(row["last_name"] for row in rows if row["account_id"])
