"""What Dagster itself lets go of: runs that ended long ago, with everything they told. Nothing else ever deletes an asset's events.

The store keeps every sync run, so that nothing is lost but its copy here. May import: this room.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

import dagster as dg

from hr_pipeline.defs.run_states import OVER
from hr_pipeline.domain.nights import BRUSSELS

AT_ONCE = 100  # runs looked up together
SHARD_FILES = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Purged:
    """Runs deleted, runs kept because an asset's newest materialisation is theirs, and runs that could not be deleted."""

    runs: int
    newest: int
    left: int


def purge_runs(context: dg.OpExecutionContext, first: date) -> Purged:
    """Delete runs that had ended before a day began in Brussels, oldest first, and their events.

    A run tells of its own day and of earlier ones: what ended before the first day of the grid has told nothing that the grid shows.
    Runs under way are never touched. A crash between two runs, or in the middle of one, leaves what the next purge deletes.
    """
    instance, limit = context.instance, datetime.combine(first, time(), BRUSSELS)
    newest = _newest(instance)
    stay, deleted, left = set(newest), 0, 0
    while found := _ended_before(instance, limit, stay):
        for run_id in found:
            try:
                _delete(instance, run_id)
                deleted += 1
            except Exception as error:  # noqa: BLE001 - one run that some storage can't delete must not keep the others
                stay.add(run_id)
                left += 1
                context.log.warning(f"Run {run_id} could not be deleted ({type(error).__name__}): it is tried again tomorrow.")
    return Purged(deleted, len(newest), left)


def _newest(instance: dg.DagsterInstance) -> set[str]:
    """Runs that hold an asset's newest materialisation, however old: without it, an asset would look as if it had never run."""
    found = (instance.get_latest_materialization_event(key) for key in instance.all_asset_keys())
    return {event.run_id for event in found if event}


def _ended_before(instance: dg.DagsterInstance, limit: datetime, stay: set[str]) -> list[str]:
    """Some of the oldest finished runs. Without a cursor, since Dagster's is a run, which the caller deletes."""
    asked = dg.RunsFilter(statuses=list(OVER), created_before=limit.astimezone(UTC))
    records = instance.get_run_records(asked, limit=AT_ONCE + len(stay), ascending=True)
    over = {one.dagster_run.run_id: (one.end_time or 0) < limit.timestamp() for one in records}
    stay |= {run_id for run_id, ended in over.items() if not ended}
    return [run_id for run_id in over if run_id not in stay]


def _delete(instance: dg.DagsterInstance, run_id: str) -> None:
    """Events first: when it is killed in between, the run is still listed, and the next purge finds it."""
    storage = instance.event_log_storage
    storage.delete_events(run_id)
    instance.delete_run(run_id)
    # SQLite has a file for each run, which Dagster only empties.
    if path_of := getattr(storage, "path_for_shard", None):
        for suffix in SHARD_FILES:
            Path(f"{path_of(run_id)}{suffix}").unlink(missing_ok=True)
