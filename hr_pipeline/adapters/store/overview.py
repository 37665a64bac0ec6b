"""All connections at a glance: how the nights went, what waits for somebody and since when. Read only; ids, codes and counts.

Not here: verdicts (`defs.checks`), single runs and conflicts (`reports`). May import: `database`.
"""

import json
from datetime import date, timedelta
from typing import Any

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.stored_params import restored

Rows = list[dict[str, Any]]

NIGHTS = 60


def waiting_holds(database: Database) -> Rows:
    """What waits at the newest run of each active connection, longest first.

    Each with `scope`: the whole `run`, held by a guard or a review, or `rows` of a run that was applied without them. `detail` has the
    code's parameters (observed, limit …), `buckets` what the held plan would do.
    """
    return [
        {
            **row,
            "detail": restored(json.loads(row["detail"])) if row["detail"] else {},
            "buckets": json.loads(row["buckets"]) if row["buckets"] else {},
        }
        for row in database.rows(statement("holds_waiting"))
    ]


def nights(database: Database, today: date, days: int = NIGHTS) -> Rows:
    """Each date on which providers were asked, with its statuses and outcomes, oldest first. A past day that was replayed is no night."""
    return database.rows(statement("nights"), {"first": today - timedelta(days=days - 1)})


def slowest_pulls(database: Database, most: int) -> Rows:
    """Connections whose pulls take longest, slowest first."""
    return database.rows(statement("slowest_pulls"), {"most": most})


def conflicts_by_code(database: Database, today: date) -> Rows:
    """Conflicts that are not closed, by connection and code: states, and the oldest open one's wait."""
    return database.rows(statement("conflicts_by_code"), {"today": today})


def conflicts_by_age(database: Database, today: date) -> Rows:
    """Open conflicts by code, in bands of days: `today`, `week`, `month`, `older`."""
    return database.rows(statement("conflicts_by_age"), {"today": today})


def conflict_queue(database: Database, today: date, most: int) -> Rows:
    """Open conflicts, the longest wait first."""
    return database.rows(statement("conflict_queue"), {"today": today, "most": most})


def planned_conflicts(database: Database, run_nos: list[int]) -> Rows:
    """Conflicts that these runs found: code, people, connections."""
    return database.rows(statement("conflicts_planned"), {"runs": run_nos})
