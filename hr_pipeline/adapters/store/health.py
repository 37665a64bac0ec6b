"""What can be checked of the store at any time: counts that must agree, and what waits for somebody. Ids and codes only.

Not here: what a finding means (`defs.checks`). May import: `database`, `domain`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import duckdb

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent

STALE_DAYS = 3  # so many days without a snapshot that could be applied, and a connection is stale


def newest_runs(database: Database) -> list[int]:
    """Number of the newest sync run of each active connection: the last attempt at the latest day."""
    return [row["run_no"] for row in database.rows(statement("runs_newest"))]


def problem_counts(database: Database, run_nos: Sequence[int]) -> dict[tuple[str, str, str, bool], int]:
    """What validation found in these runs: (code, field, rule, blocking) → people."""
    rows = database.rows(statement("problems_counted"), {"runs": list(run_nos)})
    return {(row["code"], row["field"], row["rule"], row["blocking"]): row["people"] for row in rows}


def miscounted_runs(database: Database, run_nos: Sequence[int]) -> list[dict[str, Any]]:
    """Runs that break conservation, by their counters or by their outcomes; there must be none."""
    return database.rows(statement("runs_recounted"), {"runs": list(run_nos)})


def active_connections(database: Database) -> int:
    """How many connections are not stopped."""
    return int(database.value("SELECT count(*) FROM connection WHERE active"))


def stale_connections(database: Database, today: date) -> list[dict[str, Any]]:
    """Active connections that are behind: `connection_id, last_date, days, status, code, sync_run_id`, the longest first."""
    return database.rows(statement("connections_stale"), {"today": today, "latest": today - timedelta(days=STALE_DAYS)})


def shared_emails(database: Database) -> list[list[str]]:
    """Accounts that share an e-mail, address by address; there must be none."""
    return [row["accounts"] for row in database.rows(statement("emails_shared"))]


def astray_links(database: Database) -> list[str]:
    """Accounts whose link is not the only one of them and of its employee, or not where the account is; there must be none."""
    return [row["account_id"] for row in database.rows(statement("links_astray"))]


def recorded_runs(database: Database) -> list[int]:
    """Number of every sync run."""
    return [row["run_no"] for row in database.rows("SELECT run_no FROM sync_run ORDER BY run_no")]


def read_everything(database: Database) -> int:
    """Read each column of each row, whose checksums the engine proves on the way; how many rows there are.

    Raises:
        Permanent: `STORE_UNREADABLE`, with the table's name.
    """
    rows = 0
    for table in database.rows("SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'store' ORDER BY table_name"):
        name = f'"{table["schema_name"]}"."{table["table_name"]}"'
        try:
            rows += int(database.rows(f"SELECT count(*) AS rows, bit_xor(hash(t)) AS read FROM {name} AS t")[0]["rows"])
        except duckdb.Error:
            raise Permanent(Code.STORE_UNREADABLE, file=table["table_name"]) from None
    return rows
