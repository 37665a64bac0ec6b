"""What can be checked of the store at any time: counts that must agree, and what waits for somebody. Ids and codes only.

Not here: what a finding means (`defs.checks`). May import: `database`.
"""

from collections.abc import Sequence
from typing import Any

from hr_pipeline.adapters.store.database import Database, statement


def newest_runs(database: Database) -> list[int]:
    """Number of the newest sync run of each active connection."""
    return [row["run_no"] for row in database.rows(statement("runs_newest"))]


def problem_counts(database: Database, run_nos: Sequence[int]) -> dict[tuple[str, str, str, bool], int]:
    """What validation found in these runs: (code, field, rule, blocking) → people."""
    rows = database.rows(statement("problems_counted"), {"runs": list(run_nos)})
    return {(row["code"], row["field"], row["rule"], row["blocking"]): row["people"] for row in rows}


def miscounted_runs(database: Database, run_nos: Sequence[int]) -> list[dict[str, Any]]:
    """Runs that break conservation, by their counters or by their outcomes; there must be none."""
    return database.rows(statement("runs_recounted"), {"runs": list(run_nos)})


def shared_emails(database: Database) -> list[list[str]]:
    """Accounts that share an e-mail, address by address; there must be none."""
    return [row["accounts"] for row in database.rows(statement("emails_shared"))]
