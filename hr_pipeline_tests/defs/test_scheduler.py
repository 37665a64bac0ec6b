"""The nightly schedule as Dagster's own scheduler drives it, on a real instance with the code in a server of its own."""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessStateRecord
from dagster._core.scheduler.instigation import TickStatus
from dagster._core.test_utils import create_test_daemon_workspace_context, freeze_time
from dagster._core.workspace.context import WorkspaceProcessContext, WorkspaceRequestContext
from dagster._core.workspace.load_target import GrpcServerTarget
from dagster._daemon.freshness import FreshnessDaemon
from dagster._scheduler.scheduler import launch_scheduled_runs

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.store.connections import add_connection
from hr_pipeline.defs.home import VARIABLE
from hr_pipeline.defs.retries import missed_nights
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.connections import Connection, Settings
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline_tests.adapters.surroundings import ROOT
from hr_pipeline_tests.eventually import eventually

BRUSSELS = ZoneInfo("Europe/Brussels")
IDS = ["securex-brasserie-1", "payfit-atelier-2"]


class Scheduler:
    """A home with two connections and the loop of Dagster's scheduler, which believes whatever time it is told."""

    def __init__(self, work: Workplace, instance: dg.DagsterInstance, context: WorkspaceProcessContext) -> None:
        self.work, self.instance, self._context = work, instance, context

    def begins(self, at: datetime) -> None:
        """The schedule is on since then."""
        schedule = self._schedule()
        with freeze_time(at.astimezone(UTC)):
            self.instance.start_schedule(schedule)

    def looks(self, at: datetime) -> None:
        """One turn of the daemon's loop."""
        with freeze_time(at.astimezone(UTC)):
            list(launch_scheduled_runs(self._context, logging.getLogger("scheduler"), at.astimezone(UTC), {}))

    def nights(self) -> list[tuple[str, str]]:
        """When each tick was due in Brussels, and what became of it, in order."""
        schedule = self._schedule()
        ticks = self.instance.get_ticks(schedule.get_remote_origin_id(), schedule.selector_id)
        assert all(tick.status in (TickStatus.SUCCESS, TickStatus.SKIPPED) for tick in ticks), [str(tick.error) for tick in ticks]
        return sorted((f"{datetime.fromtimestamp(tick.timestamp, BRUSSELS):%Y-%m-%d %H:%M}", tick.status.value) for tick in ticks)

    def run_keys(self) -> list[str]:
        """Of every sync asked for."""
        return sorted(run.tags["dagster/run_key"] for run in self.instance.get_runs(dg.RunsFilter(job_name="sync")))

    def freshness(self, at: datetime) -> dict[str, str]:
        """What the daemon finds of each asset that is expected to be fresh, at a time."""

        async def found(context: WorkspaceRequestContext, asset: str) -> str:
            record = await FreshnessStateRecord.gen(context, dg.AssetKey(asset))
            return str(record.freshness_state.value) if record else ""

        with freeze_time(at.astimezone(UTC)):
            list(FreshnessDaemon().run_iteration(self._context))
        return {asset: asyncio.run(found(self._context.create_request_context(), asset)) for asset in ("employees", "sync_run")}

    def caught_up(self, at: datetime) -> list[dg.RunRequest]:
        """What three looks of the sensor of missed nights ask for; Dagster makes one run of each key."""
        surroundings = Surroundings(lambda: replace(self.work, clock=lambda: at.astimezone(UTC)))
        cursor, asked = None, dict[str | None, dg.RunRequest]()
        for _ in range(3):
            context = dg.build_sensor_context(instance=self.instance, cursor=cursor, resources={"surroundings": surroundings})
            tick = missed_nights.evaluate_tick(context)
            cursor = tick.cursor or cursor
            asked |= {one.run_key: one for one in tick.run_requests or []}
        return list(asked.values())

    def _schedule(self):  # type: ignore[no-untyped-def]
        location = self._context.create_request_context().get_code_location("hr_pipeline")
        (repository,) = location.get_repositories().values()
        return repository.get_schedule("nightly")


@contextmanager
def scheduler(home: Path, instance: dg.DagsterInstance) -> Iterator[Scheduler]:
    work = Workplace.current(Environment.current({"HR_PIPELINE_HOME": str(home)}, home))
    with work.store.opened() as database:
        for n, connection_id in enumerate(IDS):
            provider = connection_id.split("-")[0]
            connection = Connection(connection_id, provider, connection_id, f"BE{n:010d}", str(n), Settings(), {"kind": "partner"})
            add_connection(database, connection, work.providers[provider].default_mapping, datetime.now(UTC) - timedelta(days=30))
    with code_server(home) as port:
        target = GrpcServerTarget(host="localhost", port=port, socket=None, location_name="hr_pipeline")
        with create_test_daemon_workspace_context(target, instance) as context:
            yield Scheduler(work, instance, context)


@contextmanager
def code_server(home: Path) -> Iterator[int]:
    """The code in a process of its own, as in a deployment; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    variables = {**os.environ, "HR_PIPELINE_HOME": str(home), VARIABLE: str(home / "dagster"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dagster", "api", "grpc", "-m", "hr_pipeline.definitions", "-h", "localhost", "-p", str(port)]
    with subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(lambda: _listens(port), "the code server's start", 120)
            yield port
        finally:
            process.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("localhost", port)) == 0


@pytest.fixture
def daemon(tmp_path: Path, instance: dg.DagsterInstance) -> Iterator[Scheduler]:
    with scheduler(tmp_path, instance) as running:
        yield running


def clock_changes() -> list[datetime]:
    """The next two nights on which Brussels changes its clocks, at noon of the day before. To come: of nights gone by no tick is served."""
    found, day = [], datetime.now(BRUSSELS).replace(hour=12, minute=0, second=0, microsecond=0)
    while len(found) < 2:
        if day.utcoffset() != (day + timedelta(days=1)).utcoffset():
            found.append(day)
        day += timedelta(days=1)
    return found


def test_both_nights_the_clocks_change_have_one_tick_at_half_past_three_and_one_run(daemon: Scheduler) -> None:
    found = []
    for noon in clock_changes():
        daemon.begins(noon)
        evening = noon + timedelta(hours=12)
        while evening < noon + timedelta(hours=24):  # half an hour by half an hour, over the hour that is twice or not at all
            daemon.looks(evening)
            evening = (evening.astimezone(UTC) + timedelta(minutes=30)).astimezone(BRUSSELS)
        found += [tick for tick in daemon.nights() if tick[0][:10] == f"{noon + timedelta(days=1):%Y-%m-%d}"]  # by the next they are purged
    nights = [f"{noon + timedelta(days=1):%Y-%m-%d}" for noon in clock_changes()]
    assert found == [(f"{night} 03:30", "SUCCESS") for night in nights]
    assert [key for key in daemon.run_keys() if key.removeprefix("nightly-") in nights] == [f"nightly-{night}" for night in nights]


def test_after_three_nights_without_a_daemon_every_connection_is_synchronised_once(daemon: Scheduler) -> None:
    noon = datetime.now(BRUSSELS).replace(hour=12, minute=0)
    daemon.begins(noon - timedelta(days=3))
    daemon.looks(noon - timedelta(days=3))  # and then it is down
    daemon.looks(noon)
    daemon.looks(noon + timedelta(minutes=1))
    assert daemon.nights() == [(f"{noon:%Y-%m-%d} 03:30", "SUCCESS")]  # those gone by are not played again: providers only tell of today
    assert daemon.run_keys() == [f"nightly-{noon:%Y-%m-%d}"]
    assert daemon.caught_up(noon + timedelta(minutes=5)) == []


def test_when_the_schedule_did_not_run_either_one_run_catches_up_with_every_connection(daemon: Scheduler) -> None:
    noon = datetime.now(BRUSSELS).replace(hour=12, minute=0)
    (asked,) = daemon.caught_up(noon)
    assert asked.run_key == f"missed-{noon:%Y-%m-%d}"
    assert asked.run_config["ops"]["sync_run"]["ops"]["select"]["config"]["connections"] == IDS


def test_when_nothing_runs_at_all_employees_and_sync_run_are_overdue_the_next_morning(daemon: Scheduler) -> None:
    now = datetime.now(BRUSSELS)
    for asset, partition in (("employees", None), ("sync_run", f"{IDS[0]}|{now:%Y-%m-%d}")):
        daemon.instance.report_runless_asset_event(dg.AssetMaterialization(asset, partition=partition))
    assert daemon.freshness(now) == {"employees": "PASS", "sync_run": "PASS"}
    next_morning = (now + timedelta(days=2)).replace(hour=6, minute=1)
    assert daemon.freshness(next_morning) == {"employees": "FAIL", "sync_run": "FAIL"}
