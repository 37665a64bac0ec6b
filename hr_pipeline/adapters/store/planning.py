"""From staged people to frozen plans: one decision per employee for any number of connections at once.

Runs the statements of `sql/` in the order of synchronisation.md §3; the rules are in those files, the guards in `domain.guards`.
Writes temporary tables only; `applying` makes them last. May import: `domain`, and the store's other modules.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pandas as pd
import pyarrow as pa

from hr_pipeline.adapters.store.candidates import explain_candidates, look_for_twins
from hr_pipeline.adapters.store.connections import StoredConnection
from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.adapters.store.staging import Stage, StagedCounts
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Review
from hr_pipeline.domain.fields import ACCOUNT_FIELDS, FIELDS, Group
from hr_pipeline.domain.guards import FACTOR_TOLERANCE_PCT, held_connections
from hr_pipeline.domain.mapping import FieldMapping, Policy
from hr_pipeline.domain.names import contradictions
from hr_pipeline.domain.outcomes import Counts

# Bits of the policy masks: the fields of an account, then those of its pay (the order `change.sql` uses).
FIELD_ORDER = (*ACCOUNT_FIELDS, *(f.name for f in FIELDS if f.group is Group.PAY and not f.name.startswith("effective_")))

_PLANNED = tuple(name for name in Counts().as_dict() if name != "failed")  # outcomes that `figure.sql` counts

# Connection number → the first thing that holds its run, with the parameters of that code.
Holds = dict[int, tuple[Code, dict[str, object]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One connection whose staged snapshot is to be planned.

    Attributes:
        plan_id: Under which the plan can be kept and approved.
        approved_plan_id: The plan somebody approved; its review and guards are settled, its rows are binding.
        pulled_at: When the snapshot was pulled: of two of one day the later one is newer.
        planned_at: When the plan is made; releases count until they expire. None: none counts.
        released: Somebody released the hold on this very plan: its guards and held rows are settled.
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
    released: bool = False
    rows_released: bool = False
    is_held_back: bool = False

    @property
    def is_settled(self) -> bool:
        """Whether a person has looked at the plan, whatever guards say."""
        return self.released or self.approved_plan_id is not None

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


def plans(database: Database, stage: Stage, part: int, asked: Sequence[Asked], *, whole_part: bool = True) -> list[Plan]:
    """Decide every employee of one staged part (or of some of its connections), and hold what a guard or a review holds.

    Leaves `decision`, `judged`, `change` and their companions as temporary tables of the open store. Planned again where a person has
    released what the plan holds, or where a held connection would take people from others.
    """
    planned = _planned(database, stage, part, asked, whole_part=whole_part)
    while (again := _reconsidered(database, planned)) != [plan.asked for plan in planned]:
        planned = _planned(database, stage, part, again, whole_part=whole_part)
    return _with_expired(database, planned)


def _planned(database: Database, stage: Stage, part: int, asked: Sequence[Asked], *, whole_part: bool) -> list[Plan]:
    _fill(database, "batch", _batch(asked))
    numbers = ", ".join(str(one.stored.number) for one in asked)
    for name, table in (("staged", "employees"), ("staged_component", "components"), ("staged_problem", "problems"), ("staged_period", "periods")):
        some = f" WHERE connection_no IN ({numbers})" if not whole_part else ""
        database.run(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM {stage.source(part, table)}{some}")
    _run_all(database, ("plan_macros", "plan_tables", "excluded_now", "delta", "link_in_question"))
    if database.value("SELECT count(*) FROM delta WHERE shared_marks <> 0"):
        database.run(statement("duplicate"))
    if database.value("SELECT count(*) FROM link_ended"):
        database.run(statement("moved"))
    database.run(statement("judged"))
    _decide(database, asked)
    figures = database.table(statement("figure"), {"tolerance": FACTOR_TOLERANCE_PCT}).to_pandas()
    holds = _holds(database, figures, asked)
    planned = [_plan(one, row, holds.get(one.stored.number)) for one, row in zip(_in_order(asked), figures.to_dict("records"), strict=True)]
    _hold(database, holds)
    return planned


def _with_expired(database: Database, planned: list[Plan]) -> list[Plan]:
    """Held plans that were released once, with the moment the release ran out."""
    if all(plan.failure is None for plan in planned):
        return planned
    expired = {row["plan_hash"]: row["expires_at"] for row in database.rows(statement("releases_waiting")) if row["is_expired"]}
    return [
        replace(plan, detail={**plan.detail, "expired": f"{expired[plan.hash]:%Y-%m-%d %H:%M}"})
        if plan.failure is not None and plan.hash in expired
        else plan
        for plan in planned
    ]


def _reconsidered(database: Database, planned: Sequence[Plan]) -> list[Asked]:
    """The connections as they are to be planned in the end: with what was released, and nobody on the way to a held one."""
    if all(plan.failure is None and not plan.counts.held for plan in planned):
        return [plan.asked for plan in planned]
    releases: dict[int, list[dict[str, Any]]] = {}
    for row in database.rows(statement("releases_waiting")):
        releases.setdefault(row["connection_no"], []).append(row)
    again = []
    for plan in planned:
        asked, known = plan.asked, releases.get(plan.asked.stored.number, [])
        valid = [release for release in known if not release["is_expired"]]
        if plan.failure is not None and any(release["plan_hash"] == plan.hash for release in valid):
            asked = replace(asked, released=True)
        elif plan.failure is not None and plan.counts.transferred + plan.counts.linked:
            asked = replace(asked, is_held_back=True)
        if plan.counts.held and valid:
            asked = replace(asked, rows_released=True)
        again.append(asked)
    return again


def planned_codes(database: Database) -> list[dict[str, Any]]:
    """Who of the plans just made needs a person, by outcome, code and field, most frequent first."""
    return database.rows(
        "SELECT planned_outcome AS outcome, code, field, count(*) AS people FROM decision WHERE planned_outcome IN ('conflict', 'rejected', 'held')"
        " GROUP BY ALL ORDER BY people DESC, outcome, code, field"
    )


def keep_plans(database: Database, kept: Iterable[Plan], run_numbers: dict[int, int], now: Any) -> None:
    """Freeze plans so that they can be looked at and approved. Inside the caller's transaction.

    Args:
        database: The store, with the temporary tables of `plans`.
        kept: Plans to freeze; the batch's other connections are left out.
        run_numbers: connection number → run that waits on its plan; none for a preview.
        now: When.
    """
    rows = [(p.asked.plan_id, p.asked.stored.number, run_numbers.get(p.asked.stored.number), p) for p in kept]
    for plan_id, number, run_no, plan in rows:
        database.run(
            "INSERT INTO plan BY NAME SELECT ? AS plan_id, ? AS connection_no, ? AS run_no, ? AS snapshot_id, ? AS date, ? AS hash, ? AS buckets,"
            " ? AS created_at, ? AS applied_run_no, ? AS code",
            [
                *(plan_id, number, run_no, plan.asked.snapshot_id, plan.asked.date, plan.hash, json.dumps(plan.buckets), now),
                run_no if plan.failure is None else None,
                plan.failure.value if plan.failure else None,
            ],
        )
    if rows:
        database.run(statement("plan_row_kept"), {"plan_ids": [plan_id for plan_id, *_ in rows]})


def _decide(database: Database, asked: Sequence[Asked]) -> None:
    """The decisions of §3, statement by statement; those without anybody to decide about are left out."""
    work = database.rows(statement("plan_work"))[0]
    if database.value("SELECT EXISTS (FROM staged_period)"):
        database.run(statement("last_pay"))
    if database.value("SELECT count(*) FROM link_in_question") > work["answered"]:
        database.run(statement("absent"))
    if work["linked"]:
        _run_all(database, ("target_linked", "change"))
        _compare_dated_pay(database)
        if any(one.rows_released for one in asked):
            database.run(statement("gross_released"))
        database.run(statement("email_claim"))
        _refuse_claims(database)
        if database.value("SELECT count(*) FROM change WHERE edited_on_platform"):
            database.run(statement("drift"))
    if work["unlinked"]:
        database.run(statement("account_after"))
        known = {row["kind"]: row["accounts"] for row in database.rows(statement("known_work"))}
        if known["emails"]:
            database.run(statement("email_candidate"))
            _judge_names(database)
            database.run(statement("email_decision"))
        if known["names"]:
            database.run(statement("name_candidate"))
            if any(one.stored.connection.group for one in asked):
                database.run(statement("group_candidate"))
        database.run(statement("unlinked_decision"))
        if known["idle"]:
            look_for_twins(database)
        _settle_rivals(database)
    if database.value(statement("questions_asked")):
        _run_all(database, ("tie", "account_part", "conflict_input"))
        if database.value(statement("answers_waiting")):
            database.run(statement("settled"))
    if work["unlinked"]:
        database.run(statement("target_tied"))
        if database.value("SELECT count(*) FROM target"):
            database.run(statement("change"))
            _compare_dated_pay(database)
    database.run(statement("decision"))
    if database.value(statement("retroactive_work")):
        database.run(statement("retroactive"))
    if database.value("SELECT count(*) FROM decision WHERE outcome = 'conflict'"):
        explain_candidates(database)
    if any(one.approved_plan_id for one in asked):
        _set_stale_aside(database)


def _compare_dated_pay(database: Database) -> None:
    """Past and coming pay of the people just compared; only of whom something of the kind is told, known or changed."""
    if database.value(statement("period_work")):
        _run_all(database, ("period_difference", "period_changed"))


def _set_stale_aside(database: Database) -> None:
    """What an approval did not see, and whoever counts on an address that therefore stays where it is."""
    database.run(statement("decision_stale"))
    stale = 0
    while (now := int(database.value("SELECT count(*) FROM decision WHERE code = 'PLAN_STALE'"))) != stale:
        stale = now
        database.run(statement("decision_stale_email"))


def _in_order(asked: Sequence[Asked]) -> list[Asked]:
    return sorted(asked, key=lambda one: one.stored.number)


def _run_all(database: Database, names: Iterable[str]) -> None:
    for name in names:
        database.run(statement(name))


def _fill(database: Database, name: str, frame: pa.Table) -> None:
    with database.with_frame(f"{name}_in", frame):
        database.run(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM {name}_in")


def _refuse_claims(database: Database) -> None:
    refused = -1 if database.value("SELECT count(*) FROM email_claim") else 0
    now = 0
    while now != refused:
        refused = now
        database.run(statement("email_claim_refused"))
        now = int(database.value("SELECT count(refused) FROM email_claim"))


def _settle_rivals(database: Database) -> None:
    """The same new e-mail in several connections of the batch: one has it, the others meet it as somebody else's."""
    if not database.value("SELECT count(email_key) - count(DISTINCT email_key) FROM unlinked_decision"):
        return
    database.run(statement("rival_candidate"))
    if database.value("SELECT count(*) FROM email_candidate"):
        database.run("DELETE FROM email_decision AS e USING email_candidate AS r WHERE r.connection_no = e.connection_no AND r.row = e.row")
        _judge_names(database)
        _run_all(database, ("email_decision", "unlinked_rivals"))


def _judge_names(database: Database) -> None:
    """Which e-mail pairs are clearly two people. Few pairs: those whose folded names differ."""
    pairs = database.table(
        "SELECT connection_no, row, first_name, last_name, birth_name, account_first_name, account_last_name, account_birth_name"
        " FROM email_candidate WHERE NOT same_name"
    )
    clear = contradictions(*(pairs.column(i).cast(pa.string()) for i in range(2, 8)))
    _fill(database, "contradiction", pairs.select(["connection_no", "row"]).filter(clear))


def _holds(database: Database, figures: pd.DataFrame, asked: Sequence[Asked]) -> Holds:
    """Connection number → the first thing that holds its run. An approved plan has been looked at, a released one too."""
    for row in database.rows(statement("emptied_column")):
        figures.loc[figures["connection_no"] == row["connection_no"], f"emptied_{row['column_name']}"] = row["people"]
    for name in [c for c in figures.columns if c.startswith("emptied_")]:
        figures[name] = figures[name].fillna(0).astype("int64")
        figures[name.replace("emptied_", "filled_", 1)] = figures["linked_listed"]
    limits = {one.stored.connection_id: one.stored.connection.settings.limits for one in asked}
    numbers = {one.stored.connection_id: one.stored.number for one in asked}
    settled = {one.stored.number for one in asked if one.is_settled}
    held: Holds = {}
    for hold in held_connections(figures.assign(missing=figures["missing_unaccepted"]), limits).to_dict("records"):
        number = numbers[hold["connection_id"]]
        if number not in settled or hold["code"] == Code.SNAPSHOT_EMPTY:
            held.setdefault(number, (Code(hold["code"]), _hold_detail(hold)))
    for one in asked:
        review, first = one.stored.connection.settings.review, one.stored.last_run_no is None
        if (review is Review.ALWAYS or (review is Review.FIRST and first)) and one.counts.employees and not one.approved_plan_id:
            held.setdefault(one.stored.number, (Code.HELD_REVIEW, {"plan": one.plan_id}))
    return held


def _hold_detail(hold: Mapping[Any, Any]) -> dict[str, object]:
    about = "factor" if hold["code"] == Code.HELD_PAY_FACTOR else "field"
    return {"observed": str(hold["observed"]), "limit": str(hold["limit"]), **({about: str(hold["detail"])} if hold["detail"] else {})}


def _hold(database: Database, holds: Holds) -> None:
    if holds:
        rows = [{"connection_no": number, "code": code.value, "field": detail.get("field")} for number, (code, detail) in holds.items()]
        schema = pa.schema([("connection_no", pa.int32()), ("code", pa.string()), ("field", pa.string())])
        _fill(database, "hold", pa.Table.from_pylist(rows, schema=schema))
        _run_all(database, ("decision_held", "decision_unlisted_held"))


def _plan(asked: Asked, figure: dict[str, Any], hold: tuple[Code, dict[str, object]] | None) -> Plan:
    counts = Counts(**{name: figure[name] for name in _PLANNED})
    pay = {name: figure[f"pay_{name}"] for name in ("source", "applied", "rejected")}
    pay["unchanged"] = pay["source"] - pay["applied"] - pay["rejected"]
    seal = sha256(f"{asked.content_hash}:{figure['signature']}:{asked.stored.fingerprint}".encode()).hexdigest()
    code, detail = hold or (None, {})
    return Plan(asked, counts, pay, code, detail, seal)


_ANY_GROSS = Decimal(10**9)  # per cent; what fits the column, and more than any move

_BATCH = pa.schema(
    [
        ("connection_no", pa.int32()),
        ("connection_id", pa.string()),
        ("company_no", pa.int32()),
        ("group_name", pa.string()),
        ("date", pa.date32()),
        ("first_sync", pa.bool_()),
        ("had_people", pa.bool_()),
        ("is_older", pa.bool_()),
        ("last_listed_run_no", pa.int64()),
        ("employee_number_unique", pa.bool_()),
        ("link_on_birth_date", pa.bool_()),
        ("gross_pct", pa.decimal128(18, 4)),
        ("always_mask", pa.int32()),
        ("first_mask", pa.int32()),
        ("clear_mask", pa.int32()),
        ("clearable", pa.list_(pa.string())),
        ("source", pa.int64()),
        ("source_pay_rows", pa.int64()),
        ("source_with_pay", pa.int64()),
        ("plan_id", pa.string()),
        ("approved_plan_id", pa.string()),
        ("is_accepted", pa.bool_()),
        ("automatic_transfer", pa.bool_()),
        ("is_held_back", pa.bool_()),
        ("planned_at", pa.timestamp("us", "UTC")),
        ("fingerprint", pa.string()),
        ("snapshot_id", pa.string()),
        ("missing_runs", pa.int32()),
        ("close_missing", pa.string()),
    ]
)


def _batch(asked: Sequence[Asked]) -> pa.Table:
    """The batch as a table; the policies of a mapping that companies share are worked out once."""
    policies = {
        mapping_id: _policies(mapping) for mapping_id, mapping in {one.stored.fingerprint: one.stored.mapping for one in asked}.items()
    }
    return pa.Table.from_pylist([_batch_row(one, policies) for one in asked], schema=_BATCH)


def _batch_row(one: Asked, policies: dict[str, dict[str, object]]) -> dict[str, object]:
    stored, settings = one.stored, one.stored.connection.settings
    return {
        "connection_no": stored.number,
        "connection_id": stored.connection_id,
        "company_no": stored.company_no,
        "group_name": stored.connection.group,
        "date": one.date,
        "first_sync": stored.last_run_no is None,
        "had_people": bool(stored.last_source),
        "is_older": one.is_older,
        "last_listed_run_no": stored.last_listed_run_no,
        "employee_number_unique": settings.employee_number_unique,
        "link_on_birth_date": settings.link_on_birth_date,
        "gross_pct": _ANY_GROSS if one.released else min(settings.limits.gross_pct, _ANY_GROSS).quantize(Decimal("0.0001")),
        **policies[stored.fingerprint],
        "source": one.counts.employees,
        "source_pay_rows": one.counts.pay_rows,
        "source_with_pay": one.counts.with_pay,
        "plan_id": one.plan_id,
        "approved_plan_id": one.approved_plan_id,
        "is_accepted": one.is_settled,
        "automatic_transfer": settings.automatic_transfer,
        "is_held_back": one.is_held_back,
        "planned_at": one.planned_at,
        "fingerprint": stored.fingerprint,
        "snapshot_id": one.snapshot_id,
        "missing_runs": settings.missing_runs,
        "close_missing": settings.close_missing.value,
    }


def _policies(mapping: FieldMapping) -> dict[str, object]:
    """Policies of a mapping as bit masks in `FIELD_ORDER`, for SQL."""
    rules = [(bit, name, rule) for bit, name in enumerate(FIELD_ORDER) if (rule := mapping.governing(name)) is not None]
    return {
        "always_mask": sum(1 << bit for bit, _, rule in rules if rule.policy is Policy.ALWAYS),
        "first_mask": sum(1 << bit for bit, _, rule in rules if rule.policy is Policy.FIRST_SYNC),
        "clear_mask": sum(1 << bit for bit, _, rule in rules if rule.may_clear),
        "clearable": [name for _, name, rule in rules if rule.may_clear],
    }
