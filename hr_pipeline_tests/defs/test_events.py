"""Telling many events at once must leave what telling them one by one leaves."""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import dagster as dg
import pytest
from dagster._core.events import AssetMaterializationPlannedData, DagsterEvent, DagsterEventType, StepMaterializationData
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.defs import planned_partitions
from hr_pipeline.defs.events import report
from hr_pipeline.defs.home import DATABASE
from hr_pipeline.defs.launching import opened_instance
from hr_pipeline.defs.partitions import CONNECTION, list_connections, partition_key
from hr_pipeline.defs.planned_partitions import PlansFirst
from hr_pipeline.defs.sqlite_events import BatchingEventLog
from hr_pipeline_tests.own_postgres import database_at, own_postgres

TODAY = date(2026, 11, 22)
IDS = ["securex-a-1", "securex-b-2", "payfit-c-3"]
SYNC_RUN = dg.AssetKey("sync_run")
EVENTS = [
    *(
        dg.AssetMaterialization(
            SYNC_RUN, partition=partition_key(one, on), description=f"{one} {on}", metadata={"created": n}, tags={"hr/status": "success"}
        )
        for n, (on, one) in enumerate((on, one) for on in (TODAY - timedelta(days=1), TODAY) for one in IDS)
    ),
    dg.AssetMaterialization("accounts", metadata={"dagster/row_count": 7}),
    dg.AssetMaterialization("sync_history", description="6 sync runs."),
]
Tell = Callable[[dg.OpExecutionContext, Sequence[dg.AssetMaterialization]], None]


def one_by_one(context: dg.OpExecutionContext, events: Sequence[dg.AssetMaterialization]) -> None:
    for event in events:
        context.log_event(event)


@contextmanager
def opened_copy(empty: Path, home: Path) -> Iterator[dg.DagsterInstance]:
    if not home.exists():
        shutil.copytree(empty, home / "dagster")
    with opened_instance(Environment.current({"HR_PIPELINE_HOME": str(home)}, home)) as instance:
        yield instance


def tell(instance: dg.DagsterInstance, way: Tell) -> str:
    @dg.op
    def telling(context: dg.OpExecutionContext) -> None:
        way(context, EVENTS)

    @dg.job
    def told() -> None:
        telling()

    list_connections(instance, IDS)
    return told.execute_in_process(instance=instance).run_id


def seen(instance: dg.DagsterInstance, run_id: str) -> dict[str, Any]:
    """Everything the UI reads of these events, but run ids and moments."""
    entries = [entry.dagster_event for entry in instance.all_logs(run_id, dg.DagsterEventType.ASSET_MATERIALIZATION)]
    told = [event.step_materialization_data.materialization for event in entries if event]
    newest = {key: instance.get_latest_materialization_event(key) for key in instance.all_asset_keys()}
    return {
        "in the run": [(one.asset_key, one.partition, one.description, one.metadata, one.tags) for one in told],
        "messages": [event.message for event in entries if event],
        "newest": {key: event.asset_materialization for key, event in newest.items() if event},
        "told of the asset": [
            (record.partition_key, record.asset_materialization) for record in instance.fetch_materializations(SYNC_RUN, limit=100).records
        ],
        "partitions": instance.get_materialized_partitions(SYNC_RUN),
        "tags": sorted(sorted(tags.items()) for tags in instance.get_event_tags_for_asset(SYNC_RUN)),
        "last run": {record.asset_entry.asset_key: record.asset_entry.last_run_id == run_id for record in instance.get_asset_records()},
    }


@pytest.mark.parametrize("size", ["0", "4", "500"])
def test_events_partitions_tags_and_newest_materialisations_are_the_same_in_batches_as_one_by_one(
    size: str, tmp_path: Path, empty_dagster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_copy(empty_dagster, tmp_path / "public") as instance:
        expected = seen(instance, tell(instance, one_by_one))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", size)
    with opened_copy(empty_dagster, tmp_path / "batched") as instance:
        assert seen(instance, tell(instance, report)) == expected
    assert len(expected["partitions"]) == 6
    assert set(expected["last run"].values()) == {True}


def test_a_batch_is_about_one_asset_since_postgresql_notes_only_its_last_event_as_newest(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    batches: list[list[str]] = []

    def stored(_: SqliteEventLogStorage, events: Sequence[Any]) -> None:
        batches.append([event.get_dagster_event().asset_key.to_user_string() for event in events])

    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "4")
    monkeypatch.setattr(type(instance.event_log_storage), "store_event_batch", stored)
    tell(instance, report)
    assert batches == [["sync_run"] * 4, ["sync_run"] * 2]  # the last two are alone of their asset, which Dagster stores as single events


def test_a_batch_of_anything_else_than_one_runs_materialisations_is_stored_one_by_one(instance: dg.DagsterInstance) -> None:
    runs = [tell(instance, report) for _ in range(2)]
    storage = instance.event_log_storage
    everything = [entry for run_id in runs for entry in instance.all_logs(run_id)]
    told = [entry for entry in everything if entry.dagster_event_type is dg.DagsterEventType.ASSET_MATERIALIZATION]
    for batch in (everything, told):
        before = [len(instance.all_logs(run_id)) for run_id in runs]
        storage.store_event_batch(batch)
        assert sum(len(instance.all_logs(run_id)) for run_id in runs) == sum(before) + len(batch)
    assert len(instance.fetch_materializations(SYNC_RUN, limit=100).records) == 6 * len(runs) * 3


def test_what_the_batching_storage_wrote_is_read_by_dagsters_own_and_the_other_way_round(tmp_path: Path, empty_dagster: Path) -> None:
    home = tmp_path / "both"
    with opened_copy(empty_dagster, home) as instance:
        assert isinstance(instance.event_log_storage, BatchingEventLog)
        first = tell(instance, report)
        expected = seen(instance, first)
    (tmp_path / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: {home / 'dagster'}}}}}\ntelemetry: {{enabled: false}}")
    with dg.DagsterInstance.from_config(str(tmp_path)) as plain:
        assert type(plain.event_log_storage) is SqliteEventLogStorage
        assert seen(plain, first) == expected
        second = tell(plain, one_by_one)
    with opened_copy(empty_dagster, home) as instance:
        assert seen(instance, second)["newest"] == expected["newest"]


def plan(instance: dg.DagsterInstance, run_id: str, partition: str) -> None:
    data = AssetMaterializationPlannedData(SYNC_RUN, partition)
    instance.report_dagster_event(DagsterEvent.build_asset_materialization_planned_event("sync", "sync_run", data), run_id)


def materialise(instance: dg.DagsterInstance, run_id: str, partition: str) -> None:
    data = StepMaterializationData(dg.AssetMaterialization(SYNC_RUN, partition=partition), [])
    event = DagsterEvent(DagsterEventType.ASSET_MATERIALIZATION.value, "sync", step_key="sync_run", event_specific_data=data)
    instance.report_dagster_event(event, run_id)


@pytest.fixture(params=["sqlite", "postgres"])
def either(
    request: pytest.FixtureRequest, tmp_path: Path, empty_dagster: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    """Dagster's state in a home as the project makes it, with either storage."""
    if request.param == "sqlite":
        with opened_copy(empty_dagster, tmp_path / "home") as instance:
            yield instance
        return
    with TemporaryDirectory() as folder, own_postgres(Path(folder)) as server, monkeypatch.context() as given:
        given.setenv(DATABASE, database_at(server, "dagster"))
        with opened_instance(
            Environment.current({"HR_PIPELINE_HOME": str(tmp_path), DATABASE: os.environ[DATABASE]}, tmp_path)
        ) as instance:
            yield instance


@pytest.mark.parametrize("most", [2, 10_000], ids=["in batches", "at once"])
def test_partitions_that_were_planned_and_came_to_nothing_are_those_that_dagsters_own_slow_question_finds(
    most: int, either: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planned_partitions, "MOST_PARAMETERS", most)
    chance, storage = Random(4), either.event_log_storage
    assert isinstance(storage, PlansFirst)
    keys = [str(partition_key(one, TODAY - timedelta(days=days))) for one in IDS for days in range(4)]
    runs = [tell(either, report) for _ in range(3)]
    found = []
    for _ in range(60):
        chance.choice([plan, materialise])(either, chance.choice(runs), chance.choice(keys))
        for after in (None, 0, chance.randrange(200)):
            ours = storage.get_latest_asset_partition_materialization_attempts_without_materializations(SYNC_RUN, after)
            dagsters = SqlEventLogStorage.get_latest_asset_partition_materialization_attempts_without_materializations
            assert ours == dagsters(storage, SYNC_RUN, after)
            found.append(len(ours))
    assert 0 in found
    assert max(found) > 4


def dies_in_its_second_batch(empty: Path, home: Path, where: str) -> None:
    with opened_copy(empty, home) as instance:
        storage, calls = type(instance.event_log_storage), []
        inner = getattr(storage, where)

        def dying(self: Any, *given: Any) -> None:
            calls.append(given)
            if len(calls) == 2:
                os._exit(9)
            inner(self, *given)

        setattr(storage, where, dying)  # in a process that is about to die
        os.environ["DAGSTER_EVENT_BATCH_SIZE"] = "2"
        tell(instance, report)


@pytest.mark.parametrize("where", ["store_event_batch", "_store_asset_event_tags"], ids=["between batches", "inside one"])
def test_a_process_killed_while_it_tells_leaves_nothing_that_the_next_run_does_not_put_right(
    where: str, tmp_path: Path, empty_dagster: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "killed"
    child = get_context("fork").Process(target=dies_in_its_second_batch, args=(empty_dagster, home, where))
    child.start()
    child.join(60)
    assert child.exitcode == 9
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "2")
    with opened_copy(empty_dagster, home) as instance:
        told_before = instance.get_materialized_partitions(SYNC_RUN)
        assert len(told_before) == 2
        after = seen(instance, tell(instance, report))
        assert len(after["in the run"]) == len(EVENTS)
        assert after["partitions"] == {str(partition_key(one, on)) for on in (TODAY - timedelta(days=1), TODAY) for one in IDS}
        assert set(after["last run"].values()) == {True}
        assert sorted(instance.get_dynamic_partitions(CONNECTION)) == sorted(IDS)
