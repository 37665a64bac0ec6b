"""Run monitoring is told of runs whose process is gone: on a real instance, with the project's own settings."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.processes import this_process
from hr_pipeline.defs.launching import opened_instance
from hr_pipeline.defs.run_workers import PROCESS, WatchedRunLauncher
from hr_pipeline_tests.adapters.surroundings import ROOT
from hr_pipeline_tests.clock_steps import clock_set


@dg.job
def nothing() -> None:
    """A job to have a run of."""


@pytest.fixture
def run_of(tmp_path: Path) -> Iterator[tuple[dg.DagsterInstance, dg.DagsterRun]]:
    with opened_instance(Environment.current({"HR_PIPELINE_HOME": str(tmp_path / "home")}, tmp_path)) as instance:
        yield instance, instance.create_run_for_job(nothing)


def told_by(instance: dg.DagsterInstance, run: dg.DagsterRun, pid: int) -> WorkerStatus:
    """What the launcher makes of a run that this process says it works on."""
    instance.report_engine_event("Started process for run", run, EngineEventData.in_process(pid))
    return instance.run_launcher.check_run_worker_health(run).status


def test_the_projects_settings_name_it(run_of: tuple[dg.DagsterInstance, dg.DagsterRun]) -> None:
    assert isinstance(run_of[0].run_launcher, WatchedRunLauncher)
    assert run_of[0].run_launcher.supports_check_run_worker_health
    assert yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))["run_monitoring"]["enabled"]


def test_a_living_process_runs_on(run_of: tuple[dg.DagsterInstance, dg.DagsterRun]) -> None:
    assert told_by(*run_of, os.getpid()) is WorkerStatus.RUNNING


def test_a_process_that_is_gone_has_failed_and_the_last_one_counts(run_of: tuple[dg.DagsterInstance, dg.DagsterRun]) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    assert told_by(*run_of, os.getpid()) is WorkerStatus.RUNNING
    assert told_by(*run_of, gone.pid) is WorkerStatus.FAILED


def test_a_worker_lives_on_when_the_clock_is_set(
    run_of: tuple[dg.DagsterInstance, dg.DagsterRun], tmp_path_factory: pytest.TempPathFactory
) -> None:
    instance, run = run_of
    assert told_by(*run_of, os.getpid()) is WorkerStatus.RUNNING
    with clock_set(tmp_path_factory.mktemp("proc"), 3600):
        assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
        assert told_by(*run_of, os.getpid()) is WorkerStatus.RUNNING  # said again, as when its steps have ended
    events = [entry.dagster_event for entry in instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)]
    assert [event.message for event in events if event and PROCESS in event.engine_event_data.metadata] == [
        f"Watching process {os.getpid()}."
    ]


def test_who_launched_a_run_need_not_ask_the_clock_even_at_its_first_look(
    run_of: tuple[dg.DagsterInstance, dg.DagsterRun], tmp_path_factory: pytest.TempPathFactory
) -> None:
    instance, run = run_of
    launcher = instance.run_launcher
    assert isinstance(launcher, WatchedRunLauncher)
    with clock_set(tmp_path_factory.mktemp("proc"), 3600):
        assert told_by(*run_of, os.getpid()) is WorkerStatus.FAILED  # by somebody else, of whom nothing is known
        launcher._run_ids.add(run.run_id)  # as `launch_run` does
        assert launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING


@pytest.mark.parametrize(
    "change", [{"boot": "of-yesterday"}, {"started": 1.0}], ids=["the machine was started anew", "its id is another's now"]
)
def test_a_worker_that_was_noted_and_is_no_more_is_gone(run_of: tuple[dg.DagsterInstance, dg.DagsterRun], change: dict[str, Any]) -> None:
    instance, run = run_of
    text = replace(this_process(), **change).text
    instance.report_engine_event("Watching", run, EngineEventData(metadata={PROCESS: dg.MetadataValue.text(text)}))
    assert told_by(*run_of, os.getpid()) is WorkerStatus.FAILED


def test_an_id_that_somebody_else_has_by_now_is_gone(run_of: tuple[dg.DagsterInstance, dg.DagsterRun]) -> None:
    instance, run = run_of
    instance.report_engine_event("Started process for run", run, EngineEventData.in_process(os.getpid()))
    (said,) = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    instance.handle_new_event(said._replace(timestamp=1_000.0))  # said long before this process began
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.FAILED


def test_a_run_that_never_said_who_it_is_is_left_alone(run_of: tuple[dg.DagsterInstance, dg.DagsterRun]) -> None:
    instance, run = run_of
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
