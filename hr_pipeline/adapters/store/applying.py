"""Making plans last: data, links, pay, outcomes, conflicts, history and the run's row in one transaction.

A part that breaks an assertion is rolled back whole; the caller then applies its connections one by one, so that one poisoned
company never stops another. May import: `domain`, and the store's other modules.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

import pyarrow as pa

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.adapters.store.plan import Plan
from hr_pipeline.adapters.store.planning import MISSING_DUE, keep_plans
from hr_pipeline.adapters.store.releases import Word, add_approval
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Counts, Trigger, Verdict, verdict

# Statements in their order, each with the kind of work (`apply_work.sql`) without which it has nothing to do.
_WRITES = (
    ("new_account", "created"),
    ("new_version", "changed"),
    ("undo_lineage", "changed"),
    ("account_version_new", "created"),
    ("account_new", "created"),
    ("account_version_changed", "changed"),
    ("account_changed", "changed"),
    ("pay_version_new", "paid"),
    ("component_version_new", "components"),
    ("period_version_new", "periods"),
    ("email_released", "addresses"),
    ("email_released_account", "addresses"),
    ("link_ended_new", "relinked"),
    ("link_gone", "relinked"),
    ("link_new", "tied"),
    ("link_seen", "compared"),
    ("outcome_new", None),
    ("problem_new", "problems"),
    *((name, "closable") for name in MISSING_DUE),
    ("absence_ended", "absent before"),
    ("absence_seen", "absent"),
    ("absence_new", "absent"),
    ("missing_closing", "closable"),
    ("missing_closing_lineage", "closable"),
    ("missing_closing_version", "closable"),
    ("missing_closing_account", "closable"),
    ("missing_closing_link", "closable"),
    ("missing_closing_absence", "closable"),
    ("absence_accepted", "absent"),
    ("resolution_applied", "settled"),
    ("conflict_seen", "conflicts"),
    ("resolution_ended", "conflicts"),
    ("conflict_again", "conflicts"),
    ("conflict_waiting", "waiting"),
    ("conflict_closed", "conflicts"),
    ("conflict_new", "conflicts"),
    ("connection_applied", None),
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is the same for all sync runs of one batch. `word`: of who approved its plans."""

    trigger: Trigger
    started_at: datetime
    dagster_run_id: str | None = None
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class SyncRun:
    """One attempt to synchronise one connection, as it is reported. `run_no` is the store's number; people see `r17`."""

    run_no: int
    connection_no: int
    trigger: Trigger
    date: date
    verdict: Verdict
    detail: dict[str, object]
    counts: Counts
    pay: dict[str, int]
    started_at: datetime
    finished_at: datetime
    snapshot_id: str | None = None
    plan_id: str | None = None
    applied: bool = False
    listed: bool = False
    unchanged_derived: bool = False
    dagster_run_id: str | None = None
    pull_seconds: float | None = None  # of a pull that failed; of one that went through, the store knows

    @property
    def sync_run_id(self) -> str:
        """Id people use."""
        return f"r{self.run_no}"


@dataclass(frozen=True, slots=True)
class Failure:
    """A connection that came to no plan (no snapshot, or nothing that can be read in it), or whose plan could not be applied.

    `people` and `pay_rows` were staged when it failed; `pull_seconds` is how long its provider was asked before.
    """

    connection_no: int
    date: date
    code: Code
    detail: dict[str, object]
    snapshot_id: str | None = None
    people: int = 0
    pay_rows: int = 0
    pull_seconds: float | None = None


def apply_plans(database: Database, plans: Sequence[Plan], attempt: Attempt, now: datetime) -> list[SyncRun]:
    """Write what the plans of one part decided, whole or not at all.

    Needs the temporary tables that `planning.plans` left in the open store.
    """
    with database.transaction():
        first = _next_run_no(database)
        runs = [_run_of(plan, first + i, attempt, now) for i, plan in enumerate(plans)]
        _fill_run_table(database, runs)
        work = {row["kind"] for row in database.rows(statement("apply_work")) if row["rows"]}
        for name, needs in _WRITES:
            if needs is None or needs in work:
                sql = statement(name)
                database.run(sql, {"now": now} if "$now" in sql else None)
        if any(plan.asked.is_older for plan in plans):
            database.run(statement("outcome_unchanged_older"))
        numbers = {run.connection_no: run.run_no for run in runs}
        keep_plans(database, [p for p in plans if p.failure is not None or p.counts.held], numbers, now)
        _mark_used(database, plans, numbers, attempt.word, now)
        _insert_runs(database, runs)
        database.run(statement("assertions"))
    return runs


def record_failures(
    database: Database, failures: Sequence[Failure], attempt: Attempt, now: datetime, staged: str | None = None
) -> list[SyncRun]:
    """Store a sync run with status `error` for each failure. Nothing else is touched.

    Args:
        database: The store.
        failures: One per connection.
        attempt: The batch.
        now: When it ended.
        staged: SQL that reads the staged people of the failures, each of whom then has the outcome `failed`.
    """
    with database.transaction():
        first = _next_run_no(database)
        runs = [
            SyncRun(
                run_no=first + i,
                connection_no=failure.connection_no,
                trigger=attempt.trigger,
                date=failure.date,
                verdict=verdict(Counts(), failure=failure.code),
                detail=failure.detail,
                counts=Counts(source=failure.people, failed=failure.people),
                pay={"source": failure.pay_rows, "applied": 0, "unchanged": 0, "rejected": failure.pay_rows},
                started_at=attempt.started_at,
                finished_at=now,
                snapshot_id=failure.snapshot_id,
                dagster_run_id=attempt.dagster_run_id,
                pull_seconds=failure.pull_seconds,
            )
            for i, failure in enumerate(failures)
        ]
        _insert_runs(database, runs)
        if staged:
            database.run(f"CREATE OR REPLACE TEMP VIEW staged AS FROM {staged}")
            for run in runs:
                database.run(
                    statement("outcome_failed"), {"run_no": run.run_no, "connection_no": run.connection_no, "code": run.verdict.code}
                )
    return runs


def _next_run_no(database: Database) -> int:
    return int(database.value("SELECT coalesce(max(run_no), 0) + 1 FROM sync_run"))


def _run_of(plan: Plan, run_no: int, attempt: Attempt, now: datetime) -> SyncRun:
    counts, pay = plan.counts, plan.pay
    if plan.failure is not None:  # nobody's data is written: whoever would have been OK is held
        counts = replace(counts, created=0, linked=0, updated=0, unchanged=0, transferred=0, held=counts.held + counts.ok)
        pay = {**pay, "applied": 0, "unchanged": 0, "rejected": pay["source"]}
    listed = plan.failure is not Code.SNAPSHOT_EMPTY
    if not listed:  # nothing is concluded from it, absences neither
        counts = Counts()
    return SyncRun(
        run_no=run_no,
        connection_no=plan.asked.stored.number,
        trigger=attempt.trigger,
        date=plan.asked.date,
        verdict=verdict(counts, failure=plan.failure, had_people=bool(plan.asked.stored.last_source)),
        detail=plan.detail,
        counts=counts,
        pay=pay,
        started_at=attempt.started_at,
        finished_at=now,
        snapshot_id=plan.asked.snapshot_id,
        plan_id=plan.asked.plan_id,
        applied=plan.failure is None,
        listed=listed,
        unchanged_derived=plan.failure is None and not plan.asked.is_older,
        dagster_run_id=attempt.dagster_run_id,
    )


def _fill_run_table(database: Database, runs: Iterable[SyncRun]) -> None:
    schema = pa.schema([("connection_no", pa.int32()), ("run_no", pa.int64()), ("applied", pa.bool_()), ("listed", pa.bool_())])
    rows = [{"connection_no": r.connection_no, "run_no": r.run_no, "applied": r.applied, "listed": r.listed} for r in runs]
    with database.with_frame("run_in", pa.Table.from_pylist(rows, schema=schema)):
        database.run("CREATE OR REPLACE TEMP TABLE run AS FROM run_in")


def _mark_used(database: Database, plans: Iterable[Plan], numbers: dict[int, int], word: Word | None, now: datetime) -> None:
    """An approval, or a release, counts once; and is kept with who gave it."""
    for plan in plans:
        asked, run_no = plan.asked, numbers[plan.asked.stored.number]
        if asked.approved_plan_id and plan.failure is None:
            database.run("UPDATE plan SET applied_run_no = ? WHERE plan_id = ?", [run_no, asked.approved_plan_id])
            if word is not None:
                add_approval(database, asked.approved_plan_id, word, now, run_no)
        if asked.released and plan.failure is None:
            database.run(
                "UPDATE release SET used_run_no = ? WHERE connection_no = ? AND used_run_no IS NULL AND plan_hash = ?",
                [run_no, asked.stored.number, asked.released],
            )
        if asked.rows_released and plan.failure is None:
            database.run(
                "UPDATE release SET used_run_no = ? WHERE release_no IN (SELECT release_no FROM freed WHERE connection_no = ?)",
                [run_no, asked.stored.number],
            )


def _insert_runs(database: Database, runs: Sequence[SyncRun]) -> None:
    if not runs:
        return
    columns: dict[str, list[object]] = {
        "run_no": [r.run_no for r in runs],
        "connection_no": [r.connection_no for r in runs],
        "trigger": [r.trigger.value for r in runs],
        "date": [r.date for r in runs],
        "status": [r.verdict.status.value for r in runs],
        "code": [r.verdict.code.value if r.verdict.code else None for r in runs],
        "note": [r.verdict.note.value if r.verdict.note else None for r in runs],
        "detail": [json.dumps(r.detail) if r.detail else None for r in runs],
        "applied": [r.applied for r in runs],
        "unchanged_derived": [r.unchanged_derived for r in runs],
        "started_at": [r.started_at for r in runs],
        "finished_at": [r.finished_at for r in runs],
        "snapshot_id": [r.snapshot_id for r in runs],
        "plan_id": [r.plan_id for r in runs],
        **{name: [getattr(r.counts, name) for r in runs] for name in Counts.__slots__},
        **{f"pay_{name}": [r.pay[name] for r in runs] for name in runs[0].pay},
        "dagster_run_id": [r.dagster_run_id for r in runs],
        "pull_seconds": [r.pull_seconds for r in runs],
    }
    text = ("code", "note", "detail", "snapshot_id", "plan_id", "dagster_run_id")
    typed = {**dict.fromkeys(text, pa.string()), "pull_seconds": pa.float64()}  # a column of nulls alone has no type
    table = pa.table({name: pa.array(values, typed.get(name)) for name, values in columns.items()})
    with database.with_frame("runs_in", table):
        database.run(statement("sync_run_new"))
