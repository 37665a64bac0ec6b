"""`employee`: somebody is found by whatever HR has of them, and told where they stand, why, and what to do next."""

import json
import re
import shutil
from typing import Any

import pytest
from rich.cells import cell_len

from hr_pipeline.sandbox import Sandbox
from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE, IMPRIMERIE, LIBRAIRIE, Commands
from hr_pipeline_tests.cli.conftest import Scene
from hr_pipeline_tests.operations.naive_finding import naively_found, without_account

HELENE = "helene dhondt"  # rejected on the first night
ADDRESS = "contact@fontclaire.example.com"  # of an account, and of an employee whom it may not be
KEYS = {
    *(
        "connection_id",
        "external_id",
        "account_id",
        "state",
        "code",
        "message",
        "next",
        "owner",
        "field",
        "since",
        "conflict_id",
        "warnings",
        "outcomes",
    ),
}


def only(scene: Scene, *arguments: str) -> dict[str, Any]:
    """The one person who is found."""
    [one] = scene.hp.document("employee", *arguments)
    return dict(one)


def test_somebody_rejected_is_found_by_their_name_and_told_why_and_what_to_do(first_night: Scene) -> None:
    one = only(first_night, HELENE)
    brasserie = first_night.ids[BRASSERIE]
    assert set(one) == KEYS
    assert (one["connection_id"], one["external_id"], one["account_id"]) == (brasserie, "1010", None)
    assert (one["state"], one["code"], one["field"], one["owner"]) == ("rejected", "FIELD_INVALID", "birth_date", "hr_provider")
    assert one["since"] == first_night.hp.work.today.isoformat()
    assert one["message"].startswith(f"Rejected since {one['since']} (syncs in a row: 1).")
    assert "birth date" in one["message"]
    assert one["next"].endswith(f"`hr-pipeline sync {brasserie}`.")
    [outcome] = one["outcomes"]
    assert outcome == outcome | {"outcome": "rejected", "code": "FIELD_INVALID", "field": "birth_date"}
    assert only(first_night, "1010", "--connection", brasserie) == one


@pytest.mark.parametrize("typed", ["Helene D'Hondt", "HÉLÈNE d’hondt", "D Hondt Hélène", "1010"])
def test_accents_case_and_order_of_a_name_do_not_matter(first_night: Scene, typed: str) -> None:
    assert only(first_night, typed)["external_id"] == "1010"


def test_somebody_with_half_a_name_is_found_by_the_other_half(first_night: Scene) -> None:
    assert only(first_night, "Wauters") == only(first_night, "1011")
    assert (only(first_night, "Wauters")["code"], only(first_night, "Wauters")["field"]) == ("FIELD_MISSING", "first_name")


def test_somebody_linked_is_found_by_account_address_number_and_id(first_night: Scene) -> None:
    account = first_night.hp.document("accounts", "--company", BRASSERIE)[-1]
    external_id = account["links"][0]["external_id"]
    for typed in (account["account_id"], account["email"].upper(), external_id):
        one = only(first_night, typed)
        assert (one["state"], one["account_id"], one["external_id"]) == ("synchronised", account["account_id"], external_id)
        assert one["next"] == f"`hr-pipeline account {account['account_id']}` shows each value and where it comes from."
    numbered = next(one for one in first_night.hp.document("accounts") if (one["employee_number"] or "") not in ("", external_id))
    found = first_night.hp.document("employee", numbered["employee_number"])
    assert numbered["account_id"] in {one["account_id"] for one in found}


def test_an_address_finds_the_account_that_has_it_and_the_employee_whom_it_may_be(first_night: Scene) -> None:
    account, employee = first_night.hp.document("employee", ADDRESS)
    assert (account["state"], account["connection_id"], account["external_id"]) == ("unlinked", None, None)
    assert (employee["state"], employee["code"], employee["connection_id"]) == ("conflict", "EMAIL_SHARED", first_night.ids[FONTCLAIRE])
    assert employee["message"].startswith(f"Waits for a decision: conflict {employee['conflict_id']}, since ")
    assert f"`hr-pipeline conflict {employee['conflict_id']}`" in employee["next"]
    assert account["next"] == f"Conflict {employee['conflict_id']} proposes it: `hr-pipeline conflict {employee['conflict_id']}`."


def test_nobody_of_either_provider_is_lost_whom_reading_every_list_finds(first_night: Scene) -> None:
    people = without_account(first_night.hp.work)
    assert {one["connection_id"].split("-")[0] for one in people} == {"securex", "payfit"}
    names = ("first_name", "last_name")
    for text in sorted({text for one in people for text in (one["email"], " ".join(one[name] or "" for name in names).strip()) if text}):
        told = first_night.hp.document("employee", text, "--names")
        fast = {(one["connection_id"], one["external_id"], one["last_name"]) for one in told if one["account_id"] is None}
        assert fast == naively_found(people, text)


def test_several_are_a_list_to_choose_from_that_fits(first_night: Scene) -> None:
    found = first_night.hp.document("employee", "van")
    assert len(found) > 3
    for width in (60, 80, 120):
        shown = first_night.hp.run("employee", "van", COLUMNS=str(width)).stdout
        assert shown.startswith(f"{len(found)} people match.")
        table = shown.split("More about one of them")[0].splitlines()
        assert all(cell_len(line) <= width for line in table)
        command = re.search(r"`hr-pipeline (employee \S+ --connection \S+)`", shown)
        assert command
        assert first_night.hp.run(*command[1].split()).exit_code == 0


def test_names_and_addresses_are_shown_only_when_asked_for(first_night: Scene) -> None:
    for typed in ("quemener", ADDRESS, "van", HELENE, "1010"):
        found = first_night.hp.document("employee", typed, "--names")
        assert all(set(one) == KEYS | {"first_name", "last_name", "email"} for one in found)
        values = [value for one in found for value in (one["first_name"], one["last_name"], one["email"]) if value]
        assert len(values) >= 2 * len(found), "everybody found has a name"
        for arguments in ((), ("--json",)):
            shown = first_night.hp.run("employee", typed, *arguments).output
            assert not [value for value in values if re.search(rf"\b{re.escape(value)}\b", shown)]
    assert "Hélène D'Hondt · helene.dhondt@vieux-lavoir.be.example" in first_night.hp.run("employee", "1010", "--names").stdout
    assert "With `--names`" in first_night.hp.run("employee", "1010").stdout


@pytest.mark.parametrize("lang", ["fr", "nl", "en"])
@pytest.mark.parametrize("typed", ["zorglub", "zorglub@example.com", "x", "a999999", "00000"])
def test_nobody_found_says_where_was_looked_and_what_to_do_and_repeats_nothing(first_night: Scene, lang: str, typed: str) -> None:
    refusal = first_night.hp.refusal("employee", typed, "--lang", lang)
    assert refusal["code"] == "NOBODY_FOUND"
    assert "hr-pipeline doctor" in refusal["next"]
    assert "zorglub" not in json.dumps(refusal)
    assert re.search(r"\b3\b", refusal["message"]), "so many lists have somebody without an account"
    there = first_night.hp.refusal("employee", typed, "--lang", lang, "--connection", first_night.ids[IMPRIMERIE])
    assert f"--connection {first_night.ids[IMPRIMERIE]}" in there["next"]


def test_a_connection_that_does_not_exist_is_refused(first_night: Scene) -> None:
    assert first_night.hp.refusal("employee", "1010", "--connection", "nope")["code"] == "UNKNOWN_CONNECTION"
    assert first_night.hp.refusal("employee", "  ")["code"] == "INVALID_SETTING"


def test_without_a_store_nobody_is_found_and_none_is_left_behind(hp: Commands) -> None:
    result = hp.run("employee", "1010")
    assert result.exit_code == 1
    assert "There is no store yet" in result.stderr
    assert "NOBODY_FOUND" in result.stderr
    assert not hp.home.exists()


def test_where_a_list_is_no_longer_kept_ids_still_find_and_names_say_so(played: Scene) -> None:
    shutil.rmtree(played.hp.home / "landing")
    assert only(played, "1010")["state"] == "rejected"
    assert [one["last_name"] for one in played.hp.document("employee", "1010", "--names")] == [None]
    refusal = played.hp.refusal("employee", HELENE)
    assert "3 list(s) are no longer kept or can’t be read" in refusal["message"]


def test_a_damaged_list_hides_nobody_of_the_others(played: Scene) -> None:
    for path in (played.hp.home / "landing" / played.ids[FONTCLAIRE]).glob("*.parquet"):
        path.write_bytes(path.read_bytes()[:-100])
    assert only(played, HELENE)["external_id"] == "1010"
    assert "1 list(s)" in played.hp.refusal("employee", "quemener")["message"]


def test_somebody_left_out_is_told_by_whom_until_when_and_how_to_take_them_in(played: Scene) -> None:
    brasserie = played.ids[BRASSERIE]
    played.hp.document("exclude", brasserie, "1010", "--reason", "consultant", "--until", "2099-12-31")
    one = only(played, HELENE)
    assert (one["state"], one["code"]) == ("excluded", "EXCLUDED")
    assert "until 2099-12-31 (consultant)" in one["message"]
    assert f"`hr-pipeline include {brasserie} 1010`" in one["next"]
    played.hp.document("include", brasserie, "1010")
    assert only(played, HELENE)["state"] == "rejected", "nothing is decided anew before the next sync"


def test_a_decision_waits_for_the_next_sync(played: Scene) -> None:
    asking = next(one for one in played.hp.document("conflicts") if one["code"] == "SAME_NAME")
    assert only(played, asking["external_id"])["conflict_id"] == asking["conflict_id"]
    played.hp.document("resolve", str(asking["conflict_id"]), "create")
    one = only(played, asking["external_id"])
    assert (one["state"], one["connection_id"]) == ("decided", played.ids[FONTCLAIRE])
    assert f"`hr-pipeline sync {played.ids[FONTCLAIRE]}`" in one["next"]


def test_somebody_missing_and_a_connection_that_fails_are_told(played: Scene, own_sandbox: Sandbox) -> None:
    own_sandbox.night = 2
    hp = Commands(played.hp.home, own_sandbox.environment)
    hp.document("sync", played.ids[FONTCLAIRE])
    [gone] = hp.document("employee", "65f0c008057860984ba2fafc")
    assert (gone["state"], gone["code"]) == ("missing", None)
    assert gone["next"].startswith(f"`hr-pipeline missing {played.ids[FONTCLAIRE]} --look-up`")
    linked = next(one for one in hp.document("accounts", "--company", LIBRAIRIE) if one["links"])
    hp.run("sync", played.ids[LIBRAIRIE])
    [one] = hp.document("employee", linked["account_id"])
    assert one["state"] == "synchronised"
    assert "Since then the syncs of this connection fail (PROVIDER_UNAVAILABLE" in one["message"]
    assert one["next"].startswith(f"`hr-pipeline connection {played.ids[LIBRAIRIE]}` says what keeps the connection.")


def test_a_stopped_connection_is_told(played: Scene) -> None:
    played.hp.document("disconnect", played.ids[BRASSERIE])
    assert "The connection is stopped" in only(played, "1010")["message"]


@pytest.mark.parametrize(("lang", "said"), [("fr", "Rejetée depuis le"), ("nl", "Geweigerd sinds"), ("en", "Rejected since")])
@pytest.mark.parametrize("width", [80, 120])
def test_one_person_is_told_in_the_language_asked_for_within_the_width(first_night: Scene, lang: str, said: str, width: int) -> None:
    shown = first_night.hp.run("employee", "1010", "--lang", lang, COLUMNS=str(width)).stdout
    assert said in shown
    lines = [line for line in shown.splitlines() if "`" not in line]
    assert all(cell_len(line) <= width for line in lines)
    assert {"fr": "Qui doit agir: RH, chez", "nl": "Wie moet iets doen: HR, bij", "en": "Who must act: HR, at"}[lang] in shown
    assert re.search(r"^r\d+ +\d{4}-\d\d-\d\d +rejected +FIELD_INVALID +\S", shown, re.MULTILINE)
