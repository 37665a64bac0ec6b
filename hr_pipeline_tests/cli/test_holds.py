"""A hold as whoever decides about it meets it: the command that it names shows the people it is about; missing, counted in days; undone decisions."""

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from hr_pipeline.domain.connections import Limits
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.sandbox import Sandbox
from hr_pipeline_tests.cli.commands import FONTCLAIRE, Commands
from hr_pipeline_tests.cli.conftest import Scene
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A = "securex-a"
LEFT = "65f0c008057860984ba2fafc"  # no longer listed on night 2
NOBODY = ("--set", "missing_pct=0", "--set", "missing_floor=0", "--set", "new_pct=0", "--set", "new_floor=0")


@pytest.fixture
def held(played: Scene, own_sandbox: Sandbox) -> tuple[Commands, str]:
    """A company whose second night is held: somebody is missing, some are new, and nobody may be either."""
    own_sandbox.night = 2
    hp = Commands(played.hp.home, own_sandbox.environment)
    hp.document("connection", played.ids[FONTCLAIRE], "change", *NOBODY)
    (run,) = hp.document("sync", played.ids[FONTCLAIRE], status=1)
    assert run["code"] == "HELD_MISSING"
    return hp, played.ids[FONTCLAIRE]


def test_the_command_that_a_hold_names_shows_who_is_missing_and_who_is_new_by_name(held: tuple[Commands, str]) -> None:
    hp, connection_id = held
    run = hp.document("history", connection_id, "--limit", "1")[0]
    command = re.search(r"`hr-pipeline (outcomes r\d+ --only counted)`", run["next"])
    assert command
    rows = hp.document(*command[1].split(), "--names")
    assert [row["external_id"] for row in rows if row["guards"] == ["HELD_MISSING"]] == [LEFT]
    new = [row for row in rows if row["guards"] == ["HELD_NEW"]]
    assert 1 <= len(new) == len(rows) - 1
    assert all(row["first_name"] and row["last_name"] for row in rows), "of the new too, who have no account"
    shown = hp.run(*command[1].split(), "--names").stdout
    assert all(row["external_id"] in shown and row["last_name"].split()[0] in shown for row in rows)
    assert "Armelle" not in hp.run(*command[1].split()).stdout
    assert [row["external_id"] for row in hp.document("outcomes", run["sync_run_id"], "--only", "missing")] == [LEFT]
    assert f"hr-pipeline {command[1]}" in hp.run("outcomes", run["sync_run_id"], COLUMNS="200").stdout
    csv_file = hp.home.parent / "counted.csv"
    assert hp.run(*command[1].split(), "--csv", str(csv_file)).exit_code == 0
    assert "guards" in csv_file.read_text(encoding="utf-8-sig").splitlines()[0]


def test_somebody_whom_a_held_list_lacks_is_told_with_the_run_and_how_to_let_it_through(held: tuple[Commands, str]) -> None:
    hp, connection_id = held
    run = hp.document("history", connection_id, "--limit", "1")[0]["sync_run_id"]
    (one,) = hp.document("employee", LEFT)
    assert (one["state"], one["code"], one["owner"], one["since"]) == (
        "missing_held",
        "HELD_MISSING",
        "hr_platform",
        hp.work.today.isoformat(),
    )
    assert f"not in the list of {run}" in one["message"]
    assert f"`hr-pipeline outcomes {run} --only counted`" in one["next"]
    assert f"`hr-pipeline release {run} --reason …`" in one["next"]


def test_a_preview_that_would_be_held_names_whom_each_guard_counts(held: tuple[Commands, str]) -> None:
    hp, connection_id = held
    found = hp.document("preview", connection_id)
    assert [one["external_id"] for one in found["counted"] if one["guard"] == "HELD_MISSING"] == [LEFT]
    assert {one["external_id"] for one in found["counted"] if one["guard"] == "HELD_NEW"} == {
        row["external_id"] for row in found["rows"] if row["outcome"] == "created"
    }
    assert f"HELD_MISSING counts {LEFT}" in hp.run("preview", connection_id).stdout


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    made = Platform(tmp_path)
    made.connect(A, settings=SETTINGS)
    return made


def commands(platform: Platform) -> Commands:
    """Commands in the home of that platform."""
    (platform.folder / "store.duckdb").rename(platform.folder / "hr_pipeline.duckdb")
    return Commands(platform.folder, {})


def test_three_syncs_of_one_day_say_nothing_that_missing_does_not_say(platform: Platform) -> None:
    platform.night({A: [person("w0"), person("w1")]})
    for _ in range(3):
        run = platform.night({A: [person("w1")]}, on=FIRST_NIGHT, trigger=Trigger.MANUAL)[A]
    hp = commands(platform)
    (one,) = hp.document("missing")
    (row,) = hp.document("outcomes", run.sync_run_id, "--only", "missing")
    assert (one["times"], one["of"], one["code"], one["next"]) == (1, 3, None, None)
    assert (row["runs"], row["code"], row["next"]) == (1, None, None)
    assert "Nothing to do yet" in hp.run("missing").stdout


@pytest.mark.parametrize(("lang", "told"), [("fr", "pose la question à nouveau"), ("nl", "stelt de vraag opnieuw"), ("en", "asks again")])
def test_after_the_undo_of_a_decision_nobody_is_told_to_exclude_whom_it_was_about(platform: Platform, lang: str, told: str) -> None:
    platform.typed_in(A, [{"first_name": "Ana", "last_name": "Typed", "email": "typed@example.com"}])
    people = [person("homonym", "Ana", "Typed", email="other@example.com"), person("w1")]
    platform.night({A: people[:1]})
    conflict_id = platform.conflict_of(A, "homonym")["conflict_id"]
    platform.resolve(A, "homonym", Choice.LINK, "typed@example.com")
    platform.undo(platform.night({A: people})[A])
    hp = commands(platform)
    (one,) = hp.document("employee", "homonym", "--lang", lang)
    assert (one["state"], one["conflict_id"]) == ("undone", conflict_id)
    assert told in one["next"]
    assert "exclude" not in one["next"]
    (other,) = hp.document("employee", "w1", "--lang", lang)
    assert (other["state"], other["conflict_id"]) == ("undone", None)
    assert f"hr-pipeline exclude {A} w1" in other["next"], "nothing was decided about them: the next sync makes the link again"


def test_a_run_held_before_whom_it_counted_was_kept_says_how_to_see_them(platform: Platform) -> None:
    platform.connect("securex-b", settings=replace(SETTINGS, limits=Limits(missing_pct=Decimal(0), missing_floor=Decimal(0))))
    people = [person("w0", email="w0@b.example.com"), person("w1", email="w1@b.example.com")]
    platform.night({"securex-b": people})
    run = platform.night({"securex-b": people[1:]})["securex-b"]
    platform.tamper("DELETE FROM plan_counted")
    hp = commands(platform)
    for only in ("missing", "counted"):
        shown = hp.run("outcomes", run.sync_run_id, "--only", only, COLUMNS="200").stdout
        assert f"hr-pipeline preview securex-b --snapshot {run.snapshot_id}" in shown
