"""Which partitions were planned and not materialised, asked so that it takes no minutes on years of nights.

For Dagster's storages, by inheritance; the answer is Dagster's own. May import: nothing of ours.
"""

from collections.abc import Iterator, Mapping

import dagster as dg
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage
from sqlalchemy import select

MOST_PARAMETERS = 10_000  # of one statement: the SQLite library takes 32,766


class PlansFirst(SqlEventLogStorage):
    """Begins with the plans, which are few: only clicks and backfills plan partitions, a night doesn't."""

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


def _batches(keys: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(keys), MOST_PARAMETERS):
        yield keys[start : start + MOST_PARAMETERS]
