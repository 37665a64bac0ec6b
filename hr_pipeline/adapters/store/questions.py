"""A conflict as it is stored, and what a decision about it is checked against.

Not here: deciding (`conflicts`), what could be decided now (`prospects`). May import: `domain`, `database`.
"""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import Choice, ConflictState, possible
from hr_pipeline.domain.refusals import Refusal

ADDRESS_IN_USE = "it has the e-mail address of this employee and is still in use"


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says to a conflict. `account_no` goes with `link` and `transfer`; without it the only candidate is meant."""

    choice: Choice
    owner: str
    account_no: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
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


def stored_question(database: Database, conflict_no: int) -> Question:
    """A conflict that is not closed.

    Raises:
        Refusal: `UNKNOWN_CONFLICT`, `CONFLICT_CLOSED`, `DISCONNECTED`.
    """
    rows = database.rows(statement("question"), {"conflict_no": conflict_no})
    if not rows:
        raise Refusal(Code.UNKNOWN_CONFLICT, conflict=conflict_no)
    row = rows[0]
    if row["state"] == ConflictState.CLOSED or row["external_id"] is None:
        raise Refusal(Code.CONFLICT_CLOSED, conflict=conflict_no, state=row["ended_why"])
    if not row["active"]:
        raise Refusal(Code.DISCONNECTED, connection=row["connection_id"])
    return Question(
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


def check_choice(question: Question, choice: Choice) -> None:
    """The code must allow the decision.

    Raises:
        Refusal: `CHOICE_REFUSED`.
    """
    allowed = possible(question.code, linked=question.is_linked)
    if choice not in allowed:
        raise Refusal(Code.CHOICE_REFUSED, conflict=question.number, choice=choice.value, code=question.code, possible=", ".join(allowed))


def check_inputs(database: Database, question: Question) -> None:
    """The accounts' side of the question must be what it was when it was asked; the employee's is known at the next sync only.

    Raises:
        Refusal: `CONFLICT_CHANGED`.
    """
    if changed := changed_parts(database, question):
        raise Refusal(Code.CONFLICT_CHANGED, conflict=question.number, connection=question.connection_id, changed=", ".join(changed))


def changed_parts(database: Database, question: Question) -> list[str]:
    """Parts of the candidates (`a17.email`) that are not what they were when it was asked; all of those of an account that is gone."""
    numbers = [int(candidate["account_id"][1:]) for candidate in question.candidates]
    if not numbers:
        return []
    database.run(statement("account_part"))
    rows = database.rows("SELECT names, hashes FROM account_part WHERE account_no IN (SELECT unnest(?::BIGINT[]))", [numbers])
    now = {name: value for row in rows for name, value in zip(row["names"], row["hashes"], strict=True)}
    asked = {name: value for name, value in question.inputs.items() if not name.startswith("employee.")}
    return sorted(name for name in asked.keys() | now.keys() if asked.get(name) != now.get(name))


def meant_account(database: Database, question: Question, answer: Answer, today: date) -> int:
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


def _unfit(question: Question, account: dict[str, Any], choice: Choice) -> str | None:
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


def check_address(database: Database, question: Question, account_no: int | None, choice: Choice, today: date) -> None:
    """The employee's address must be free for the account, or belong to a closed one, which then loses it.

    Raises:
        Refusal: `ACCOUNT_REFUSED`, with the account that has the address.
    """
    if choice not in (Choice.LINK, Choice.CREATE, Choice.TRANSFER):
        return
    holders = [int(candidate["account_id"][1:]) for candidate in question.candidates if "email" in candidate["agrees"]]
    for holder in holders:
        if holder != account_no and not database.value(
            "SELECT coalesce(exit_date < ?, FALSE) FROM account WHERE account_no = ?", [today, holder]
        ):
            raise Refusal(Code.ACCOUNT_REFUSED, account=f"a{holder}", conflict=question.number, reason=ADDRESS_IN_USE)
