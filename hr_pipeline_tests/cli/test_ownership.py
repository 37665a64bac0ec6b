"""Who owns a field, seen by a person: an edit allowed while the field is theirs, then corrected, told, and refused."""

import json
from pathlib import Path
from typing import Any

from hr_pipeline_tests.cli.commands import BRASSERIE
from hr_pipeline_tests.cli.conftest import Scene
from hr_pipeline_tests.cli.test_accounts import linked


def test_an_edit_is_kept_while_the_field_is_ours_and_corrected_and_told_once_the_provider_owns_it(played: Scene, tmp_path: Path) -> None:
    hp, connection_id, account = played.hp, played.ids[BRASSERIE], linked(played, BRASSERIE, "1003")
    usual = hp.document("mapping", connection_id)
    was = field(hp.document("account", account), "language")
    apply_mapping(played, tmp_path, {"fields": {**usual["fields"], "language": {**usual["fields"]["language"], "policy": "first_sync"}}})
    edited = field(hp.document("account", account, "set", "language", "de"), "language")
    assert (edited["value"], edited["set_by"], edited["policy"], edited["locked"], edited["reason"]) == (
        "de",
        "platform",
        "first_sync",
        False,
        None,
    )
    (kept,) = hp.document("sync", connection_id)
    assert (kept["counts"]["updated"], field(hp.document("account", account), "language")["value"]) == (0, "de")

    apply_mapping(played, tmp_path, usual)
    refusal = hp.refusal("account", account, "set", "language", "fr")
    assert (refusal["code"], "Change it in Securex" in refusal["next"]) == ("FIELD_LOCKED", True)
    (corrected,) = hp.document("sync", connection_id)
    (row,) = hp.document("outcomes", corrected["sync_run_id"], "--only", "DRIFT_CORRECTED")
    assert (row["external_id"], row["outcome"], row["field"], row["changed"]) == ("1003", "updated", "language", ["language"])
    assert "“language”" in row["message"]
    now = field(hp.document("account", account), "language")
    assert {name: now[name] for name in ("value", "owner", "policy", "source", "set_by", "locked", "change_at")} == {
        "value": was["value"],
        "owner": "securex",
        "policy": "always",
        "source": "language",
        "set_by": corrected["sync_run_id"],
        "locked": True,
        "change_at": "securex",
    }
    told = hp.refusal("account", account, "set", "language", "fr")["message"]
    assert f"since sync run {corrected['sync_run_id']}" in told


def test_pay_is_refused_as_any_field_of_the_provider_is(first_night: Scene) -> None:
    account = linked(first_night, BRASSERIE, "1003")
    for name in ("gross_amount", "work_regime_pct"):
        assert first_night.hp.refusal("account", account, "set", name, "1")["code"] == "FIELD_LOCKED"


def test_an_account_shows_its_employment_and_fits_a_terminal(first_night: Scene) -> None:
    account = linked(first_night, BRASSERIE, "1003")
    (employment,) = first_night.hp.document("account", account)["employments"]
    assert (employment["connection_id"], employment["external_id"], employment["current"]) == (first_night.ids[BRASSERIE], "1003", True)
    shown = first_night.hp.run("account", account, COLUMNS="80").stdout
    assert f"Linked to {first_night.ids[BRASSERIE]} 1003, from {employment['started_on']}" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def field(account: dict[str, Any], name: str) -> dict[str, Any]:
    """One field of an account as it is explained."""
    return next(row for row in account["fields"] if row["field"] == name)


def apply_mapping(scene: Scene, folder: Path, document: dict[str, Any]) -> None:
    """Put a mapping in force."""
    (folder / "mapping.json").write_text(json.dumps(document), "utf-8")
    scene.hp.document("mapping", scene.ids[BRASSERIE], "apply", str(folder / "mapping.json"))
