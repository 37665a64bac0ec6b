"""Which past days can be asked for: those from the first that any list is kept of. A provider only tells of today.

May import: `adapters`, `domain`.
"""

from collections.abc import Sequence
from datetime import date

from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.snapshots import first_kept_day
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal


def check_days(database: Database, connection_ids: Sequence[str], days: tuple[date, date], today: date) -> None:
    """Refuse days of which nothing can be kept, before any work is made of them: a century is 36 500 sync runs that say so.

    Args:
        database: The store.
        connection_ids: Those asked for; none means all.
        days: The first and the last; what ends before it begins is not judged here.
        today: Civil date in Brussels.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `INVALID_DATE` for days to come, `SNAPSHOT_NOT_KEPT` with the first day that can be asked for.
    """
    first, last = min(days), max(days)
    stored = stored_connections(database, connection_ids or None)
    if last > today:
        raise Refusal(Code.INVALID_DATE, date=last.isoformat(), expected="today or a past date")
    if first == today:
        return
    since = first_kept_day(database, [one.number for one in stored])
    if since is None or first < since:
        only = stored[0].connection_id if len(stored) == 1 else None
        raise Refusal(Code.SNAPSHOT_NOT_KEPT, connection=only, date=first.isoformat(), since=since)
