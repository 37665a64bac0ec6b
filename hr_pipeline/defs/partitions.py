"""The two dimensions of `sync_run`: a civil date in Brussels, and a connection.

Which connections exist is the store's registry; this room only keeps Dagster's list in step with it. May import: `operations`.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import dagster as dg

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.repeating import repeated_date

DATE, CONNECTION = "date", "connection"  # a key reads `connection|date`: Dagster joins dimensions in the order of the alphabet
TIMEZONE = BRUSSELS.key
CONNECTIONS = dg.DynamicPartitionsDefinition(name=CONNECTION)

MOST_PARTITIONS = 100_000  # the grid, the launchpad and new backfills take seconds at twice as many (docs/scale.md)
LONGEST_VIEW = 92  # a quarter: of days further back no snapshot is kept, and their sync runs are in the store
SHORTEST_VIEW = 14  # days before the first one are replayed by `hr-pipeline request` or `sync` as well

Pair = tuple[str, date]  # connection id, date


def first_day(today: date, connections: int) -> date:
    """First date the UI lists: a Monday, so that it moves once a week.

    Moving it loses nothing: older sync runs are in the store, and Dagster shows them again when it moves back.
    """
    days = min(LONGEST_VIEW, max(SHORTEST_VIEW, MOST_PARTITIONS // max(connections, 1)))
    start = today - timedelta(days=days)
    return start - timedelta(days=start.weekday())


def pulled_connections(home: Path) -> int:
    """About how many connections there are: those that have a landing folder.

    Read while Dagster loads the code, when the store may be in use by a running sync and must not be waited for.
    """
    landing = home / "landing"
    return sum(entry.is_dir() for entry in landing.iterdir()) if landing.is_dir() else 0


def sync_partitions(today: date, connections: int) -> dg.MultiPartitionsDefinition:
    """Date × connection, today included."""
    days = dg.DailyPartitionsDefinition(first_day(today, connections).isoformat(), timezone=TIMEZONE, end_offset=1)
    return dg.MultiPartitionsDefinition({DATE: days, CONNECTION: CONNECTIONS})


def partition_key(connection_id: str, on: date | str) -> dg.MultiPartitionKey:
    """The key of one connection on one date."""
    return dg.MultiPartitionKey({CONNECTION: connection_id, DATE: str(on)})


def pair_of(key: str) -> Pair:
    """The connection and the date that a key's text (`connection|date`) means.

    Raises:
        Refusal: `INVALID_DATE`.
    """
    connection_id, _, on = key.partition("|")
    return connection_id, civil_date(on)


def civil_date(text: str) -> date:
    """A date written `YYYY-MM-DD`.

    Raises:
        Refusal: `INVALID_DATE`.
    """
    try:
        if repeated_date(text) is None:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(Code.INVALID_DATE, date=repeated_date(text), expected="YYYY-MM-DD") from None


def list_connections(instance: dg.DagsterInstance, ids: Sequence[str]) -> None:
    """Make Dagster know these connections. None is ever taken away: a company that has left keeps its history."""
    known = set(instance.get_dynamic_partitions(CONNECTION))
    if new := [one for one in ids if one not in known]:
        try:
            instance.add_dynamic_partitions(CONNECTION, new)
        except Exception:
            if set(new) - set(instance.get_dynamic_partitions(CONNECTION)):
                raise
            # another process listed them between the two looks: as good as done
