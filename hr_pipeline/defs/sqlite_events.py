"""Dagster's SQLite storage at size: many events of a run in two transactions rather than in three each, and a grid that asks little.

The same files, rows and answers, so that either class reads what the other wrote. May import: nothing of ours.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from dagster._config.config_schema import UserConfigSchema
from dagster._core.events.log import EventLogEntry
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import select

MOST_PARAMETERS = 10_000  # of one statement: the SQLite library takes 32,766

# What the batch rests on beside the public interface. Where one has moved, Dagster's own way is taken: one event after the other.
INNER = ("_event_to_row", "_store_asset_event_tags", "_store_asset_event", "run_connection", "index_transaction")


class BatchingEventLog(SqliteEventLogStorage):
    """Stores a batch of materialisations at once, and finds quickly which partitions were planned and not materialised."""

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """All of them in their order, in the file of their run and in the one that all runs share."""
        if not self._can_store_together(events):
            super().store_event_batch(events)
            return
        rows = [self._event_to_row(event) for event in events]
        with self.run_connection(events[0].run_id) as run:
            run.execute(SqlEventLogStorageTable.insert(), rows)
        numbered = SqlEventLogStorageTable.insert().returning(SqlEventLogStorageTable.c.id, sort_by_parameter_order=True)
        with self.index_transaction() as index:
            ids = [int(row[0]) for row in index.execute(numbered, rows)]
            self._store_asset_event_tags(index, events, ids)
            newest = {event.get_dagster_event().asset_key: (event, number) for event, number in zip(events, ids, strict=True)}
            for event, number in newest.values():
                self._store_asset_event(index, event, number)

    def get_latest_asset_partition_materialization_attempts_without_materializations(
        self, asset_key: dg.AssetKey, after_storage_id: int | None = None
    ) -> Mapping[str, tuple[str, int]]:
        """Run and number of the newest plan of each partition that came to nothing yet, as Dagster's own.

        Dagster reads each partition's newest event for it: minutes on two million, whenever a connection is new or the first date moves.
        Only clicks and backfills plan partitions, so asking from the plans needs the index and a few rows.
        """

        def newest(kind: dg.DagsterEventType, partitions: set[str] | None = None) -> Mapping[str, int]:
            return self.get_latest_storage_id_by_partition(asset_key, kind, partitions, after_storage_id)

        planned = newest(dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
        waiting = dict[str, tuple[str, int]]()
        for some in _batches(list(planned)):
            done = newest(dg.DagsterEventType.ASSET_MATERIALIZATION, set(some))
            numbers = {planned[one]: one for one in some if done.get(one, 0) < planned[one]}
            events = SqlEventLogStorageTable.c
            with self.index_connection() as index:
                for run_id, number in index.execute(select(events.run_id, events.id).where(events.id.in_(list(numbers)))):
                    waiting[numbers[number]] = (run_id, number)
        return waiting

    def _can_store_together(self, events: Sequence[EventLogEntry]) -> bool:
        kinds = {event.dagster_event_type for event in events}
        one_run = len({event.run_id for event in events}) == 1
        return one_run and kinds == {dg.DagsterEventType.ASSET_MATERIALIZATION} and all(hasattr(self, name) for name in INNER)


class BatchingSqliteStorage(DagsterSqliteStorage):
    """What `dagster.yaml` names as storage."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        super().__init__(base_dir, inst_data)
        plain = self._event_log_storage
        self._event_log_storage = BatchingEventLog(plain._base_dir)  # noqa: SLF001 - the folder that Dagster chose for it

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """As Dagster's own."""
        return super().config_type()

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData, config_value: Any) -> "BatchingSqliteStorage":
        """From `dagster.yaml`."""
        return cls.from_local(inst_data=inst_data, **config_value)


def _batches(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), MOST_PARAMETERS):
        yield keys[start : start + MOST_PARAMETERS]
