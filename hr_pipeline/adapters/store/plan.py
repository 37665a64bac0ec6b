"""What is planned and what comes of it: a connection with its staged snapshot, and its frozen plan. How plans are made is `planning`.

May import: `domain`, `connections`, `staging`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from hr_pipeline.adapters.store.connections import StoredConnection
from hr_pipeline.adapters.store.staging import StagedCounts
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Counts


@dataclass(frozen=True, slots=True)
class Asked:
    """One connection whose staged snapshot is to be planned.

    Attributes:
        plan_id: Under which the plan can be kept and approved.
        approved_plan_id: The plan somebody approved; its review and guards are settled, its rows are binding.
        pulled_at: When the snapshot was pulled: of two of one day the later one is newer.
        planned_at: When the plan is made; releases count until they expire. None: none counts.
        released: Hash of the plan whose hold somebody released: its guards are settled, not its held rows.
        rows_released: Some held rows may be released, each by its own signature.
        is_held_back: The plan is held, so that nobody leaves another connection for it yet.
    """

    stored: StoredConnection
    date: date
    snapshot_id: str
    content_hash: str
    counts: StagedCounts
    plan_id: str
    approved_plan_id: str | None = None
    pulled_at: datetime | None = None
    planned_at: datetime | None = None
    released: str | None = None
    rows_released: bool = False
    is_held_back: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether a person has looked at the plan, whatever guards say."""
        return self.released is not None or self.approved_plan_id is not None

    @property
    def is_older(self) -> bool:
        """Whether newer facts than this snapshot's have been applied already."""
        last, pulled = self.stored.last_applied_date, self.stored.last_pulled_at
        if last is None or self.date != last:
            return last is not None and self.date < last
        return pulled is not None and self.pulled_at is not None and self.pulled_at < pulled


@dataclass(frozen=True, slots=True)
class Plan:
    """The decisions for one connection's snapshot, counted.

    Attributes:
        failure: Code of the guard (or review) that holds the whole run; None when it may be applied.
        detail: Parameters of that code (observed, limit, column), or nothing.
        pay: Pay rows by what becomes of them: source, applied, unchanged, rejected.
    """

    asked: Asked
    counts: Counts
    pay: dict[str, int]
    failure: Code | None
    detail: dict[str, object]
    hash: str

    @property
    def buckets(self) -> dict[str, int]:
        """Employees as a reviewer looks at them."""
        c = self.counts
        return {
            "new": c.created,
            "synchronised": c.linked + c.updated + c.unchanged + c.transferred,
            "conflict": c.conflict,
            "excluded": c.left_out,
            "rejected": c.rejected,
            "held": c.held,
        }
