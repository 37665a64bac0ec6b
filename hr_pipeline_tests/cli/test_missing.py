"""`missing`: who is no longer listed, asking the provider, closing and re-opening; and what makes no sense."""

from datetime import timedelta

import pytest

from hr_pipeline.sandbox import Sandbox
from hr_pipeline_tests.cli.commands import FONTCLAIRE, KERMADEC, Commands
from hr_pipeline_tests.cli.conftest import Scene

LEFT = "65f0c008057860984ba2fafc"  # no longer listed on night 2


@pytest.fixture
def second_night(played: Scene, own_sandbox: Sandbox) -> tuple[Commands, str]:
    """A company after its second night, without whom it no longer lists."""
    own_sandbox.night = 2
    hp = Commands(played.hp.home, own_sandbox.environment)
    (run,) = hp.document("sync", played.ids[FONTCLAIRE])
    assert run["counts"]["missing"] == 1
    return hp, played.ids[FONTCLAIRE]


def test_somebody_missing_is_told_looked_up_closed_and_re_opened(second_night: tuple[Commands, str], own_sandbox: Sandbox) -> None:
    hp, connection_id = second_night
    (one,) = hp.document("missing")
    assert (one["external_id"], one["times"], one["of"], one["rung"], one["code"]) == (LEFT, 1, 3, "absent_once", None)
    assert (one["close_missing"], one["state"], one["needs_attention"], "first_name" in one) == ("never", "open", False, False)
    assert "Armelle" in hp.run("missing", connection_id, "--names").stdout

    own_sandbox.faults = ("unlisted_known",)
    (known,) = hp.document("missing", connection_id, "--look-up")
    assert (known["rung"], known["found"]) == ("absent_once", "there")
    own_sandbox.faults = ()
    shown = hp.run("missing", connection_id, "--look-up", COLUMNS="80").stdout
    assert "1 person looked up." in shown
    assert all(len(line) <= 80 for line in shown.split("\n\n")[0].splitlines())
    (gone,) = hp.document("missing", connection_id)
    assert (gone["rung"], gone["found"], gone["code"], gone["owner"]) == ("looked_up_gone", "gone", "STILL_MISSING", "hr_provider")
    assert f"hr-pipeline missing {connection_id} close {LEFT}" in gone["next"]

    last_day = (hp.work.today - timedelta(days=1)).isoformat()
    closed = hp.document("missing", connection_id, "close", LEFT, "--on", last_day, "--reason", "left last week", "--by", "HR desk")
    assert (closed["state"], closed["closed_on"], closed["closed_by"], closed["closed_reason"]) == (
        "closed",
        last_day,
        "HR desk",
        "left last week",
    )
    account = hp.document("account", closed["account_id"])
    assert (account["exit_date"], account["status"], account["missing"]["closed_by"]) == (last_day, "closed", "HR desk")
    assert f"Closed as missing as of {last_day} by HR desk (left last week)." in hp.run("account", closed["account_id"]).stdout
    assert hp.document("missing") == []
    assert [row["state"] for row in hp.document("missing", "--closed")] == ["closed"]
    decided = hp.run("missing", connection_id, "--closed").stdout
    assert last_day in decided
    assert "Nothing to do yet" not in decided
    assert hp.refusal("missing", connection_id, "close", LEFT, "--on", last_day, "--reason", "again")["code"] == "NOT_MISSING"

    assert hp.document("missing", connection_id, "reopen", LEFT, "--reason", "on leave", "--by", "HR desk")["state"] == "open"
    assert "Opened again by HR desk (on leave)." in hp.run("account", closed["account_id"]).stdout
    assert hp.document("account", closed["account_id"])["exit_date"] is None


def test_without_anybody_missing_that_is_said(first_night: Scene) -> None:
    assert first_night.hp.document("missing") == []
    assert first_night.hp.run("missing").stdout == "Nobody is missing.\n"
    assert "Nobody to look up." in first_night.hp.run("missing", first_night.ids[KERMADEC], "--look-up").stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["missing", "nope"], "UNKNOWN_CONNECTION"),
        (["missing", "nope", "--look-up"], "UNKNOWN_CONNECTION"),
        (["missing", "nope", "close", LEFT, "--on", "2026-01-01", "--reason", "x"], "UNKNOWN_CONNECTION"),
        (["missing", "{id}", "close", "nobody", "--on", "2026-01-01", "--reason", "x"], "UNKNOWN_EMPLOYEE"),
        (["missing", "{id}", "close", LEFT, "--on", "2026-01-01", "--reason", "x"], "NOT_MISSING"),
        (["missing", "{id}", "close", LEFT, "--on", "soon", "--reason", "x"], "INVALID_DATE"),
        (["missing", "{id}", "close", LEFT, "--on", "2026-01-01", "--reason", " "], "INVALID_SETTING"),
        (["missing", "{id}", "reopen", LEFT, "--reason", "x"], "NOT_MISSING"),
    ],
)
@pytest.mark.parametrize("lang", ["fr", "nl", "en"])
def test_what_cannot_be_is_refused(first_night: Scene, arguments: list[str], code: str, lang: str) -> None:
    typed = [first_night.ids[FONTCLAIRE] if argument == "{id}" else argument for argument in arguments]
    assert first_night.hp.refusal(*typed, "--lang", lang)["code"] == code


@pytest.mark.parametrize(
    "arguments",
    [
        ["--look-up"],
        ["{id}", "close", LEFT, "--reason", "x"],
        ["{id}", "close", LEFT, "--on", "2026-01-01"],
        ["{id}", "close", "--on", "2026-01-01", "--reason", "x"],
        ["{id}", "reopen", LEFT, "--on", "2026-01-01", "--reason", "x"],
        ["{id}", "close", LEFT, "--on", "2026-01-01", "--reason", "x", "--look-up"],
        ["{id}", "--reason", "x"],
        ["{id}", "forget", LEFT],
    ],
)
def test_a_command_that_is_not_whole_says_what_it_takes(first_night: Scene, arguments: list[str]) -> None:
    typed = [first_night.ids[FONTCLAIRE] if argument == "{id}" else argument for argument in arguments]
    assert first_night.hp.run("missing", *typed).exit_code == 2


@pytest.mark.parametrize(
    ("pair", "told"),
    [("missing_runs=0", "1 to 365"), ("missing_runs=many", "1 to 365"), ("close_missing=soon", "never, looked_up or absent")],
)
def test_settings_of_the_missing_are_given_with_connect_and_wrong_ones_refused(
    hp: Commands, sandbox: Sandbox, pair: str, told: str
) -> None:
    company = sandbox.companies[1]
    refusal = hp.refusal("connect", "securex", "--name", company.name, "--vat", company.vat, "--set", pair)
    assert refusal["code"] == "INVALID_SETTING"
    assert told in refusal["next"]


def test_settings_of_the_missing_are_kept_and_shown(hp: Commands, sandbox: Sandbox) -> None:
    made = hp.connect(sandbox.companies[1], "--set", "missing_runs=5", "--set", "close_missing=looked_up")
    settings = hp.document("connection", made["connection_id"])["settings"]
    assert (settings["missing_runs"], settings["close_missing"]) == (5, "looked_up")
    again = hp.connect(sandbox.companies[1])
    assert hp.document("connection", again["connection_id"])["settings"] == settings


def test_the_missing_of_a_run_are_listed_with_its_outcomes_when_asked_for(second_night: tuple[Commands, str]) -> None:
    hp, connection_id = second_night
    run = hp.document("history", connection_id)[0]["sync_run_id"]
    (row,) = hp.document("outcomes", run, "--only", "missing")
    assert (row["external_id"], row["outcome"], row["code"], row["runs"]) == (LEFT, "missing", None, 1)
    assert hp.document("outcomes", run, "--only", "STILL_MISSING") == []
