"""`connection ID check|change`: settings seen before they are put in force."""

import dataclasses
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from hr_pipeline.adapters.store.leases import take_leases
from hr_pipeline.cli.settings import LIMITS, LIMITS_RULE
from hr_pipeline.domain.connections import Limits
from hr_pipeline_tests.cli.commands import FONTCLAIRE, KERMADEC, Commands, company_of, connect_arguments
from hr_pipeline_tests.cli.conftest import Scene


def test_a_check_shows_settings_people_and_that_nobody_is_deleted_and_changes_nothing(played: Scene) -> None:
    typed = ["connection", played.ids[KERMADEC], "check", "--relation", "administrator"]
    before = played.hp.document("connection", played.ids[KERMADEC])
    found = played.hp.document(*typed)
    assert found["changed"] == [{"setting": "relations", "before": ["employee"], "after": ["administrator"]}]
    frozen = [row for row in found["rows"] if row["frozen"]]
    assert len(frozen) == found["before"]["buckets"]["synchronised"] == 11
    assert {row["after"]["code"] for row in frozen} == {"OUT_OF_SCOPE"}
    shown = " ".join(played.hp.run(*typed).stdout.split())
    assert "11 linked people would be left out: their accounts stay as they are, frozen; nobody is closed or deleted." in shown
    assert f"Next: hr-pipeline connection {played.ids[KERMADEC]} change, with the same options." in shown
    assert played.hp.document("connection", played.ids[KERMADEC]) == before


def test_a_check_tells_which_guard_would_hold(played: Scene) -> None:
    found = played.hp.document("connection", played.ids[FONTCLAIRE], "check", "--set", "rejected_pct=0", "--review", "always")
    assert (found["before"]["held_by"], found["after"]["held_by"]) == (None, "HELD_REJECTED")
    shown = " ".join(played.hp.run("connection", played.ids[FONTCLAIRE], "check", "--set", "rejected_pct=0").stdout.split())
    assert "With this change the run would wait: HELD_REJECTED" in shown
    assert "Nobody would become something else." in shown


def test_a_change_is_in_force_and_says_what_next(played: Scene) -> None:
    typed = ["connection", played.ids[FONTCLAIRE], "change", "--set", "missing_pct=35", "--region", "fr"]
    shown = played.hp.run(*typed).stdout
    assert "missing_pct" in shown
    assert f"Next: hr-pipeline preview {played.ids[FONTCLAIRE]}" in shown
    settings = played.hp.document("connection", played.ids[FONTCLAIRE])["settings"]
    assert (settings["limits"]["missing_pct"], settings["region"], settings["review"]) == ("35", "FR", "never")
    assert played.hp.document(*typed)["changed"] == []
    assert "nothing was changed" in played.hp.run(*typed).stdout


def test_connecting_again_still_changes_settings(played: Scene) -> None:
    played.hp.connect(company_of(played.sandbox, KERMADEC), "--set", "missing_pct=35", "--region", "none")
    settings = played.hp.document("connection", played.ids[KERMADEC])["settings"]
    assert (settings["limits"]["missing_pct"], settings["region"]) == ("35", None)


@pytest.mark.parametrize("action", ["check", "change"])
def test_an_unknown_limit_is_refused_with_those_there_are(played: Scene, action: str) -> None:
    refused = played.hp.refusal("connection", played.ids[KERMADEC], action, "--set", "missing_percent=35")
    assert refused["code"] == "UNKNOWN_LIMIT"
    assert "missing_pct" in refused["next"]
    assert "link_on_birth_date" in refused["next"]
    assert played.hp.refusal("connection", "nope", action, "--set", "missing_pct=35")["code"] == "UNKNOWN_CONNECTION"


def test_a_change_waits_for_a_sync_in_progress(played: Scene) -> None:
    with played.hp.work.store.opened() as database:
        number = database.value("SELECT connection_no FROM connection WHERE connection_id = ?", [played.ids[KERMADEC]])
        take_leases(database, [number], "somebody-else", "a-run", datetime.now(UTC))
    refused = played.hp.refusal("connection", played.ids[KERMADEC], "change", "--set", "missing_pct=35")
    assert refused["code"] == "ALREADY_RUNNING"
    again = connect_arguments(company_of(played.sandbox, KERMADEC))
    assert played.hp.refusal(*again, "--set", "missing_pct=35")["code"] == "ALREADY_RUNNING"
    assert played.hp.document(*again)["known"]
    assert played.hp.document("connection", played.ids[KERMADEC], "check", "--set", "missing_pct=35")["changed"]


@pytest.mark.parametrize(
    "arguments", [["check"], ["change"], ["rename", "--region", "BE"], ["--region", "BE"], ["check", "--set", "missing_pct"]]
)
def test_checking_or_changing_nothing_is_wrong_usage(played: Scene, arguments: list[str]) -> None:
    assert played.hp.run("connection", played.ids[KERMADEC], *arguments).exit_code == 2


def test_before_any_snapshot_the_settings_alone_are_compared(hp: Commands, sandbox: Any) -> None:
    connection_id = hp.connect(company_of(sandbox, KERMADEC))["connection_id"]
    assert "No snapshot is kept yet" in hp.run("connection", connection_id, "check", "--review", "never").stdout


def test_a_check_says_above_its_numbers_that_the_whole_plan_would_be_held(played: Scene) -> None:
    shown = played.hp.run("connection", played.ids[FONTCLAIRE], "check", "--set", "rejected_pct=0").stdout
    said = "With this change the whole plan is held: nobody would be written. Its numbers tell what would happen after a release."
    assert shown.index(said) < shown.index("synchronised")


def test_people_out_of_scope_are_shown_as_such_and_not_as_excluded(played: Scene) -> None:
    typed = ["connection", played.ids[KERMADEC], "check", "--relation", "administrator"]
    assert numbers(played.hp.run(*typed).stdout, "excluded") == ["0", "0"]
    assert numbers(played.hp.run(*typed).stdout, "out of scope") == ["1", "11"]
    preview = played.hp.run("preview", played.ids[KERMADEC]).stdout
    assert (numbers(preview, "excluded"), numbers(preview, "out of scope")) == (["0"], ["1"])
    shown = played.hp.document("preview", played.ids[KERMADEC])
    assert (shown["buckets"]["excluded"], shown["left_out"]) == (1, {"excluded": 0, "out_of_scope": 1})
    kept = played.hp.document("snapshots", played.ids[KERMADEC])[0]
    assert "0 excluded · 1 out of scope" in played.hp.run("replay", kept["snapshot_id"]).stdout
    assert played.hp.document("replay", kept["snapshot_id"])["now"]["buckets"]["excluded"] == 1
    assert "0 excluded, 1 out of scope" in played.hp.run("doctor", played.ids[KERMADEC]).stdout


def numbers(shown: str, name: str) -> list[str]:
    """The figures beside a name that begins a line of a table."""
    (row,) = re.findall(rf"^\W*{name} +(\d.*)$", shown, re.MULTILINE)
    return re.findall(r"\d+", row)


def test_a_check_names_employees_whole_at_80_columns(played: Scene) -> None:
    typed = ["connection", played.ids[KERMADEC], "check", "--relation", "administrator"]
    shown = played.hp.run(*typed, COLUMNS="80").stdout
    assert all(row["external_id"] in shown for row in played.hp.document(*typed)["rows"])


def test_every_limit_is_told_with_what_it_means(first_night: Scene) -> None:
    assert list(LIMITS) == [one.name for one in dataclasses.fields(Limits)]
    shown = first_night.hp.run("connection", first_night.ids[KERMADEC], COLUMNS="80").stdout
    for name, meaning in LIMITS.items():
        assert re.search(rf"^{name} +{getattr(Limits(), name)}  {re.escape(meaning)}", shown, re.MULTILINE)
    assert all(sentence in shown for sentence in LIMITS_RULE)
