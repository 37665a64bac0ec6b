"""The sensor that serves requested syncs: one run for everybody who waits, one more for each span of past days.

Exactly once: the store numbers batches, and a batch's number is its run key; a lost cursor or a crash between two steps asks for the
same run again, which Dagster recognises. May import: `operations`, `adapters`, this room.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.requests import Batch, Served, note_served, open_batches, take_requests
from hr_pipeline.defs.partitions import list_connections
from hr_pipeline.defs.surroundings import Surroundings, answer_of_store
from hr_pipeline.defs.sync_run import sync, sync_config
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.requesting import bell
from hr_pipeline.operations.workplace import Workplace

PATIENCE_SECONDS = 1  # a sync that writes is not waited for: the next tick is a second away
OVER = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


@dataclass(frozen=True, slots=True)
class Seen:
    """The cursor: when the bell rang last, and the batches under way with what was noted of each run (``run id``, started)."""

    bell: int = 0
    open: tuple[tuple[int, str | None, bool], ...] = ()

    @classmethod
    def of(cls, cursor: str | None) -> "Seen":
        """From a cursor's text; a lost one has seen nothing."""
        if not cursor:
            return cls()
        kept = json.loads(cursor)
        return cls(kept["bell"], tuple((number, run_id, started) for number, run_id, started in kept["open"]))

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
    """One run per batch of requests. The store is opened only when the bell rang or a run moved on."""
    work = surroundings.workplace()
    seen, rung = Seen.of(context.cursor), _rung(work)
    runs = {number: _served(context.instance, number) for number, _, _ in seen.open}
    if rung == seen.bell and all(_noted(runs[number], run_id, started) for number, run_id, started in seen.open):
        return dg.SkipReason("Nobody has asked for a sync.")
    batches = answer_of_store(work, lambda database: _batches(database, context.instance), PATIENCE_SECONDS)
    if batches is None:
        return dg.SkipReason("The store is in use: the next look is in a second.")
    still = {batch.batch_no: _served(context.instance, batch.batch_no) for batch in batches}
    waiting = [batch for batch in batches if still[batch.batch_no] is None]
    list_connections(context.instance, sorted({one for batch in waiting for one in batch.connection_ids}))
    noted = tuple((number, one.dagster_run_id if one else None, bool(one and one.started_at)) for number, one in still.items())
    return dg.SensorResult(run_requests=[_run(batch) for batch in waiting], cursor=Seen(rung, noted).text)


def run_key(batch_no: int) -> str:
    """The key by which Dagster knows that it has started the run of a batch."""
    return f"request-{batch_no}"


def _batches(database: Database, instance: dg.DagsterInstance) -> list[Batch]:
    """Batches whose run has not ended, after noting in the store how far each run is."""
    take_requests(database)
    found = {batch.batch_no: _served(instance, batch.batch_no) for batch in open_batches(database)}
    note_served(database, {number: one for number, one in found.items() if one is not None})
    return open_batches(database)


def _served(instance: dg.DagsterInstance, batch_no: int) -> Served | None:
    """The run of a batch, if Dagster has one."""
    records = instance.get_run_records(dg.RunsFilter(tags={"dagster/run_key": run_key(batch_no)}), limit=1)
    if not records:
        return None
    run = records[0].dagster_run
    ended = _moment(records[0].end_time) or datetime.now(UTC)
    return Served(batch_no, run.run_id, _moment(records[0].start_time), ended if run.status in OVER else None)


def _noted(served: Served | None, run_id: str | None, started: bool) -> bool:
    """Whether the cursor already knows what a run has come to."""
    return served is not None and served.ended_at is None and served.dagster_run_id == run_id and bool(served.started_at) == started


def _run(batch: Batch) -> dg.RunRequest:
    trigger = Trigger.BACKFILL if batch.first_date else Trigger.MANUAL
    days = {"date": batch.first_date.isoformat(), "until": str(batch.last_date)} if batch.first_date else {}
    tags = {"hr/trigger": trigger.value, **_alone(batch.connection_ids)}
    return dg.RunRequest(
        run_key=run_key(batch.batch_no),
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
