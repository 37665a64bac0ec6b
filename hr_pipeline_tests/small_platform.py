"""A small platform for tests: a real store in a folder, companies connected to it, and nights that synchronise given people.

Drives the store's own functions with an injected clock; no provider and no Dagster. May import: `hr_pipeline`.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hr_pipeline.adapters.store.applying import Attempt, SyncRun, apply_plans
from hr_pipeline.adapters.store.connections import add_connection, stored_connections
from hr_pipeline.adapters.store.database import Store
from hr_pipeline.adapters.store.planning import Asked, Plan, plans
from hr_pipeline.adapters.store.staging import Stage, StagedCounts
from hr_pipeline.domain.connections import Connection, Review, Settings
from hr_pipeline.domain.fields import FIELDS
from hr_pipeline.domain.mapping import FieldMapping, FieldRule
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline_tests.people import conformed

FIRST_NIGHT = date(2026, 3, 2)
EVERYTHING = FieldMapping({f.name: FieldRule((f.name,)) for f in FIELDS})
CLEARABLE = FieldMapping({f.name: FieldRule((f.name,), may_clear=True) for f in FIELDS})


class Platform:
    """A store in a folder, with nights."""

    def __init__(self, folder: Path, key: str | None = None) -> None:
        self.folder = folder
        self.store = Store(folder / "store.duckdb", key=key, folders=(folder,), patience_seconds=10)
        self.clock = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
        self._nights = 0

    def connect(
        self, connection_id: str, *, group: str | None = None, vat: str | None = None, settings: Settings | None = None, mapping: FieldMapping = EVERYTHING
    ) -> None:
        """Register a company; reviews are off unless the settings say otherwise."""
        connection = Connection(
            connection_id=connection_id,
            provider=connection_id.split("-")[0],
            company=connection_id.title(),
            vat_number=vat or f"BE{abs(hash(connection_id)) % 10**10:010d}",
            provider_company_id=f"id-of-{connection_id}",
            settings=settings or Settings(review=Review.NEVER),
            credential={"kind": "partner"},
            group=group,
        )
        with self.store.opened() as database:
            add_connection(database, connection, mapping, self.clock)

    def plan(self, people: dict[str, Iterable[dict[str, Any]]], on: date | None = None) -> list[Plan]:
        """What a night would do, without doing it."""
        return self._night(people, on, Trigger.MANUAL, apply=False)[0]

    def night(
        self, people: dict[str, Iterable[dict[str, Any]]], on: date | None = None, trigger: Trigger = Trigger.NIGHTLY, approved: dict[str, str] | None = None
    ) -> dict[str, SyncRun]:
        """One run over the given snapshots; returns the sync runs by connection id."""
        planned, runs = self._night(people, on, trigger, apply=True, approved=approved)
        return {plan.asked.stored.connection_id: run for plan, run in zip(planned, runs, strict=True)}

    def _night(
        self, people: dict[str, Iterable[dict[str, Any]]], on: date | None, trigger: Trigger, *, apply: bool, approved: dict[str, str] | None = None
    ) -> tuple[list[Plan], list[SyncRun]]:
        self._nights += 1
        stage = Stage(self.folder / f"stage-{self._nights}", key=self.store.key)
        frames = conformed(people)
        with self.store.opened() as database:
            stored = stored_connections(database, people)
            counts = stage.write(0, frames, {one.connection_id: one.number for one in stored})
            asked = [
                Asked(
                    stored=one,
                    date=on or FIRST_NIGHT + timedelta(days=self._nights - 1),
                    snapshot_id=f"snap-{self._nights}-{one.number}",
                    content_hash="0",
                    counts=counts.get(one.connection_id, StagedCounts()),
                    plan_id=f"plan-{self._nights}-{one.number}",
                    approved_plan_id=(approved or {}).get(one.connection_id),
                )
                for one in stored
            ]
            planned = plans(database, stage, 0, asked)
            runs = apply_plans(database, planned, Attempt(trigger, self.clock), self.clock) if apply else []
        self.clock += timedelta(days=1)
        stage.remove()
        return planned, runs

    def rows(self, sql: str, parameters: list[object] | None = None) -> list[dict[str, Any]]:
        """Rows of a query on the store."""
        with self.store.opened() as database:
            return database.rows(sql, parameters)

    def outcomes(self, run: SyncRun) -> dict[str, tuple[str, str | None]]:
        """External id → (outcome, code) of one run."""
        found = self.rows("SELECT external_id, outcome, code FROM reporting.outcomes WHERE sync_run_id = ?", [run.sync_run_id])
        return {row["external_id"]: (row["outcome"], row["code"]) for row in found}
