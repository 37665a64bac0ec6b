"""Pages of Dagster's UI, below its address: what a mail, a check and a command lead to. Pure. May import: nothing of ours."""

from datetime import date
from urllib.parse import quote

HOLDS = "assets/sync_plan?view=events"  # everything that is held, with the job that lets it go on
CONFLICTS = "assets/conflicts?view=events"
HISTORY = "assets/sync_history?view=events"


def partition_page(connection_id: str, on: date) -> str:
    """The partition of one connection on one day: it stays when the Dagster run that told it is gone."""
    return f"assets/sync_run?view=partitions&partition={quote(f'{connection_id}|{on}', safe='')}"
