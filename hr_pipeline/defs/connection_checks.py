"""Verdicts that name connections: which failed, which gave no snapshot, which have gone stale.

Few of them are a warning, many an error. Not here: the checks as Dagster knows them (`checks`). May import: `domain`, this room.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from hr_pipeline.adapters.store.health import STALE_DAYS
from hr_pipeline.defs.evidence import Evidence
from hr_pipeline.defs.told import ROOM, many, table
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import text
from hr_pipeline.domain.outcomes import Status
from hr_pipeline.domain.pages import partition_page

NEVER_TRIED = "never tried"
MOST_LINKED = 5  # the first ones; a command says why for each
FEW_PCT = 10  # up to so many per cent of the connections is a warning, more an error


def no_failed_connections(evidence: Evidence) -> dg.AssetCheckResult:
    """The newest attempt of each active connection, whichever run made it."""
    failed = [run for run in evidence.runs if run["status"] == Status.ERROR]
    return _share([_run_row(run) for run in failed], len(evidence.runs), "ended in error")


def snapshots_are_complete(provider: str) -> Callable[[Evidence], dg.AssetCheckResult]:
    """Of one provider's connections."""

    def verdict(evidence: Evidence) -> dg.AssetCheckResult:
        asked = [run for run in evidence.runs if run["provider"] == provider]
        return _share([_run_row(run) for run in asked if run["snapshot_id"] is None], len(asked), "gave no complete snapshot")

    return verdict


def no_connection_is_stale(evidence: Evidence) -> dg.AssetCheckResult:
    """Also of connections that were never tried, which no sync run can tell of."""
    return _share(stale_rows(evidence.stale), evidence.connections, f"not brought up to date for {STALE_DAYS} days or more")


def stale_rows(stale: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Stale connections as a table shows them, the longest first."""
    return [
        {
            "connection": one["connection_id"],
            "last day": one["last_date"] or "never",
            "days": one["days"],
            "code": one["code"] or ("" if one["status"] else NEVER_TRIED),
        }
        for one in stale
    ]


def next_steps(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The codes of some connections, the most frequent first, with what the catalogue advises: once, not at every connection."""
    counted = Counter((str(row["code"] or ""), row["connection"].partition("-")[0]) for row in rows)
    return [{"code": code, "connections": count, "next step": _next(code, provider)} for (code, provider), count in counted.most_common()]


def _next(code: str, provider: str) -> str:
    if code in set(Code):
        return text(Code(code), "en", provider=provider).next
    return "hr-pipeline sync CONNECTION" if code == NEVER_TRIED else "hr-pipeline outcomes SYNC_RUN"


def _run_row(run: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "connection": run["connection_id"],
        "code": run["code"],
        "date": run["date"],
        "sync_run": run["sync_run_id"],
        "look": f"hr-pipeline outcomes {run['sync_run_id']}",
    }


def partition_links(rows: Sequence[Mapping[str, Any]]) -> dict[str, dg.UrlMetadataValue]:
    """Links to the partitions of the first of these rows, on the same host: a check's page shows no Markdown without a click."""
    dated = [row for row in rows[:MOST_LINKED] if "date" in row]
    return {f"page of {row['connection']}": dg.MetadataValue.url(f"/{partition_page(row['connection'], row['date'])}") for row in dated}


def _share(rows: Sequence[Mapping[str, Any]], total: int, what: str) -> dg.AssetCheckResult:
    """A warning for few, an error for many; the metadata names them, as many as an event can carry."""
    few = len(rows) * 100 <= FEW_PCT * total
    named = table(rows, ROOM) if rows else None
    unnamed = len(rows) - len(named.records) if named else 0
    return dg.AssetCheckResult(
        passed=not rows,
        severity=dg.AssetCheckSeverity.WARN if few else dg.AssetCheckSeverity.ERROR,
        description=f"{len(rows)} of {many(total, 'connection')} {what}.",
        metadata={
            "failed": len(rows),
            "total": total,
            **({"connections": named, "next steps": table(next_steps(rows))} if named else {}),
            **partition_links(rows),
            **({"not listed": unnamed, "all of them": "hr-pipeline connections"} if unnamed else {}),
        },
    )
