"""The steps of a sync, as Dagster runs them: each one call of `operations.syncing`, each telling what it did.

No rule and no statement is here; a step's docstring is what the UI says of it. May import: `operations`, `adapters`, this room.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import reduce
from typing import Any

import dagster as dg

from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.store.applying import Attempt, SyncRun
from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.defs.checks import ELSEWHERE, ON_SYNC_RUN
from hr_pipeline.defs.events import evaluation, report
from hr_pipeline.defs.evidence import Evidence, StoreCheck, standing_evidence
from hr_pipeline.defs.failures import EverythingFailed, plain_failures
from hr_pipeline.defs.partitions import list_connections
from hr_pipeline.defs.run_queue import connection_tag, give_up_place, take_place_back
from hr_pipeline.defs.selection import WANTED, Wanted, check_wanted, left_out_pairs, trigger_of, wanted_pairs
from hr_pipeline.defs.surroundings import Surroundings, answer_of_store
from hr_pipeline.defs.telling import told_plan, told_runs
from hr_pipeline.defs.told import employees_told, left_out_told, snapshots_told
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Status
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations import syncing, turns
from hr_pipeline.operations.conforming import Staging
from hr_pipeline.operations.pulling import Pulls
from hr_pipeline.operations.syncing import Selection

PATIENCE_SECONDS = 5  # with the store, for the checks of a run that has failed already
MOST_SAID = 20  # connections in a line of the log
POOL = "platform_store"  # one writer at a time across Dagster's runs; the store's own lock is the one that holds
Around = dg.ResourceParam[Surroundings]
Runs = list[SyncRun]


def tell_verdicts(context: dg.OpExecutionContext, checks: Sequence[StoreCheck], evidence: Evidence) -> None:
    """Tell Dagster what checks say that the running step is not declared to make."""
    for one in checks:
        context.log_event(evaluation(one.judged(evidence)))  # type: ignore[arg-type]  # taken all the same: the annotation lags


@contextmanager
def judged_failures(context: dg.OpExecutionContext, surroundings: Surroundings) -> Iterator[None]:
    """`plain_failures`, and the checks all the same: Dagster would show those of a run that came to nothing as not executed.

    Raises:
        Refused: What is raised inside.
    """
    try:
        with plain_failures():
            yield
    except dg.Failure:
        with suppress(dg.Failure), plain_failures():
            work = surroundings.workplace()
            evidence = answer_of_store(work, lambda database: standing_evidence(database, work.today), PATIENCE_SECONDS)
            if evidence is not None:
                tell_verdicts(context, (*ON_SYNC_RUN, *ELSEWHERE), evidence)
        raise


@dg.op(config_schema=WANTED)
def select(context: dg.OpExecutionContext, surroundings: Around) -> Selection:
    """Takes the connections, so that no other sync of them runs beside this one."""
    config = Wanted(**context.op_config)
    with judged_failures(context, surroundings):
        work = surroundings.workplace()
        with work.store.opened() as database:
            stored = stored_connections(database)
            check_wanted(context, config, database, work.today)
        list_connections(context.instance, [one.connection_id for one in stored])
        pairs = wanted_pairs(context, config, stored, work.today)
        known = {one.connection_id: one.connection for one in stored}
        report(context, [left_out_told(pair, known.get(pair[0])) for pair in left_out_pairs(context, stored)])
        trigger, began = trigger_of(context, config, pairs, work.today), work.clock()
        try:
            selection = turns.select_in_turn(work, pairs, trigger, context.run_id, _waiting(context, surroundings))
        except Refusal as refusal:
            if refusal.code is Code.ALREADY_RUNNING and surroundings.patience.seconds:
                attempt = Attempt(trigger, began, context.run_id)
                runs = turns.given_up(work, pairs, attempt, str(refusal.params["run"]))
                report(context, told_runs(work, [run.run_no for run in runs]))
            raise
    if selection.busy:
        context.log.warning(_busy_said(selection, waits=bool(surroundings.patience.seconds)))
    context.instance.add_run_tags(context.run_id, _opening_tags(selection))
    return selection


def pull_step(provider: str) -> dg.OpDefinition:
    """The step that pulls one provider's companies."""

    @dg.op(name=f"pull_{provider}", description=f"Snapshots of the {provider} companies: pulled now for today, kept ones for a past date.")
    def pull(context: dg.OpExecutionContext, selection: Selection, surroundings: Around) -> Pulls:
        asked = sum(connection_id.startswith(f"{provider}-") for connection_id, _ in selection.wanted)
        with judged_failures(context, surroundings):
            pulls = syncing.pull(surroundings.workplace(), selection, provider, surroundings.progress)
        if asked:
            context.log_event(snapshots_told(provider, asked, pulls))
        return pulls

    return pull


PULL_STEPS = tuple(pull_step(provider) for provider in PROVIDERS)


@dg.op
def conform(context: dg.OpExecutionContext, selection: Selection, pulls: list[Pulls], surroundings: Around) -> Staging:
    """Maps provider fields to ours and validates them with pandera."""
    with judged_failures(context, surroundings):
        staging = syncing.conform(surroundings.workplace(), selection, _joined(pulls))
    context.log_event(employees_told(staging))
    return staging


@dg.op(ins={"sync_plan": dg.In(dg.Nothing)}, pool=POOL)
def reconcile(context: dg.OpExecutionContext, selection: Selection, pulls: list[Pulls], staging: Staging, surroundings: Around) -> Runs:
    """Decides every employee, then writes people, links, pay, outcomes and sync runs in one transaction."""
    with judged_failures(context, surroundings):
        work = surroundings.workplace()
        runs = syncing.reconcile(work, selection, _joined(pulls), staging)
        told = told_plan(work, [run.run_no for run in runs])
    context.log_event(told)
    return runs


@dg.op
def publish(context: dg.OpExecutionContext, runs: Runs, surroundings: Around) -> Runs:
    """Publishes the reporting views as Parquet and tells each sync run as the partition it belongs to."""
    with judged_failures(context, surroundings):
        work = surroundings.workplace()
        syncing.publish(work)
        told = told_runs(work, [run.run_no for run in runs])
    report(context, told)
    return runs


@dg.op
def follow_up(context: dg.OpExecutionContext, selection: Selection, runs: Runs, surroundings: Around) -> Runs:
    """Synchronises the connections that another run had, once it has let go of them. Mostly there are none."""
    if not selection.left:
        return runs
    with judged_failures(context, surroundings):
        work = surroundings.workplace()
        further = turns.followed_up(work, selection, _waiting(context, surroundings), surroundings.progress)
        if not further:
            return runs
        syncing.publish(work)
        numbers = [run.run_no for run in further]
        told = [told_plan(work, numbers), *told_runs(work, numbers)]
    report(context, told)
    return [*runs, *further]


@dg.op(out={**{check.spec.name: dg.Out() for check in ON_SYNC_RUN}, "checked": dg.Out()})
def check(context: dg.OpExecutionContext, runs: Runs, surroundings: Around) -> Iterator[Any]:
    """Evaluates the checks on how things stand now, at every connection."""
    with plain_failures():
        work = surroundings.workplace()
        with work.store.opened() as database:
            evidence = standing_evidence(database, work.today, [run.run_no for run in runs])
    tell_verdicts(context, ELSEWHERE, evidence)
    for one in ON_SYNC_RUN:
        yield one.judged(evidence)
    yield dg.Output(runs, "checked")


@dg.op(out=dg.Out(dg.Nothing, is_required=False))
def conclude(context: dg.OpExecutionContext, runs: Runs) -> Iterator[Any]:
    """Marks the run with its status. The run fails only when every one of its sync runs ended in error."""
    mark_run(context, [(run.verdict.status, run.verdict.code) for run in runs])
    yield from ()  # no output: Dagster would tell each partition again, without status and counts


def mark_run(context: dg.OpExecutionContext, ended: Sequence[tuple[str, str | None]]) -> None:
    """Tag the Dagster run with the statuses of its sync runs.

    Args:
        context: Of the running step.
        ended: Status and code of each sync run.

    Raises:
        EverythingFailed: Each of them ended in error.
    """
    statuses = [status for status, _ in ended]
    status = statuses[0] if len(set(statuses)) == 1 else Status.PARTIAL.value
    context.instance.add_run_tags(context.run_id, {"hr/status": str(status), "hr/failed": str(statuses.count(Status.ERROR.value))})
    if status == Status.ERROR:
        raise EverythingFailed([code for _, code in ended])


def _waiting(context: dg.OpExecutionContext, surroundings: Surroundings) -> turns.Waiting:
    """A run that waits says so in its log, and gives up its place in the queue meanwhile."""

    def wait(line: str) -> None:
        context.log.info(line)
        give_up_place(context.instance, context.run_id)

    return turns.Waiting(surroundings.patience, wait, lambda: take_place_back(context.instance, context.run_id))


def _busy_said(selection: Selection, *, waits: bool) -> str:
    runs = sorted({busy.dagster_run_id or busy.holder for busy in selection.busy})
    names = ", ".join(busy.connection_id for busy in selection.busy[:MOST_SAID])
    more = f" and {len(selection.busy) - MOST_SAID} more" if len(selection.busy) > MOST_SAID else ""
    then = "They follow when it has ended." if waits else "They are left alone."
    return f"Being synchronised by {', '.join(runs)}: {names}{more}. {then}"


def _opening_tags(selection: Selection) -> dict[str, str]:
    # A run that is picked up after a crash starts over: what its first steps left in memory is gone.
    tags = {"hr/trigger": selection.trigger.value, "dagster/retry_strategy": "ALL_STEPS"}
    return tags | connection_tag(connection_id for connection_id, _ in selection.wanted)


def _joined(pulls: list[Pulls]) -> Pulls:
    return reduce(Pulls.joined, pulls, Pulls())
