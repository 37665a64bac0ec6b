"""Where in the kept snapshots the people are whom a conflict or an outcome is about, and the accounts' values beside them.

Only for commands that are asked for names: a snapshot is the one place where somebody without an account has any. Read only. Not here: the
snapshots' own content (`operations.kept_people`). May import: `database`, `domain`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.domain.fields import ACCOUNT_FIELDS


@dataclass(frozen=True, slots=True)
class ListedRows:
    """Rows of one snapshot by their place in it, each with its external id. `snapshot_id` is one that may be deleted by now."""

    connection_id: str
    snapshot_id: str | None
    date: date
    external_ids: dict[int, str | None]


def rows_of_conflict(database: Database, conflict_no: int, others: Sequence[str]) -> ListedRows | None:
    """The employee of a conflict (several who share an id), then others of the list, as the last run that asked had them."""
    rows = database.rows(
        "SELECT c.connection_id, s.snapshot_id, s.date, o.row, o.external_id FROM conflict AS k JOIN sync_run AS s ON s.run_no = k.last_run_no"
        " JOIN connection AS c ON c.connection_no = k.connection_no"
        " JOIN outcome AS o ON o.run_no = k.last_run_no AND (o.external_id = k.external_id OR o.external_id IN (SELECT unnest($others)))"
        " WHERE k.conflict_no = $conflict_no ORDER BY o.external_id <> k.external_id, o.external_id, o.row",
        {"conflict_no": conflict_no, "others": list(others)},
    )
    if not rows:
        return None
    first = rows[0]
    return ListedRows(first["connection_id"], first["snapshot_id"], first["date"], {row["row"]: row["external_id"] for row in rows})


def rows_without_account(database: Database, run_no: int) -> list[dict[str, Any]]:
    """Outcomes of a run of people who have no account, as `reports.outcomes` tells them, with their `row`; in the list's order."""
    return database.rows(
        "SELECT row, external_id, outcome, code, field, rule FROM outcome WHERE run_no = ? AND account_no IS NULL ORDER BY row", [run_no]
    )


def account_values(database: Database, account_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Every field of some accounts (`a17`), by id; those that are gone are left out."""
    rows = database.rows(
        f"SELECT 'a' || a.account_no AS account_id, {', '.join(f'v.{name}' for name in ACCOUNT_FIELDS)}"
        " FROM account AS a JOIN account_version AS v USING (version_no) WHERE a.account_no IN (SELECT unnest(?::BIGINT[]))",
        [[int(one[1:]) for one in account_ids]],
    )
    return {row["account_id"]: {name: row[name] for name in ACCOUNT_FIELDS} for row in rows}
