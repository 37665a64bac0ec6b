"""Seeing what a sync would do, and applying exactly what was seen.

A preview pulls (or takes a kept snapshot), plans and keeps the plan; nothing of the platform's accounts is written. May import:
`adapters`, `domain`, this room.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from hr_pipeline.adapters.private_files import held_folder
from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.adapters.store.connections import StoredConnection, look_again, stored_connection
from hr_pipeline.adapters.store.database import statement
from hr_pipeline.adapters.store.plan import Plan
from hr_pipeline.adapters.store.planning import keep_plans, planned_absences, plans
from hr_pipeline.adapters.store.releases import Word
from hr_pipeline.adapters.store.reports import plan_counted, plan_of, plan_rows
from hr_pipeline.adapters.store.snapshots import Snapshot, kept_snapshot
from hr_pipeline.adapters.store.staging import Stage
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import GUARD_HOLDS
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.stored_params import restored
from hr_pipeline.operations.conforming import Part, staged
from hr_pipeline.operations.pulling import Progress, Pulls, fresh_pulls
from hr_pipeline.operations.syncing import asked_for, finished, select
from hr_pipeline.operations.work_folder import work_folder
from hr_pipeline.operations.workplace import Workplace


def preview(work: Workplace, connection_id: str, snapshot_id: str | None = None, progress: Progress | None = None) -> dict[str, Any]:
    """The plan for one connection, kept under its id so that it can be approved.

    Args:
        work: Where.
        connection_id: Whose.
        snapshot_id: A kept snapshot to plan from; pulls afresh without.
        progress: Told of pages and companies.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `DISCONNECTED`, `UNKNOWN_SNAPSHOT`, or what the pull failed with.
    """
    with work.store.opened() as database:
        stored = stored_connection(database, connection_id)
        if not stored.connection.active:
            raise Refusal(Code.DISCONNECTED, connection=connection_id)
        snapshot = _of_connection(kept_snapshot(database, snapshot_id), stored) if snapshot_id else None
    chosen = snapshot or _pulled(fresh_pulls(work, [stored], work.today, progress))
    plan, warnings, absences = _planned(work, stored, chosen)
    with work.store.opened() as database:
        rows, counted = plan_rows(database, plan.asked.plan_id), plan_counted(database, plan.asked.plan_id)
    return {
        "plan_id": plan.asked.plan_id,
        "connection_id": connection_id,
        "snapshot_id": chosen.snapshot_id,
        "hash": plan.hash,
        "held_by": plan.failure,
        "detail": plan.detail,
        "buckets": plan.buckets,  # `excluded` counts those out of scope too; `left_out` tells them apart
        "left_out": {"excluded": plan.counts.excluded, "out_of_scope": plan.counts.out_of_scope},
        "missing": plan.counts.missing,
        "absences": {
            "first_time": sum(one["is_first_time"] for one in absences),
            "closed_by_rule": [
                {"external_id": one["external_id"], "account_id": one["account_id"], "on": one["closed_on"], "rule": one["close_missing"]}
                for one in absences
                if one["closed_on"] is not None
            ],
        },
        "counted": counted,
        "rows": rows,
        "warnings": warnings,
    }


def approve(work: Workplace, plan_id: str, owner: str = "", reason: str | None = None, dagster_run_id: str | None = None) -> list[SyncRun]:
    """Apply a plan as it was seen: rows whose inputs have changed since wait for another look (`PLAN_STALE`), the others go on.

    Args:
        work: Where.
        plan_id: What was seen.
        owner: Who says so; kept with the sync run that applies the plan.
        reason: Why; due for a plan that a guard holds, since approving it releases the hold.
        dagster_run_id: The Dagster run that executes it.

    Raises:
        Refusal: `UNKNOWN_PLAN`, `PLAN_APPLIED` when it was applied already, `PLAN_HELD` when a guard holds it and no reason is given,
            `UNKNOWN_SNAPSHOT` when its snapshot is no longer kept, `ALREADY_RUNNING`.
    """
    with work.store.opened() as database:
        plan = plan_of(database, plan_id)
        if plan["applied_run_no"] is not None:
            raise Refusal(Code.PLAN_APPLIED, plan=plan_id, run=f"r{plan['applied_run_no']}")
        if plan["code"] in GUARD_HOLDS and not (reason or "").strip():
            raise Refusal(Code.PLAN_HELD, plan=plan_id, code=plan["code"])
        snapshot = kept_snapshot(database, plan["snapshot_id"])
    wanted, approved = [(plan["connection_id"], snapshot.date)], {plan["connection_id"]: plan_id}
    selection = select(work, wanted, Trigger.APPROVAL, dagster_run_id, approved)
    return finished(work, replace(selection, word=Word(owner, reason)), Pulls((snapshot,)))


def mapping_effect(work: Workplace, connection_id: str, mapping: FieldMapping, snapshot: Snapshot) -> dict[str, int]:
    """What another mapping would make of a kept snapshot, in buckets. Nothing is written: what has to be, is in a transaction that is not kept."""
    with work.store.opened() as database:
        stored = stored_connection(database, connection_id).with_mapping(mapping)
    with staged_snapshot(work, stored, snapshot) as (stage, part), work.store.opened() as database, database.rehearsal():
        look_again(database, connection_id)
        [plan] = plans(database, stage, 0, asked_for(work, {stored.number: stored}, part, {}))
    return {**plan.buckets, "updated": plan.counts.updated, "missing": plan.counts.missing}


def _planned(work: Workplace, stored: StoredConnection, snapshot: Snapshot) -> tuple[Plan, list[dict[str, Any]], list[dict[str, Any]]]:
    """The plan for one snapshot, kept; what is odd about whom without keeping them back; and whom it misses."""
    with staged_snapshot(work, stored, snapshot) as (stage, part), work.store.opened() as database:
        planned = plans(database, stage, 0, asked_for(work, {stored.number: stored}, part, {}))
        with database.transaction():
            keep_plans(database, planned, {}, work.clock())
        return planned[0], database.rows(statement("warnings_planned")), planned_absences(database)


@contextmanager
def staged_snapshot(work: Workplace, stored: StoredConnection, snapshot: Snapshot) -> Iterator[tuple[Stage, Part]]:
    """One snapshot, conformed and staged for as long as the block lasts."""
    stage = Stage(work_folder(work, work.new_id("preview", snapshot.date)), work.store.key)
    with held_folder(stage.folder):
        try:
            staging = staged(work, stage, [(stored, snapshot)])
            if staging.failures:
                raise Refusal(staging.failures[0].code, **restored(staging.failures[0].detail))
            yield stage, staging.parts[0]
        finally:
            stage.remove()


def _of_connection(snapshot: Snapshot, stored: StoredConnection) -> Snapshot:
    if snapshot.connection_no != stored.number:
        raise Refusal(Code.UNKNOWN_SNAPSHOT, snapshot=snapshot.snapshot_id, connection=stored.connection_id)
    return snapshot


def _pulled(pulls: Pulls) -> Snapshot:
    if pulls.failures:
        raise Refusal(pulls.failures[0].code, **restored(pulls.failures[0].detail))
    return pulls.snapshots[0]
