"""`mapping`: shown without values, checked against what exists, put in force for the next sync."""

import json
from pathlib import Path
from typing import Any

import pytest

from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE, Commands, company_of
from hr_pipeline_tests.cli.conftest import Scene


def written(folder: Path, document: object) -> str:
    path = folder / "mapping.json"
    path.write_text(json.dumps(document), "utf-8")
    return str(path)


def test_every_field_is_shown_with_sources_types_transforms_and_policy(first_night: Scene) -> None:
    document = first_night.hp.document("mapping", first_night.ids[BRASSERIE])
    assert document["fields"]["email"] == {
        "sources": ["email"],
        "transforms": ["strip"],
        "policy": "always",
        "may_clear": False,
        "type": "email",
        "group": "identity",
        "mandatory": True,
        "source_types": ["email"],
    }
    table = first_night.hp.run("mapping", first_night.ids[BRASSERIE], COLUMNS="140").stdout
    assert "language_letter" in table
    assert "vieux-lavoir.be.example" not in table


def test_what_is_shown_is_accepted_back_as_a_file_and_changes_nothing(played: Scene, tmp_path: Path) -> None:
    connection_id = played.ids[BRASSERIE]
    file = written(tmp_path, played.hp.document("mapping", connection_id))
    checked = played.hp.document("mapping", connection_id, "check", file)
    assert (checked["usable"], checked["changed_fields"]) == (True, [])
    assert checked["before"] == checked["after"]


def test_a_check_tells_what_would_change_on_the_last_kept_snapshot_and_changes_nothing(played: Scene, tmp_path: Path) -> None:
    connection_id = played.ids[BRASSERIE]
    shown = played.hp.document("mapping", connection_id)
    document = {"fields": {name: dict(rule) for name, rule in shown["fields"].items() if name != "language"}}
    document["fields"]["employee_number"] |= {"sources": ["workerId"]}
    checked = played.hp.document("mapping", connection_id, "check", written(tmp_path, document))
    assert checked["changed_fields"] == ["employee_number", "language"]
    assert (checked["before"]["updated"], checked["after"]["updated"]) == (0, 31)
    assert played.hp.document("mapping", connection_id) == shown
    table = played.hp.run("mapping", connection_id, "check", str(tmp_path / "mapping.json")).stdout
    assert "Rules that differ: employee_number, language" in table


def test_an_applied_mapping_is_in_force_from_the_next_sync_on(played: Scene, tmp_path: Path) -> None:
    connection_id = played.ids[FONTCLAIRE]
    document = played.hp.document("mapping", connection_id)
    document["fields"]["employee_number"] |= {"sources": ["id"]}
    played.hp.document("mapping", connection_id, "apply", written(tmp_path, document))
    assert played.hp.document("mapping", connection_id)["fields"]["employee_number"]["sources"] == ["id"]
    (run,) = played.hp.document("sync", connection_id)
    assert run["counts"]["updated"] > 0
    changed = {name for row in played.hp.document("outcomes", run["sync_run_id"]) for name in row["changed"]}
    assert changed == {"employee_number"}


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        ('{"fields": {"email": "emial"}}', "MAPPING_REFUSED", "emial"),
        ('{"fields": {"shoe_size": "email"}}', "MAPPING_REFUSED", "shoe_size"),
        ('{"email": {"sources": ["email"], "transforms": ["rot13"]}}', "MAPPING_REFUSED", "rot13"),
        ('{"fields": {"start_date": "grossAmount"}}', "MAPPING_REFUSED", "start_date"),
        ("[1, 2", "INVALID_FILE", "mapping.json"),
        ("", "MAPPING_REFUSED", "mapping"),
        ("{" * 5000, "INVALID_FILE", "mapping.json"),
    ],
)
def test_a_wrong_mapping_is_refused_with_what_exists(played: Scene, tmp_path: Path, content: str, code: str, told: str) -> None:
    file = tmp_path / "mapping.json"
    file.write_text(content, "utf-8")
    before = played.hp.document("mapping", played.ids[BRASSERIE])
    for action in ("check", "apply"):
        refusal = played.hp.refusal("mapping", played.ids[BRASSERIE], action, str(file))
        assert refusal["code"] == code
        assert told in refusal["message"]
    assert played.hp.document("mapping", played.ids[BRASSERIE]) == before


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", None])
def test_a_file_that_cannot_be_read_is_refused(first_night: Scene, tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "mapping.json"
    if content is not None:
        file.write_bytes(content)
    assert first_night.hp.refusal("mapping", first_night.ids[BRASSERIE], "check", str(file))["code"] == "INVALID_FILE"


@pytest.mark.parametrize("arguments", [["check"], ["apply"], ["rename", "file"]])
def test_an_action_needs_its_file(first_night: Scene, arguments: list[str]) -> None:
    assert first_night.hp.run("mapping", first_night.ids[BRASSERIE], *arguments).exit_code == 2


def test_before_any_snapshot_a_mapping_is_checked_by_its_names_only(hp: Commands, sandbox: Any, tmp_path: Path) -> None:
    connection_id = hp.connect(company_of(sandbox, FONTCLAIRE))["connection_id"]
    file = written(tmp_path, hp.document("mapping", connection_id))
    checked = hp.document("mapping", connection_id, "check", file)
    assert (checked["usable"], checked["snapshot_id"], checked["before"]) == (True, None, {})
    assert "No snapshot is kept yet" in hp.run("mapping", connection_id, "check", file).stdout
