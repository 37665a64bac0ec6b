"""Reading from the store what a run has left, and telling Dagster of it: one way for syncs, approvals, releases and undos.

May import: `operations`, `adapters`, this room.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from hr_pipeline.adapters.store import overview
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.health import stale_connections
from hr_pipeline.adapters.store.reports import attention, reversals, sync_runs, totals
from hr_pipeline.defs.history import History, history_told
from hr_pipeline.defs.told import MOST_ROWS, sync_run_told, undo_told, views_told
from hr_pipeline.defs.waiting import Waiting, conflicts_told, plan_told
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.quarantine import IN_USE, Failing
from hr_pipeline.operations.retrying import failing
from hr_pipeline.operations.workplace import Workplace

SLOWEST = 10  # connections in the picture


def told_plan(work: Workplace, run_nos: list[int]) -> dg.AssetMaterialization:
    """`sync_plan` after these sync runs."""
    with work.store.opened() as database:
        rows = sync_runs(database, run_nos=run_nos)
        return plan_told(rows, overview.planned_conflicts(database, run_nos), overview.waiting_holds(database))


def told_runs(work: Workplace, run_nos: list[int]) -> list[dg.AssetMaterialization]:
    """The partition of each of these sync runs, then the views."""
    with work.store.opened() as database:
        rows = sync_runs(database, run_nos=run_nos)
        people = attention(database, run_nos, MOST_ROWS)
        again = {one.connection_id: one for one in failing(database)}
        undos = {row["sync_run_id"]: reversals(database, int(row["sync_run_id"][1:])) for row in rows if row["undoes"]}
        views = _views(database, work, list(again.values()))
    now = work.clock()
    by_run: dict[str, list[dict[str, Any]]] = {}
    for one in people:
        by_run.setdefault(f"r{one['run_no']}", []).append(one)
    return [
        *(
            undo_told(row, undos[row["sync_run_id"]])
            if row["undoes"]
            else sync_run_told(row, by_run.get(row["sync_run_id"], []), _next_attempt(row, again.get(row["connection_id"]), now))
            for row in reversed(rows)
        ),
        *views,
    ]


def _next_attempt(row: Mapping[str, Any], again: Failing | None, now: datetime) -> str | None:
    """When a sync run is tried again by itself: it is the one that its connection waits for, or was in use when it was tried."""
    if again and (
        row["sync_run_id"] == again.sync_run_id or (again.in_use and row["code"] == IN_USE and row["trigger"] != Trigger.BACKFILL)
    ):
        return again.next_attempt_said(now)
    return None


def _views(database: Database, work: Workplace, again: Sequence[Failing]) -> list[dg.AssetMaterialization]:
    counted = totals(database)
    waiting = Waiting(
        overview.conflicts_by_code(database, work.today),
        overview.conflicts_by_age(database, work.today),
        overview.conflict_queue(database, work.today, MOST_ROWS),
    )
    history = History(
        counted["sync_history"],
        overview.nights(database, work.today),
        overview.slowest_pulls(database, SLOWEST),
        work.today,
        [one.as_row(work.clock()) for one in again],
        stale_connections(database, work.today),
    )
    return [*views_told(counted), conflicts_told(waiting), history_told(history)]
