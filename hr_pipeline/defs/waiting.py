"""What Dagster is told of everything that waits for people, over all connections: plans and what holds them, conflicts and their age.

Counts, ids and codes, never a value of a person. May import: `domain`, this room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from hr_pipeline.defs.launchpad import REVIEW, next_step
from hr_pipeline.defs.pictures import picture, rows
from hr_pipeline.defs.told import ROOM, SYNC_PLAN, many, table
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import HOLDS
from hr_pipeline.domain.messages import text
from hr_pipeline.domain.outcomes import Counts

Rows = Sequence[Mapping[str, Any]]

MOST_SAID = 10  # holds told in words; the table has them all

_BUCKETS = {"excluded": "excluded or out of scope"}  # a plan's bucket has both
_SYNCHRONISED = ("linked", "updated", "unchanged", "transferred")
_BANDS = {"today": "today", "1–7 days": "week", "8–30 days": "month", "older": "older"}
_AGES = {"today": "#cfe0f3", "1–7 days": "#8db6e2", "8–30 days": "#3f7cbf", "older": "#173f6e"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What `conflicts` shows: by connection and code, by age, and the queue. Of `adapters.store.overview`."""

    groups: Rows
    ages: Rows
    queue: Rows


def plan_told(runs: Rows, conflicts: Rows, holds: Rows) -> dg.AssetMaterialization:
    """What was decided over all connections of a run, and everything that waits for somebody, of whichever run.

    Args:
        runs: Its sync runs, as `reports.sync_runs` gives them.
        conflicts: `overview.planned_conflicts` of them.
        holds: `overview.waiting_holds`.
    """
    planned = [run for run in runs if run["plan_id"]]
    held = sum(run["code"] in HOLDS for run in planned)
    count = {name: sum(run["counts"][name] for run in planned) for name in Counts.__slots__}
    return dg.AssetMaterialization(
        SYNC_PLAN,
        description=f"{many(len(planned), 'plan')}, {held} held before writing. {many(len(holds), 'hold waits', 'holds wait')} in all.",
        metadata={
            **{f"{hold['code']} {hold['connection_id']}": dg.MetadataValue.md(_hold_said(hold)) for hold in holds[:MOST_SAID]},
            **({"held_by": table(_hold_rows(holds), ROOM)} if holds else {}),
            "waiting": len(holds),
            "plans": len(planned),
            "plans_held": held,
            "new": count["created"],
            "synchronised": sum(count[name] for name in _SYNCHRONISED),
            "conflict": count["conflict"],
            "excluded": count["excluded"],
            "out_of_scope": count["out_of_scope"],
            "rejected": count["rejected"],
            "held": count["held"],
            **({"conflicts by code": table(conflicts)} if conflicts else {}),
            **{name: count[name] for name in (*_SYNCHRONISED, "missing")},
        },
    )


def conflicts_told(waiting: Waiting) -> dg.AssetMaterialization:
    """How many questions wait, for how long, and in which order to answer them."""
    groups = waiting.groups
    states = {state: sum(group[state] for group in groups) for state in ("open", "decided", "deferred")}
    oldest = max((group["oldest_days"] for group in groups), default=0)
    shown = [
        {
            "conflict": one["conflict_id"],
            "connection": one["connection_id"],
            **{name: one[name] for name in ("external_id", "code", "days", "runs")},
        }
        for one in waiting.queue
    ]
    said = ", ".join(f"{count} {state}" for state, count in states.items())
    return dg.AssetMaterialization(
        "conflicts",
        description=f"{said}. The oldest open one has waited {many(oldest, 'day')}.",
        metadata={
            **({"by age and code": picture(_ages(waiting.ages), "Open conflicts by code and age")} if waiting.ages else {}),
            **({"by connection and code": table([_group_row(group) for group in groups], ROOM)} if groups else {}),
            **({"queue": table(shown, ROOM), "decide": f"hr-pipeline conflict {shown[0]['conflict']}"} if shown else {}),
            "dagster/row_count": states["open"],
            **states,
            "oldest_days": oldest,
            "oldest_runs": max((group["oldest_runs"] for group in groups), default=0),
            "connections": len({group["connection_id"] for group in groups if group["open"]}),
        },
    )


def _ages(ages: Rows) -> str:
    series = {band: [one[name] for one in ages] for band, name in _BANDS.items()}
    return rows("Open conflicts by code, and for how long they have waited", [one["code"] for one in ages], series, _AGES)


def _hold_said(hold: Mapping[str, Any]) -> str:
    """What the catalogue says of a hold, since when, what the plan would do, whom to look at, and the link and the command that end it."""
    step = next_step(hold)
    provider = hold["connection_id"].partition("-")[0]
    said = text(Code(hold["code"]), "en", **{**hold["detail"], "provider": provider, "connection": hold["connection_id"]})
    buckets = ", ".join(f"{count} {_BUCKETS.get(bucket, bucket)}" for bucket, count in hold["buckets"].items() if count)
    waits = many(hold["people"], "of its employees waits", "of its employees wait")
    plan = f"The plan: {buckets}." if buckets else f"{waits}; the others were applied."
    times = f" ({hold['runs']} runs in a row)" if hold["runs"] > 1 else ""
    return (
        f"{said.message}  \n{plan}  \n{hold['sync_run_id']}, waiting since {hold['since']}{times}.  \n"
        f"Look first: `{step.look}`  \nThen, with your name{'' if hold['code'] == REVIEW else ' and why'}: "
        f"[{step.job} in the launchpad]({step.link}) or `{step.command}`"
    )


def _hold_rows(holds: Rows) -> list[dict[str, Any]]:
    return [
        {
            "connection": hold["connection_id"],
            "code": hold["code"],
            "observed": hold["detail"].get("observed") or (str(hold["people"]) if hold["scope"] == "rows" else ""),
            "limit": hold["detail"].get("limit", ""),
            "since": hold["since"],
            "look first": next_step(hold).look,
            "next step": next_step(hold).command,
        }
        for hold in holds
    ]


def _group_row(group: Mapping[str, Any]) -> dict[str, Any]:
    row = {"connection": group["connection_id"], "code": group["code"], "open": group["open"], "days": group["oldest_days"]}
    return {**row, "decided": group["decided"], "deferred": group["deferred"]}
