"""Handing many events of one step to Dagster.

May import: nothing of ours.
"""

from collections.abc import Callable, Sequence
from inspect import signature
from itertools import groupby

import dagster as dg

Told = Sequence[dg.AssetMaterialization]


def report(context: dg.OpExecutionContext, events: Told) -> None:
    """Report materialisations in their order, in batches where Dagster can: a twentieth of the time (docs/scale.md).

    Takes effect with DAGSTER_EVENT_BATCH_SIZE. The batch is a private interface: where it has moved, the public one does the same, slower.
    """
    tell = _in_batches(context) or _one_by_one(context)
    # PostgreSQL notes an asset's newest materialisation once per batch, that of the batch's last event: a batch is about one asset.
    for _, of_one in groupby(events, key=lambda event: event.asset_key):
        tell(list(of_one))


def _one_by_one(context: dg.OpExecutionContext) -> Callable[[Told], None]:
    def tell(events: Told) -> None:
        for event in events:
            context.log_event(event)

    return tell


def _in_batches(context: dg.OpExecutionContext) -> Callable[[Told], None] | None:
    """How Dagster's own batches are told, or None where any part of that interface is not what it was."""
    try:
        from dagster._core.events import DagsterEvent, DagsterEventBatchMetadata, generate_event_batch_id

        step = context.get_step_execution_context()
        signature(DagsterEvent.asset_materialization).bind(step, None, DagsterEventBatchMetadata("", is_end=True))
    except (ImportError, AttributeError, TypeError):
        return None

    def tell(events: Told) -> None:
        batch = generate_event_batch_id()  # type: ignore[no-untyped-call]
        for number, event in enumerate(events, start=1):
            DagsterEvent.asset_materialization(step, event, DagsterEventBatchMetadata(batch, is_end=number == len(events)))

    return tell


def evaluation(result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    """A verdict on an asset that the running step is not declared to make, as an event of that step."""
    if result.asset_key is None or result.check_name is None:
        raise ValueError("a check that is told from elsewhere names its asset and itself")
    return dg.AssetCheckEvaluation(
        asset_key=result.asset_key,
        check_name=result.check_name,
        passed=result.passed,
        metadata=result.metadata,
        severity=result.severity,
        description=result.description,
    )
