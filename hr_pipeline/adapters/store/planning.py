"""From staged people to frozen plans: one decision per employee for any number of connections at once.

Runs the statements of `sql/` in the order of synchronisation.md §3; the rules are in those files, what holds a plan in `holding`.
Writes temporary tables only; `applying` makes them last. May import: `domain`, and the store's other modules.
"""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Any

import pyarrow as pa

from hr_pipeline.adapters.store.batch import batch_table
from hr_pipeline.adapters.store.candidates import explain_candidates, look_for_twins
from hr_pipeline.adapters.store.database import Database, statement
from hr_pipeline.adapters.store.holding import hold, holds_on, reconsidered, with_expired
from hr_pipeline.adapters.store.plan import Asked, Plan
from hr_pipeline.adapters.store.staging import Stage
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.guards import FACTOR_TOLERANCE_PCT
from hr_pipeline.domain.names import contradictions
from hr_pipeline.domain.outcomes import Counts

_PLANNED = tuple(name for name in Counts().as_dict() if name != "failed")  # outcomes that `figure.sql` counts


MISSING_DUE = ("absence_macros", "absentee_planned", "last_listed", "missing_due")  # whom the connections' rules close


def plans(database: Database, stage: Stage, part: int, asked: Sequence[Asked], *, whole_part: bool = True) -> list[Plan]:
    """Decide every employee of one staged part (or of some of its connections), and hold what a guard or a review holds.

    Leaves `decision`, `judged`, `change` and their companions as temporary tables of the open store. Planned again where a person has
    released what the plan holds, or where a held connection would take people from others.
    """
    planned = _planned(database, stage, part, asked, whole_part=whole_part)
    while (again := reconsidered(database, planned)) != [plan.asked for plan in planned]:
        planned = _planned(database, stage, part, again, whole_part=whole_part)
    return with_expired(database, planned)


def _planned(database: Database, stage: Stage, part: int, asked: Sequence[Asked], *, whole_part: bool) -> list[Plan]:
    database.fill("batch", batch_table(asked))
    numbers = ", ".join(str(one.stored.number) for one in asked)
    for name, table in (
        ("staged", "employees"),
        ("staged_component", "components"),
        ("staged_problem", "problems"),
        ("staged_period", "periods"),
    ):
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
    holds = holds_on(database, figures, asked)
    planned = [_plan(one, row, holds.get(one.stored.number)) for one, row in zip(_in_order(asked), figures.to_dict("records"), strict=True)]
    hold(database, holds)
    return planned


def planned_codes(database: Database) -> list[dict[str, Any]]:
    """Who of the plans just made needs a person, by outcome, code and field, most frequent first."""
    return database.rows(
        "SELECT planned_outcome AS outcome, code, field, count(*) AS people FROM decision WHERE planned_outcome IN ('conflict', 'rejected', 'held')"
        " GROUP BY ALL ORDER BY people DESC, outcome, code, field"
    )


def planned_absences(database: Database) -> list[dict[str, Any]]:
    """Whom the plans just made miss: `{external_id, account_id, is_first_time, closed_on, close_missing}`, the last two by the connection's rule."""
    _run_all(database, MISSING_DUE)
    return database.rows(statement("absences_planned"))


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
        for name in ("plan_row_kept", "counted_kept"):
            database.run(statement(name), {"plan_ids": [plan_id for plan_id, *_ in rows]})


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
        if not work["unlinked"]:
            database.run(statement("account_after"))
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


def _refuse_claims(database: Database) -> None:
    refused = -1 if database.value("SELECT count(*) FROM email_claim") else 0
    now = 0
    while now != refused:
        refused = now
        database.run(statement("email_claim_refused"))
        now = int(database.value("SELECT count(refused) FROM email_claim"))
    if now > 0:
        database.run(statement("email_claim_waived"))


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
    database.fill("contradiction", pairs.select(["connection_no", "row"]).filter(clear))


def _plan(asked: Asked, figure: dict[str, Any], held_by: tuple[Code, dict[str, object]] | None) -> Plan:
    counts = Counts(**{name: figure[name] for name in _PLANNED})
    pay = {name: figure[f"pay_{name}"] for name in ("source", "applied", "rejected")}
    pay["unchanged"] = pay["source"] - pay["applied"] - pay["rejected"]
    seal = sha256(f"{asked.content_hash}:{figure['signature']}:{asked.stored.fingerprint}".encode()).hexdigest()
    code, detail = held_by or (None, {})
    return Plan(asked, counts, pay, code, detail, seal)
