"""The sensor that serves requested syncs: one run for everybody who waits, one more for each span of past days.

Exactly once: the store numbers batches, and a batch's number and moment are its run key; a lost cursor or a crash between two steps asks for
the same run again, which Dagster recognises. Whom a run leaves without a sync run is asked for again, under another key. May import: `operations`, `adapters`, this room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import dagster as dg

from hr_pipeline.adapters.store.connections import activity
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.requests import Batch, Served, Unserved, note_served, open_batches, take_requests
from hr_pipeline.defs.cursors import as_cursor, seen_before
from hr_pipeline.defs.partitions import list_connections
from hr_pipeline.defs.run_queue import RANGE, connection_tag, wanted_of
from hr_pipeline.defs.run_states import KEY, MOST_RUNS, is_over, keys_of
from hr_pipeline.defs.surroundings import Surroundings, answer_of_store
from hr_pipeline.defs.sync_run import sync, sync_config
from hr_pipeline.defs.told import SYNC_RUN
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.requesting import bell, note_look
from hr_pipeline.operations.workplace import Workplace

PATIENCE_SECONDS = 1  # a sync that writes is not waited for: the next tick is a second away
WAITING = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING]


@dataclass(frozen=True, slots=True)
class Seen:
    """The cursor: when the bell rang last, and the batches under way by their keys, with what was noted of each run (``run id``, started)."""

    bell: int = -1  # never looked: what was asked for before anybody did is found too
    open: tuple[tuple[str, str | None, bool], ...] = ()


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
    seen, rung = seen_before(Seen, context.cursor), _rung(work)
    if not work.store.path.exists():
        return dg.SkipReason("No company is connected yet.")
    if rung == seen.bell and all(_noted(_records(context.instance, key, run_id), run_id, started) for key, run_id, started in seen.open):
        return dg.SkipReason("Nobody has asked for a sync.")
    batches = answer_of_store(work, lambda database: _batches(database, context.instance, work.today), PATIENCE_SECONDS)
    if batches is None:
        return dg.SkipReason("The store is in use: the next look is in a second.")
    noted = tuple((batch.key, one.dagster_run_id if one else None, bool(one and one.started_at)) for batch, one in batches)
    asked = [_run(context.instance, batch) for batch, one in batches if one is None or (one.ended_at and one.unserved is Unserved.STAYS)]
    return dg.SensorResult(run_requests=asked, cursor=as_cursor(Seen(rung, noted)))


def _batches(database: Database, instance: dg.DagsterInstance, today: date) -> list[tuple[Batch, Served | None]]:
    """Batches whose run has not ended, or has left some of them, with how far it is; the store knows it, and every connection is a partition.

    What is noted is what is answered: a run that ends in between is the next look's.
    """
    known = activity(database)
    list_connections(instance, list(known))
    before = _progress(database, instance)
    note_served(database, before)
    take_requests(database, about_to_run(instance, known, today))
    new = {number: one for number, one in _progress(database, instance).items() if number not in before}
    note_served(database, {number: one for number, one in new.items() if one.ended_at is None})
    return [(batch, before.get(batch.batch_no) or new.get(batch.batch_no)) for batch in open_batches(database)]


def _progress(database: Database, instance: dg.DagsterInstance) -> dict[int, Served]:
    found = (_served(instance, batch) for batch in open_batches(database))
    return {one.batch_no: one for one in found if one is not None}


def about_to_run(instance: dg.DagsterInstance, known: Mapping[str, bool], today: date) -> dict[str, list[str]]:
    """Runs that have not begun, each with the connections it will pull today, whoever started it: a click, the night, the launchpad.

    Args:
        instance: Dagster's state.
        known: Connection → whether it is active. A run that names another one will be refused.
        today: Civil date in Brussels.
    """
    runs = instance.get_runs(dg.RunsFilter(statuses=WAITING))
    found = {run.run_id: _connections_today(run, known, today) for run in runs if _is_sync(run)}
    return {run_id: connections for run_id, connections in found.items() if connections and known.keys() >= set(connections)}


def _is_sync(run: dg.DagsterRun) -> bool:
    return run.job_name == sync.name or SYNC_RUN in (run.asset_selection or ())


def _connections_today(run: dg.DagsterRun, known: Mapping[str, bool], today: date) -> list[str]:
    if key := run.tags.get("dagster/partition"):
        connection_id, _, on = key.partition("|")
        return [connection_id] if on == str(today) else []
    if RANGE[0] in run.tags:
        return []  # a backfill: mostly of past days
    wanted = wanted_of(run.run_config)
    if wanted.get("until") or wanted.get("pairs") or wanted.get("date", "") not in ("", str(today)):
        return []
    return wanted.get("connections") or [one for one, is_active in known.items() if is_active]


def _served(instance: dg.DagsterInstance, batch: Batch) -> Served | None:
    """The run of a batch, if Dagster has one: started for it, or another one that was about to synchronise the same connections."""
    records = _records(instance, batch.key, batch.dagster_run_id)
    if not records:
        return None
    newest, run_ids = records[0], tuple(one.dagster_run.run_id for one in records)
    ended = (_moment(newest.end_time) or datetime.now(UTC)) if is_over(newest.dagster_run) else None
    return Served(batch.batch_no, run_ids[0], _moment(newest.start_time), ended, _unserved(batch.key, records), run_ids)


def _unserved(key: str, records: Sequence[dg.RunRecord]) -> Unserved:
    """What becomes of those whom the newest of a batch's runs leaves without a sync run.

    Of a run that somebody else started, they wait again. Of their own too, but not for ever, and not when it was cancelled: who does that
    means them. A run that went well leaves whoever was disconnected when it began and is connected again.
    """
    run = records[0].dagster_run
    if run.tags.get(KEY) not in keys_of(key):
        return Unserved.WAITS
    goes_on = run.status is not dg.DagsterRunStatus.CANCELED and _used(records) < MOST_RUNS
    return Unserved.STAYS if goes_on else Unserved.ENDS


def _records(instance: dg.DagsterInstance, key: str, run_id: str | None) -> Sequence[dg.RunRecord]:
    """A batch's own runs, newest first, those that Dagster started again included; else the one that serves it."""
    records = instance.get_run_records(dg.RunsFilter(tags={KEY: keys_of(key)}))
    return records if records or not run_id else instance.get_run_records(dg.RunsFilter(run_ids=[run_id]))


def _used(records: Sequence[dg.RunRecord]) -> int:
    return len({one.dagster_run.tags[KEY] for one in records})


def _noted(records: Sequence[dg.RunRecord], run_id: str | None, started: bool) -> bool:
    """Whether the cursor already knows what a run has come to."""
    if not records or is_over(records[0].dagster_run):
        return False
    return records[0].dagster_run.run_id == run_id and bool(records[0].start_time) == started


def _run(instance: dg.DagsterInstance, batch: Batch) -> dg.RunRequest:
    trigger = Trigger.BACKFILL if batch.first_date else Trigger.MANUAL
    days = {"date": batch.first_date.isoformat(), "until": str(batch.last_date)} if batch.first_date else {}
    tags = {"hr/trigger": trigger.value, **connection_tag(batch.connection_ids)}
    return dg.RunRequest(
        run_key=keys_of(batch.key)[_used(_records(instance, batch.key, None))],
        run_config=sync_config(connections=batch.connection_ids, trigger=trigger.value, **days),
        tags=tags,
    )


def _rung(work: Workplace) -> int:
    file = bell(work)
    return file.stat().st_mtime_ns if file.exists() else 0


def _moment(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
