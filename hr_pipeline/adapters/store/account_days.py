"""An account on one day, past or to come: which of its employments counts then, by all that is known now, and who left it out.

Not here: values of single fields on a day (`accounts.fields_of`, which this builds on). May import: `domain`, `database`, `accounts`, `employments`.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from hr_pipeline.adapters.store.accounts import accounts, fields_of, pay_on
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.employments import employments, standing

_DATES = ("start_date", "exit_date")


def account_on(database: Database, account_no: int, on: date) -> dict[str, Any]:
    """An account as `accounts` lists it, with its `fields`, `employments` and standing, all as of a day.

    Company, link, start, exit and status are those of the employment that counts on the day; it is the one `in_force` among the
    employments. `kept_from` is the run and date of the first version where the day comes before it, else null.
    """
    account = accounts(database, account_no=account_no)[0]
    listed = employments(database, account_no)
    told = fields_of(database, account_no, on)
    said = {row["field"]: _day(row["value"]) for row in told if row["field"] in _DATES}
    counts = _counting(listed, said["start_date"], on)
    dates = _dates(account, counts, listed, said)
    of_employment: dict[str, Any] = {}
    if counts is not None and not counts["current"]:
        of_employment = database.rows(
            "SELECT company, vat_number FROM reporting.connections WHERE connection_id = ?", [counts["connection_id"]]
        )[0] | {"links": [{name: counts[name] for name in ("connection_id", "external_id")}]}
    stands = standing(database, account_no)
    missing = stands["missing"]
    return {
        **account,
        **of_employment,
        **dates,
        "status": _status(dates, on),
        "pay": pay_on(database, account_no, on),
        "as_of": on,
        "kept_from": _kept_from(database, account_no, on),
        "employments": [{**one, "in_force": one is counts} for one in listed],
        "excluded": _excluded_on(database, counts, on),
        "missing": missing if missing and missing["since"] <= on and counts is not None and counts["current"] else None,
        "fields": [_dated(row, dates) for row in told],
    }


def status_on(database: Database, account_no: int, on: date) -> str:
    """Whether somebody is `active`, `upcoming` or `closed` on a day, by all that is known now."""
    return str(account_on(database, account_no, on)["status"])


def _counting(listed: Sequence[dict[str, Any]], told_start: date | None, on: date) -> dict[str, Any] | None:
    """The employment that counts on a day: the one it lies in, else the last one over, else the first to come.

    Args:
        listed: Employments, the present one first.
        told_start: First day as the account had it on the day: somebody hired again under the same id has one link for both employments.
        on: The day.
    """
    present = next((one for one in listed if one["current"]), None)
    former = [one for one in listed if not one["current"]]
    if not former:
        return present
    inside = [one for one in listed if (one["started_on"] or date.min) <= on <= (one["ended_on"] or date.max)]
    if inside:
        return inside[0]
    over = [one for one in listed if one["ended_on"] is not None and one["ended_on"] < on]
    if not over:
        return min(listed, key=lambda one: one["started_on"] or date.min)
    last = max(over, key=lambda one: one["ended_on"])
    return present if present and told_start is not None and told_start > last["ended_on"] else last


def _dates(
    account: dict[str, Any], counts: dict[str, Any] | None, listed: Sequence[dict[str, Any]], said: dict[str, date | None]
) -> dict[str, date | None]:
    """First and last day of what counts on the day."""
    if counts is not None and len(listed) > 1 and not _is_hired_again(counts, said):
        return {"start_date": counts["started_on"], "exit_date": counts["ended_on"]}
    return said if any(said.values()) else {name: account[name] for name in _DATES}


def _is_hired_again(counts: dict[str, Any], said: dict[str, date | None]) -> bool:
    """Whether the day lies before the present employment's start, in an earlier one under the same link."""
    start, last = said["start_date"], counts["started_on"]
    return bool(counts["current"] and start and last and said["exit_date"] and start <= said["exit_date"] < last)


def _status(dates: dict[str, date | None], on: date) -> str:
    start, end = dates["start_date"], dates["exit_date"]
    if end is not None and end < on:
        return "closed"
    return "upcoming" if start is not None and start > on else "active"


def _kept_from(database: Database, account_no: int, on: date) -> dict[str, Any] | None:
    found = database.rows(
        "SELECT 'r' || run_no AS sync_run_id, effective_date AS date FROM account_version WHERE account_no = ? ORDER BY version_no LIMIT 1",
        [account_no],
    )
    return found[0] if found and on < found[0]["date"] else None


def _excluded_on(database: Database, counts: dict[str, Any] | None, on: date) -> dict[str, Any] | None:
    """Who left the person out on the day, why and until when."""
    if counts is None:
        return None
    found = database.rows(
        "SELECT x.owner, x.reason, x.created_at, x.until FROM exclusion AS x JOIN connection AS c USING (connection_no)"
        " WHERE c.connection_id = $id AND x.external_id = $employee AND x.created_at::DATE <= $on"
        " AND (x.until IS NULL OR x.until >= $on) AND (x.ended_at IS NULL OR x.ended_at::DATE > $on) ORDER BY x.exclusion_no DESC LIMIT 1",
        {"id": counts["connection_id"], "employee": counts["external_id"], "on": on},
    )
    return found[0] if found else None


def _dated(row: dict[str, Any], dates: dict[str, date | None]) -> dict[str, Any]:
    """A field as it is explained; first and last day are those of the employment that counts."""
    if row["field"] not in _DATES or _day(row["value"]) == dates[row["field"]]:
        return row
    value = dates[row["field"]]
    return {**row, "value": value.isoformat() if value else None, "set_by": None, "set_at": None}


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
