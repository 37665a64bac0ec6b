"""Who is missing, what was found out about them, and the closings and re-openings that people decide.

What a rung is and what it is enough for is `domain.absences`'; the connection's own rule closes inside an apply
(`sql/missing_closing.sql`). May import: `domain`, `database`, `connections`, `accounts`.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from hr_pipeline.adapters.store.accounts import date_account
from hr_pipeline.adapters.store.connections import stored_connection
from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.absences import Found, Sighting, asks_for_somebody, closes_next, rung
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Settings
from hr_pipeline.domain.refusals import Refusal

FARTHEST = timedelta(days=366)  # of an exit date that somebody gives, from today


def missing_people(database: Database, today: date, connection_id: str | None = None, *, closed: bool = False) -> list[dict[str, Any]]:
    """Linked people whom complete snapshots no longer list, with the rung each has reached; the longest missing first.

    Args:
        database: The store.
        today: Civil date.
        connection_id: Only of this connection.
        closed: Those closed as missing too, for as long as nobody lists them again.
    """
    for name in ("absence_macros", "absentee_known", "last_listed"):
        database.run(statement(name))
    rows = database.rows(statement("missing_listed"), {"connection_id": connection_id, "closed": closed, "today": today})
    return [_told(row, today) for row in rows]


def _told(row: dict[str, Any], today: date) -> dict[str, Any]:
    settings = Settings.from_document(json.loads(row["settings"]))
    found = Found(row["found"]) if row["found"] else None
    last_day = row["found_last_day"] or (row["exit_date"] if not row["is_closed"] else None)
    reached = rung(
        row["times"],
        settings.missing_runs,
        found,
        last_day,
        said=bool(row["is_closed"] and not row["closed_run_id"]),
    )
    closes = row["reopened_by"] is None and closes_next(
        row["times"], settings.missing_runs, settings.close_missing, found, row["found_last_day"]
    )
    asks = not row["is_closed"] and asks_for_somebody(row["times"], settings.missing_runs, found, last_day)
    return {
        **{key: value for key, value in row.items() if key not in ("settings", "start_date", "found_last_day", "is_closed")},
        "of": settings.missing_runs,
        "rung": reached,
        "last_day": last_day,
        "close_missing": settings.close_missing,
        "state": "open" if not row["is_closed"] else "closed" if row["closed_on"] < today else "closing",
        "needs_attention": asks,
        "closes_next": closes and not row["is_closed"],
    }


def due_for_look_up(database: Database, connection_no: int, *, from_times: int, most: int, again: bool) -> list[str]:
    """External ids of people missing who may be asked for: those never asked about first, then the longest ago.

    Args:
        database: The store.
        connection_no: Whose.
        from_times: Only whom this many complete snapshots in a row did not list.
        most: At most so many.
        again: Those too of whom the provider already said that they are gone or ended.
    """
    rows = database.rows(
        "SELECT m.external_id FROM absence AS m"
        " JOIN link AS l ON l.connection_no = m.connection_no AND l.external_id = m.external_id"
        " WHERE m.connection_no = $number AND m.to_run_no IS NULL AND m.missing_from_run_no IS NOT NULL AND m.missing_to_run_no IS NULL"
        " AND m.closed_at IS NULL AND ($again OR m.found IS NULL OR m.found IN ('unknown', 'there')) AND ("
        "   SELECT count(DISTINCT n.date) FROM sync_run AS n"
        "   WHERE n.connection_no = m.connection_no AND n.unchanged_derived AND n.run_no >= m.missing_from_run_no"
        "   AND n.run_no NOT IN (SELECT undone_run_no FROM undo)) >= $from_times"
        " ORDER BY m.looked_up_at NULLS FIRST, m.from_run_no, m.external_id LIMIT $most",
        {"number": connection_no, "from_times": from_times, "most": most, "again": again},
    )
    return [row["external_id"] for row in rows]


def listed_people(database: Database, connection_no: int, most: int = 3) -> tuple[str, ...]:
    """External ids of a few people of the connection whom the newest snapshot lists. One of them may have left since, hardly all."""
    rows = database.rows(
        "SELECT l.external_id FROM link AS l WHERE l.connection_no = $number AND NOT EXISTS ("
        " FROM absence AS m WHERE m.connection_no = l.connection_no AND m.external_id = l.external_id AND m.to_run_no IS NULL)"
        " ORDER BY l.external_id LIMIT $most",
        {"number": connection_no, "most": most},
    )
    return tuple(row["external_id"] for row in rows)


def record_sightings(database: Database, connection_no: int, seen: Mapping[str, Sighting], now: datetime) -> None:
    """Keep what the provider answered about people missing."""
    with database.transaction():
        for external_id, sighting in seen.items():
            database.run(
                "UPDATE absence SET looked_up_at = ?, found = ?, found_last_day = ? WHERE connection_no = ? AND external_id = ? AND to_run_no IS NULL",
                [now, sighting.found.value, sighting.last_day, connection_no, external_id],
            )


def close_missing_person(
    database: Database, connection_id: str, external_id: str, *, on: date, owner: str, reason: str, now: datetime, today: date
) -> str:
    """Close the account of somebody the provider no longer lists, on a person's word. Returns the account's id.

    The exit date is theirs though the provider owns the field: the provider says nothing about somebody it does not list. Once it lists
    them again its value wins.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `UNKNOWN_EMPLOYEE`, `NOT_MISSING`, `INVALID_DATE`.
    """
    missing, number = _missing_person(database, connection_id, external_id, today)
    if missing["state"] == "closed":
        raise Refusal(Code.NOT_MISSING, connection=connection_id, employee=external_id, reason="the account is closed already")
    started = database.value(
        "SELECT start_date FROM account_version JOIN account USING (version_no) WHERE account.account_no = ?", [missing["account_no"]]
    )
    if started is not None and on < started:
        raise Refusal(Code.INVALID_DATE, date=on.isoformat(), expected="the first day of employment, or later")
    if on > today + FARTHEST:
        raise Refusal(Code.INVALID_DATE, date=on.isoformat(), expected="within a year from now")
    with database.transaction():
        database.run(
            "UPDATE absence SET exit_before = CASE WHEN closed_at IS NULL THEN ? ELSE exit_before END, closed_on = ?, closed_at = ?, closed_run_no = NULL,"
            " closed_by = ?, closed_reason = ?, reopened_by = NULL, reopened_reason = NULL"
            " WHERE connection_no = ? AND external_id = ? AND to_run_no IS NULL",
            [missing["exit_date"], on, now, owner, reason, number, external_id],
        )
        date_account(database, missing["account_no"], on, now)
    return str(missing["account_id"])


def reopen_missing_person(
    database: Database, connection_id: str, external_id: str, *, owner: str, reason: str, now: datetime, today: date
) -> str:
    """Take a closing of somebody missing back, a rule's too; no rule closes them again in this absence. Returns the account's id.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `UNKNOWN_EMPLOYEE`, `NOT_MISSING` when nobody closed the account as missing.
    """
    missing, number = _missing_person(database, connection_id, external_id, today)
    if missing["state"] == "open":
        raise Refusal(Code.NOT_MISSING, connection=connection_id, employee=external_id, reason="nobody closed the account as missing")
    where = "connection_no = ? AND external_id = ? AND to_run_no IS NULL"
    with database.transaction():
        before = database.value(f"SELECT exit_before FROM absence WHERE {where}", [number, external_id])
        database.run(
            f"UPDATE absence SET closed_on = NULL, closed_at = NULL, closed_run_no = NULL, closed_by = NULL, closed_reason = NULL, exit_before = NULL,"
            f" missing_to_run_no = NULL, reopened_by = ?, reopened_reason = ? WHERE {where}",
            [owner, reason, number, external_id],
        )
        date_account(database, missing["account_no"], before, now)
    return str(missing["account_id"])


def _missing_person(database: Database, connection_id: str, external_id: str, today: date) -> tuple[dict[str, Any], int]:
    """Somebody missing (or closed as missing), and the number of their connection.

    Raises:
        Refusal: Why they are not.
    """
    stored = stored_connection(database, connection_id)
    for one in missing_people(database, today, connection_id, closed=True):
        if one["external_id"] == external_id:
            return one, stored.number
    known = database.rows(
        "SELECT a.exit_date, m.external_id IS NOT NULL AS is_absent FROM link AS l JOIN account AS a USING (account_no) LEFT JOIN absence AS m"
        " ON m.connection_no = l.connection_no AND m.external_id = l.external_id AND m.to_run_no IS NULL"
        " WHERE l.connection_no = ? AND l.external_id = ?",
        [stored.number, external_id],
    )
    if not known:
        raise Refusal(Code.UNKNOWN_EMPLOYEE, connection=connection_id, employee=external_id, provider=stored.connection.provider)
    is_gone = known[0]["exit_date"] is not None and known[0]["exit_date"] < today
    reason = (
        "the account is closed already"
        if is_gone
        else "they are left out and frozen"
        if known[0]["is_absent"]
        else "the newest list that was applied has them"
    )
    raise Refusal(Code.NOT_MISSING, connection=connection_id, employee=external_id, reason=reason)
