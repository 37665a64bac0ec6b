"""What a plan would make of one kept snapshot, beside what was or would be made of it otherwise; nothing is kept of it.

Used for replays and for settings that somebody thinks of changing. May import: `adapters`, `domain`, this room.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from hr_pipeline.adapters.store.connections import StoredConnection, look_again
from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.adapters.store.plan import Plan
from hr_pipeline.adapters.store.planning import plans
from hr_pipeline.adapters.store.snapshots import Snapshot
from hr_pipeline.operations.previewing import staged_snapshot
from hr_pipeline.operations.syncing import asked_for
from hr_pipeline.operations.workplace import Workplace

Row = dict[str, Any]

_NOW = ("outcome", "code", "field", "changed")


@dataclass(frozen=True, slots=True)
class Foresight:
    """A plan that is not kept, in the open store with its temporary tables."""

    plan: Plan
    database: Database

    def decisions(self) -> pa.Table:
        """One row per employee that is not plainly unchanged: `external_id, outcome, code, field, changed, account_id`."""
        return self.database.table("FROM foreseen")

    def differences(self, earlier: pa.Table) -> list[Row]:
        """Employees about whom this plan decides otherwise than `earlier` (as `decisions` gives it): external id, account, before and after."""
        with self.database.with_frame("earlier_in", earlier):
            rows = self.database.rows(statement("decision_compared"))
        return [
            {
                "external_id": row["external_id"],
                "account_id": row["account_id"],
                "before": {name: row[f"old_{name}"] for name in _NOW},
                "after": {name: row[name] for name in _NOW},
            }
            for row in rows
        ]

    def summary(self) -> Row:
        """Employees by bucket, why some are left out, those who would change, linked people not listed, and what would hold the run."""
        counts = {**self.plan.buckets, "updated": self.plan.counts.updated, "missing": self.plan.counts.missing}
        left_out = {"excluded": self.plan.counts.excluded, "out_of_scope": self.plan.counts.out_of_scope}
        return {"buckets": counts, "left_out": left_out, "held_by": self.plan.failure, "detail": self.plan.detail}


@contextmanager
def foreseen(work: Workplace, stored: StoredConnection, snapshot: Snapshot, *, anew: bool = False) -> Iterator[Foresight]:
    """The plan that a connection's settings and mapping would make of a kept snapshot. The store is as it was afterwards.

    Args:
        work: Where.
        stored: The connection as it is, or as it would be.
        snapshot: One of its own.
        anew: Compare every linked person field by field, as the next sync does after the mapping changed.
    """
    with staged_snapshot(work, stored, snapshot) as (stage, part), work.store.opened() as database, database.rehearsal():
        if anew:
            look_again(database, stored.connection_id)
        [plan] = plans(database, stage, 0, asked_for(work, {stored.number: stored}, part, {}))
        database.run(statement("foreseen"))
        yield Foresight(plan, database)
