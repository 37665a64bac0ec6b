"""A sync from start to end, in the steps that Dagster shows: select, pull, conform, reconcile, publish.

Each step takes and gives ids and counts only; people's data travels through landing files, the run's own folder and the store. One
path for one company or five thousand. May import: `adapters`, `domain`, this room.
"""

import logging
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import uuid4

import duckdb

from hr_pipeline.adapters.landing import sweep_landing
from hr_pipeline.adapters.private_files import room_needed
from hr_pipeline.adapters.store.applying import Attempt, Failure, SyncRun, apply_plans, record_failures
from hr_pipeline.adapters.store.connections import StoredConnection, stored_connections
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.engine import room_for_stores
from hr_pipeline.adapters.store.holding import withheld
from hr_pipeline.adapters.store.leases import give_back, release_leases, take_leases
from hr_pipeline.adapters.store.plan import Asked
from hr_pipeline.adapters.store.planning import plans
from hr_pipeline.adapters.store.publishing import publish_views
from hr_pipeline.adapters.store.releases import Word
from hr_pipeline.adapters.store.staging import Stage, StagedCounts
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.conforming import Part, Staging, lookup, staged
from hr_pipeline.operations.missing import look_up_due
from hr_pipeline.operations.pulling import Progress, Pulls, fresh_pulls, kept_pulls
from hr_pipeline.operations.work_folder import sweep_work, work_folder
from hr_pipeline.operations.workplace import Workplace

log = logging.getLogger(__name__)

Pair = tuple[str, date]  # connection id, civil date in Brussels
CLEANUP_SECONDS = 3.0  # to wait for the store after a failure, which may be that somebody wants this process to end


@dataclass(frozen=True, slots=True)
class Busy:
    """A connection left alone because another sync of it is in progress."""

    connection_id: str
    holder: str  # its attempt
    dagster_run_id: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Selection:
    """What one sync is about. `attempt_id` names its leases and its folder.

    `today` is the day that is pulled afresh: decided once, so that a sync which is waiting or pulling at midnight stays what it was asked to be.
    """

    attempt_id: str
    trigger: Trigger
    started_at: datetime
    today: date
    dagster_run_id: str | None
    wanted: tuple[Pair, ...]
    busy: tuple[Busy, ...] = ()
    approved: tuple[tuple[str, str], ...] = ()  # connection id → plan approved
    left: tuple[Pair, ...] = ()  # what was wanted of the busy ones (`turns.followed_up`)
    word: Word | None = None  # of who approved the plans


def select(
    work: Workplace,
    wanted: Sequence[tuple[str, date]],
    trigger: Trigger,
    dagster_run_id: str | None = None,
    approved: dict[str, str] | None = None,
    today: date | None = None,
) -> Selection:
    """Take the connections for this sync, so that no other one of them runs beside it.

    Args:
        work: Where.
        wanted: (connection id, civil date in Brussels) pairs. Today pulls afresh; a past date replays the kept snapshot.
        trigger: What started it.
        dagster_run_id: The Dagster run that executes it.
        approved: Plans somebody approved, by connection id.
        today: The day it was when the pairs were chosen, when that is a while ago.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `DISCONNECTED`, `INVALID_DATE` for a date in the future, `NOTHING_TO_DO` without any pair,
            `ALREADY_RUNNING` when every connection is busy.
    """
    if not wanted:
        raise Refusal(Code.NOTHING_TO_DO)
    if late := [on for _, on in wanted if on > work.today]:
        raise Refusal(Code.INVALID_DATE, date=max(late).isoformat(), expected="today or a past date")
    attempt_id = work.new_id("sync", work.today)
    sweep_landing(work.home)
    with work.store.opened() as database:
        stored = stored_connections(database, [connection_id for connection_id, _ in wanted])
        if gone := [one.connection_id for one in stored if not one.connection.active]:
            raise Refusal(Code.DISCONNECTED, connection=gone[0])
        sweep_work(work, database)
        taken = take_leases(database, [one.number for one in stored], attempt_id, dagster_run_id, work.clock())
    names = {one.number: one.connection_id for one in stored}
    busy = tuple(Busy(names[number], lease.holder, lease.dagster_run_id, lease.acquired_at) for number, lease in taken.items())
    others = {one.connection_id for one in busy}
    if len(others) == len(stored):
        raise Refusal(Code.ALREADY_RUNNING, connection=busy[0].connection_id, run=busy[0].dagster_run_id or busy[0].holder)
    kept = tuple(dict.fromkeys(pair for pair in wanted if pair[0] not in others))
    left = tuple(dict.fromkeys(pair for pair in wanted if pair[0] in others))
    return Selection(
        attempt_id, trigger, work.clock(), today or work.today, dagster_run_id, kept, busy, tuple((approved or {}).items()), left
    )


def pull(work: Workplace, selection: Selection, provider: str, progress: Progress | None = None) -> Pulls:
    """Snapshots of one provider's connections in the selection; and, where a rule of theirs needs it, what it says of people missing."""
    result, today = Pulls(), selection.today
    stored = {one.connection_id: one for one in _connections(work, selection) if one.connection.provider == provider}
    with _ended_on_failure(work, selection):
        chosen = [(stored[connection_id], on) for connection_id, on in selection.wanted if connection_id in stored]
        if past := [(one, on) for one, on in chosen if on != today]:
            result = kept_pulls(work, past)
        if now := [one for one, on in chosen if on == today]:
            result = result.joined(fresh_pulls(work, now, today, progress))
            look_up_due(work, now)
    return result


def conform(work: Workplace, selection: Selection, pulls: Pulls) -> Staging:
    """Validated people of all pulled snapshots, staged for the plan."""
    with _ended_on_failure(work, selection):
        return staged(work, _stage(work, selection), lookup(_connections(work, selection), pulls.snapshots))


def reconcile(work: Workplace, selection: Selection, pulls: Pulls, staging: Staging) -> list[SyncRun]:
    """Plan and apply every part, record what failed; one sync run per connection and date. Releases the connections."""
    with _ended_on_failure(work, selection):
        runs: list[SyncRun] = []
        with work.store.opened() as database:
            for part in staging.parts:
                runs += _reconciled(work, database, selection, part)
            failures = [*pulls.failures, *staging.failures]
            runs += record_failures(database, failures, _attempt(selection), work.clock())
            give_back(database, selection.attempt_id)
            database.fold_log()
    _stage(work, selection).remove()
    return sorted(runs, key=lambda run: run.run_no)


def publish(work: Workplace) -> int:
    """The reporting views as Parquet, and how many; none when the store is encrypted, since the copies would not be.

    On a full disk none either, and the former ones stay: what they are copies of is in the store by now, and the next sync makes them anew.
    """
    if work.store.key:
        return 0
    try:
        with room_needed(), work.store.opened() as database:
            return len(list(publish_views(database, work.home).glob("*.parquet")))
    except Refusal as refusal:
        if refusal.code is not Code.DISK_FULL:
            raise
        log.warning("The reporting views could not be published: the disk is full. Those of the last sync stay; the next one publishes.")
        return 0


def sync(
    work: Workplace,
    wanted: Sequence[tuple[str, date]],
    trigger: Trigger,
    progress: Progress | None = None,
    approved: dict[str, str] | None = None,
) -> tuple[Selection, list[SyncRun]]:
    """All steps in one go, without Dagster: for approvals and for tests of the steps together."""
    selection = select(work, wanted, trigger, approved=approved)
    return selection, finished(work, selection, pulled(work, selection, progress))


def pulled(work: Workplace, selection: Selection, progress: Progress | None = None) -> Pulls:
    """Snapshots of every provider's connections in the selection."""
    pulls = Pulls()
    for provider in work.providers:
        pulls = pulls.joined(pull(work, selection, provider, progress))
    return pulls


def finished(work: Workplace, selection: Selection, pulls: Pulls) -> list[SyncRun]:
    """The steps that are left once the snapshots are there: conform, reconcile, publish."""
    runs = reconcile(work, selection, pulls, conform(work, selection, pulls))
    publish(work)
    return runs


def asked_for(work: Workplace, stored: dict[int, StoredConnection], part: Part, approved: dict[str, str]) -> list[Asked]:
    """The connections of a part as the plan wants them, each under a fresh plan id."""
    return [
        Asked(
            stored=stored[snapshot.connection_no],
            date=snapshot.date,
            snapshot_id=snapshot.snapshot_id,
            content_hash=snapshot.content_hash,
            counts=part.counts[snapshot.snapshot_id],
            plan_id=work.new_id("plan", snapshot.date),
            approved_plan_id=approved.get(stored[snapshot.connection_no].connection_id),
            pulled_at=snapshot.pulled_at,
            planned_at=work.clock(),
        )
        for snapshot in part.snapshots
    ]


def _reconciled(work: Workplace, database: Database, selection: Selection, part: Part, *, whole: bool = True) -> list[SyncRun]:
    """Plan and apply one part, held connections that others count on after them; and one by one when it breaks an assertion.

    Only a connection that breaks one alone fails.
    """
    stored = {one.number: one for one in stored_connections(database)}
    asked = asked_for(work, stored, part, dict(selection.approved))
    stage = _stage(work, selection)
    try:
        with room_for_stores():  # a full disk is no broken assertion: nobody is recorded as failed for it
            planned = plans(database, stage, part.number, asked, whole_part=whole)
            if not (apart := withheld(database, planned)):
                return apply_plans(database, planned, _attempt(selection), work.clock())
        groups = [[s for s in part.snapshots if (s.connection_no in apart) is is_held] for is_held in (False, True)]
    except duckdb.Error as error:
        reference = _logged(error)
        if len(asked) == 1:
            failure = Failure(asked[0].stored.number, part.date, Code.INTERNAL_ERROR, {"correlation_id": reference}, asked[0].snapshot_id)
            return _failed(work, database, selection, failure, asked[0].counts, stage.source(part.number, "employees"))
        middle = len(part.snapshots) // 2
        groups = [list(part.snapshots[:middle]), list(part.snapshots[middle:])]
    return [
        run
        for group in groups
        for run in _reconciled(work, database, selection, Part(part.number, part.date, tuple(group), part.counts), whole=False)
    ]


def _failed(
    work: Workplace, database: Database, selection: Selection, failure: Failure, counts: StagedCounts, people: str
) -> list[SyncRun]:
    """The run of a connection whose plan broke, with everybody `failed`; with nobody when the staged people can't even be read."""
    try:
        counted = replace(failure, people=counts.employees, pay_rows=counts.pay_rows)
        return record_failures(database, [counted], _attempt(selection), work.clock(), people)
    except duckdb.Error:
        return record_failures(database, [failure], _attempt(selection), work.clock())


def _attempt(selection: Selection) -> Attempt:
    return Attempt(selection.trigger, selection.started_at, selection.dagster_run_id, selection.word)


def _connections(work: Workplace, selection: Selection) -> list[StoredConnection]:
    with work.store.opened() as database:
        return stored_connections(database, [connection_id for connection_id, _ in selection.wanted])


def _stage(work: Workplace, selection: Selection) -> Stage:
    return Stage(work_folder(work, selection.attempt_id), work.store.key)


@contextmanager
def _ended_on_failure(work: Workplace, selection: Selection) -> Iterator[None]:
    """A step that fails gives the connections back and leaves no copy of people's data behind.

    When the store can't be had at once the leases are left: they end with this process.
    """
    try:
        yield
    except BaseException:
        _stage(work, selection).remove()
        with suppress(Refusal), replace(work.store, patience_seconds=CLEANUP_SECONDS).opened() as database:
            release_leases(database, selection.attempt_id)
        raise


def _logged(error: Exception) -> str:
    """Log where and what kind, never the text: an engine's message may quote a value."""
    reference = uuid4().hex[:12]
    frames = traceback.extract_tb(error.__traceback__)
    log.error("apply failed: %s at %s:%s (%s)", type(error).__name__, frames[-1].filename, frames[-1].lineno, reference)
    return reference
