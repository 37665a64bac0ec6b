"""`sync`, `approve` and what they tell: one named outcome for each employee, and what to do next."""

from datetime import date, timedelta

import pytest

from hr_pipeline.sandbox import Sandbox, SandboxOptions, expected
from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE, IMPRIMERIE, KERMADEC, LIBRAIRIE, LOGISTIEK, Commands, company_of
from hr_pipeline_tests.cli.conftest import SIZE, Scene


def test_the_first_night_comes_out_as_the_sandbox_says(first_night: Scene) -> None:
    runs = {run["company"]: run for run in first_night.hp.document("history")}
    for company in expected(SandboxOptions(size=SIZE)):
        night, run = company.nights[0], runs[company.company.name]
        assert (run["status"], run["code"], run["trigger"]) == (night.status, night.code, "nightly")
        counts = {name: n for name, n in run["counts"].items() if n and name != "source"}
        assert counts == night.counts
        rows = {row["external_id"]: row for row in first_night.hp.document("outcomes", run["sync_run_id"])}
        for employee, outcome in night.named.items():
            row = rows[employee]
            assert (row["outcome"], row["code"]) == (outcome.name, outcome.code or row["code"])


def test_a_sync_of_several_tells_each_and_what_to_do_next(played: Scene) -> None:
    result = played.hp.run("sync", played.ids[BRASSERIE], played.ids[KERMADEC], played.ids[IMPRIMERIE])
    assert result.exit_code == 1, "one of them is an error"
    assert "partial" in result.stdout
    assert "success" in result.stdout
    assert "r8: 6 employees need attention: `hr-pipeline outcomes r8`" in result.stdout
    assert "r10: The list we received is not complete (workers): 13 announced, 10 read." in result.stdout
    assert max(map(len, result.stdout.splitlines()[:5])) <= 100


def test_partial_is_done(played: Scene) -> None:
    assert played.hp.run("sync", played.ids[BRASSERIE]).exit_code == 0


def test_a_first_sync_waits_for_its_review_and_is_approved_exactly(hp: Commands, sandbox: Sandbox) -> None:
    connection_id = hp.connect(company_of(sandbox, KERMADEC))["connection_id"]
    result = hp.run("sync", connection_id)
    (held,) = hp.document("history")
    assert (result.exit_code, held["status"], held["code"], held["counts"]["held"]) == (1, "error", "HELD_REVIEW", 11)
    assert f"hr-pipeline approve {held['plan_id']}" in result.stdout
    assert hp.document("accounts") == []
    (run,) = hp.document("approve", held["plan_id"])
    assert (run["status"], run["trigger"], run["counts"]["created"]) == ("success", "approval", 11)
    assert len(hp.document("accounts")) == 11
    assert hp.refusal("approve", held["plan_id"])["code"] == "PLAN_APPLIED"


@pytest.mark.parametrize("width", ["80", "120"])
def test_a_plan_that_waits_for_its_review_is_no_failure_to_a_person(hp: Commands, sandbox: Sandbox, width: str) -> None:
    connection_id = hp.connect(company_of(sandbox, KERMADEC))["connection_id"]
    first, second = (hp.run("sync", connection_id, COLUMNS=width).stdout for _ in range(2))
    newest, older = hp.document("history")
    assert (newest["status"], older["status"]) == ("error", "error"), "the data says what the specification says"
    for shown, run in ((first, older), (second, newest), (hp.run("history", COLUMNS=width).stdout, newest)):
        assert f"`hr-pipeline approve {run['plan_id']}`" in shown
        assert "waits for review" in shown
        assert "error" not in shown
    listed = hp.run("history", COLUMNS=width).stdout
    assert listed.count("waits for review") == listed.count("was held") == 1
    assert older["plan_id"] not in listed, "only the newest can be approved"
    coloured = hp.run("history", COLUMNS=width, FORCE_COLOR="1", NO_COLOR="").stdout
    assert "\x1b[33mwaits for review" in coloured
    hp.document("approve", newest["plan_id"])
    assert "waits for review" not in hp.run("history", COLUMNS=width).stdout


def test_all_means_all_that_are_not_stopped(hp: Commands, sandbox: Sandbox) -> None:
    assert hp.refusal("sync", "--all")["code"] == "NOTHING_TO_DO"
    ids = [hp.connect(company_of(sandbox, name), "--review", "never")["connection_id"] for name in (KERMADEC, LIBRAIRIE)]
    hp.document("disconnect", ids[0])
    assert [run["connection_id"] for run in hp.document("sync", "--all")] == ids[1:]
    assert hp.refusal("sync", *ids)["code"] == "DISCONNECTED"
    assert hp.refusal("preview", ids[0])["code"] == "DISCONNECTED"


@pytest.mark.parametrize("arguments", [["sync"], ["sync", "--all", "some-id"], ["sync", "--all", "--trigger", "retry"]])
def test_which_connections_must_be_said_one_way(hp: Commands, arguments: list[str]) -> None:
    assert hp.run(*arguments).exit_code == 2


@pytest.mark.parametrize("on", ["31/12/2025", "2025-02-30", "yesterday", "", "2025-1-1", "２０２５-01-01"])
def test_a_date_that_is_none_is_refused(first_night: Scene, on: str) -> None:
    assert first_night.hp.refusal("sync", "--all", "--date", on)["code"] == "INVALID_DATE"


def test_a_day_to_come_and_a_day_of_which_nothing_is_kept_are_refused_and_leave_no_run(first_night: Scene) -> None:
    hp = first_night.hp
    tomorrow, long_ago = hp.work.today + timedelta(days=1), date(2020, 2, 29)
    assert hp.refusal("sync", "--all", "--date", tomorrow.isoformat())["code"] == "INVALID_DATE"
    refusal = hp.refusal("sync", first_night.ids[KERMADEC], "--date", long_ago.isoformat())
    assert refusal["code"] == "SNAPSHOT_NOT_KEPT"
    assert "2020-02-29" in refusal["message"]
    assert len(hp.document("history")) == 7


def test_a_past_day_replays_its_kept_snapshot_as_a_backfill(played: Scene) -> None:
    yesterday = played.hp.work.today - timedelta(days=1)
    with played.hp.work.store.opened() as database:
        database.run("UPDATE snapshot SET date = ?", [yesterday])
    (run,) = played.hp.document("sync", played.ids[KERMADEC], "--date", yesterday.isoformat(), "--trigger", "nightly")
    assert (run["trigger"], run["date"], run["status"]) == ("backfill", yesterday.isoformat(), "success")
    assert run["counts"]["unchanged"] == 11


def test_a_shell_without_what_a_provider_needs_is_refused_and_no_company_is_at_fault(played: Scene) -> None:
    hp = played.hp
    bare = Commands(hp.home, {name: value for name, value in hp.variables.items() if not name.startswith("SECUREX_")})
    del bare.variables["PAYFIT_KEY_3"]
    before = (hp.document("history"), hp.document("connections"))
    refusals = [
        bare.refusal("sync", *asked) for asked in (["--all"], [played.ids[BRASSERIE], played.ids[LOGISTIEK], played.ids[LIBRAIRIE]])
    ]
    assert {refusal["code"] for refusal in refusals} == {"ENVIRONMENT_INCOMPLETE"}
    assert "PAYFIT_KEY_3" in refusals[0]["message"]
    assert [refusal["message"].count("SECUREX_CLIENT_SECRET") for refusal in refusals] == [1, 1]
    assert (hp.document("history"), hp.document("connections")) == before
    assert not (hp.home / "dagster").exists()


def test_a_shell_whose_variable_no_header_can_carry_is_refused_before_any_run(played: Scene) -> None:
    assert played.hp.refusal("sync", played.ids[KERMADEC], PAYFIT_KEY_3="clé")["code"] == "INVALID_SETTING"
    assert len(played.hp.document("history")) == 7


def test_a_past_day_is_replayed_without_any_credential(played: Scene) -> None:
    yesterday = played.hp.work.today - timedelta(days=1)
    with played.hp.work.store.opened() as database:
        database.run("UPDATE snapshot SET date = ?", [yesterday])
    del played.hp.variables["PAYFIT_KEY_3"]
    (run,) = played.hp.document("sync", played.ids[KERMADEC], "--date", yesterday.isoformat())
    assert (run["trigger"], run["status"]) == ("backfill", "success")


def test_in_a_scripts_night_a_connection_without_its_key_fails_alone(played: Scene) -> None:
    del played.hp.variables["PAYFIT_KEY_3"]
    runs = played.hp.document("sync", played.ids[KERMADEC], played.ids[LIBRAIRIE], "--trigger", "nightly", status=1)
    assert {run["company"]: (run["status"], run["code"]) for run in runs} == {
        KERMADEC: ("error", "ENVIRONMENT_INCOMPLETE"),
        LIBRAIRIE: ("success", None),
    }
    assert "PAYFIT_KEY_3" in next(run["message"] for run in runs if run["code"])


def test_a_scripts_night_in_a_shell_without_any_credential_is_refused_and_no_company_is_at_fault(played: Scene) -> None:
    hp = played.hp
    bare = Commands(hp.home, {name: value for name, value in hp.variables.items() if not name.startswith(("SECUREX_", "PAYFIT_KEY"))})
    before = (hp.document("history"), hp.document("connections"))
    refusals = [
        bare.refusal("sync", *asked, "--trigger", "nightly") for asked in (["--all"], [played.ids[KERMADEC], played.ids[LIBRAIRIE]])
    ]
    assert {refusal["code"] for refusal in refusals} == {"ENVIRONMENT_INCOMPLETE"}
    assert "PAYFIT_KEY_3" in refusals[0]["message"]
    assert "SECUREX_CLIENT_SECRET" in refusals[0]["message"]
    assert (hp.document("history"), hp.document("connections")) == before
    assert not (hp.home / "dagster").exists()


def test_messages_of_runs_and_employees_come_in_the_readers_language(first_night: Scene) -> None:
    run = first_night.hp.document("history", first_night.ids[FONTCLAIRE])[0]["sync_run_id"]
    said = {
        lang: next(row["message"] for row in first_night.hp.document("outcomes", run, "--lang", lang) if row["code"] == "EMAIL_MISSING")
        for lang in ("fr", "nl", "en")
    }
    assert said["fr"].startswith("Cette personne n’a pas d’adresse e-mail")
    assert said["nl"].startswith("Deze persoon heeft geen e-mailadres")
    assert said["en"].startswith("This person has no e-mail address")
    by_surroundings = first_night.hp.document("outcomes", run, LANG="nl_BE.UTF-8")
    assert said["nl"] in {row["message"] for row in by_surroundings}
