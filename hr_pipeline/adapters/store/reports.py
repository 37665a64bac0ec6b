"""What people ask the store: sync runs, outcomes, conflicts, plans. Read only; rows as the interfaces page names them.

Not here: words (`domain.messages`), accounts (`accounts`). May import: `domain`, `database`.
"""

import json
import re
from typing import Any

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.absences import Found, asks_for_somebody
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Settings
from hr_pipeline.domain.outcomes import Counts
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.repeating import repeated_id
from hr_pipeline.domain.stored_params import restored

_COUNTS = tuple(Counts().as_dict())
_PAY = ("source", "applied", "unchanged", "rejected")

# Lists of people that are neither an outcome nor a code.
MISSING = "missing"
COUNTED = "counted"

_OF_ABSENCE = ("days", "settings", "is_closed_by_rule", "was_closed", "found", "found_last_day", "exit_date")


def run_no_of(database: Database, reference: str) -> int:
    """The sync run that an id (`r17`) means.

    Raises:
        Refusal: `UNKNOWN_RUN`.
    """
    if re.fullmatch(r"r\d{1,18}", reference):
        found = database.value("SELECT run_no FROM sync_run WHERE run_no = ?", [int(reference[1:])])
        if found is not None:
            return int(found)
    raise Refusal(Code.UNKNOWN_RUN, run=repeated_id(reference))


def sync_runs(
    database: Database,
    *,
    connection_id: str | None = None,
    run_nos: list[int] | None = None,
    dagster_run_id: str | None = None,
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Sync runs, newest first, as `sync` and `history` print them; `pull_seconds` is of the run's own pull, where it asked its provider.

    `pay_orphans` are those whom pay was sent for without their being listed; their rows are in none of the counters of pay.
    """
    asked: dict[str, object] = {"connection_id": connection_id, "run_nos": run_nos, "dagster_run_id": dagster_run_id, "limit": limit}
    rows = database.rows(statement("sync_runs_listed"), asked)
    return [
        {
            **{
                name: row[name]
                for name in ("sync_run_id", "connection_id", "provider", "company", "trigger", "date", "status", "code", "note")
            },
            **{name: row[name] for name in ("started_at", "finished_at", "snapshot_id", "plan_id")},
            "counts": {name: row[name] for name in _COUNTS},
            "pay": {name: row[f"pay_{name}"] for name in _PAY},
            "pay_orphans": row["pay_orphans"],
            "dagster_run_id": row["dagster_run_id"],
            "pull_seconds": row["pull_seconds"],
            **{name: row[name] for name in ("undoes", "undone_by", "undone_partly", "released_by", "release_reason")},
            "detail": restored(json.loads(row["detail"])) if row["detail"] else {},
        }
        for row in rows
    ]


def newest_runs(database: Database) -> frozenset[str]:
    """The newest sync run of each connection: what a hold or a plan can still be let go on by."""
    return frozenset(row["run"] for row in database.rows("SELECT 'r' || max(run_no) AS run FROM sync_run GROUP BY connection_no"))


def outcomes(database: Database, run_no: int, only: str | None = None, *, names: bool = False) -> list[dict[str, Any]]:
    """One row per employee of a run, those who need attention first.

    Args:
        database: The store.
        run_no: Number of the run.
        only: A code or an outcome; warnings count too. `missing` lists linked people whom the snapshot does not, `PAY_ORPHAN` pay rows of
            nobody: neither is an employee of the snapshot, so they are listed only when asked for. `COUNTED` lists whom the guards that
            hold the run counted, whether the snapshot has them or not; each with the `guards`.
        names: Add first and last name, for those who have an account.

    Returns:
        Rows as the interfaces page names them; `details` has code, field and rule of each warning (asked for one code, of that one).
    """
    if only == COUNTED:
        return _named(database.rows(statement("counted_listed"), {"run_no": run_no}), names=names)
    rows = database.rows(statement("outcomes_listed"), {"run": f"r{run_no}", "run_no": run_no, "only": only})
    rows += _unlisted(database, run_no, only) if only else []
    rows += reversals(database, run_no, only)
    details = _warned(database, run_no, only if only in set(Code) else None)
    return _named([{**row, "details": details.get(row["external_id"], [])} for row in rows], names=names)


def _unlisted(database: Database, run_no: int, only: str) -> list[dict[str, Any]]:
    """People and pay that are not in a run's snapshot, in the form of outcomes; whom somebody should look at is judged as `missing` does."""
    database.run(statement("absence_macros"))
    rows = database.rows(statement("unlisted_listed"), {"run_no": run_no, "only": only})
    told = [{**{name: row[name] for name in row if name not in _OF_ABSENCE}, "code": row["code"] or _code_of_missing(row)} for row in rows]
    return [row for row in told if only in (MISSING, row["code"])]


def _code_of_missing(row: dict[str, Any]) -> Code | None:
    if row["days"] is None:
        return None
    if row["is_closed_by_rule"]:
        return Code.CLOSED_MISSING
    settings, found = Settings.from_document(json.loads(row["settings"])), Found(row["found"]) if row["found"] else None
    asks = asks_for_somebody(row["days"], settings.missing_runs, found, row["found_last_day"] or row["exit_date"])
    return Code.STILL_MISSING if asks and not row["was_closed"] else None


def _named(rows: list[dict[str, Any]], *, names: bool) -> list[dict[str, Any]]:
    return rows if names else [{key: value for key, value in row.items() if key not in ("first_name", "last_name")} for row in rows]


def _warned(database: Database, run_no: int, code: str | None) -> dict[str, list[dict[str, Any]]]:
    """Code, field and rule of each warning (without a code: of all), by external id."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in database.rows(
        "SELECT external_id, code, field, rule FROM problem"
        " WHERE run_no = $run_no AND ($code IS NULL OR code = $code) AND NOT blocking AND row IS NOT NULL ORDER BY ALL",
        {"run_no": run_no, "code": code},
    ):
        found.setdefault(row["external_id"], []).append({name: row[name] for name in ("code", "field", "rule")})
    return found


def reversals(database: Database, run_no: int, only: str | None = None) -> list[dict[str, Any]]:
    """What an undo made of each person, in the form of outcomes, one row per person and reason; none of any other run.

    `changed` names the fields; `by` is the later run, `platform`, or the account that stands in the way.
    """
    return database.rows(statement("undo_listed"), {"run_no": run_no, "only": only})


def attention(database: Database, run_nos: list[int], each: int) -> list[dict[str, Any]]:
    """Employees somebody must look at, by run: ids and codes, at most `each` per run."""
    return database.rows(
        "SELECT run_no, external_id, outcome, code, field, runs FROM outcome"
        " WHERE run_no IN (SELECT unnest($runs)) AND outcome IN ('conflict', 'rejected', 'held', 'failed')"
        " QUALIFY row_number() OVER (PARTITION BY run_no ORDER BY row) <= $each ORDER BY run_no, row",
        {"runs": run_nos, "each": each},
    )


def conflicts(database: Database, connection_id: str | None = None, conflict_no: int | None = None) -> list[dict[str, Any]]:
    """Conflicts that are not closed (or one, whatever its state), oldest first, those deferred last.

    `changed` names what re-opened one; `linked` says that the employee has an account, so that the question is about an address.
    """
    rows = database.rows(
        "SELECT conflict_id, connection_id, external_id, code, candidates::VARCHAR AS candidates, since, runs, state, changed,"
        " EXISTS (FROM reporting.links AS l WHERE l.current AND l.connection_id = k.connection_id AND l.external_id = k.external_id) AS linked"
        " FROM reporting.conflicts AS k WHERE ($id IS NULL OR connection_id = $id) AND (($no IS NULL AND state <> 'closed') OR conflict_id = $no)"
        " ORDER BY state = 'deferred', conflict_id",
        {"id": connection_id, "no": conflict_no},
    )
    return [{**row, "candidates": json.loads(row["candidates"])} for row in rows]


def plan_of(database: Database, plan_id: str) -> dict[str, Any]:
    """A kept plan with its connection.

    Raises:
        Refusal: `UNKNOWN_PLAN`.
    """
    rows = database.rows(
        "SELECT p.*, c.connection_id FROM plan AS p JOIN connection AS c USING (connection_no) WHERE p.plan_id = ?", [plan_id]
    )
    if not rows:
        raise Refusal(Code.UNKNOWN_PLAN, plan=repeated_id(plan_id))
    return {**rows[0], "buckets": json.loads(rows[0]["buckets"])}


def plan_rows(database: Database, plan_id: str) -> list[dict[str, Any]]:
    """What each employee of a plan would become; the plainly unchanged are counted, not listed."""
    rows = database.rows(
        "SELECT external_id, outcome, code, field, account_no, coalesce(changed, []) AS changed FROM plan_row WHERE plan_id = ? ORDER BY row",
        [plan_id],
    )
    return [{**row, "account_id": f"a{row['account_no']}" if row["account_no"] and row["outcome"] != "created" else None} for row in rows]


def plan_counted(database: Database, plan_id: str) -> list[dict[str, Any]]:
    """Whom the guards that hold a kept plan counted, guard by guard: `{guard, external_id, fields}`."""
    return database.rows(
        "SELECT guard, external_id, fields FROM plan_counted WHERE plan_id = ? AND guard IS NOT NULL ORDER BY guard, external_id, row",
        [plan_id],
    )


def totals(database: Database) -> dict[str, int]:
    """Rows of the platform's tables, for the views' metadata."""
    return database.rows(
        "SELECT (SELECT count(*) FROM account) AS accounts, (SELECT count(*) FROM reporting.pay WHERE current) AS pay,"
        " (SELECT count(*) FROM conflict WHERE state = 'open') AS conflicts, (SELECT count(*) FROM sync_run) AS sync_history"
    )[0]
