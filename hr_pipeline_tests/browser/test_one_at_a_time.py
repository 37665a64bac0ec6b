"""One sync per connection at a time, whichever way it was started, on a real deployment: runs wait, a command is told which run is going."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import dagster as dg
import pytest
from playwright.sync_api import Page

from hr_pipeline.adapters.store.requests import listed_requests
from hr_pipeline_tests.adapters.surroundings import ROOT
from hr_pipeline_tests.browser.ui import ENDED, Ui, clicked, running_ui
from hr_pipeline_tests.defs.scene import KERMADEC, LOGISTIEK, Scene, scene
from hr_pipeline_tests.eventually import eventually

LAUNCH = """mutation ($params: ExecutionParams!) {launchRun(executionParams: $params) {__typename ... on LaunchRunSuccess {run {runId}}}}"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with scene(tmp_path_factory.mktemp("turns")) as connected:
        connected.night(1)
        yield connected


@pytest.fixture(scope="module")
def ui(demo: Scene, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    with running_ui(demo, tmp_path_factory.mktemp("log") / "dagster.log") as running:
        yield running


def launched(ui: Ui, job: str = "sync", **wanted: Any) -> str:
    """A run of a job, as the launchpad starts it; returns its id."""
    selector = {"repositoryLocationName": "hr_pipeline", "repositoryName": "__repository__", "jobName": job}
    config = {"ops": {"sync_run": {"ops": {"select": {"config": wanted}}}}} if wanted else {}
    answer = ui.ask(LAUNCH, params={"selector": selector, "runConfigData": json.dumps(config), "mode": "default"})["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return str(answer["run"]["runId"])


def command(demo: Scene, *arguments: str) -> tuple[int, Any]:
    """Exit status and document of a command in a process of its own."""
    variables = {**os.environ, **demo.variables, "PYTHONPATH": str(ROOT)}
    code = "import sys; from hr_pipeline.cli import main; sys.argv = ['hr-pipeline', *sys.argv[1:]]; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments, "--json"], env=variables, cwd=demo.home, capture_output=True, timeout=120
    )
    return done.returncode, json.loads(done.stdout)


def statuses(ui: Ui) -> dict[str, str]:
    return {run["runId"]: run["status"] for run in ui.runs()}


def all_ended(ui: Ui) -> dict[str, str] | None:
    found = statuses(ui)
    return found if set(found.values()) <= set(ENDED) else None


def messages(demo: Scene, run_id: str) -> list[str]:
    with demo.dagster() as instance:
        return [str(entry.user_message) for entry in instance.all_logs(run_id)]


def test_while_the_night_goes_on_clicks_wait_a_request_is_answered_with_it_and_a_command_is_told(demo: Scene, ui: Ui, page: Page) -> None:
    demo.sandbox.night = 2
    demo.sandbox.faults = ("silent:workers",)
    night = launched(ui, trigger="nightly")
    eventually(lambda: demo.sandbox.faults_hit["silent"], what="a question that the provider leaves unanswered")
    first = clicked(page, ui, demo.id_of(KERMADEC), demo.today)
    second = clicked(page, ui, demo.id_of(KERMADEC), demo.today)
    exit_status, refusal = command(demo, "sync", demo.id_of(LOGISTIEK))
    assert (exit_status, refusal["code"]) == (1, "ALREADY_RUNNING")
    assert night in refusal["message"]
    exit_status, (answer,) = command(demo, "request", demo.id_of(LOGISTIEK))
    assert (exit_status, answer["request_id"], answer["state"], answer["dagster_run_id"]) == (0, None, "running", night)

    eventually(lambda: any("waits its turn" in text for text in messages(demo, first)), what="the first click's waiting")
    assert (statuses(ui)[night], statuses(ui)[second]) == ("STARTED", "QUEUED")
    demo.sandbox.faults = ()
    ended = eventually(lambda: all_ended(ui), "the end of all three runs", 180)
    assert [ended[run_id] for run_id in (night, first, second)] == ["SUCCESS"] * 3
    assert [demo.partition(demo.id_of(KERMADEC), demo.today, one)["trigger"] for one in (night, first, second)] == [
        "nightly",
        "manual",
        "manual",
    ]
    with demo.database() as database:
        assert listed_requests(database, 10) == []
    assert_nobody_overlaps(demo)


def test_a_night_that_meets_a_sync_of_one_company_does_the_others_first_and_that_one_afterwards(demo: Scene, ui: Ui, page: Page) -> None:
    demo.sandbox.faults = ("silent:collaborators",)
    before = demo.sandbox.faults_hit["silent"]
    single = clicked(page, ui, demo.id_of(KERMADEC), demo.today)
    eventually(lambda: demo.sandbox.faults_hit["silent"] > before, what="a question that the provider leaves unanswered")
    night = launched(ui, trigger="nightly")
    eventually(lambda: any("They follow when it has ended." in text for text in messages(demo, night)), what="the night's going on without")
    demo.sandbox.faults = ()
    ended = eventually(lambda: all_ended(ui), "the end of both runs", 180)
    assert (ended[single], ended[night]) == ("SUCCESS", "SUCCESS")
    told = [str(one.partition) for one in demo.told("sync_run", night)]
    assert sorted(told) == sorted(f"{one}|{demo.today}" for one in demo.ids)
    assert told[-1] == f"{demo.id_of(KERMADEC)}|{demo.today}"
    assert demo.checks(night)["sync_run", "no_failed_connections"].metadata["total"].value == len(demo.ids)
    assert demo.run(night).status is dg.DagsterRunStatus.SUCCESS
    assert_nobody_overlaps(demo)


def test_runs_that_wait_for_a_company_take_no_place_from_others(demo: Scene, ui: Ui) -> None:
    demo.sandbox.faults = ("silent:workers",)
    before = demo.sandbox.faults_hit["silent"]
    night = launched(ui, trigger="nightly")
    eventually(lambda: demo.sandbox.faults_hit["silent"] > before, what="a question that the provider leaves unanswered")
    waiting = {launched(ui, connections=[one]): one for one in demo.ids[:5]}  # with the night more than there are places
    for run_id in waiting:
        eventually(lambda one=run_id: any("waits its turn" in text for text in messages(demo, one)), what="each run's waiting", seconds=120)  # type: ignore[misc]
    other = launched(ui, job="retention")
    assert eventually(lambda: statuses(ui)[other] in ENDED and statuses(ui)[other], "the end of a run beside them", 120) == "SUCCESS"
    assert {statuses(ui)[run_id] for run_id in (night, *waiting)} == {"STARTED"}
    demo.sandbox.faults = ()
    ended = eventually(lambda: all_ended(ui), "the end of all runs", 180)
    assert ended[night] == "SUCCESS"
    for run_id, one in waiting.items():  # each had its turn, also where a company's own list is an error that night
        assert demo.partition(one, demo.today, run_id).get("code") not in ("ALREADY_RUNNING", "STORE_LOCKED")
    assert_nobody_overlaps(demo)


def assert_nobody_overlaps(demo: Scene) -> None:
    """No sync of a connection begins before the one before it has ended."""
    rows = demo.rows("SELECT connection_id, started_at, finished_at FROM reporting.sync_runs ORDER BY connection_id, started_at")
    assert len(rows) > len(demo.ids)
    for one, next_one in pairwise(rows):
        if one["connection_id"] == next_one["connection_id"]:
            assert one["finished_at"] <= next_one["started_at"], one
