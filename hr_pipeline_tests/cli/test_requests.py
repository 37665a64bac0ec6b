"""Asking a running deployment for a sync, from the command line."""

from datetime import UTC, datetime, timedelta

import pytest

from hr_pipeline.adapters.store.connections import stored_connection
from hr_pipeline.adapters.store.reports import sync_runs
from hr_pipeline.adapters.store.snapshots import Snapshot, add_snapshots
from hr_pipeline.cli.requests import NOBODY_LOOKS
from hr_pipeline.operations.requesting import note_look
from hr_pipeline_tests.cli.commands import KERMADEC, LOGISTIEK, Commands, company_of
from hr_pipeline_tests.cli.conftest import Scene


def test_a_request_prints_its_id_and_asking_again_prints_the_same(played: Scene) -> None:
    hp, ids = played.hp, played.ids
    (made,) = hp.document("request", ids[KERMADEC], "--by", "Ann")
    assert (made["connection_id"], made["state"], made["requested_by"]) == (ids[KERMADEC], "queued", "Ann")
    again = hp.document("request", ids[KERMADEC], ids[LOGISTIEK])
    assert [one["request_id"] for one in again] == [made["request_id"], "q2"]
    listed = hp.document("requests")
    assert [(one["request_id"], one["waited_seconds"]) for one in listed] == [("q2", None), ("q1", None)]
    assert [(one["status"], one["sync_run_ids"]) for one in listed] == [(None, []), (None, [])]
    shown = hp.run("request", "--all").stdout
    assert "q1" in shown
    assert "queued" in shown


def served(hp: Commands, run_id: str) -> None:
    """The last request was served by the Dagster run of a sync run."""
    with hp.work.store.opened() as database:
        (run,) = sync_runs(database, run_nos=[int(run_id[1:])])
        database.run(
            "UPDATE sync_request SET batch_no = request_no, dagster_run_id = ?, started_at = now(), ended_at = now()",
            [run["dagster_run_id"]],
        )


def test_a_request_that_waits_for_a_review_says_so_as_history_does_with_its_run_and_the_next_command(played: Scene) -> None:
    hp, connection_id = played.hp, played.ids[KERMADEC]
    hp.connect(company_of(played.sandbox, KERMADEC), "--review", "always")
    hp.run("sync", connection_id)
    hp.document("request", connection_id)
    served(hp, "r8")
    (listed,) = hp.document("requests")
    assert (listed["state"], listed["status"], listed["sync_run_ids"]) == ("ended", "error", ["r8"])
    plan = hp.document("history", connection_id)[0]["plan_id"]
    for width in ("80", "120", "160"):
        shown = hp.run("requests", COLUMNS=width).stdout
        words = shown.split()
        assert "error" not in words, shown
        assert {"waits", "review", "r8"} <= set(words), shown
        assert f"`hr-pipeline approve {plan}`" in " ".join(words), shown
        if width != "80":
            assert listed["dagster_run_id"][:19] in shown, shown
            assert listed["dagster_run_id"][-12:] in shown, shown


def test_a_request_that_went_well_says_how_and_where_to_look(played: Scene) -> None:
    hp, connection_id = played.hp, played.ids[KERMADEC]
    hp.run("sync", connection_id)
    hp.document("request", connection_id)
    served(hp, "r8")
    shown = hp.run("requests", COLUMNS="160").stdout
    status = hp.document("history", connection_id)[0]["status"]
    assert status in shown
    assert "r8" in shown
    assert "hr-pipeline outcomes r8" in shown


def test_past_days_are_asked_for_from_and_to(played: Scene) -> None:
    hp, connection_id = played.hp, played.ids[KERMADEC]
    day = hp.work.today - timedelta(days=2)
    with hp.work.store.opened() as database:
        number = stored_connection(database, connection_id).number
        add_snapshots(database, [Snapshot("snap-kept", number, day, datetime.now(UTC), "", 1, 1, 0, 0, 1)])
    (made,) = hp.document("request", connection_id, "--from", day.isoformat())
    assert (made["from"], made["to"]) == (day.isoformat(), day.isoformat())
    assert f"{day} to {day}" in hp.run("requests", COLUMNS="160").stdout
    refused = hp.refusal("request", connection_id, "--from", "1926-11-20", "--to", day.isoformat())
    assert refused["code"] == "SNAPSHOT_NOT_KEPT"
    assert refused["message"] == f"No list is kept for {connection_id} of 1926-11-20; the first is that of {day}."


@pytest.mark.parametrize("command", [["request", "{id}", "--from"], ["sync", "{id}", "--date"]])
@pytest.mark.parametrize("typed", ["0001-01-01", "1926-11-20", "9999-12-31", "0000-00-00", "Wagtail-7/never=shown"])
def test_a_date_of_which_nothing_can_be_kept_ends_in_a_sentence(played: Scene, command: list[str], typed: str) -> None:
    arguments = [one.format(id=played.ids[KERMADEC]) for one in command]
    refused = played.hp.refusal(*arguments, typed)
    assert refused["code"] in ("SNAPSHOT_NOT_KEPT", "INVALID_DATE")
    assert "Wagtail" not in refused["message"]


def test_where_no_daemon_runs_the_answer_says_so_and_what_starts_one(played: Scene) -> None:
    hp, connection_id = played.hp, played.ids[KERMADEC]
    assert [one["daemon_running"] for one in hp.document("request", connection_id)] == [False]
    assert NOBODY_LOOKS in hp.run("request", connection_id).stdout
    assert NOBODY_LOOKS in hp.run("requests").stdout
    note_look(hp.work.home)
    assert [one["daemon_running"] for one in hp.document("request", connection_id)] == [True]
    assert NOBODY_LOOKS not in hp.run("request", connection_id).stdout
    assert NOBODY_LOOKS not in hp.run("requests").stdout


@pytest.mark.parametrize("arguments", [[], ["securex-a", "--all"], ["--all", "--to", "2026-01-01"]])
def test_half_a_question_is_wrong_usage(hp: Commands, arguments: list[str]) -> None:
    assert hp.run("request", *arguments).exit_code == 2


def test_what_is_not_known_is_refused_with_the_next_step(hp: Commands) -> None:
    assert hp.refusal("request", "securex-nobody")["code"] == "UNKNOWN_CONNECTION"
    assert "Nobody has asked" in hp.run("requests").stdout
