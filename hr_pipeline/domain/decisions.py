"""What a person can decide: about a conflict, about a hold. Which decision a question allows, and for how long a release counts.

Not here: whether the store lets it happen (`adapters.store.conflicts`). Source: synchronisation.md §3 and §6. May import: `codes`.
"""

from datetime import timedelta
from enum import StrEnum

from hr_pipeline.domain.codes import Code

RELEASE_LASTS = timedelta(hours=24)

# Codes of what waits for a person: of a review, which is approved; and of guards, which are released. An empty list is neither: there is
# nothing in it to let through.
HOLDS = frozenset(code for code in Code if code.startswith("HELD_"))
GUARD_HOLDS = HOLDS - {Code.HELD_REVIEW}


class Choice(StrEnum):
    """An answer to a conflict."""

    LINK = "link"  # the employee is that account
    CREATE = "create"  # somebody else: an account of their own
    TRANSFER = "transfer"  # the account of another company of the group moves here
    EXCLUDE = "exclude"  # leave the employee out
    DEFER = "defer"  # don't ask again until something changes


class ConflictState(StrEnum):
    """Where a conflict stands."""

    OPEN = "open"  # asks
    DECIDED = "decided"  # the next sync applies the decision
    DEFERRED = "deferred"  # not asked again while its inputs stay
    CLOSED = "closed"


_LEAVE = (Choice.EXCLUDE, Choice.DEFER)
_POSSIBLE: dict[Code, tuple[Choice, ...]] = {
    # Two who are both listed: there is one account at most, and it has its employee.
    **dict.fromkeys((Code.DUPLICATE_EXTERNAL_ID, Code.DUPLICATE_EMAIL, Code.DUPLICATE_EMPLOYEE_NUMBER, Code.ALREADY_LINKED), _LEAVE),
    **dict.fromkeys((Code.TRANSFER, Code.EMAIL_IN_OTHER_COMPANY), (Choice.TRANSFER, Choice.CREATE, *_LEAVE)),
}
_USUAL = (Choice.LINK, Choice.CREATE, *_LEAVE)


def possible(code: Code, *, linked: bool = False) -> tuple[Choice, ...]:
    """The decisions that a conflict of this code allows; of a linked person, whose question is only about an address, the last two."""
    return _LEAVE if linked else _POSSIBLE.get(code, _USUAL)
