"""The checks: what must hold after a run, and what the UI's Execute button asks at any other time.

Every verdict rests on the store's own rows, so a check run alone says the same as the one inside a sync. Schema checks come from the
pandera models. May import: `adapters`, `domain`, `told`.
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.store.health import STALE_DAYS
from hr_pipeline.defs.connection_checks import FEW_PCT, no_connection_is_stale, no_failed_connections, snapshots_are_complete
from hr_pipeline.defs.evidence import Evidence, StoreCheck, standing_evidence
from hr_pipeline.defs.failures import plain_failures
from hr_pipeline.defs.launchpad import next_step
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.defs.told import EMPLOYEES, MOST_ROWS, SYNC_PLAN, SYNC_RUN, finding_rows, many, snapshot_key, table
from hr_pipeline.domain.checks import Judge
from hr_pipeline.domain.fields import BY_NAME, Group
from hr_pipeline.domain.schemas import judges

LONG_DAYS = 14  # a question that nobody has answered for so long is a warning
ACCOUNTS, CONFLICTS, HISTORY = dg.AssetKey("accounts"), dg.AssetKey("conflicts"), dg.AssetKey("sync_history")


def _every_employee_has_one_outcome(evidence: Evidence) -> dg.AssetCheckResult:
    employees = sum(run["counts"]["source"] for run in evidence.counted)
    rows = [
        {"sync_run": f"r{run['run_no']}", "connection": run["connection_id"], "employees": run["source"], "outcomes": run["outcomes"]}
        for run in evidence.miscounted
    ]
    return dg.AssetCheckResult(
        passed=not rows,
        description=f"{many(employees, 'employee')} in {many(len(evidence.counted), 'sync run')}; {many(len(rows), 'run does', 'runs do')}n't add up.",
        metadata={
            "employees": employees,
            "sync_runs": len(evidence.counted),
            "miscounted": len(rows),
            **({"runs": table(rows)} if rows else {}),
        },
    )


def _emails_are_unique(evidence: Evidence) -> dg.AssetCheckResult:
    shared = evidence.shared_emails
    rows = [{"accounts": ", ".join(accounts[:10])} for accounts in shared[:MOST_ROWS]]
    return dg.AssetCheckResult(
        passed=not shared,
        description=f"{many(len(shared), 'address belongs', 'addresses belong')} to more than one account.",
        metadata={"shared_addresses": len(shared), **({"accounts": table(rows)} if rows else {})},
    )


def _no_hold_waits(evidence: Evidence) -> dg.AssetCheckResult:
    rows = [
        {
            "connection": one["connection_id"],
            "code": one["code"],
            "waiting": "the whole run" if one["scope"] == "run" else many(one["people"], "employee"),
            "since": one["since"],
            "sync_run": one["sync_run_id"],
            "plan": one["plan_id"],
            "next step": next_step(one).command,
        }
        for one in evidence.holds
    ]
    runs = sum(one["scope"] == "run" for one in evidence.holds)
    return dg.AssetCheckResult(
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{many(runs, 'connection')} held, {many(len(rows) - runs, 'connection')} with held employees: somebody must look."
        if rows
        else "Nothing is held.",
        metadata={
            "waiting": len(rows),
            "held_runs": runs,
            "held_employees": sum(one["people"] for one in evidence.holds if one["scope"] == "rows"),
            **({"holds": table(rows)} if rows else {}),
        },
    )


def _no_conflict_waits_long(evidence: Evidence) -> dg.AssetCheckResult:
    rows = [
        {"connection": one["connection_id"], "code": one["code"], "open": one["open"], "oldest_days": one["oldest_days"]}
        for one in evidence.conflicts
        if one["oldest_days"] > LONG_DAYS
    ]
    oldest = max((one["oldest_days"] for one in evidence.conflicts), default=0)
    return dg.AssetCheckResult(
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"The oldest open conflict has waited {many(oldest, 'day')}.",
        metadata={
            "oldest_days": oldest,
            "open": sum(one["open"] for one in evidence.conflicts),
            **({"waiting": table(rows), "next step": "hr-pipeline conflicts"} if rows else {}),
        },
    )


def _schema_check(judge: Judge, others: Sequence[Judge]) -> StoreCheck:
    """A pandera schema as a check of `employees`: which of its rules rejected how many people."""
    name = str(judge.schema.name)

    def verdict(evidence: Evidence) -> dg.AssetCheckResult:
        found = {key: people for key, people in evidence.problems.items() if schema_of(key, (judge, *others)) is judge}
        errors = sum(people for (_, _, _, blocking), people in found.items() if blocking)
        return dg.AssetCheckResult(
            passed=not errors,
            severity=dg.AssetCheckSeverity.WARN,  # whoever breaks a rule is rejected alone; too many are a guard's business
            description=f"{many(errors, 'error')}, {many(sum(found.values()) - errors, 'warning')}.",
            metadata={
                "employees": sum(run["counts"]["source"] for run in evidence.runs),
                "errors": errors,
                "warnings": sum(found.values()) - errors,
                **({"findings": table(finding_rows(found))} if found else {}),
            },
        )

    rules = [*judge.checks, *(f"{field}: {rule.text}" for field, rule in judge.missing.items())]
    description = f"The pandera schema `{name}`. Its rules:\n\n" + "\n".join(f"* {rule}" for rule in sorted(rules))
    return StoreCheck(dg.AssetCheckSpec(f"schema_{name}", asset=EMPLOYEES, description=description), verdict)


def schema_of(key: tuple[str, str, str, bool], of: Sequence[Judge]) -> Judge:
    """The schema that a finding belongs to: the one with that very rule, else (what could not even be read) the one with that field."""
    _, field, rule, _ = key
    said = [judge for judge in of if f"{field}: {rule}" in judge.checks or (field in judge.missing and judge.missing[field].text == rule)]
    if said:
        return said[0]
    wanted = {Group.COMPONENT: "salary_components", Group.PAY: "pay_rows"}.get(
        BY_NAME[field].group if field in BY_NAME else Group.PAY, "people"
    )
    return next(judge for judge in of if judge.schema.name == wanted)


_JUDGES = judges()

ON_SYNC_RUN = (
    StoreCheck(
        dg.AssetCheckSpec(
            "no_failed_connections",
            asset=SYNC_RUN,
            description=(
                "No active connection's last attempt ended in error, held ones too, whichever run made it: a later sync of one company hides nobody"
                " else's. Names the command and links to the partition that say why."
                f" Up to {FEW_PCT} % is a warning, more an error."
            ),
        ),
        no_failed_connections,
    ),
    StoreCheck(
        dg.AssetCheckSpec(
            "every_employee_has_one_outcome",
            asset=SYNC_RUN,
            description="Every employee of every snapshot has exactly one outcome: counters and stored outcomes both add up to it.",
        ),
        _every_employee_has_one_outcome,
    ),
)

ELSEWHERE = (
    *(
        StoreCheck(
            dg.AssetCheckSpec(
                "snapshots_are_complete",
                asset=snapshot_key(provider),
                description="Every company asked for gave a snapshot that is proven complete: totals, end marker and ids agree.",
            ),
            snapshots_are_complete(provider),
        )
        for provider in PROVIDERS
    ),
    *(_schema_check(judge, [other for other in _JUDGES if other is not judge]) for judge in _JUDGES),
    StoreCheck(
        dg.AssetCheckSpec(
            "no_hold_waits",
            asset=SYNC_PLAN,
            description="No guard or review holds the newest run of a connection, or employees of it. Names the command that lets each go on.",
        ),
        _no_hold_waits,
    ),
    StoreCheck(
        dg.AssetCheckSpec(
            "no_conflict_waits_long",
            asset=CONFLICTS,
            description=f"No open conflict has waited for more than {LONG_DAYS} days. Decided and deferred ones don't count.",
        ),
        _no_conflict_waits_long,
    ),
    StoreCheck(
        dg.AssetCheckSpec(
            "no_connection_is_stale",
            asset=HISTORY,
            description=(
                f"Every active connection was brought up to date less than {STALE_DAYS} days ago: named are those that failed, are held or were never"
                f" tried since. Up to {FEW_PCT} % is a warning, more an error. When nothing runs at all, the freshness of `sync_run` says so."
            ),
        ),
        no_connection_is_stale,
    ),
    StoreCheck(dg.AssetCheckSpec("emails_are_unique", asset=ACCOUNTS, description="No two accounts share an e-mail."), _emails_are_unique),
)


@dg.multi_asset_check(
    name="store_checks",
    specs=[check.spec for check in ELSEWHERE],
    can_subset=True,
    description="The checks around `sync_run`, at any time: on the newest sync run of each active connection, like those inside a run.",
)
def store_checks(context: dg.AssetCheckExecutionContext, surroundings: dg.ResourceParam[Surroundings]) -> Iterator[dg.AssetCheckResult]:
    """What is chosen in the UI, judged now."""
    with plain_failures():
        work = surroundings.workplace()
        with work.store.opened() as database:
            evidence = standing_evidence(database, work.today)
        results = [check.judged(evidence) for check in ELSEWHERE if check.spec.key in context.selected_asset_check_keys]
    yield from results
