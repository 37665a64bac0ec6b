"""A person decides about a conflict; the next sync of its connection applies it.

May import: `adapters`, `domain`, this room.
"""

from typing import Any

from hr_pipeline.adapters.store.accounts import account_no_of
from hr_pipeline.adapters.store.conflicts import Answer, decide, resolution_of
from hr_pipeline.adapters.store.reports import conflicts
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.operations.workplace import Workplace


def resolve(
    work: Workplace, conflict_no: int, choice: Choice, owner: str, account: str | None = None, reason: str | None = None
) -> dict[str, Any]:
    """Decide about a conflict. Returns the conflict as it stands now, with its `resolution`.

    Args:
        work: Where.
        conflict_no: As `conflicts` lists it.
        choice: What.
        owner: Who says so.
        account: For `link` and `transfer`: an account's id or address; the only candidate without.
        reason: Why; an exclusion keeps it.

    Raises:
        Refusal: See `adapters.store.conflicts.decide`, and `UNKNOWN_ACCOUNT`.
    """
    with work.store.opened() as database:
        account_no = account_no_of(database, account) if account is not None else None
        decide(database, conflict_no, Answer(choice, owner, account_no, reason), work.today, work.clock())
        return {**conflicts(database, conflict_no=conflict_no)[0], "resolution": resolution_of(database, conflict_no)}
