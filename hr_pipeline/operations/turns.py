"""Waiting for one's turn: a connection that another sync has is waited for, as long as the caller has patience, rather than refused.

Whoever waits holds nothing, so that no two runs wait for each other: what is free is synchronised first, and let go of. May import:
`adapters`, `domain`, this room.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from hr_pipeline.adapters.store.applying import Attempt, Failure, SyncRun, record_failures
from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.pulling import Progress
from hr_pipeline.operations.syncing import Pair, Selection, conform, pulled, reconcile, select
from hr_pipeline.operations.workplace import Workplace

IN_USE = (Code.ALREADY_RUNNING, Code.STORE_LOCKED)

Tell = Callable[[str], None]  # a line for whoever watches the run, when it begins to wait: codes and ids
GoOn = Callable[[], None]  # when its turn has come


@dataclass(frozen=True, slots=True)
class Patience:
    """For how long, and how often one looks. None at all: whoever asks is told at once which run is going."""

    seconds: float = 0
    pause: float = 5

    def until(self) -> float:
        """When it ends, on the monotonic clock."""
        return time.monotonic() + self.seconds


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a run that waits does: for how long it has patience, and who is told when it begins to wait and when its turn has come."""

    patience: Patience
    tell: Tell
    go_on: GoOn = lambda: None


@dataclass(frozen=True, slots=True)
class _Begun:
    """Who waits, and the day on which it began to: midnight makes no replay of a fresh sync."""

    trigger: Trigger
    dagster_run_id: str | None
    today: date


def select_in_turn(work: Workplace, wanted: list[Pair], trigger: Trigger, dagster_run_id: str | None, waiting: Waiting) -> Selection:
    """`syncing.select`, waiting while every one of the connections is in use, or the store is.

    Raises:
        Refusal: As `select`; `ALREADY_RUNNING` and `STORE_LOCKED` only once patience has ended.
    """
    return _selected(work, wanted, _Begun(trigger, dagster_run_id, work.today), waiting, waiting.patience.until())


def given_up(work: Workplace, wanted: list[Pair], attempt: Attempt, run: str) -> list[SyncRun]:
    """Record that these connections were in use until patience ended, so that they are tried again (`domain.quarantine`).

    Args:
        work: Where.
        wanted: Every pair.
        attempt: Which came to nothing.
        run: The one that has them.

    Returns:
        A sync run of each, `ALREADY_RUNNING`.
    """
    with work.store.opened() as database:
        numbers = {one.connection_id: one.number for one in stored_connections(database, [connection_id for connection_id, _ in wanted])}
        failures = [Failure(numbers[one], on, Code.ALREADY_RUNNING, {"connection": one, "run": run}) for one, on in wanted]
        return record_failures(database, failures, attempt, work.clock())


def followed_up(work: Workplace, selection: Selection, waiting: Waiting, progress: Progress | None = None) -> list[SyncRun]:
    """Synchronise what a selection left because others had it, as soon as they have let go; once its own connections are done.

    Returns:
        A sync run of each, `ALREADY_RUNNING` of those that were still in use when patience ended; of none without any patience.
    """
    left, runs, deadline = _active(work, selection.left), list[SyncRun](), waiting.patience.until()
    while left and waiting.patience.seconds:
        try:
            begun = _Begun(selection.trigger, selection.dagster_run_id, selection.today)
            taken = _selected(work, left, begun, waiting, deadline)
        except Refusal as refusal:
            if refusal.code is not Code.ALREADY_RUNNING:
                raise
            attempt = Attempt(selection.trigger, selection.started_at, selection.dagster_run_id)
            return runs + given_up(work, left, attempt, str(refusal.params["run"]))
        pulls = pulled(work, taken, progress)
        runs += reconcile(work, taken, pulls, conform(work, taken, pulls))
        left = _active(work, taken.left)
    return runs


def _selected(work: Workplace, wanted: list[Pair], begun: _Begun, waiting: Waiting, deadline: float) -> Selection:
    said = ""
    while True:
        try:
            selection = select(work, wanted, begun.trigger, begun.dagster_run_id, today=begun.today)
        except Refusal as refusal:
            if refusal.code not in IN_USE or not waiting.patience.seconds:
                raise
            if (line := _waits_for(refusal, len(wanted))) != said:
                waiting.tell(line)
                said = line
            if time.monotonic() > deadline:
                waiting.go_on()
                raise
        else:
            if said:
                waiting.go_on()
            return selection
        time.sleep(waiting.patience.pause)


def _waits_for(refusal: Refusal, wanted: int) -> str:
    if refusal.code is Code.STORE_LOCKED:
        return "The store is in use by another process: this run waits for it."
    others = f" (and {wanted - 1} more are in use)" if wanted > 1 else ""
    return f"{refusal.params['connection']} is being synchronised by run {refusal.params['run']}{others}: this run waits its turn."


def _active(work: Workplace, pairs: tuple[Pair, ...]) -> list[Pair]:
    """Those whose company has not been disconnected in the meantime."""
    if not pairs:
        return []
    with work.store.opened() as database:
        stored = stored_connections(database, [connection_id for connection_id, _ in pairs])
    active = {one.connection_id for one in stored if one.connection.active}
    return [pair for pair in pairs if pair[0] in active]
