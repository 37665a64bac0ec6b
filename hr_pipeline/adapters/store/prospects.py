"""What could be decided about a conflict now: what would be accepted, what would not and why, and whom else it is about.

Read only. Not here: deciding (`conflicts`). May import: `domain`, `database`, `questions`.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.adapters.store.questions import Answer, Question, changed_parts, check_address, meant_account, stored_question
from hr_pipeline.domain.decisions import Choice, possible
from hr_pipeline.domain.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why decisions would be refused: the account that stands in the way, and the reason of the refusal."""

    account_id: str
    reason: str
    choices: list[str] = field(default_factory=list)  # `create`, `link a2`


@dataclass(frozen=True, slots=True)
class Prospects:
    """What could be decided. Once a candidate changed or is gone nothing can, before the next sync asks again."""

    offered: list[tuple[Choice, str | None]] = field(default_factory=list)
    obstacles: list[Obstacle] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)  # parts, as `a17.email`
    gone: list[str] = field(default_factory=list)  # accounts
    only_address: tuple[Choice, ...] = ()  # not asked: the employee has an account, the question is about an address


def prospects(database: Database, conflict_no: int, today: date) -> Prospects:
    """What could be decided about a conflict now; nothing about a closed one, or of a disconnected company."""
    try:
        question = stored_question(database, conflict_no)
    except Refusal:
        return Prospects()
    if parts := changed_parts(database, question):
        gone = _gone(database, question)
        return Prospects(changed=[part for part in parts if part.partition(".")[0] not in gone], gone=gone)
    allowed = possible(question.code, linked=question.is_linked)
    found = Prospects(only_address=tuple(choice for choice in possible(question.code) if choice not in allowed))
    obstacles: dict[tuple[str, str], Obstacle] = {}
    for choice in allowed:
        accounts = [one["account_id"] for one in question.candidates] if choice in (Choice.LINK, Choice.TRANSFER) else [None]
        for account_id in accounts:
            refusal = _refusal(database, question, choice, account_id, today)
            if refusal is None:
                found.offered.append((choice, account_id))
                continue
            why = (str(refusal.params["account"]), str(refusal.params["reason"]))
            obstacles.setdefault(why, Obstacle(*why)).choices.append(" ".join(filter(None, (choice, account_id))))
    found.obstacles.extend(obstacles.values())
    return found


def others_alike(database: Database, conflict_no: int) -> list[dict[str, Any]]:
    """The other employees who share what a duplicate is about, with their own open conflicts."""
    return database.rows(statement("conflict_others"), {"conflict_no": conflict_no})


def _refusal(database: Database, question: Question, choice: Choice, account_id: str | None, today: date) -> Refusal | None:
    answer = Answer(choice, "", int(account_id[1:]) if account_id else None)
    try:
        account_no = meant_account(database, question, answer, today) if account_id else None
        check_address(database, question, account_no, choice, today)
    except Refusal as refusal:
        return refusal
    return None


def _gone(database: Database, question: Question) -> list[str]:
    """Candidates that are no account any more: the undo of the run that created them took them away."""
    numbers = [int(one["account_id"][1:]) for one in question.candidates]
    rows = database.rows("SELECT account_no FROM account WHERE account_no IN (SELECT unnest(?::BIGINT[]))", [numbers])
    there = {row["account_no"] for row in rows}
    return [f"a{number}" for number in numbers if number not in there]
