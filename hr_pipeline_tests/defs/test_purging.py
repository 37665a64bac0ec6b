"""What the retention job deletes of Dagster's own runs, and what it must leave."""

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.definitions import defs
from hr_pipeline.defs.launching import QUIET
from hr_pipeline.defs.partitions import LONGEST_VIEW, list_connections, partition_key, sync_partitions
from hr_pipeline.defs.retention import KEPT_RUN_DAYS
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.operations.workplace import Workplace

RETENTION = defs.resolve_job_def("retention")
SYNC_RUN = dg.AssetKey("sync_run")
IDS = ["securex-a-1", "payfit-b-2"]


@pytest.fixture
def work(tmp_path: Path) -> Workplace:
    return Workplace.current(Environment.current({"HR_PIPELINE_HOME": str(tmp_path)}, tmp_path))


def night(instance: dg.DagsterInstance, work: Workplace, days_ago: int, assets: Sequence[str] = ("sync_history",)) -> str:
    """A run of some days ago that told a partition of each connection, and these assets."""
    on = work.today - timedelta(days=days_ago)

    @dg.op
    def telling(context: dg.OpExecutionContext) -> None:
        for one in IDS:
            context.log_event(dg.AssetMaterialization(SYNC_RUN, partition=partition_key(one, on)))
        for name in assets:
            context.log_event(dg.AssetMaterialization(name))

    @dg.job
    def told() -> None:
        telling()

    list_connections(instance, IDS)
    run_id = told.execute_in_process(instance=instance, run_config=QUIET).run_id
    age(work, run_id, days_ago)
    return run_id


def age(work: Workplace, run_id: str, days_ago: int) -> None:
    """Dagster stamps a run with the machine's clock: its row is set back."""
    then = datetime.now(UTC) - timedelta(days=days_ago)
    with sqlite3.connect(work.home / "dagster" / "history" / "runs.db") as runs:
        runs.execute(
            "UPDATE runs SET create_timestamp = ?, start_time = ?, end_time = CASE WHEN end_time IS NULL THEN NULL ELSE ? END WHERE run_id = ?",
            (then.strftime("%Y-%m-%d %H:%M:%S"), then.timestamp(), then.timestamp(), run_id),
        )
    runs.close()


def kept_runs(instance: dg.DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs() if run.job_name != "retention"}


def purge(instance: dg.DagsterInstance, work: Workplace, **config: int) -> dict[str, Any]:
    """A run of the retention job; what it says of the runs."""
    asked = {"ops": {"forget_runs": {"config": config}}} | QUIET
    result = RETENTION.execute_in_process(run_config=asked, instance=instance, resources={"surroundings": Surroundings(lambda: work)})
    (event,) = [
        entry.dagster_event
        for entry in instance.all_logs(result.run_id, dg.DagsterEventType.STEP_OUTPUT)
        if entry.step_key == "forget_runs"
    ]
    assert event is not None
    return {name: value.value for name, value in event.step_output_data.metadata.items()}


def grid(instance: dg.DagsterInstance, today: date) -> dict[str, Any]:
    """Status of every partition the UI lists."""
    partitions = sync_partitions(today, len(IDS))
    keys = partitions.get_partition_keys(dynamic_partitions_store=instance)
    return dict(instance.get_status_by_partition(SYNC_RUN, keys, partitions) or {})


def test_old_runs_go_with_what_they_told_and_every_partition_of_the_grid_keeps_its_status(
    instance: dg.DagsterInstance, work: Workplace
) -> None:
    shown = [night(instance, work, days) for days in (0, 1, 40, LONGEST_VIEW)]
    old = [night(instance, work, days) for days in (KEPT_RUN_DAYS + 1, 300)]
    latest = night(instance, work, 0)
    before = grid(instance, work.today)
    assert purge(instance, work) == {"runs": len(old), "newest": 1, "left": 0}
    assert kept_runs(instance) == {*shown, latest}
    assert grid(instance, work.today) == before
    assert sum(status is not None for status in before.values()) == len(shown) * len(IDS)
    told = {key.partition("|")[2] for key in instance.get_materialized_partitions(SYNC_RUN)}
    assert told == {str(work.today - timedelta(days=days)) for days in (0, 1, 40, LONGEST_VIEW)}
    assert all(instance.get_run_by_id(run_id) is None for run_id in old)


def test_the_grid_is_kept_however_few_days_are_asked_for(instance: dg.DagsterInstance, work: Workplace) -> None:
    shown = [night(instance, work, days) for days in (LONGEST_VIEW, 3, 0)]
    assert purge(instance, work, days=1)["runs"] == 0
    assert kept_runs(instance) == set(shown)


def test_an_assets_newest_materialisation_stays_however_old(instance: dg.DagsterInstance, work: Workplace) -> None:
    older = night(instance, work, 310, assets=["accounts"])
    newest = night(instance, work, 300, assets=["accounts"])
    night(instance, work, 0)
    assert purge(instance, work)["runs"] == 1
    assert older not in kept_runs(instance)
    found = instance.get_latest_materialization_event(dg.AssetKey("accounts"))
    assert found is not None
    assert found.run_id == newest


def test_a_run_under_way_is_never_deleted_nor_one_that_ended_lately(instance: dg.DagsterInstance, work: Workplace) -> None:
    @dg.job
    def waiting() -> None: ...

    under_way = [
        instance.create_run_for_job(waiting, status=status).run_id
        for status in (dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING)
    ]
    for run_id in under_way:
        age(work, run_id, 300)
    long = night(instance, work, 0)
    with sqlite3.connect(work.home / "dagster" / "history" / "runs.db") as runs:
        runs.execute("UPDATE runs SET create_timestamp = '2020-01-01 00:00:00' WHERE run_id = ?", (long,))
    runs.close()
    night(instance, work, 0)
    assert purge(instance, work)["runs"] == 0
    assert kept_runs(instance) >= {*under_way, long}


def test_a_purge_that_was_killed_half_way_is_finished_by_the_next(instance: dg.DagsterInstance, work: Workplace) -> None:
    half = night(instance, work, 300)
    night(instance, work, 0)
    instance.event_log_storage.delete_events(half)  # killed before the run itself
    assert purge(instance, work)["runs"] == 1
    assert half not in kept_runs(instance)


def test_on_sqlite_the_file_of_a_deleted_run_goes_too(instance: dg.DagsterInstance, work: Workplace) -> None:
    old, new = night(instance, work, 300), night(instance, work, 0)
    files = work.home / "dagster" / "history" / "runs"
    assert (files / f"{old}.db").exists()
    purge(instance, work)
    assert not list(files.glob(f"{old}*"))
    assert (files / f"{new}.db").exists()


def test_a_run_that_the_storage_cannot_delete_keeps_no_other_one(
    instance: dg.DagsterInstance, work: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, old = night(instance, work, 301), night(instance, work, 300)
    night(instance, work, 0)
    storage = type(instance.event_log_storage)
    delete = storage.delete_events

    def refusing(self: Any, run_id: str) -> None:
        if run_id == stuck:
            raise OSError("too many SQL variables")
        delete(self, run_id)

    monkeypatch.setattr(storage, "delete_events", refusing)
    assert purge(instance, work) == {"runs": 1, "newest": 1, "left": 1}
    assert stuck in kept_runs(instance)
    assert old not in kept_runs(instance)
