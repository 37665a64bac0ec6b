"""What steps, schedules and sensors need from outside Dagster, and where values wait between two steps of a run.

Both are resources, so that tests and commands hand in their own. May import: `operations`, `adapters`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import dagster as dg

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.pulling import Progress
from hr_pipeline.operations.turns import Patience
from hr_pipeline.operations.workplace import Workplace

Answer = TypeVar("Answer")

AT_ONCE = Patience()
PATIENCE_SECONDS = 3_600  # of a run with connections in use: longer than a night takes, shorter than `max_runtime_seconds`
PAUSE_SECONDS = 5  # between two looks, which open the store
STORE_PATIENCE_SECONDS = 600  # of a step with the store, which another run holds for as long as it writes


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The workplace, made when a step asks for it: what is wrong with it is then told as that step's failure."""

    workplace: Callable[[], Workplace] = Workplace.current
    progress: Progress | None = None
    patience: Patience = AT_ONCE  # with connections that another run has; a command says at once which run is going

    @classmethod
    def of_a_deployment(cls) -> "Surroundings":
        """Those of runs that a daemon starts: they queue rather than fail."""
        return cls(_patient_workplace, patience=Patience(PATIENCE_SECONDS, PAUSE_SECONDS))


def _patient_workplace() -> Workplace:
    work = Workplace.current()
    return replace(work, store=replace(work.store, patience_seconds=STORE_PATIENCE_SECONDS))


def answer_of_store(work: Workplace, question: Callable[[Database], Answer], patience_seconds: float) -> Answer | None:
    """What the store says, or None while somebody holds it: a tick has a minute in all, and there is a next one.

    Args:
        work: Whose store.
        question: Asked of the opened store; its answer is never None.
        patience_seconds: How long the store is waited for.

    Raises:
        Refusal: What else is wrong with the store.
    """
    try:
        with replace(work.store, patience_seconds=patience_seconds).opened() as database:
            return question(database)
    except Refusal as refusal:
        if refusal.code is Code.STORE_LOCKED:
            return None
        raise


class InRunIOManager(dg.InMemoryIOManager):
    """Ids and counts wait in memory from step to step: nothing is pickled, nothing outlives the run."""

    def load_input(self, context: dg.InputContext) -> object:
        """The value a step of this very run left."""
        try:
            return super().load_input(context)
        except KeyError:
            said = "A sync can't go on from its middle. Run it again from the start: nothing is changed twice."
            raise dg.Failure(said, allow_retries=False) from None


@dg.io_manager(description="Keeps the ids and counts that travel between steps in memory for the length of a run.")
def in_run(_: dg.InitResourceContext) -> InRunIOManager:
    """A fresh memory for each run."""
    return InRunIOManager()  # type: ignore[no-untyped-call]
