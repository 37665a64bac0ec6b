"""Decisions about conflicts: taken by a person, remembered with the inputs they rest on, applied by the next sync (`sql/settled.sql`).

Not here: listing conflicts (`reports`), what a decision is checked against (`questions`). May import: `domain`, `database`, `exclusions`, `questions`.
"""

from datetime import date, datetime
from typing import Any

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.adapters.store.exclusions import leave_out
from hr_pipeline.adapters.store.questions import Answer, Question, check_address, check_choice, check_inputs, meant_account, stored_question
from hr_pipeline.domain.decisions import Choice, ConflictState

__all__ = ["Answer", "decide", "ending_of", "resolution_of"]


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
        question = stored_question(database, conflict_no)
        check_choice(question, answer.choice)
        check_inputs(database, question)
        account_no = meant_account(database, question, answer, today) if answer.choice in (Choice.LINK, Choice.TRANSFER) else None
        check_address(database, question, account_no, answer.choice, today)
        _end_exclusion(database, conflict_no, now)
        database.run(
            "UPDATE resolution SET ended_at = ?, ended_why = 'replaced' WHERE ended_at IS NULL AND connection_no = ? AND external_id = ?",
            [now, question.connection_no, question.external_id],
        )
        _remember(database, question, answer, account_no, now)
        if answer.choice is Choice.EXCLUDE:
            reason = answer.reason or f"conflict {conflict_no}"
            leave_out(database, question.connection_no, question.external_id, owner=answer.owner, reason=reason, until=None, now=now)
        state = ConflictState.DEFERRED if answer.choice is Choice.DEFER else ConflictState.DECIDED
        database.run("UPDATE conflict SET state = ?, changed = NULL WHERE conflict_no = ?", [state.value, conflict_no])


def resolution_of(database: Database, conflict_no: int) -> dict[str, Any] | None:
    """The newest decision about a conflict: choice, account, owner, reason, when, how it ended, by which run, and what undid that.

    `undone_by` is the newest undo that reversed something of this very employee.
    """
    rows = database.rows(statement("resolution_newest"), {"conflict_no": conflict_no})
    return rows[0] if rows else None


def ending_of(database: Database, conflict_no: int) -> dict[str, Any] | None:
    """How a closed conflict ended: the sync run, when, its trigger, and the employee's outcome and account there.

    `outcome` is None of somebody who is not listed any more. None of a conflict that is not closed.
    """
    rows = database.rows(statement("conflict_ended"), {"conflict_no": conflict_no})
    return rows[0] if rows else None


def _end_exclusion(database: Database, conflict_no: int, now: datetime) -> None:
    """Whom the newest decision left out is left out no more, unless somebody excluded them otherwise since."""
    newest = "(SELECT max(resolution_no) FROM resolution WHERE conflict_no = $no)"
    asked = {"no": conflict_no, "now": now}
    database.run(
        "UPDATE exclusion AS x SET ended_at = $now FROM resolution AS r WHERE r.choice = 'exclude' AND x.ended_at IS NULL"
        " AND x.connection_no = r.connection_no AND x.external_id = r.external_id AND x.created_at = r.decided_at"
        f" AND r.resolution_no = {newest}",
        asked,
    )
    database.run(
        f"UPDATE resolution SET ended_at = $now, ended_why = 'replaced' WHERE choice = 'exclude' AND resolution_no = {newest}", asked
    )


def _remember(database: Database, question: Question, answer: Answer, account_no: int | None, now: datetime) -> None:
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
