"""What lies ahead: hires, exits, transfers and pay that are known and wait for their day; and what took effect on a day.

Follows from the facts' own dates, so it is right whether or not a sync ran on the day. Read only. May import: `domain`, `database`.
"""

from datetime import date, timedelta
from typing import Any

from hr_pipeline.adapters.store.database import Database, statement


def upcoming(database: Database, today: date, connection_id: str | None = None, until: date | None = None) -> list[dict[str, Any]]:
    """Every dated fact that has not taken effect yet, oldest first: `date, kind, connection_id, external_id, account_id, takes_effect`.

    Args:
        database: The store.
        today: Civil date in Brussels.
        connection_id: Only of this connection.
        until: Only what is dated this day at the latest.
    """
    return _listed(database, connection_id, first=today + timedelta(days=1), until=until)


def took_effect(database: Database, on: date, connection_id: str | None = None) -> list[dict[str, Any]]:
    """The facts that take effect on one day, past or to come: whose page turns on its night."""
    return _listed(database, connection_id, first=on, last=on)


def _listed(
    database: Database, connection_id: str | None, *, first: date, last: date | None = None, until: date | None = None
) -> list[dict[str, Any]]:
    asked: dict[str, object] = {"first": first, "last": last, "until": until, "connection_id": connection_id}
    return database.rows(statement("upcoming_listed"), asked)
