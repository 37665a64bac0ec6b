"""An account's employments, now and before, and why a linked person may stand still: left out, missing, closed as missing.

May import: `domain`, `database`.
"""

from datetime import date
from typing import Any

from hr_pipeline.adapters.store.absences import missing_people
from hr_pipeline.adapters.store.database import Database

_TOLD_OF_MISSING = (
    *("since", "times", "of", "rung", "state", "closed_on", "closed_by", "closed_reason", "closed_at", "closed_run_id"),
    *("reopened_by", "reopened_reason"),
)


def employments(database: Database, account_no: int) -> list[dict[str, Any]]:
    """Employments of an account, the present one first: connection, company, the provider's id, first and last day, why it ended.

    What an undo took back is none: the employment never was, or it never ended. `reporting.links` has it.
    """
    return database.rows(
        "SELECT l.connection_id, c.company, l.external_id, l.current, l.started_on, l.ended_on, l.ended_why, l.from_run_id, l.to_run_id"
        " FROM reporting.links AS l JOIN reporting.connections AS c USING (connection_id)"
        " WHERE l.account_id = ? AND (l.current OR l.ended_why NOT IN ('undo', 'undone'))"
        " ORDER BY l.current DESC, l.ended_on DESC NULLS FIRST, l.from_run_id DESC",
        [f"a{account_no}"],
    )


def standing(database: Database, account_no: int) -> dict[str, Any]:
    """Why nothing changes for an account's linked person, where it is so: `excluded` (who, why, until) and `missing` (as it is listed)."""
    today: date = database.value("SELECT current_date")
    excluded = database.rows(
        "SELECT x.owner, x.reason, x.created_at, x.until FROM exclusion AS x"
        " JOIN link AS l ON l.connection_no = x.connection_no AND l.external_id = x.external_id"
        " WHERE l.account_no = ? AND x.ended_at IS NULL AND (x.until IS NULL OR x.until >= ?)",
        [account_no, today],
    )
    connection_id = database.value(
        "SELECT c.connection_id FROM account AS a JOIN connection AS c USING (connection_no) WHERE a.account_no = ?", [account_no]
    )
    missing = [
        {"connection_id": one["connection_id"], "external_id": one["external_id"], **{name: one[name] for name in _TOLD_OF_MISSING}}
        for one in (missing_people(database, today, connection_id, closed=True) if connection_id else ())
        if one["account_no"] == account_no
    ]
    return {"excluded": excluded[0] if excluded else None, "missing": missing[0] if missing else None}
