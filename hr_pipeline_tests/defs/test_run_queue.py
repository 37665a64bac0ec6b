"""The queue of runs by Dagster's own daemon, with the project's settings: four at work, who waits for its turn takes no place, the night has its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.events import DagsterEventType
from dagster._core.remote_origin import ManagedGrpcPythonEnvCodeLocationOrigin, RemoteJobOrigin, RemoteRepositoryOrigin
from dagster._core.run_coordinator import SubmitRunContext
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._daemon.run_coordinator import QueuedRunCoordinatorDaemon

from hr_pipeline.defs.launching import SYNC
from hr_pipeline.defs.partitions import list_connections, partition_key
from hr_pipeline.defs.run_queue import (
    BY,
    CONNECTION,
    MOST_WAITING,
    NIGHT,
    PLACE,
    WAITING,
    WORKING,
    PlacedRunCoordinator,
    give_up_place,
    queue_tags,
    take_place_back,
)
from hr_pipeline.defs.sync_run import sync_config
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline_tests.adapters.surroundings import ROOT

LIMITS = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))["concurrency"]["runs"]
(PLACES,) = [one["limit"] for one in LIMITS["tag_concurrency_limits"] if one["key"] == PLACE]


ORIGIN = RemoteJobOrigin(
    RemoteRepositoryOrigin(
        ManagedGrpcPythonEnvCodeLocationOrigin(LoadableTargetOrigin(module_name="hr_pipeline.definitions")), "__repository__"
    ),
    "sync",
)


@dataclass
class Queue:
    """Dagster's state, and the part of its daemon that says who may start."""

    instance: dg.DagsterInstance

    def asked(self, *connections: str, **tags: str) -> str:
        """A run of the job, as a sensor or the launchpad asks for it; its id."""
        run = self.instance.create_run_for_job(
            job_def=SYNC,
            run_config=sync_config(connections=connections),
            tags=tags,
            status=dg.DagsterRunStatus.NOT_STARTED,
            remote_job_origin=ORIGIN,
        )
        return self.instance.run_coordinator.submit_run(SubmitRunContext(run, None)).run_id  # type: ignore[arg-type]

    def started(self) -> list[str]:
        """The runs that the daemon's next look starts."""
        daemon = QueuedRunCoordinatorDaemon(interval_seconds=1)
        found = daemon._get_runs_to_dequeue(self.instance, self.instance.get_concurrency_config(), None)
        for run in found:
            event = dg.DagsterEvent(event_type_value=DagsterEventType.RUN_STARTING.value, job_name=run.job_name)
            self.instance.report_dagster_event(event, run_id=run.run_id)
        return [run.run_id for run in found]

    def tags(self, run_id: str) -> dict[str, str]:
        run = self.instance.get_run_by_id(run_id)
        assert run is not None
        return dict(run.tags)


@pytest.fixture
def queue(instance: dg.DagsterInstance) -> Queue:
    return Queue(instance)


def test_the_projects_settings_name_it_and_there_is_room_for_the_night_beside_all_who_work_and_wait(queue: Queue) -> None:
    assert isinstance(queue.instance.run_coordinator, PlacedRunCoordinator)
    assert LIMITS["max_concurrent_runs"] > PLACES + MOST_WAITING


def test_as_many_work_as_there_are_places_and_the_others_queue(queue: Queue) -> None:
    asked = [queue.asked(f"securex-{n}") for n in range(PLACES + 2)]
    assert (queue.started(), queue.started()) == (asked[:PLACES], [])
    assert {queue.tags(one)[PLACE] for one in asked} == {WORKING}


def test_who_waits_for_its_turn_takes_nobodys_place_and_has_it_back_when_the_turn_has_come(queue: Queue) -> None:
    waiting = [queue.asked(f"securex-{n}") for n in range(PLACES)]
    assert queue.started() == waiting
    others = [queue.asked(f"payfit-{n}") for n in range(PLACES + 1)]
    assert queue.started() == []
    for one in waiting:
        give_up_place(queue.instance, one)
        assert queue.tags(one)[PLACE] == WAITING
    assert queue.started() == others[:PLACES]
    for one in waiting:
        take_place_back(queue.instance, one)
    assert {queue.tags(one)[PLACE] for one in waiting} == {WORKING}
    assert queue.started() == []


def test_only_so_many_wait_without_a_place_and_the_night_starts_beside_all_of_them(queue: Queue) -> None:
    waiting = [queue.asked(f"securex-{n}") for n in range(PLACES + MOST_WAITING + 3)]
    while started := queue.started():
        for one in started:
            give_up_place(queue.instance, one)
    places = [queue.tags(one)[PLACE] for one in waiting]
    assert places == [WAITING] * MOST_WAITING + [WORKING] * (PLACES + 3)
    night = queue.asked(**{"hr/trigger": "nightly"})
    assert (queue.tags(night)[PLACE], queue.started()) == (NIGHT, [night])


@pytest.mark.parametrize("place", [NIGHT, None])
def test_who_has_no_such_place_gives_none_up_and_gets_none_back(queue: Queue, place: str | None) -> None:
    run = queue.instance.create_run_for_job(job_def=SYNC, tags={PLACE: place} if place else {})
    give_up_place(queue.instance, run.run_id)
    take_place_back(queue.instance, run.run_id)
    assert queue.tags(run.run_id).get(PLACE) == place


def test_a_run_that_repeats_one_that_died_waiting_has_a_place_of_its_own(queue: Queue) -> None:
    assert queue.tags(queue.asked("securex-a", **{PLACE: WAITING}))[PLACE] == WORKING


RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"


@pytest.mark.parametrize(
    ("wanted", "tags", "connection"),
    [
        ({"connections": ["securex-a"]}, {}, "securex-a"),
        ({"connections": ["securex-a", "securex-b"]}, {}, None),
        ({"pairs": ["securex-a|2026-11-01", "securex-a|2026-11-02"]}, {}, "securex-a"),
        ({"pairs": ["securex-a|2026-11-01", "securex-b|2026-11-01"]}, {}, None),
        ({}, {}, None),
        ({}, {"dagster/partition": "securex-a|2026-11-22"}, "securex-a"),
        ({}, {RANGE_START: "securex-a|2026-11-01", RANGE_END: "securex-a|2026-11-09"}, "securex-a"),
        ({}, {RANGE_START: "securex-a|2026-11-01", RANGE_END: "securex-b|2026-11-01"}, None),
    ],
)
def test_a_run_about_one_company_says_so_however_it_is_started(
    wanted: dict[str, Any], tags: dict[str, str], connection: str | None
) -> None:
    run = dg.DagsterRun(job_name="sync", run_config=sync_config(**wanted), tags=tags)
    assert queue_tags(run, None).get(CONNECTION) == connection


def test_of_two_runs_about_one_company_the_second_queues_without_a_process_however_they_are_started(queue: Queue) -> None:
    list_connections(queue.instance, ["securex-a"])
    first = queue.asked("securex-a")
    second = queue.asked(**{"dagster/partition": str(partition_key("securex-a", datetime.now(BRUSSELS).date()))})
    third = queue.asked("securex-b")
    assert (queue.started(), queue.started()) == ([first, third], [])
    assert queue.tags(second)[CONNECTION] == "securex-a"


@pytest.mark.parametrize(("login", "kept"), [("anna", "anna"), (None, None), ("", None), ("a\nb", None), ("a" * 99, "a" * 64)])
def test_who_had_logged_in_is_kept_with_the_run(login: str | None, kept: str | None) -> None:
    assert queue_tags(dg.DagsterRun(job_name="sync"), login).get(BY) == kept
