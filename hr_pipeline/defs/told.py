"""What Dagster is told of a run, asset by asset: statuses, counts, ids and codes, never a value of a person.

Numbers are numbers, so that Dagster plots them night by night. May import: `operations`, `adapters`, `domain`.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import dagster as dg

from hr_pipeline.defs.partitions import Pair, partition_key
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Connection
from hr_pipeline.domain.messages import text
from hr_pipeline.domain.outcomes import Outcome, Reversal
from hr_pipeline.operations.conforming import Staging
from hr_pipeline.operations.pulling import Pulls

SYNC_RUN, EMPLOYEES, SYNC_PLAN = dg.AssetKey("sync_run"), dg.AssetKey("employees"), dg.AssetKey("sync_plan")
SKIPPED = "skipped"  # where a partition's status stands, of a company that was left out: no sync run, so it is none of `Status`
VIEWS = ("accounts", "pay")  # those of the platform; `conflicts` and `sync_history` are those of `waiting` and `history`

MOST_ROWS, MOST_BYTES = 100, 4_000  # of a table in an event: a sync run's event stays under 5 KB
ROOM = 12_000  # bytes of a table that stands once per run rather than once per partition


def snapshot_key(provider: str) -> dg.AssetKey:
    """The asset of a provider's snapshots."""
    return dg.AssetKey(f"{provider}_snapshot")


def snapshots_told(provider: str, asked: int, pulls: Pulls) -> dg.AssetMaterialization:
    """What was pulled of one provider, of how many asked for, and what failed by code."""
    failed = Counter(failure.code.value for failure in pulls.failures)
    people, pages = sum(one.employees for one in pulls.snapshots), sum(one.pages for one in pulls.snapshots)
    return dg.AssetMaterialization(
        snapshot_key(provider),
        description=f"{len(pulls.snapshots)} of {asked} companies pulled: {people} employees.",
        metadata={
            "companies": asked,
            "pulled": len(pulls.snapshots),
            "failed": len(pulls.failures),
            "employees": people,
            "pay_records": sum(one.pay_records for one in pulls.snapshots),
            "salary_components": sum(one.components for one in pulls.snapshots),
            "pages": pages,
            "bytes": sum(one.bytes for one in pulls.snapshots),
            **({"failed_by_code": table([{"code": code, "companies": n} for code, n in failed.most_common()])} if failed else {}),
        },
    )


def employees_told(staging: Staging) -> dg.AssetMaterialization:
    """How many people were validated, and what was found by field and rule."""
    counts = [count for part in staging.parts for count in part.counts.values()]
    rejecting = sum(n for (_, _, _, blocking), n in staging.problems.items() if blocking)
    return dg.AssetMaterialization(
        EMPLOYEES,
        description=f"{staging.employees} employees validated.",
        metadata={
            "dagster/row_count": staging.employees,
            "pay_rows": sum(count.pay_rows for count in counts),
            "with_pay": sum(count.with_pay for count in counts),
            "errors": rejecting,
            "warnings": sum(staging.problems.values()) - rejecting,
            "unreadable_snapshots": len(staging.failures),
            **({"findings": table(finding_rows(staging.problems))} if staging.problems else {}),
        },
    )


def finding_rows(problems: Mapping[tuple[str, str, str, bool], int]) -> list[dict[str, Any]]:
    """What validation found, errors first, most frequent first."""
    ordered = sorted(problems.items(), key=lambda item: (not item[0][3], -item[1], item[0]))
    return [
        {"field": field, "rule": rule, "code": code, "weight": "error" if blocking else "warning", "people": people}
        for (code, field, rule, blocking), people in ordered
    ]


def sync_run_told(
    row: Mapping[str, Any], attention: Sequence[Mapping[str, Any]], next_attempt: str | None = None
) -> dg.AssetMaterialization:
    """One sync run as its partition shows it.

    `seconds` is how long this company's own pull took, failed or not; none where its provider was not asked. `run_seconds` is from when it was
    taken to when its status was stored: about the same for all companies of a night.

    Args:
        row: As `adapters.store.reports.sync_runs` gives it.
        attention: Its employees somebody must look at, as `reports.attention` gives them.
        next_attempt: When it is tried again by itself, if it is.
    """
    status, code, counts = row["status"], row["code"], row["counts"]
    said = text(Code(code), "en", **row["detail"]) if code else None
    summary = said.message if said else f"{_summary(counts) or 'Nobody'}."
    rows = [{name: one[name] for name in ("external_id", "outcome", "code", "field")} for one in attention]
    return dg.AssetMaterialization(
        SYNC_RUN,
        partition=partition_key(row["connection_id"], row["date"]),
        description=f"{row['connection_id']} {row['date']}: {status}. {summary}",
        tags={"hr/status": status},
        metadata={
            "status": status,
            **({"code": code} if code else {}),
            **({"what happened": said.message, "next step": said.next} if said else {}),
            **_ways_on(code, row["connection_id"], next_attempt),
            **({"note": row["note"]} if row["note"] else {}),
            **({"employees": f"{counts['source']}: {_summary(counts)}"} if counts["source"] or counts["missing"] else {}),
            **({"attention": table(rows), "names": f"hr-pipeline outcomes {row['sync_run_id']} --names"} if rows else {}),
            **({"seconds": row["pull_seconds"]} if row["pull_seconds"] is not None else {}),
            "run_seconds": round((row["finished_at"] - row["started_at"]).total_seconds(), 3),
            "trigger": row["trigger"],
            "sync_run_id": row["sync_run_id"],
            **{name: row[name] for name in ("snapshot_id", "plan_id") if row[name]},
            **counts,
            **{f"pay_{name}": count for name, count in row["pay"].items()},
        },
    )


def _ways_on(code: str | None, connection_id: str, next_attempt: str | None) -> dict[str, str]:
    """What a next step speaks of, by its command and its time."""
    if next_attempt:
        return {"next attempt": next_attempt, "try it now": f"hr-pipeline request {connection_id}"}
    return {"kept lists": f"hr-pipeline snapshots {connection_id}"} if code == Code.SNAPSHOT_NOT_KEPT else {}


def left_out_told(pair: Pair, connection: Connection | None) -> dg.AssetMaterialization:
    """A partition that was clicked and left alone: why, and what ends that. There is no sync run of it, and what there was before stays.

    Dagster counts a partition that is not told as failed, and with it the whole backfill.

    Args:
        pair: Connection and date.
        connection: The stopped one; None when only Dagster knows it.
    """
    connection_id, on = pair
    said = text(Code.DISCONNECTED if connection else Code.UNKNOWN_CONNECTION, "en", connection=connection_id)
    return dg.AssetMaterialization(
        SYNC_RUN,
        partition=partition_key(connection_id, on),
        description=f"{connection_id} {on}: {SKIPPED}. {said.message}",
        tags={"hr/status": SKIPPED},
        metadata={
            "status": SKIPPED,
            "code": said.code.value,
            "what happened": said.message,
            "next step": said.next,
            **(
                {"connect again": _connect_command(connection), "earlier sync runs": f"hr-pipeline history {connection_id}"}
                if connection
                else {}
            ),
        },
    )


def _connect_command(connection: Connection) -> str:
    """The command that takes a stopped connection up again; its company's name, which may be a person's, is left to whoever types it."""
    credential = connection.credential
    if credential["kind"] == "partner":
        company = f"--vat {connection.vat_number} --employer {connection.provider_company_id}"
    else:
        company = f"--api-key-env {credential['variable']}" if credential["kind"] == "env" else "--oauth"
    return f'hr-pipeline connect {connection.provider} {company} --name "…"'


def undo_told(row: Mapping[str, Any], people: Sequence[Mapping[str, Any]]) -> dg.AssetMaterialization:
    """An undo as the partition of its own day shows it.

    Args:
        row: As `adapters.store.reports.sync_runs` gives it.
        people: What became of each person of the undone run, as `reports.reversals` gives it.
    """
    counted = Counter(one["outcome"] for one in people)
    left = [{name: one[name] for name in ("external_id", "account_id", "outcome", "code", "by")} for one in people]
    left = [one for one in left if one["outcome"] != Reversal.REVERSED]
    said = text(Code.RUN_UNDONE, "en", undone=row["undoes"], run=row["sync_run_id"], connection=row["connection_id"])
    return dg.AssetMaterialization(
        SYNC_RUN,
        partition=partition_key(row["connection_id"], row["date"]),
        description=f"{row['connection_id']} {row['date']}: {row['status']}. {said.message}",
        tags={"hr/status": row["status"]},
        metadata={
            "status": row["status"],
            "what happened": said.message,
            "next step": said.next,
            **({"not reversed": table(left), "names": f"hr-pipeline outcomes {row['sync_run_id']} --names"} if left else {}),
            **{word.value: counted[word.value] for word in Reversal},
            "trigger": row["trigger"],
            "sync_run_id": row["sync_run_id"],
            "undoes": row["undoes"],
        },
    )


def views_told(totals: Mapping[str, int]) -> list[dg.AssetMaterialization]:
    """The platform's people and pay after a run."""
    return [
        dg.AssetMaterialization(view, metadata={"dagster/row_count": totals[view]}, description=f"{totals[view]} rows.") for view in VIEWS
    ]


def many(count: int, one: str, several: str = "") -> str:
    """A number and what it counts, in the singular of one."""
    return f"{count} {one if count == 1 else several or f'{one}s'}"


def table(
    rows: Sequence[Mapping[str, Any]], most_bytes: int = MOST_BYTES, meanings: Mapping[str, str] | None = None
) -> dg.TableMetadataValue:
    """A table that an event can carry: its first rows, as many as fit; `meanings` of columns that need one."""
    kept: list[dg.TableRecord] = []
    size = 0
    for row in rows[:MOST_ROWS]:
        record = _record(row)
        size += len(json.dumps(record)) + 40
        if size > most_bytes:
            break
        kept.append(dg.TableRecord(record))
    said = meanings or {}
    columns = [
        dg.TableColumn(name, "int" if isinstance(value, int) else "string", said.get(name)) for name, value in _record(rows[0]).items()
    ]
    return dg.MetadataValue.table(kept, schema=dg.TableSchema(columns))


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of plain values: Dagster serialises no enums and no dates."""
    return {name: value if isinstance(value, int) else _said(value) for name, value in row.items()}


def _said(value: object) -> str:
    """A date without a place to break and without its year: an ISO date would stand in two lines of a narrow column."""
    return f"{value:%d\N{NO-BREAK SPACE}%b}" if isinstance(value, date) else str(value or "")


def _summary(counts: Mapping[str, int]) -> str:
    """Outcomes, then who is missing, as `hr-pipeline history` writes them."""
    return ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in (*map(str, Outcome), "missing") if counts[name])
