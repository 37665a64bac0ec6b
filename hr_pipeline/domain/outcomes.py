"""Outcomes, statuses and counts of a sync run, and the exact rule that turns counts into a status.

Source: synchronisation.md §4 and §5. May import: `codes`.
"""

from dataclasses import dataclass
from enum import StrEnum

from hr_pipeline.domain.codes import Code


class Outcome(StrEnum):
    """What happened to one employee in one sync run: one and only one."""

    CREATED = "created"
    LINKED = "linked"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    TRANSFERRED = "transferred"
    EXCLUDED = "excluded"
    OUT_OF_SCOPE = "out_of_scope"
    CONFLICT = "conflict"
    REJECTED = "rejected"
    HELD = "held"
    FAILED = "failed"


OK = (Outcome.CREATED, Outcome.LINKED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.TRANSFERRED)
NOK = (Outcome.CONFLICT, Outcome.REJECTED, Outcome.HELD, Outcome.FAILED)
LEFT_OUT = (Outcome.EXCLUDED, Outcome.OUT_OF_SCOPE)


class Status(StrEnum):
    """How a sync run ended."""

    SUCCESS = "success"
    PARTIAL = "partial"
    ERROR = "error"


class Trigger(StrEnum):
    """What started a sync run."""

    NIGHTLY = "nightly"
    MANUAL = "manual"
    BACKFILL = "backfill"
    RETRY = "retry"
    APPROVAL = "approval"  # of a plan, or the release of a hold
    UNDO = "undo"


class Reversal(StrEnum):
    """What an undo made of a person, or of some of their fields, in the place of an outcome."""

    REVERSED = "reversed"
    KEPT = "kept"  # somebody touched it since
    IMPOSSIBLE = "impossible"


# What a run changes, and an undo reverses, beside the fields of a person.
CHANGED_BESIDE = ("account", "link", "company", "absence", "salary_components", "pay_periods")


class Note(StrEnum):
    """Why a run with nobody in it is still a success."""

    EVERYONE_EXCLUDED = "everyone excluded"
    NO_EMPLOYEE = "no employee at the provider"


@dataclass(frozen=True, slots=True)
class Counts:
    """Employees of one sync run by outcome. `source` is T; `missing` counts links, not employees of the snapshot."""

    source: int = 0
    created: int = 0
    linked: int = 0
    updated: int = 0
    unchanged: int = 0
    transferred: int = 0
    excluded: int = 0
    out_of_scope: int = 0
    conflict: int = 0
    rejected: int = 0
    held: int = 0
    failed: int = 0
    missing: int = 0

    @property
    def ok(self) -> int:
        """Employees whose identity and every pay row are in the store as the provider has them."""
        return self.created + self.linked + self.updated + self.unchanged + self.transferred

    @property
    def nok(self) -> int:
        """Employees somebody must look at."""
        return self.conflict + self.rejected + self.held + self.failed

    @property
    def left_out(self) -> int:
        """X of §5: excluded and out of scope."""
        return self.excluded + self.out_of_scope

    @property
    def conserved(self) -> bool:
        """T = X + OK + NOK: every employee of the snapshot has exactly one outcome."""
        return self.source == self.left_out + self.ok + self.nok

    def as_dict(self) -> dict[str, int]:
        """Counts in the order of the interfaces page."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Status of a sync run, with the code or the note that explains it."""

    status: Status
    code: Code | None = None
    note: Note | None = None


def verdict(counts: Counts, *, failure: Code | None = None, had_people: bool = False) -> Verdict:
    """Status of a run, exactly as the table of §5 says.

    Args:
        counts: Employees by outcome.
        failure: Code of what stopped the run before writing, a guard on the whole run included.
        had_people: Whether the last complete snapshot of the connection listed anybody.
    """
    if failure is not None:
        return Verdict(Status.ERROR, failure)
    if counts.source == 0:
        return Verdict(Status.ERROR, Code.SNAPSHOT_EMPTY) if had_people else Verdict(Status.SUCCESS, note=Note.NO_EMPLOYEE)
    asked = counts.source - counts.left_out
    if asked == 0:
        return Verdict(Status.SUCCESS, note=Note.EVERYONE_EXCLUDED)
    if counts.ok == asked:
        return Verdict(Status.SUCCESS)
    return Verdict(Status.PARTIAL if counts.ok else Status.ERROR)
