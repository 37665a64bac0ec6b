"""A person's word, kept: that one held plan, or its held rows, may be applied, bound to what was seen, for a day; or that a plan was approved.

How a release counts is the plan's business (`planning`, `sql/gross_released.sql`). May import: `domain`, `database`.
"""

from dataclasses import dataclass
from datetime import date, datetime

from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import GUARD_HOLDS, RELEASE_LASTS
from hr_pipeline.domain.refusals import Refusal

# Codes of what waits for something else than a release.
_OTHERWISE = {Code.HELD_REVIEW: "it waits for a review: approve its plan", Code.SNAPSHOT_EMPTY: "an empty snapshot can't be released"}


@dataclass(frozen=True, slots=True)
class HeldPlan:
    """A plan that a guard holds, whole or in some rows. `run_no` is the sync run that waits on it; null for a preview."""

    connection_id: str
    connection_no: int
    run_no: int | None
    plan_id: str
    plan_hash: str
    snapshot_id: str
    date: date


@dataclass(frozen=True, slots=True)
class Word:
    """Who says that a plan may be applied, and why; a review alone needs no reason."""

    owner: str
    reason: str | None = None


def held_plan(database: Database, run_no: int) -> HeldPlan:
    """The plan of a sync run that somebody may release.

    Raises:
        Refusal: `NOT_HELD`, saying how the run stands; `DISCONNECTED`.
    """
    row = database.rows(statement("run_held"), {"run_no": run_no})[0]
    if reason := _why_not(row):
        raise Refusal(Code.NOT_HELD, run=f"r{run_no}", connection=row["connection_id"], reason=reason)
    if not row["active"]:
        raise Refusal(Code.DISCONNECTED, connection=row["connection_id"])
    known = ("connection_id", "connection_no", "run_no", "plan_id", "plan_hash", "snapshot_id", "date")
    return HeldPlan(**{name: row[name] for name in known})


def _why_not(row: dict[str, object]) -> str | None:
    if row["is_used"]:
        return "it was released already"
    if row["code"] not in (*GUARD_HOLDS, *_OTHERWISE) and not row["held_rows"]:
        return "nothing holds it"
    if row["newer_run_no"] is not None:
        return "a newer sync run took its place"
    for code, reason in _OTHERWISE.items():
        if row["code"] == code:
            return reason
    return None if row["plan_id"] else "nothing holds it"


def add_release(database: Database, plan: HeldPlan, owner: str, reason: str, now: datetime) -> None:
    """Record a release: who, why, until when. Inside the caller's transaction."""
    database.run(
        "INSERT INTO release BY NAME SELECT (SELECT coalesce(max(release_no), 0) + 1 FROM release) AS release_no, ? AS connection_no,"
        " ?::BIGINT AS run_no, ? AS plan_id, ? AS plan_hash, ? AS owner, ? AS reason, ? AS created_at, ? AS expires_at, NULL::BIGINT AS used_run_no",
        [plan.connection_no, plan.run_no, plan.plan_id, plan.plan_hash, owner, reason, now, now + RELEASE_LASTS],
    )


def add_approval(database: Database, plan_id: str, word: Word, now: datetime, run_no: int) -> None:
    """Record who approved a kept plan and why, with the sync run that applied it: used already, so that it lets nothing else through.

    Inside the transaction that applies the plan: neither is ever there without the other.
    """
    database.run(
        "INSERT INTO release BY NAME SELECT (SELECT coalesce(max(release_no), 0) + 1 FROM release) AS release_no, connection_no, run_no, plan_id,"
        " hash AS plan_hash, ? AS owner, ? AS reason, ? AS created_at, ? AS expires_at, ?::BIGINT AS used_run_no FROM plan WHERE plan_id = ?",
        [word.owner, word.reason or "", now, now, run_no, plan_id],
    )
