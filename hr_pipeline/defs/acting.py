"""Jobs that a person starts from the launchpad: apply a plan, release a hold, undo a sync run.

The work is the operations' own, the same as the commands': the connection's lease, one transaction, then the views. Here it is only
started, told and judged. May import: `operations`, `adapters`, this room.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dagster as dg

from hr_pipeline.adapters.store.reports import sync_runs
from hr_pipeline.defs.checks import ELSEWHERE, ON_SYNC_RUN
from hr_pipeline.defs.events import report
from hr_pipeline.defs.evidence import standing_evidence
from hr_pipeline.defs.failures import plain_failures
from hr_pipeline.defs.lineage import OWNERS
from hr_pipeline.defs.run_queue import BY, connection_tag, give_up_place, take_place_back
from hr_pipeline.defs.steps import POOL, Around, mark_run, tell_verdicts
from hr_pipeline.defs.telling import told_plan, told_runs
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import explained
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations import previewing, releasing, undoing
from hr_pipeline.operations.workplace import Workplace

Config = Mapping[str, str]
SyncRunNos = list[int]

LONGEST = 200  # characters of an owner or a reason
PAUSES = 3  # of the patience, between two tries while the connection is being synchronised; the pool's slot is given back meanwhile
_KEPT = "Ids and codes only, no names: Dagster keeps what is typed here."

_LISTED = "in the first column of `hr-pipeline history`"
_DUE = {
    "plan_id": "as `sync_plan` lists it",
    "sync_run_id": "like r17, as the partition of `sync_run` tells it",
    "reason": "in a few words why, without names of people",
}
_TEXT = f"some text on one line, {LONGEST} characters at most"

_OWNER = dg.Field(
    str,
    default_value=OWNERS[0],
    description="Who says so: you. Kept with the decision. Left as it is or empty, your login of a deployment; where nobody logs in, the team.",
)
_PLAN = {
    "plan_id": dg.Field(str, default_value="", description="The plan to apply, as `sync_plan` lists it: plan-20261122-0123456789."),
    "owner": _OWNER,
    "reason": dg.Field(str, default_value="", description=f"Why. A plan that only awaits its review needs none, a guard does. {_KEPT}"),
}
_HELD = {
    "sync_run_id": dg.Field(
        str, default_value="", description=f"The held sync run, the newest of its connection: r17. `sync_plan` names it, and {_LISTED}."
    ),
    "owner": _OWNER,
    "reason": dg.Field(str, default_value="", description=f"Why this is right although a guard stopped it. Due. {_KEPT}"),
}
_UNDONE = {
    "sync_run_id": dg.Field(
        str,
        default_value="",
        description=f"The sync run to take back: r17. It is `sync_run_id` on the partition of `sync_run`, and {_LISTED}.",
    ),
    "owner": _OWNER,
    "reason": dg.Field(str, default_value="", description=f"Why, for whoever reads it later. Due. {_KEPT}"),
}


def _acting(
    name: str, schema: Mapping[str, dg.Field], act: Callable[[Workplace, Config, str], SyncRunNos], said: str, due: Sequence[str]
) -> dg.OpDefinition:
    """The step that does what the job is for and gives the numbers of the sync runs it made; `due` are the fields without which it can't."""

    @dg.op(name=name, description=said, config_schema=dict(schema), pool=POOL)
    def step(context: dg.OpExecutionContext, surroundings: Around) -> SyncRunNos:
        with plain_failures():
            config = _checked({name: " ".join(value.split()) for name, value in context.op_config.items()}, due)
            config["owner"] = _owner(config["owner"], context.run.tags.get(BY))
            try:
                done = act(surroundings.workplace(), config, context.run_id)
            except Refusal as refusal:
                pause, tries = surroundings.patience.pause * PAUSES, surroundings.patience.seconds / (surroundings.patience.pause * PAUSES)
                if refusal.code is not Code.ALREADY_RUNNING or context.retry_number >= tries:
                    raise
                message = explained(refusal, "en").message
            else:
                if context.retry_number:
                    take_place_back(context.instance, context.run_id)
                return done
        context.log.info(f"{message} This run tries again until it is free.")
        give_up_place(context.instance, context.run_id)
        raise dg.RetryRequested(max_retries=1 + int(tries), seconds_to_wait=pause)

    return step


def _owner(typed: str, login: str | None) -> str:
    """Who says so: whoever is named, else who has logged in where they clicked; without a login, the team."""
    return (login or OWNERS[0]) if typed in ("", OWNERS[0]) else typed


def _applied(work: Workplace, config: Config, dagster_run_id: str) -> SyncRunNos:
    runs = previewing.approve(work, config["plan_id"], config["owner"], config["reason"] or None, dagster_run_id)
    return [run.run_no for run in runs]


def _released(work: Workplace, config: Config, dagster_run_id: str) -> SyncRunNos:
    return [run.run_no for run in releasing.release(work, config["sync_run_id"], config["owner"], config["reason"], dagster_run_id)]


def _undone(work: Workplace, config: Config, dagster_run_id: str) -> SyncRunNos:
    undone = undoing.undo(work, config["sync_run_id"], config["owner"], config["reason"], dagster_run_id)
    return [int(undone["sync_run_id"].removeprefix("r"))]


def _checked(config: dict[str, str], due: Sequence[str]) -> dict[str, str]:
    """What a person typed, if all of it can be used: a link leaves the reason for them to type.

    Raises:
        Refusal: `INVALID_SETTING`, which names everything that is wrong and what is due there, at once.
    """
    wrong = {name: _TEXT for name, text in config.items() if len(text) > LONGEST or not text.isprintable()}
    wrong |= {name: _DUE[name] for name in due if not config[name]}
    if wrong:
        due_there = [expected if len(wrong) == 1 else f"{name}: {expected}" for name, expected in wrong.items()]
        raise Refusal(Code.INVALID_SETTING, setting=list(wrong), expected="; ".join(due_there))
    return config


@dg.op
def tell(context: dg.OpExecutionContext, run_nos: SyncRunNos, surroundings: Around) -> SyncRunNos:
    """Tells the sync run as its partition, and the plans and views as they stand now."""
    with plain_failures():
        work = surroundings.workplace()
        with work.store.opened() as database:
            tags = connection_tag(row["connection_id"] for row in sync_runs(database, run_nos=run_nos))
        told = [told_plan(work, run_nos), *told_runs(work, run_nos)]
    report(context, told)
    context.instance.add_run_tags(context.run_id, tags)
    return run_nos


@dg.op
def judge(context: dg.OpExecutionContext, run_nos: SyncRunNos, surroundings: Around) -> SyncRunNos:
    """Evaluates the checks on the newest sync run of every connection, since what waited may wait no longer."""
    with plain_failures():
        work = surroundings.workplace()
        with work.store.opened() as database:
            evidence = standing_evidence(database, work.today)
    tell_verdicts(context, (*ON_SYNC_RUN, *ELSEWHERE), evidence)
    return run_nos


@dg.op
def end(context: dg.OpExecutionContext, run_nos: SyncRunNos, surroundings: Around) -> None:
    """Marks the run with the sync run's status; fails it when that is an error, as when a guard still holds it."""
    with plain_failures(), surroundings.workplace().store.opened() as database:
        rows = sync_runs(database, run_nos=run_nos)
    mark_run(context, [(row["status"], row["code"]) for row in rows])


def _job(name: str, schema: Mapping[str, dg.Field], trigger: Trigger, step: dg.OpDefinition, description: str) -> dg.JobDefinition:
    @dg.config_mapping(config_schema=dict(schema))
    def typed(given: dict[str, Any]) -> dict[str, Any]:
        return {"ops": {step.name: {"config": given}}}

    # A person's word counts once: a run that was killed is not started again by itself.
    tags = {"hr/trigger": trigger.value, "dagster/max_retries": "0", "dagster/retry_strategy": "ALL_STEPS"}

    @dg.job(name=name, description=description, config=typed, tags=tags)
    def job() -> None:
        end(judge(tell(step())))

    return job


apply_plan = _job(
    "apply_plan",
    _PLAN,
    Trigger.APPROVAL,
    _acting(
        "approve_plan",
        _PLAN,
        _applied,
        "Applies the plan exactly as it was seen; rows that have drifted since are planned anew.",
        ["plan_id"],
    ),
    """Applies a plan that somebody has looked at, exactly as it was seen.

`sync_plan` lists the plans that wait, each with a link that fills this in. Rows whose inputs have changed since wait for another look
(`PLAN_STALE`); the others go on.""",
)

release_hold = _job(
    "release_hold",
    _HELD,
    Trigger.APPROVAL,
    _acting(
        "release_run",
        _HELD,
        _released,
        "Releases what a guard holds and applies it, if the plan is still the same.",
        ["sync_run_id", "reason"],
    ),
    """Lets a sync run go on that a guard holds, or the employees of it that a guard holds back.

Bound to the very plan that was seen, for 24 hours: if it has changed in between, a guard looks at it again. `sync_plan` lists what is
held, each with a link that fills this in.""",
)

undo_sync_run = _job(
    "undo_sync_run",
    _UNDONE,
    Trigger.UNDO,
    _acting(
        "undo_run", _UNDONE, _undone, "Takes back what the sync run wrote, where nobody has touched it since.", ["sync_run_id", "reason"]
    ),
    """Takes a sync run back: a new sync run that returns each person to what they were before it.

What was touched since is kept and named, and so is what can't be returned. The next sync would apply the same again: exclude, change
the mapping or the settings, or disconnect first.""",
)
