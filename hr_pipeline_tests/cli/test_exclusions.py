"""Leaving people out and taking them in again."""

from datetime import timedelta

import pytest

from hr_pipeline_tests.cli.commands import KERMADEC
from hr_pipeline_tests.cli.conftest import Scene

EMPLOYEE = "65f0c0081a03a0b70f05e711"


def test_an_excluded_employee_is_left_out_by_the_next_sync_until_included_again(played: Scene) -> None:
    hp, connection_id = played.hp, played.ids[KERMADEC]
    last = (hp.work.today + timedelta(days=7)).isoformat()
    made = hp.document("exclude", connection_id, EMPLOYEE, "--reason", "paid elsewhere", "--until", last, "--owner", "HR desk")
    said = {"connection_id": connection_id, "external_id": EMPLOYEE, "owner": "HR desk", "reason": "paid elsewhere", "until": last}
    assert made == {**said, "account_id": made["account_id"], "conflict_id": None, "warnings": []}
    (listed,) = hp.document("exclusions", connection_id)
    assert listed == {**listed, **said, "frozen": True, "account_id": made["account_id"]}
    assert hp.document("exclusions") == [listed]
    (run,) = hp.document("sync", connection_id)
    assert (run["counts"]["excluded"], run["status"]) == (1, "success")
    (row,) = hp.document("outcomes", run["sync_run_id"], "--only", "EXCLUDED")
    assert (row["external_id"], row["owner"]) == (EMPLOYEE, "nobody")
    assert hp.document("include", connection_id, EMPLOYEE)["included"] is True
    assert hp.document("exclusions") == []
    assert hp.document("sync", connection_id)[0]["counts"]["excluded"] == 0


def test_without_a_name_the_user_of_the_machine_says_so(played: Scene) -> None:
    hp = played.hp
    hp.run("exclude", played.ids[KERMADEC], EMPLOYEE, "--reason", "x", LOGNAME="somebody")
    assert hp.document("exclusions")[0]["owner"] == "somebody"


def test_somebody_not_listed_yet_is_left_out_with_a_warning(played: Scene) -> None:
    made = played.hp.document("exclude", played.ids[KERMADEC], "not-listed-yet", "--reason", "x")
    assert [one["code"] for one in made["warnings"]] == ["EXCLUSION_UNKNOWN"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["exclude", "nope", EMPLOYEE, "--reason", "x"], "UNKNOWN_CONNECTION"),
        (["exclude", "{id}", " ", "--reason", "x"], "INVALID_SETTING"),
        (["exclude", "{id}", EMPLOYEE, "--reason", ""], "INVALID_SETTING"),
        (["exclude", "{id}", EMPLOYEE, "--reason", "a\x07b"], "INVALID_SETTING"),
        (["exclude", "{id}", "\udcff", "--reason", "x"], "INVALID_SETTING"),
        (["exclude", "{id}", EMPLOYEE, "--reason", "x", "--until", "2020-01-01"], "INVALID_DATE"),
        (["exclude", "{id}", EMPLOYEE, "--reason", "x", "--until", "soon"], "INVALID_DATE"),
        (["exclude", "{id}", "somebody@example.com", "--reason", "x"], "INVALID_SETTING"),
        (["include", "{id}", EMPLOYEE], "NOT_EXCLUDED"),
        (["include", "nope", EMPLOYEE], "UNKNOWN_CONNECTION"),
        (["exclusions", "nope"], "UNKNOWN_CONNECTION"),
    ],
)
def test_what_makes_no_sense_is_refused(first_night: Scene, arguments: list[str], code: str) -> None:
    typed = [first_night.ids[KERMADEC] if argument == "{id}" else argument for argument in arguments]
    assert first_night.hp.refusal(*typed)["code"] == code
    assert first_night.hp.document("exclusions") == []


def test_including_somebody_who_is_not_excluded_says_so_and_where_to_look(first_night: Scene) -> None:
    connection_id = first_night.ids[KERMADEC]
    refusal = first_night.hp.refusal("include", connection_id, EMPLOYEE)
    assert f"{EMPLOYEE} is not excluded" in refusal["message"]
    assert f"`hr-pipeline exclusions {connection_id}`" in refusal["next"]


def test_a_date_that_cannot_be_is_answered_with_what_is_expected(first_night: Scene) -> None:
    typed = ("exclude", first_night.ids[KERMADEC], EMPLOYEE, "--reason", "x", "--until")
    assert first_night.hp.refusal(*typed, "2020-01-01")["next"] == "Expected: today or later."
    assert first_night.hp.refusal(*typed, "2026-02-30")["next"] == "Expected: a date that exists, in the form YYYY-MM-DD."


def test_a_reason_is_due(first_night: Scene) -> None:
    assert first_night.hp.run("exclude", first_night.ids[KERMADEC], EMPLOYEE).exit_code == 2
