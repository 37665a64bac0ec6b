"""The sensor that serves requested syncs: one run for everybody who waits, one more for each span of past days.

Exactly once: the store numbers batches, and a batch's number and moment are its run key; a lost cursor or a crash between two steps asks for
the same run again, which Dagster recognises. May import: `operations`, `adapters`, this room.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import dagster as dg

from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.requests import Batch, Served, note_served, open_batches, take_requests
from hr_pipeline.defs.partitions import list_connections
from hr_pipeline.defs.run_queue import wanted_of
from hr_pipeline.defs.surroundings import Surroundings, answer_of_store
from hr_pipeline.defs.sync_run import sync, sync_config
from hr_pipeline.defs.told import SYNC_RUN
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.requesting import bell, note_look
from hr_pipeline.operations.workplace import Workplace

PATIENCE_SECONDS = 1  # a sync that writes is not waited for: the next tick is a second away
WAITING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]
OVER = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


@dataclass(frozen=True, slots=True)
class Seen:
    """The cursor: when the bell rang last, and the batches under way by their keys, with what was noted of each run (``run id``, started)."""

    bell: int = 0
    open: tuple[tuple[str, str | None, bool], ...] = ()

    @classmethod
    def of(cls, cursor: str | None) -> "Seen":
        """From a cursor's text; a lost one has seen nothing."""
        if not cursor:
            return cls()
        kept = json.loads(cursor)
        return cls(kept["bell"], tuple((str(key), run_id, started) for key, run_id, started in kept["open"]))

    @property
    def text(self) -> str:
        """As a cursor."""
        return json.dumps({"bell": self.bell, "open": self.open})


@dg.sensor(
    job=sync,
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Starts the syncs that `hr-pipeline request` (or the platform) asks for: one run for all who wait.",
)
def sync_requests(context: dg.SensorEvaluationContext, surroundings: dg.ResourceParam[Surroundings]) -> dg.SensorResult | dg.SkipReason:
    """One run per batch of requests, and new companies listed. The store is opened only when the bell rang or a run moved on."""
    work = surroundings.workplace()
    note_look(work.home)
    seen, rung = Seen.of(context.cursor), _rung(work)
    if rung == seen.bell and all(_noted(_record(context.instance, key, run_id), run_id, started) for key, run_id, started in seen.open):
        return dg.SkipReason("Nobody has asked for a sync.")
    batches = answer_of_store(work, lambda database: _batches(database, context.instance, work.today), PATIENCE_SECONDS)
    if batches is None:
        return dg.SkipReason("The store is in use: the next look is in a second.")
    still = [(batch, _served(context.instance, batch)) for batch in batches]
    waiting = [batch for batch, served in still if served is None]
    noted = tuple((batch.key, one.dagster_run_id if one else None, bool(one and one.started_at)) for batch, one in still)
    return dg.SensorResult(run_requests=[_run(batch) for batch in waiting], cursor=Seen(rung, noted).text)


def _batches(database: Database, instance: dg.DagsterInstance, today: date) -> list[Batch]:
    """Batches whose run has not ended, after noting in the store how far each run is; every connection is a partition by then."""
    stored = stored_connections(database)
    list_connections(instance, [one.connection_id for one in stored])
    active = [one.connection_id for one in stored if one.connection.active]
    take_requests(database, about_to_run(instance, active, today))
    found = {batch.batch_no: _served(instance, batch) for batch in open_batches(database)}
    note_served(database, {number: one for number, one in found.items() if one is not None})
    return open_batches(database)


def about_to_run(instance: dg.DagsterInstance, active: Sequence[str], today: date) -> dict[str, list[str]]:
    """Runs that have not begun, each with the connections it will pull today, whoever started it: a click, the night, the launchpad."""
    runs = instance.get_runs(dg.RunsFilter(statuses=WAITING))
    found = {run.run_id: _connections_today(run, active, today) for run in runs if _is_sync(run)}
    return {run_id: connections for run_id, connections in found.items() if connections}


def _is_sync(run: dg.DagsterRun) -> bool:
    return run.job_name == sync.name or SYNC_RUN in (run.asset_selection or ())


def _connections_today(run: dg.DagsterRun, active: Sequence[str], today: date) -> list[str]:
    if key := run.tags.get("dagster/partition"):
        connection_id, _, on = key.partition("|")
        return [connection_id] if on == str(today) else []
    if "dagster/asset_partition_range_start" in run.tags:
        return []  # a backfill: mostly of past days
    wanted = wanted_of(run.run_config)
    if wanted.get("until") or wanted.get("pairs") or wanted.get("date", "") not in ("", str(today)):
        return []
    return list(wanted.get("connections") or active)


def _served(instance: dg.DagsterInstance, batch: Batch) -> Served | None:
    """The run of a batch, if Dagster has one: started for it, or another one that was about to synchronise the same connections."""
    record = _record(instance, batch.key, batch.dagster_run_id)
    if record is None:
        return None
    ended = _moment(record.end_time) or datetime.now(UTC)
    return Served(
        batch.batch_no, record.dagster_run.run_id, _moment(record.start_time), ended if record.dagster_run.status in OVER else None
    )


def _record(instance: dg.DagsterInstance, key: str, run_id: str | None) -> dg.RunRecord | None:
    records = instance.get_run_records(dg.RunsFilter(tags={"dagster/run_key": key}), limit=1)
    if not records and run_id:
        records = instance.get_run_records(dg.RunsFilter(run_ids=[run_id]), limit=1)
    return records[0] if records else None


def _noted(record: dg.RunRecord | None, run_id: str | None, started: bool) -> bool:
    """Whether the cursor already knows what a run has come to."""
    if record is None or record.dagster_run.status in OVER:
        return False
    return record.dagster_run.run_id == run_id and bool(record.start_time) == started


def _run(batch: Batch) -> dg.RunRequest:
    trigger = Trigger.BACKFILL if batch.first_date else Trigger.MANUAL
    days = {"date": batch.first_date.isoformat(), "until": str(batch.last_date)} if batch.first_date else {}
    tags = {"hr/trigger": trigger.value, **_alone(batch.connection_ids)}
    return dg.RunRequest(
        run_key=batch.key,
        run_config=sync_config(connections=batch.connection_ids, trigger=trigger.value, **days),
        tags=tags,
    )


def _alone(connection_ids: Iterable[str]) -> dict[str, str]:
    """A single connection's tag: Dagster then queues the run behind another of that connection rather than fail it."""
    first, *others = connection_ids
    return {} if others else {"hr/connection": first}


def _rung(work: Workplace) -> int:
    file = bell(work)
    return file.stat().st_mtime_ns if file.exists() else 0


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
