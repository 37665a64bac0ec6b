"""Taking a sync run back: a new sync run that says of every person what was reversed, kept or impossible.

The connection is taken like for a sync, so that none runs beside it. What reversing means is `adapters.store.undoing`'s. May import:
`adapters`, `domain`, this room.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.leases import give_back, take_leases
from hr_pipeline.adapters.store.reports import reversals
from hr_pipeline.adapters.store.undoing import Asking, Undoable, Undone, foreseen_undo, undo_run, undoable_run
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Reversal
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.syncing import publish
from hr_pipeline.operations.workplace import Workplace

NAMES = ("first_name", "last_name")


def undo(
    work: Workplace, run_reference: str, owner: str, reason: str | None = None, dagster_run_id: str | None = None, *, names: bool = False
) -> dict[str, Any]:
    """Reverse what a sync run wrote, where nobody has touched it since.

    Args:
        work: Where.
        run_reference: The sync run to take back, as `history` lists it: `r17`.
        owner: Who says so.
        reason: Why, for whoever reads it later.
        dagster_run_id: The Dagster run that executes it.
        names: First and last names too.

    Returns:
        `{sync_run_id, undone, connection_id, status, people, reversed[], kept[], impossible[]}`. `people` counts them by list. Each of the
        lists holds `{account_id, external_id, fields[]}`; where it was not reversed, `code` and `by` (a run, `platform` or an account)
        say why.

    Raises:
        Refusal: `UNKNOWN_RUN`; `UNDO_NOTHING` when the run wrote nothing; `UNDO_OF_UNDO`; `UNDO_DONE` when it was undone already;
            `UNDO_NO_LINEAGE` and `UNDO_BLOCKED` when nothing of it can be reversed; `ALREADY_RUNNING`. Nothing has changed then.
    """
    with work.store.opened() as database:
        run = undoable_run(database, run_reference)
        with _taken(work, database, run, dagster_run_id):
            done = undo_run(database, run, Asking(owner, reason, work.clock(), work.today, dagster_run_id))
        listed = reversals(database, done.run_no)
        database.fold_log()
    publish(work)
    return {"sync_run_id": f"r{done.run_no}", **_told(run, done, listed, names=names)}


def undo_preview(work: Workplace, run_reference: str, *, names: bool = False) -> dict[str, Any]:
    """What `undo` would answer, under `sync_run_id` None; nothing is written, and a sync may be in progress.

    Raises:
        Refusal: What `undo` would be refused with, but `ALREADY_RUNNING`.
    """
    with work.store.opened() as database:
        run = undoable_run(database, run_reference)
        done, listed = foreseen_undo(database, run, Asking("", None, work.clock(), work.today))
    return {"sync_run_id": None, **_told(run, done, listed, names=names)}


def _told(run: Undoable, done: Undone, listed: list[dict[str, Any]], *, names: bool) -> dict[str, Any]:
    lists: dict[str, list[dict[str, Any]]] = {word.value: [] for word in Reversal}
    for row in listed:
        said = {} if row["code"] is None else {"code": row["code"], "by": row["by"]}
        named = {name: row[name] for name in NAMES} if names else {}
        told = {"account_id": row["account_id"], "external_id": row["external_id"], "fields": row["changed"]}
        lists[row["outcome"]].append({**told, **said, **named})
    return {
        "undone": f"r{done.undone_run_no}",
        "connection_id": run.connection_id,
        "status": done.status.value,
        "people": {word.value: getattr(done, word.value) for word in Reversal},
        **lists,
    }


@contextmanager
def _taken(work: Workplace, database: Database, run: Undoable, dagster_run_id: str | None) -> Iterator[None]:
    """The connections whose people the run touched, taken for as long as the block lasts; disconnected ones too: HR may want their data back.

    Raises:
        Refusal: `ALREADY_RUNNING` when one of them is being synchronised.
    """
    attempt = work.new_id("undo", work.today)
    try:
        busy = take_leases(database, run.touched, attempt, dagster_run_id, work.clock())
        if busy:
            number, lease = next(iter(busy.items()))
            names = {one.number: one.connection_id for one in stored_connections(database)}
            raise Refusal(Code.ALREADY_RUNNING, connection=names[number], run=lease.dagster_run_id or lease.holder)
        yield
    finally:
        give_back(database, attempt)
