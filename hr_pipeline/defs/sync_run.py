"""`sync_run`: one partition per date and connection, one graph of steps for every way of starting it, and its job.

Why one asset with steps rather than an asset per step: docs/adr/0002-sync-run-graph-asset.md. May import: this room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import dagster as dg

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.defs.checks import ON_SYNC_RUN
from hr_pipeline.defs.columns import view_columns
from hr_pipeline.defs.lineage import BY_MORNING, GROUP, OWNERS, code_of
from hr_pipeline.defs.partitions import pulled_connections, sync_partitions
from hr_pipeline.defs.run_queue import wanted_of
from hr_pipeline.defs.selection import Wanted
from hr_pipeline.defs.steps import PULL_STEPS, check, conclude, conform, follow_up, publish, reconcile, select
from hr_pipeline.defs.told import SYNC_PLAN, SYNC_RUN
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline.operations import syncing

DESCRIPTION = """One attempt to synchronise one connection on one day, with a status and exactly one outcome per employee.

* **A partition of today**: pulls that company now. **A past day**: replays the snapshot kept of it; older facts never win over newer ones.
* **The nightly run and manual ones** cover any number of connections at once.
* `error` is a status, not a failed run: every attempted connection is told, with its code and what to do next. The run itself fails only
  when not one of its connections could be synchronised.

Who is meant by an external id: `hr-pipeline outcomes RUN --names`."""


@dg.graph_asset(
    name="sync_run",
    description=DESCRIPTION,
    ins={"sync_plan": dg.AssetIn(SYNC_PLAN, dagster_type=dg.Nothing)},
    partitions_def=sync_partitions(datetime.now(BRUSSELS).date(), pulled_connections(Environment.current().home)),
    backfill_policy=dg.BackfillPolicy.single_run(),
    check_specs=[one.spec for one in ON_SYNC_RUN],
    group_name=GROUP,
    owners=OWNERS,
    kinds={"python", "duckdb"},
    tags={"layer": "sync"},
    metadata={
        "dagster/column_schema": view_columns("outcomes"),
        **code_of(syncing.select, syncing.pull, syncing.conform, syncing.reconcile),
    },
)
def _graph(sync_plan: object) -> dict[str, object]:
    selection = select()
    pulls = [step(selection) for step in PULL_STEPS]
    runs = publish(reconcile(selection, pulls, conform(selection, pulls), sync_plan))
    judged = check(follow_up(selection, runs))
    return {"result": conclude(judged.checked), **{f"sync_run_{one.spec.name}": getattr(judged, one.spec.name) for one in ON_SYNC_RUN}}


sync_run = _graph.map_asset_specs(lambda spec: spec.replace_attributes(freshness_policy=BY_MORNING))

sync = dg.define_asset_job(
    "sync",
    selection=[SYNC_RUN],
    description="Synchronises any connections on any dates in one run. Without config: today, every active connection. In the launchpad, leave the"
    " partition empty (Dagster asks whether you are sure): one that is chosen goes before the config.",
)


def sync_config(
    *, date: str = "", until: str = "", connections: Sequence[str] = (), pairs: Sequence[str] = (), trigger: str = ""
) -> dict[str, Any]:
    """Run config of the job: see `selection.Wanted`."""
    wanted = Wanted(date=date, until=until, connections=list(connections), pairs=list(pairs), trigger=trigger)
    given = {name: value for name, value in asdict(wanted).items() if value}
    return {"ops": {"sync_run": {"ops": {"select": {"config": given}}}}}


def connections_of(run_config: Mapping[str, Any]) -> list[str]:
    """The connections that a run config of `sync_config` names; none where it names none."""
    return list(wanted_of(run_config).get("connections", []))
