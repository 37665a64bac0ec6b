"""Decisions about conflicts: taken by a person, remembered with the inputs they rest on, applied by the next sync (`sql/settled.sql`).

Not here: listing conflicts (`reports`), which decision a code allows (`domain.decisions`). May import: `domain`, `database`, `exclusions`.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.adapters.store.exclusions import leave_out
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import Choice, ConflictState, possible
from hr_pipeline.domain.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says to a conflict. `account_no` goes with `link` and `transfer`; without it the only candidate is meant."""

    choice: Choice
    owner: str
    account_no: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Question:
    """A conflict as it is stored."""

    number: int
    connection_no: int
    connection_id: str
    company_no: int
    group_name: str | None
    external_id: str
    code: Code
    candidates: list[dict[str, Any]]
    inputs: dict[str, int]
    inputs_hash: int
    is_linked: bool


def decide(database: Database, conflict_no: int, answer: Answer, today: date, now: datetime) -> None:
    """Remember a decision about an open conflict, in the place of an earlier one; an exclusion takes effect at once.

    Args:
        database: The store.
        conflict_no: As `conflicts` lists it.
        answer: The decision.
        today: Civil date in Brussels.
        now: When.

    Raises:
        Refusal: `UNKNOWN_CONFLICT`, `CONFLICT_CLOSED`, `DISCONNECTED`, `CHOICE_REFUSED`, `ACCOUNT_REFUSED`, `CONFLICT_CHANGED`;
            nothing is changed.
    """
    with database.transaction():
        question = _question(database, conflict_no)
        _check_choice(question, answer.choice)
        _check_inputs(database, question)
        account_no = _account(database, question, answer, today) if answer.choice in (Choice.LINK, Choice.TRANSFER) else None
        _check_address(database, question, account_no, answer.choice, today)
        database.run(
            "UPDATE resolution SET ended_at = ?, ended_why = 'replaced'"
            " WHERE ended_at IS NULL AND connection_no = ? AND external_id = ? AND code = ?",
            [now, question.connection_no, question.external_id, question.code.value],
        )
        _remember(database, question, answer, account_no, now)
        if answer.choice is Choice.EXCLUDE:
            reason = answer.reason or f"conflict {conflict_no}"
            leave_out(database, question.connection_no, question.external_id, owner=answer.owner, reason=reason, until=None, now=now)
        state = ConflictState.DEFERRED if answer.choice is Choice.DEFER else ConflictState.DECIDED
        database.run("UPDATE conflict SET state = ?, changed = NULL WHERE conflict_no = ?", [state.value, conflict_no])


def acceptable(database: Database, conflict_no: int, today: date) -> list[tuple[Choice, str | None]]:
    """The decisions about a conflict that would not be refused now, with the account of each; none about a closed one."""
    try:
        question = _question(database, conflict_no)
    except Refusal:
        return []
    found: list[tuple[Choice, str | None]] = []
    for choice in possible(question.code, linked=question.is_linked):
        accounts = [one["account_id"] for one in question.candidates] if choice in (Choice.LINK, Choice.TRANSFER) else [None]
        for account_id in accounts:
            answer = Answer(choice, "", int(account_id[1:]) if account_id else None)
            try:
                account_no = _account(database, question, answer, today) if account_id else None
                _check_address(database, question, account_no, choice, today)
            except Refusal:
                continue
            found.append((choice, account_id))
    return found


def resolution_of(database: Database, conflict_no: int) -> dict[str, Any] | None:
    """The newest decision about a conflict: choice, account, owner, reason, when, and how it ended."""
    rows = database.rows(
        "SELECT choice, CASE WHEN account_no IS NOT NULL THEN 'a' || account_no END AS account_id, owner, reason, decided_at, ended_at, ended_why"
        " FROM resolution WHERE conflict_no = ? ORDER BY resolution_no DESC LIMIT 1",
        [conflict_no],
    )
    return rows[0] if rows else None


def _question(database: Database, conflict_no: int) -> _Question:
    rows = database.rows(statement("question"), {"conflict_no": conflict_no})
    if not rows:
        raise Refusal(Code.UNKNOWN_CONFLICT, conflict=conflict_no)
    row = rows[0]
    if row["state"] == ConflictState.CLOSED or row["external_id"] is None:
        raise Refusal(Code.CONFLICT_CLOSED, conflict=conflict_no, state=row["ended_why"])
    if not row["active"]:
        raise Refusal(Code.DISCONNECTED, connection=row["connection_id"])
    return _Question(
        number=conflict_no,
        connection_no=row["connection_no"],
        connection_id=row["connection_id"],
        company_no=row["company_no"],
        group_name=row["group_name"],
        external_id=row["external_id"],
        code=Code(row["code"]),
        candidates=json.loads(row["candidates"]),
        inputs=dict(row["inputs"] or {}),
        inputs_hash=row["inputs_hash"],
        is_linked=row["is_linked"],
    )


def _check_choice(question: _Question, choice: Choice) -> None:
    allowed = possible(question.code, linked=question.is_linked)
    if choice not in allowed:
        raise Refusal(Code.CHOICE_REFUSED, conflict=question.number, choice=choice.value, code=question.code, possible=", ".join(allowed))


def _check_inputs(database: Database, question: _Question) -> None:
    """The accounts' side of the question must be what it was when it was asked; the employee's is known at the next sync only."""
    numbers = [int(candidate["account_id"][1:]) for candidate in question.candidates]
    if not numbers:
        return
    database.run(statement("account_part"))
    rows = database.rows("SELECT names, hashes FROM account_part WHERE account_no IN (SELECT unnest(?::BIGINT[]))", [numbers])
    now = {name: value for row in rows for name, value in zip(row["names"], row["hashes"], strict=True)}
    asked = {name: value for name, value in question.inputs.items() if not name.startswith("employee.")}
    if changed := sorted(name for name in asked.keys() | now.keys() if asked.get(name) != now.get(name)):
        raise Refusal(Code.CONFLICT_CHANGED, conflict=question.number, connection=question.connection_id, changed=", ".join(changed))


def _account(database: Database, question: _Question, answer: Answer, today: date) -> int:
    """The account meant.

    Raises:
        Refusal: `ACCOUNT_REFUSED` when it won't do.
    """
    candidates = [int(candidate["account_id"][1:]) for candidate in question.candidates]
    if answer.account_no is None and len(candidates) != 1:
        named = ", ".join(f"a{number}" for number in candidates) or None
        raise Refusal(Code.ACCOUNT_REFUSED, account=named, conflict=question.number, reason="name one of several candidates")
    account_no = answer.account_no if answer.account_no is not None else candidates[0]
    asked = {"connection_no": question.connection_no, "external_id": question.external_id}
    rows = database.rows(statement("account_eligible"), {"account_no": account_no, "today": today, **asked})
    if not rows:
        raise Refusal(Code.UNKNOWN_ACCOUNT, account=f"a{account_no}")
    reason = _unfit(question, rows[0], answer.choice)
    if reason is None and rows[0]["is_chosen"]:
        reason = "it was chosen for another employee already"
    if reason is not None:
        raise Refusal(Code.ACCOUNT_REFUSED, account=f"a{account_no}", conflict=question.number, reason=reason)
    return account_no


def _unfit(question: _Question, account: dict[str, Any], choice: Choice) -> str | None:
    """Why an account can't be the employee's; None when it can."""
    same_company = account["company_no"] == question.company_no
    if choice is Choice.TRANSFER:
        if same_company:
            return "it belongs to this very company"
        same_group = question.group_name is not None and account["group_name"] == question.group_name
        return None if same_group else "its company is not of the same group"
    if not same_company:
        return "it belongs to another company"
    return None if account["is_free"] else "it belongs to an employee who is still listed"


def _check_address(database: Database, question: _Question, account_no: int | None, choice: Choice, today: date) -> None:
    """The employee's address must be free for the account, or belong to a closed one, which then loses it."""
    if choice not in (Choice.LINK, Choice.CREATE, Choice.TRANSFER):
        return
    holders = [int(candidate["account_id"][1:]) for candidate in question.candidates if "email" in candidate["agrees"]]
    for holder in holders:
        if holder != account_no and not database.value(
            "SELECT coalesce(exit_date < ?, FALSE) FROM account WHERE account_no = ?", [today, holder]
        ):
            reason = "it has the e-mail address of this employee and is still in use"
            raise Refusal(Code.ACCOUNT_REFUSED, account=f"a{holder}", conflict=question.number, reason=reason)


def _remember(database: Database, question: _Question, answer: Answer, account_no: int | None, now: datetime) -> None:
    at_once = answer.choice is Choice.EXCLUDE
    database.run(
        "INSERT INTO resolution BY NAME SELECT (SELECT coalesce(max(resolution_no), 0) + 1 FROM resolution) AS resolution_no, ? AS conflict_no,"
        " ? AS connection_no, ? AS external_id, ? AS code, ? AS choice, ?::BIGINT AS account_no, ?::UBIGINT AS inputs_hash, ? AS owner,"
        " ? AS reason, ? AS decided_at, ?::TIMESTAMPTZ AS ended_at, ? AS ended_why",
        [
            *(question.number, question.connection_no, question.external_id, question.code.value, answer.choice.value),
            *(account_no, question.inputs_hash, answer.owner, answer.reason, now),
            *((now, "applied") if at_once else (None, None)),
        ],
    )
