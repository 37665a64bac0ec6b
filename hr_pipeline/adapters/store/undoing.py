"""Taking back what a sync run wrote, where nobody has touched it since: one transaction, set-based, as a new sync run.

What goes back, field by field, is in the statements `sql/undo_*.sql`. Values come back as new versions, history only grows. Not here:
leases and words. May import: `domain`, and the store's other modules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.adapters.store.reports import reversals, run_no_of
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.fields import ACCOUNT_FIELDS, FIELDS, Group
from hr_pipeline.domain.outcomes import Status, Trigger
from hr_pipeline.domain.refusals import Refusal

PAY_FIELDS = (*(f.name for f in FIELDS if f.group is Group.PAY), "salary_components", "pay_periods")  # they go back together
NAMED = 5  # runs, or accounts, that a refusal names as standing in the way

_DECIDED = ("undo_account", "undo_touch", "undo_field", "undo_created")
_WRITTEN = (
    "undo_version_new",
    "undo_pay_undone",
    "undo_pay_new",
    "undo_component_new",
    "undo_period_new",
    "undo_account_changed",
    "undo_link_ended",
    "undo_link_gone",
    "undo_link_back",
    "undo_link_unended",
    "undo_account_gone",
    "undo_link_again",
    "undo_absence_ended",
    "undo_absence_again",
    "undo_absence_reopened",
    "undo_connection",
)


@dataclass(frozen=True, slots=True)
class Undoable:
    """A sync run that can be asked to be undone, and every connection whose people it touched, or who has them by now."""

    run_no: int
    connection_no: int
    connection_id: str
    company_no: int
    touched: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks for an undo, when and why."""

    owner: str
    reason: str | None
    at: datetime
    date: date
    dagster_run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Undone:
    """An undo that was done, and how many people are in each list; one who is partly kept is in two."""

    run_no: int
    undone_run_no: int
    status: Status
    reversed: int
    kept: int
    impossible: int


def undoable_run(database: Database, reference: str) -> Undoable:
    """The sync run that an id (`r17`) means, if an undo of it can be asked for.

    Raises:
        Refusal: `UNKNOWN_RUN`, `UNDO_OF_UNDO`, `UNDO_NOTHING` when it wrote nothing, `UNDO_DONE` when all of it was undone already.
    """
    run_no = run_no_of(database, reference)
    run = database.rows(
        "SELECT r.run_no, r.trigger, r.applied, r.code, r.connection_no, c.connection_id, c.company_no"
        " FROM sync_run AS r JOIN connection AS c USING (connection_no) WHERE r.run_no = ?",
        [run_no],
    )[0]
    name = f"r{run_no}"
    if run["trigger"] == Trigger.UNDO:
        undone = database.value("SELECT undone_run_no FROM undo WHERE run_no = ?", [run_no])
        raise Refusal(Code.UNDO_OF_UNDO, run=name, undone=f"r{undone}", connection=run["connection_id"])
    if not run["applied"]:
        raise Refusal(Code.UNDO_NOTHING, run=name, code=run["code"])
    whole = database.value("SELECT max(run_no) FROM undo WHERE undone_run_no = ? AND kept = 0 AND impossible = 0", [run_no])
    if whole is not None:
        raise Refusal(Code.UNDO_DONE, run=name, undo=f"r{whole}")
    others = database.rows(statement("undo_connections"), {"run_no": run_no})
    touched = dict.fromkeys([run["connection_no"], *(row["connection_no"] for row in others)])
    return Undoable(run_no, run["connection_no"], run["connection_id"], run["company_no"], tuple(touched))


def undo_run(database: Database, run: Undoable, asking: Asking) -> Undone:
    """Reverse what a run wrote, whole or not at all.

    Raises:
        Refusal: When nothing of it can be reversed: `UNDO_NOTHING`, `UNDO_NO_LINEAGE`, `UNDO_BLOCKED`. Nothing has changed then.
    """
    with database.transaction():
        return _undone(database, run, asking)


def foreseen_undo(database: Database, run: Undoable, asking: Asking) -> tuple[Undone, list[dict[str, Any]]]:
    """What `undo_run` would do, and its people as `reports.reversals` lists them; the store is as it was afterwards.

    Raises:
        Refusal: What `undo_run` would be refused with.
    """
    with database.rehearsal():
        done = _undone(database, run, asking)
        return done, reversals(database, done.run_no)


def _undone(database: Database, run: Undoable, asking: Asking) -> Undone:
    """Inside the caller's transaction."""
    number = int(database.value("SELECT max(run_no) + 1 FROM sync_run"))
    _fill_undoing(database, run, asking, number)
    _run_all(database, _DECIDED)
    _refuse(database, "undo_link_refused")
    database.run(statement("undo_with_link"))
    _refuse(database, "undo_email_refused")
    _run_all(database, ("undo_back", "undo_absence", "undo_reversal_new"))
    counts = database.rows(statement("undo_counts"))[0]
    if not counts["reversed"]:
        raise _nothing_reversed(run, counts)
    _run_all(database, ("plan_macros", *_WRITTEN))
    status = Status.PARTIAL if counts["kept"] or counts["impossible"] else Status.SUCCESS
    done = Undone(number, run.run_no, status, counts["reversed"], counts["kept"], counts["impossible"])
    database.run(statement("undo_run_new"), {"status": status.value, "dagster_run_id": asking.dagster_run_id})
    database.run(
        "INSERT INTO undo VALUES (?, ?, ?, ?, ?, ?, ?)",
        [number, run.run_no, asking.owner, asking.reason, done.reversed, done.kept, done.impossible],
    )
    database.run(statement("undo_assertions"))
    return done


def _fill_undoing(database: Database, run: Undoable, asking: Asking, number: int) -> None:
    row = {
        "run_no": number,
        "undone_run_no": run.run_no,
        "connection_no": run.connection_no,
        "company_no": run.company_no,
        "owner": asking.owner,
        "reason": asking.reason,
        "at": asking.at,
        "date": asking.date,
        "account_fields": list(ACCOUNT_FIELDS),
        "pay_fields": list(PAY_FIELDS),
    }
    schema = pa.schema(
        [
            ("run_no", pa.int64()),
            ("undone_run_no", pa.int64()),
            ("connection_no", pa.int32()),
            ("company_no", pa.int32()),
            ("owner", pa.string()),
            ("reason", pa.string()),
            ("at", pa.timestamp("us", "UTC")),
            ("date", pa.date32()),
            ("account_fields", pa.list_(pa.string())),
            ("pay_fields", pa.list_(pa.string())),
        ]
    )
    with database.with_frame("undoing_in", pa.Table.from_pylist([row], schema=schema)):
        database.run("CREATE OR REPLACE TEMP TABLE undoing AS FROM undoing_in")


def _refuse(database: Database, name: str) -> None:
    """What can't come back because somebody else has it, until nobody is added."""
    refused, now = -1, 0
    while now != refused:
        refused = now
        database.run(statement(name))
        now = int(database.value("SELECT count(by_account_no) FROM undo_field"))


def _nothing_reversed(run: Undoable, counts: dict[str, Any]) -> Refusal:
    name, left = f"r{run.run_no}", counts["kept"] + counts["impossible"]
    if not left:
        return Refusal(Code.UNDO_NOTHING, run=name)
    if counts["without_lineage"] == left:
        return Refusal(Code.UNDO_NO_LINEAGE, undone=name)
    return Refusal(
        Code.UNDO_BLOCKED,
        run=name,
        kept=counts["kept"],
        impossible=counts["impossible"],
        edited=counts["edited"] or None,
        later=[f"r{number}" for number in (counts["later"] or [])[:NAMED]] or None,
        holders=[f"a{number}" for number in (counts["holders"] or [])[:NAMED]] or None,
        unknown=counts["without_lineage"] or None,
    )


def _run_all(database: Database, names: Sequence[str]) -> None:
    for name in names:
        database.run(statement(name))
