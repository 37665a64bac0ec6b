"""Replay: any kept snapshot with today's mapping, settings and decisions, beside what its sync run made of it then. Writes nothing.

An older snapshot is planned as a backfill plans it: what newer facts say is left as it is. Source: synchronisation.md §8. May import:
`adapters`, `domain`, this room.
"""

from typing import Any

import pyarrow as pa

from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.reports import sync_runs
from hr_pipeline.adapters.store.snapshots import Snapshot, kept_snapshot, newest_snapshot
from hr_pipeline.domain.outcomes import OK, Outcome
from hr_pipeline.operations.foreseeing import Row, foreseen
from hr_pipeline.operations.workplace import Workplace

_THEN = pa.schema(
    [
        ("external_id", pa.string()),
        ("outcome", pa.string()),
        ("code", pa.string()),
        ("field", pa.string()),
        ("changed", pa.list_(pa.string())),
        ("account_id", pa.string()),
    ]
)


def replay(work: Workplace, snapshot_id: str) -> dict[str, Any]:
    """What today's rules would make of a kept snapshot, and of whom something else than then.

    Args:
        work: Where.
        snapshot_id: Any kept snapshot, of a stopped connection too.

    Returns:
        `snapshot_id, connection_id, date, newest`; `then`: the sync run that used it last, or None; `now`: buckets and what would hold;
        `rows`: employees with `then`, `now`, `account_id` and `settled` (it went through then, and nothing would be written now).

    Raises:
        Refusal: `UNKNOWN_SNAPSHOT`, also when its file is gone.
    """
    with work.store.opened() as database:
        snapshot = kept_snapshot(database, snapshot_id)
        [stored] = [one for one in stored_connections(database) if one.number == snapshot.connection_no]
        newest = newest_snapshot(database, stored.number)
        run, then = _then(database, snapshot)
    with foreseen(work, stored, snapshot) as foresight:
        rows = [_row(row, known=run is not None) for row in foresight.differences(then)]
        now = foresight.summary()
    return {
        "snapshot_id": snapshot.snapshot_id,
        "connection_id": stored.connection_id,
        "provider": stored.connection.provider,
        "date": snapshot.date,
        "newest": newest is not None and newest.snapshot_id == snapshot.snapshot_id,
        "then": run,
        "now": now,
        "rows": rows,
    }


def _then(database: Database, snapshot: Snapshot) -> tuple[dict[str, Any] | None, pa.Table]:
    """The newest run that said something of the people of a snapshot, and what it said."""
    used = "SELECT max(run_no) FROM sync_run WHERE snapshot_id = ? AND source > 0"
    run_no = database.value(used, [snapshot.snapshot_id])
    if run_no is None:
        return None, _THEN.empty_table()
    [run] = sync_runs(database, run_nos=[int(run_no)])
    said = database.table(
        "SELECT external_id, outcome, code, field, changed, account_id FROM reporting.outcomes WHERE sync_run_id = ?", [run["sync_run_id"]]
    )
    return {name: run[name] for name in ("sync_run_id", "status", "code", "counts")}, said


def _row(row: Row, *, known: bool) -> Row:
    then, now = row["before"] if known else None, row["after"]
    settled = then is not None and then["outcome"] in OK and now["outcome"] == Outcome.UNCHANGED
    return {"external_id": row["external_id"], "account_id": row["account_id"], "then": then, "now": now, "settled": settled}
