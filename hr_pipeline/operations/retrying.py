"""Connections that failed, and nights that nobody ran, as the store's sync runs tell it: nothing has to be kept in step.

When each is tried again is `domain.quarantine`'s rule. May import: `adapters`, `domain`.
"""

from datetime import date, datetime, timedelta

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.nights import BRUSSELS, last_night
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.quarantine import ACT_ELSEWHERE, IN_USE, MAY_PASS, PAUSES, Failing

MONTH = timedelta(days=31)
GRACE = timedelta(hours=1)  # the night's own run comes first


def failing(database: Database) -> list[Failing]:
    """Every connection that waits for its next attempt, in back-off or in quarantine."""
    given: dict[str, object] = {
        "may_pass": [str(code) for code in MAY_PASS],
        "elsewhere": [str(code) for code in ACT_ELSEWHERE],
        "in_use": str(IN_USE),
        "pauses": len(PAUSES),
    }
    return [Failing(**row) for row in database.rows(statement("failing"), given)]


def missed(database: Database, now: datetime) -> tuple[date, list[str]]:
    """The last night that should be over by now, and the active connections that nothing has tried since it was due."""
    night = last_night(now - GRACE)
    rows = database.rows(statement("not_synced_since"), {"since": night})
    return night.astimezone(BRUSSELS).date(), [row["connection_id"] for row in rows]


def retried_runs(database: Database, now: datetime) -> set[str]:
    """The Dagster runs of the last month that tried something again and left a sync run."""
    asked = "SELECT DISTINCT dagster_run_id FROM sync_run WHERE trigger = ? AND started_at > ? AND dagster_run_id IS NOT NULL"
    return {row["dagster_run_id"] for row in database.rows(asked, [str(Trigger.RETRY), now - MONTH])}
