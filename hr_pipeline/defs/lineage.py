"""The assets around `sync_run`: what a sync reads and leaves behind, from the providers' answers to the platform's views.

They have no step of their own: `steps` tells each of them in every run. May import: `adapters`, `domain`, this room.
"""

import warnings
from collections.abc import Callable, Mapping
from datetime import timedelta
from inspect import getsourcelines
from typing import Any

import dagster as dg

from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.store import overview
from hr_pipeline.defs.columns import PLAN_COLUMNS, judged_columns, provider_columns, view_columns
from hr_pipeline.defs.partitions import TIMEZONE
from hr_pipeline.defs.told import EMPLOYEES, SYNC_PLAN, SYNC_RUN, snapshot_key
from hr_pipeline.domain.schemas import judges
from hr_pipeline.operations import conforming, pulling, syncing

OWNERS = ["team:hr-data"]
GROUP = "synchronisation"  # one group: the UI then draws the whole way from provider to platform

# Told by 06:00 in Brussels, not before 03:00 of that day: the night's run starts at 03:30.
BY_MORNING = dg.FreshnessPolicy.cron(deadline_cron="0 6 * * *", lower_bound_delta=timedelta(hours=3), timezone=TIMEZONE)


def code_of(*functions: Callable[..., Any]) -> Mapping[str, Any]:
    """Metadata by which the UI leads to the functions behind an asset."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # code references may change before they are final; nothing rests on them
        references = [_reference(function) for function in functions]
        return {"dagster/code_references": dg.CodeReferencesMetadataValue(code_references=list(references))}


def _reference(function: Callable[..., Any]) -> dg.LocalFileCodeReference:
    file, line = function.__code__.co_filename, getsourcelines(function)[1]
    return dg.LocalFileCodeReference(file_path=file, line_number=line, label=function.__qualname__)


def _snapshot(provider: str) -> dg.AssetSpec:
    return dg.AssetSpec(
        snapshot_key(provider),
        description=(
            f"Employees and pay of every {provider.capitalize()} company as the provider answered, page by page. One landing file "
            "per company and pull, kept 30 days; a snapshot counts only when it is proven complete."
        ),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"api", "parquet"},
        tags={"layer": "provider", "provider": provider},
        metadata={
            "dagster/column_schema": provider_columns(PROVIDERS[provider]),
            **code_of(pulling.fresh_pulls, type(PROVIDERS[provider]).frames),
        },
    )


def _view(name: str, view: str, description: str, function: Callable[..., Any]) -> dg.AssetSpec:
    return dg.AssetSpec(
        name,
        deps=[SYNC_RUN],
        description=f"{description} View `reporting.{view}` of the store, published as `published/{view}.parquet` after each run.",
        group_name=GROUP,
        owners=OWNERS,
        kinds={"duckdb", "view"},
        tags={"layer": "platform"},
        metadata={"dagster/column_schema": view_columns(view), "dagster/table_name": f"reporting.{view}", **code_of(function)},
    )


SNAPSHOTS = tuple(_snapshot(provider) for provider in PROVIDERS)

AROUND = (
    *SNAPSHOTS,
    dg.AssetSpec(
        EMPLOYEES,
        deps=SNAPSHOTS,
        description=(
            "Everybody in the snapshots, in the platform's fields: mapped by each connection's field mapping, typed and judged by the "
            "pandera models. A bad row is rejected alone, by field and rule; a warning blocks nobody."
        ),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"pandera", "parquet"},
        tags={"layer": "sync"},
        metadata={"dagster/column_schema": judged_columns(judges()), **code_of(conforming.staged)},
        freshness_policy=BY_MORNING,
    ),
    dg.AssetSpec(
        SYNC_PLAN,
        deps=[EMPLOYEES],
        description=(
            "One frozen decision per employee, for each connection: new, linked, updated, in conflict, excluded, rejected or held. Guards "
            "look at the whole plan before the first write. What they hold is listed below, whichever run left it, each with a link to the "
            "job that lets it go on: `apply_plan` or `release_hold`."
        ),
        group_name=GROUP,
        owners=OWNERS,
        kinds={"duckdb", "sql"},
        tags={"layer": "sync"},
        metadata={"dagster/column_schema": PLAN_COLUMNS, **code_of(syncing.reconcile)},
    ),
    _view("accounts", "accounts", "People on the platform, one row each, with the newest value of every field.", syncing.publish),
    _view("pay", "pay", "What accounts have earned and since when; decimals end to end.", syncing.publish),
    _view(
        "conflicts",
        "conflicts",
        "Employees whom a person must decide about, with explained candidates. [The queue, by age](/assets/conflicts?view=events).",
        overview.conflict_queue,
    ),
    _view(
        "sync_history",
        "sync_runs",
        "Every sync run ever, one row each: status, code and counters. [The last nights in pictures](/assets/sync_history?view=events).",
        overview.nights,
    ),
)
