"""Run monitoring is told of runs whose process is gone: on a real instance, with the project's own settings."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.defs.launching import opened_instance
from hr_pipeline.defs.run_workers import WatchedRunLauncher
from hr_pipeline_tests.adapters.surroundings import ROOT


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


def test_an_id_that_somebody_else_has_by_now_is_gone(run_of: tuple[dg.DagsterInstance, dg.DagsterRun]) -> None:
    instance, run = run_of
    assert told_by(*run_of, os.getpid()) is WorkerStatus.RUNNING
    (said,) = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
    instance.handle_new_event(said._replace(timestamp=1_000.0))  # said long before this process began
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.FAILED


def test_a_run_that_never_said_who_it_is_is_left_alone(run_of: tuple[dg.DagsterInstance, dg.DagsterRun]) -> None:
    instance, run = run_of
    assert instance.run_launcher.check_run_worker_health(run).status is WorkerStatus.RUNNING
