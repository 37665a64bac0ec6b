"""What the store says, gathered once for every check, and a check as a verdict on it.

Not here: the verdicts (`checks`). May import: `adapters`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dagster as dg

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.health import (
    active_connections,
    miscounted_runs,
    newest_runs,
    problem_counts,
    shared_emails,
    stale_connections,
)
from hr_pipeline.adapters.store.overview import conflicts_by_code, waiting_holds
from hr_pipeline.adapters.store.reports import sync_runs

Rows = Sequence[dict[str, Any]]  # sync runs as `reports.sync_runs` gives them
Problems = dict[tuple[str, str, str, bool], int]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the store says about some sync runs."""

    runs: Rows
    problems: Problems
    counted: Rows  # these, and those just made
    miscounted: Rows
    shared_emails: Sequence[Sequence[str]]
    holds: Rows
    conflicts: Rows  # not closed, by connection and code
    stale: Rows  # active connections that are behind, as `health.stale_connections` gives them
    connections: int  # active ones


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """A check with its verdict on the evidence."""

    spec: dg.AssetCheckSpec
    verdict: Callable[[Evidence], dg.AssetCheckResult]

    def judged(self, evidence: Evidence) -> dg.AssetCheckResult:
        """The verdict under the check's own name."""
        result = self.verdict(evidence)
        return dg.AssetCheckResult(
            passed=result.passed,
            asset_key=self.spec.asset_key,
            check_name=self.spec.name,
            severity=result.severity,
            metadata=result.metadata,
            description=result.description,
        )


def standing_evidence(database: Database, today: date, made: Sequence[int] = ()) -> Evidence:
    """How things stand: on the newest sync run of every active connection, so that a check says the same in every way of starting a run.

    Args:
        database: The store.
        today: Civil date in Brussels.
        made: Sync runs just made: whether their employees add up is asked too, when they are replays of earlier days.
    """
    return evidence_of(database, newest_runs(database), today, made)


def evidence_of(database: Database, run_nos: list[int], today: date, made: Sequence[int] = ()) -> Evidence:
    """Everything the checks look at, for these runs (and the counts of some more) and on this day."""
    counted = sorted({*run_nos, *made})
    runs = sync_runs(database, run_nos=run_nos)
    return Evidence(
        runs,
        problem_counts(database, run_nos),
        runs if len(counted) == len(run_nos) else sync_runs(database, run_nos=counted),
        miscounted_runs(database, counted),
        shared_emails(database),
        waiting_holds(database),
        conflicts_by_code(database, today),
        stale_connections(database, today),
        active_connections(database),
    )
