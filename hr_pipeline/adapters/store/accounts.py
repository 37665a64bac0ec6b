"""The platform's side: accounts as people see them, where each value comes from, and edits made on the platform.

May import: `domain`, `database`, `connections`.
"""

import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from hr_pipeline.adapters.store.connections import StoredConnection, stored_connections
from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.fields import ACCOUNT_FIELDS, FIELDS, Group
from hr_pipeline.domain.mapping import Policy
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.text import email_key, name_key

_AMOUNTS = tuple(f.name for f in FIELDS if f.group is Group.PAY and not f.name.startswith("effective_"))


def accounts(
    database: Database, company: str | None = None, run_no: int | None = None, account_no: int | None = None
) -> list[dict[str, Any]]:
    """Accounts with their links and current pay, oldest first.

    Args:
        database: The store.
        company: Only of the company with this name or VAT number.
        run_no: Only those a sync run created, linked, updated or transferred.
        account_no: Only this one.

    Raises:
        Refusal: `UNKNOWN_COMPANY`.
    """
    if company is not None and not database.value(
        "SELECT count(*) FROM company WHERE name = $company OR vat_number = $company", {"company": company}
    ):
        raise Refusal(Code.UNKNOWN_COMPANY, company=company[:63])
    rows = database.rows(statement("accounts_listed"), {"company": company, "run_no": run_no, "account_no": account_no})
    return [{**row, "links": json.loads(row["links"]), "pay": json.loads(row["pay"]) if row["pay"] else None} for row in rows]


def account_no_of(database: Database, reference: str) -> int:
    """The account that an id (`a17`) or an e-mail address means.

    Raises:
        Refusal: `UNKNOWN_ACCOUNT`.
    """
    if re.fullmatch(r"a\d{1,18}", reference):
        found = database.value("SELECT account_no FROM account WHERE account_no = ?", [int(reference[1:])])
    else:
        key = email_key(pa.array([reference], pa.string()))[0].as_py()
        found = database.value(
            "SELECT a.account_no FROM account AS a JOIN account_version AS v USING (version_no) WHERE v.email_key = ?", [key]
        )
    if found is None:
        raise Refusal(Code.UNKNOWN_ACCOUNT, account=reference if re.fullmatch(r"a\d+", reference) else None)
    return int(found)


def fields_of(database: Database, account_no: int, as_of: date | None = None) -> list[dict[str, Any]]:
    """For every field of an account: value, owner, policy, provider field, the run that set it, and whether and why it is locked.

    With `as_of`, values as they stand on that day, past or to come, by all that is known now; who owns them is told as it is now. Pay in
    force follows from its own days, so it is right even where no sync turned the page.
    """
    owner = _owner(database, account_no)
    changed: dict[str, dict[str, Any] | None] = {
        row["field"]: row
        for row in database.rows(
            "SELECT field, new_value, sync_run_id, recorded_at FROM reporting.field_changes"
            " WHERE account_id = $id AND ($as_of IS NULL OR effective_date <= $as_of)"
            " QUALIFY row_number() OVER (PARTITION BY field ORDER BY recorded_at DESC) = 1",
            {"id": f"a{account_no}", "as_of": as_of},
        )
    }
    if as_of is not None or _is_pay_dated(database, account_no):
        in_force = database.rows(statement("pay_on"), {"account_no": account_no, "on": as_of})
        changed |= {name: _dated(name, in_force[0]) if in_force else None for name in _AMOUNTS}
    return [_explained_field(name, changed.get(name), owner) for name in (*ACCOUNT_FIELDS, *_AMOUNTS)]


def pay_on(database: Database, account_no: int, on: date) -> dict[str, Any] | None:
    """The pay of an account on a day, in the form `accounts` lists it; None where none is known for that day."""
    found = database.rows(statement("pay_on"), {"account_no": account_no, "on": on})
    if not found:
        return None
    pay = {name: None if found[0][name] is None else str(found[0][name]) for name in _AMOUNTS}
    return {**pay, "effective_from": found[0]["effective_from"]}


def set_field(database: Database, account_no: int, field: str, value: str | None, now: datetime) -> None:
    """Edit one field on the platform.

    Raises:
        Refusal: `UNKNOWN_FIELD`, `FIELD_LOCKED` with owner and where to change it, `INVALID_DATE`, `EMAIL_TAKEN`.
    """
    if field not in ACCOUNT_FIELDS:
        raise Refusal(Code.UNKNOWN_FIELD, field=field, known=", ".join(ACCOUNT_FIELDS))
    owner = _owner(database, account_no)
    if owner is not None and owner.mapping.policy(field) is Policy.ALWAYS:
        source = " / ".join(owner.mapping.rules[field].sources)
        raise Refusal(Code.FIELD_LOCKED, field=field, provider=owner.connection.provider, source=source, connection=owner.connection_id)
    typed: object = _date(field, value) if field.endswith("_date") else value
    with database.transaction():
        _append_version(database, account_no, {field: typed}, now)
        database.run("UPDATE link SET row_hash = 0 WHERE account_no = ?", [account_no])


def date_account(database: Database, account_no: int, exit_date: date | None, now: datetime) -> None:
    """Give an account the exit date that a person decided, whoever owns the field. Inside the caller's transaction.

    Whether they may is the caller's question. Its employee is compared column by column once the provider lists them again.
    """
    _append_version(database, account_no, {"exit_date": exit_date}, now)
    database.run("UPDATE link SET row_hash = 0 WHERE account_no = ?", [account_no])


def import_accounts(database: Database, people: Sequence[dict[str, str | None]], now: datetime) -> int:
    """Take over people whom HR typed in on the platform before the first sync; returns how many are new.

    Args:
        database: The store.
        people: `vat_number, email, first_name, last_name` and optionally `birth_date` (ISO) each.
        now: When.

    Raises:
        Refusal: `INVALID_FILE` when a VAT number is no connected company's.
    """
    companies = {row["vat_number"]: row["company_no"] for row in database.rows("SELECT vat_number, company_no FROM company")}
    with database.transaction():
        added = 0
        for line, one in enumerate(people, start=2):
            if one.get("vat_number") not in companies:
                raise Refusal(Code.INVALID_FILE, file="accounts", line=line, expected="the VAT number of a connected company in vat_number")
            added += _add_account(database, companies[one["vat_number"]], one, line, now)
    return added


def _add_account(database: Database, company_no: int, one: dict[str, str | None], line: int, now: datetime) -> int:
    if not one.get("first_name") or not one.get("last_name"):
        raise Refusal(Code.INVALID_FILE, file="accounts", line=line, expected="first_name and last_name")
    key = email_key(pa.array([one.get("email")], pa.string()))[0].as_py()
    if key and database.value("SELECT count(*) FROM account WHERE email_hash = hash(?)", [key]):
        return 0
    account_no = int(database.value("SELECT coalesce(max(account_no), 0) + 1 FROM account_version"))
    database.run("INSERT INTO account (account_no, company_no, version_no) VALUES (?, ?, 0)", [account_no, company_no])
    values: dict[str, object] = {name: one.get(name) or None for name in ("email", "first_name", "last_name")}
    _append_version(database, account_no, {**values, "birth_date": _date("birth_date", one.get("birth_date"))}, now)
    return 1


def _append_version(database: Database, account_no: int, values: dict[str, object], now: datetime) -> None:
    """A new version with some fields replaced, made by the platform (no sync run)."""
    current = database.rows(
        "SELECT v.* FROM account AS a JOIN account_version AS v USING (version_no) WHERE a.account_no = ?", [account_no]
    )
    version = {**(current[0] if current else dict.fromkeys(ACCOUNT_FIELDS)), **values}
    keys = {
        "email_key": email_key(pa.array([version["email"]], pa.string()))[0].as_py(),
        "name_key": name_key(pa.array([version["first_name"]], pa.string()), pa.array([version["last_name"]], pa.string()))[0].as_py(),
        "birth_name_key": name_key(pa.array([version["first_name"]], pa.string()), pa.array([version["birth_name"]], pa.string()))[
            0
        ].as_py(),
    }
    if keys["email_key"] and database.value(
        "SELECT count(*) FROM account WHERE email_hash = hash(?) AND account_no <> ?", [keys["email_key"], account_no]
    ):
        raise Refusal(Code.EMAIL_TAKEN)
    database.run(
        statement("account_version_platform"),
        {"account_no": account_no, "now": now, "date": now.date(), **{name: version[name] for name in ACCOUNT_FIELDS}, **keys},
    )
    database.run(statement("account_platform"), {"account_no": account_no})


def _is_pay_dated(database: Database, account_no: int) -> bool:
    """Whether days, and not the newest version alone, say what is paid today: there are other periods, or what was paid has ended."""
    return bool(
        database.value(
            "SELECT count(*) FROM account AS a JOIN pay_version AS v ON v.pay_no = a.pay_no WHERE a.account_no = ?"
            " AND (v.effective_until <= current_date OR v.pay_no IN (SELECT pay_no FROM period_version))",
            [account_no],
        )
    )


def _dated(name: str, pay: dict[str, Any]) -> dict[str, Any]:
    """One amount of a pay in force, as `field_changes` would tell it."""
    value = pay[name]
    return {"new_value": None if value is None else str(value), "sync_run_id": pay["sync_run_id"], "recorded_at": pay["recorded_at"]}


def _owner(database: Database, account_no: int) -> StoredConnection | None:
    found = database.value(
        "SELECT c.connection_id FROM account AS a JOIN connection AS c USING (connection_no) WHERE a.account_no = ?", [account_no]
    )
    return stored_connections(database, [found])[0] if found else None


def _explained_field(name: str, change: dict[str, Any] | None, owner: StoredConnection | None) -> dict[str, Any]:
    rule = owner.mapping.governing(name) if owner else None
    locked = rule is not None and rule.policy is Policy.ALWAYS
    return {
        "field": name,
        "value": change["new_value"] if change else None,
        "owner": owner.connection.provider if owner and rule and rule.policy is not Policy.NEVER else "platform",
        "policy": rule.policy.value if rule else "not mapped",
        "source": " / ".join(rule.sources) if rule else None,
        "set_by": (change["sync_run_id"] or "platform") if change else None,
        "set_at": change["recorded_at"] if change else None,
        "locked": locked,
        "change_at": owner.connection.provider if owner and locked else "platform",
    }


def _date(field: str, text: str | None) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(Code.INVALID_DATE, date="that value", field=field, expected="YYYY-MM-DD") from None
