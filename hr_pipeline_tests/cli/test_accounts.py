"""The platform's side: explained field by field, edited where no provider owns it, typed in before the first sync."""

from datetime import timedelta
from pathlib import Path

import pytest

from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE, Commands, company_of
from hr_pipeline_tests.cli.conftest import Scene

HEADER = "vat_number,email,first_name,last_name,birth_date\n"


def linked(scene: Scene, company: str, external_id: str) -> str:
    """Account id of somebody linked."""
    link = {"connection_id": scene.ids[company], "external_id": external_id}
    return str(next(one["account_id"] for one in scene.hp.document("accounts") if link in one["links"]))


def test_each_field_says_value_owner_policy_source_run_and_where_to_change_it(first_night: Scene) -> None:
    account = linked(first_night, BRASSERIE, "1003")
    document = first_night.hp.document("account", account)
    fields = {row["field"]: row for row in document["fields"]}
    assert fields["last_name"] == fields["last_name"] | {
        "value": "Vanden Abeele",
        "owner": "securex",
        "policy": "always",
        "source": "lastName",
        "set_by": document["links"] and first_night.hp.document("history", first_night.ids[BRASSERIE])[0]["sync_run_id"],
        "locked": True,
        "change_at": "securex",
    }
    assert "Securex owns it" in fields["last_name"]["reason"]
    assert "Change it in Securex" in fields["last_name"]["next"]
    assert fields["phone"] == fields["phone"] | {"value": None, "owner": "platform", "locked": False, "reason": None}
    assert (fields["work_regime_pct"]["value"], fields["work_regime_pct"]["source"]) == ("90.00", "weeklyHours")
    assert first_night.hp.document("account", document["email"]) == document


def test_the_table_of_an_account_shows_the_same(first_night: Scene) -> None:
    result = first_night.hp.run("account", linked(first_night, BRASSERIE, "1003"), "--lang", "fr")
    assert "nom " in result.stdout
    assert "Vanden Abeele" in result.stdout


def test_an_account_can_be_seen_as_it_stood(played: Scene) -> None:
    account = linked(played, BRASSERIE, "1013")
    before = (played.hp.work.today - timedelta(days=1)).isoformat()
    fields = {row["field"]: row["value"] for row in played.hp.document("account", account, "--as-of", before)["fields"]}
    assert (fields["language"], fields["first_name"]) == (None, None)
    assert fields["gross_amount"], "pay counts from the day it is valid"
    assert played.hp.refusal("account", account, "--as-of", "soon")["code"] == "INVALID_DATE"


def test_a_locked_field_is_refused_with_owner_reason_and_where_to_change_it(first_night: Scene) -> None:
    account = linked(first_night, BRASSERIE, "1003")
    refusal = first_night.hp.refusal("account", account, "set", "last_name", "Somebody")
    assert refusal["code"] == "FIELD_LOCKED"
    assert "Securex" in refusal["message"]
    assert "lastName" in refusal["message"]
    assert "Change it in Securex" in refusal["next"]
    assert "Somebody" not in str(refusal)


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("phone", "+32 470 12 34 56", "+32470123456"),
        ("phone", "0032 470 12 34 56", "+32470123456"),
        ("language", "NL-be", "nl"),
        ("birth_name", "  D'Hondt  ", "D'Hondt"),
        ("birth_date", "1990-02-28", "1990-02-28"),
        ("exit_date", "2031-12-31", "2031-12-31"),
        ("email", "Solène@Example.ORG", "Solène@example.org"),
        ("email", "", None),
    ],
)
def test_what_is_typed_is_kept_in_the_platforms_form(played: Scene, field: str, typed: str, kept: str | None) -> None:
    document = played.hp.document("account", "a4", "set", field, typed)
    assert {row["field"]: row["value"] for row in document["fields"]}[field] == kept


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("email", "nobody"),
        ("email", "a@b"),
        ("phone", "0470 12 34 56"),
        ("phone", "+32 1"),
        ("language", "klingon"),
        ("birth_date", "31/12/1990"),
        ("birth_date", "2999-01-01"),
        ("start_date", "1890-01-01"),
        ("first_name", " "),
        ("last_name", "a\x1b[31mb"),
        ("birth_name", "x" * 201),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_repeated(played: Scene, field: str, typed: str) -> None:
    before = played.hp.document("account", "a4")
    for lang in ("fr", "nl", "en"):
        refusal = played.hp.refusal("account", "a4", "set", field, typed, "--lang", lang)
        assert refusal["code"] == "FIELD_INVALID"
        assert not typed.strip() or typed not in str(refusal)
        assert "logiciel de paie" not in refusal["next"]
        assert "payroll" not in refusal["next"]
    assert played.hp.document("account", "a4") == before


def test_an_edit_says_which_field_it_changed_and_fields_are_shown_as_they_are_set(played: Scene) -> None:
    shown = played.hp.run("account", "a4", "set", "phone", "+32 470 12 34 56").stdout
    assert shown.splitlines()[0] == "phone is set."
    assert any(line.split()[:3] == ["phone", "phone", "number"] for line in shown.splitlines())
    assert played.hp.run("account", "a4", "set", "phone", "").stdout.startswith("phone is cleared.")


def test_a_day_before_the_first_version_says_since_when_values_are_kept(first_night: Scene) -> None:
    day = first_night.hp.work.today - timedelta(days=1)
    account = linked(first_night, BRASSERIE, "1003")
    assert "were not kept before r" in first_night.hp.run("account", account, "--as-of", day.isoformat()).stdout


def test_an_exit_before_the_start_is_refused(played: Scene) -> None:
    played.hp.document("account", "a4", "set", "start_date", "2020-01-01")
    assert played.hp.refusal("account", "a4", "set", "exit_date", "2019-12-31")["code"] == "FIELD_INVALID"
    played.hp.document("account", "a4", "set", "exit_date", "2021-12-31")
    assert played.hp.refusal("account", "a4", "set", "start_date", "2022-01-01")["code"] == "FIELD_INVALID"


def test_an_address_somebody_else_has_is_refused(played: Scene) -> None:
    taken = played.hp.document("accounts")[0]["email"]
    assert played.hp.refusal("account", "a4", "set", "email", taken.upper())["code"] == "EMAIL_TAKEN"


def test_giving_an_account_the_providers_address_resolves_its_conflict(played: Scene) -> None:
    (conflict,) = [one for one in played.hp.document("conflicts", played.ids[FONTCLAIRE]) if one["code"] == "SAME_NAME"]
    played.hp.document("account", conflict["candidates"][0]["account_id"], "set", "email", "solene.legoffriou@fontclaire.example.com")
    (run,) = played.hp.document("sync", played.ids[FONTCLAIRE])
    row = next(one for one in played.hp.document("outcomes", run["sync_run_id"]) if one["external_id"] == conflict["external_id"])
    assert row["outcome"] in {"linked", "conflict"}
    assert run["counts"]["linked"] == (row["outcome"] == "linked")


@pytest.mark.parametrize("reference", ["a999999", "b1", "nobody@example.com", "a1; DROP TABLE account", "a" * 300, ""])
def test_an_account_that_is_not_there_is_refused_without_repeating_an_address(first_night: Scene, reference: str) -> None:
    refusal = first_night.hp.refusal("account", reference)
    assert refusal["code"] == "UNKNOWN_ACCOUNT"
    assert "@" not in str(refusal)


def test_a_field_that_is_none_is_refused_with_those_that_exist(first_night: Scene) -> None:
    refusal = first_night.hp.refusal("account", "a4", "set", "shoe_size", "43")
    assert refusal["code"] == "UNKNOWN_FIELD"
    assert "birth_date" in refusal["next"]
    assert first_night.hp.refusal("account", "a4", "set", "gross_amount", "1")["code"] == "UNKNOWN_FIELD"


@pytest.mark.parametrize("arguments", [["set"], ["set", "phone"], ["get", "phone", "x"], ["set", "phone", "x", "--as-of", "2025-01-01"]])
def test_an_edit_needs_its_field_and_value(first_night: Scene, arguments: list[str]) -> None:
    assert first_night.hp.run("account", "a4", *arguments).exit_code == 2


@pytest.fixture
def connected(hp: Commands, first_night: Scene) -> Commands:
    """Commands in a home with one company."""
    hp.connect(company_of(first_night.sandbox, BRASSERIE))
    return hp


def imported(hp: Commands, content: str | bytes) -> list[str]:
    path = hp.home.parent / "typed.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return ["import-accounts", str(path)]


def test_people_typed_in_before_are_taken_over_once(connected: Commands) -> None:
    typed = "\ufeff" + HEADER + "BE 0741.230.646,Zoe@Example.COM,Zoé,Peeters,1990-01-31\r\n" + 'BE0741230646,,"O\'Neil, Jr",Ann,\n'
    assert connected.document(*imported(connected, typed)) == {"listed": 2, "added": 2}
    assert [one["email"] for one in connected.document("accounts")] == ["Zoe@Example.COM", None]
    assert connected.document(*imported(connected, HEADER + "BE0741230646,zoe@example.com,Zoé,Peeters,\n")) == {"listed": 1, "added": 0}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "line 1"),
        ("vat,email\nx,y\n", "line 1"),
        (HEADER + "BE0403170701,a@example.com,A,B,\n", "line 2"),
        (HEADER + ",a@example.com,A,B,\n", "line 2"),
        (HEADER + "BE0741230646,a@example.com,A,B,\nBE0741230646,not an address,A,B,\n", "line 3"),
        (HEADER + "BE0741230646,a@example.com,A,B,31/01/1990\n", "line 2"),
        (HEADER + "BE0741230646,a@example.com,,B,\n", "line 2"),
        (HEADER + "BE0741230646,a@example.com,A\n", "line 2"),
        (HEADER + "BE0741230646,a@example.com,A,B,,extra\n", "line 2"),
        (HEADER + 'BE0741230646,"a@example.com,A,B,\n', "typed.csv"),
        (b"\xff\xfe\x00", "typed.csv"),
        (HEADER.encode() + b"\x00\x00", "typed.csv"),
    ],
)
def test_a_wrong_file_is_refused_as_a_whole_with_its_line(connected: Commands, content: str | bytes, told: str) -> None:
    refusal = connected.refusal(*imported(connected, content))
    assert refusal["code"] == "INVALID_FILE"
    assert told in refusal["message"]
    assert "example.com" not in str(refusal)
    assert connected.document("accounts") == []


def test_a_folder_or_nothing_is_no_file(connected: Commands, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere.csv"):
        assert connected.refusal("import-accounts", str(path))["code"] == "INVALID_FILE"
