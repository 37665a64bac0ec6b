"""What steps need from outside Dagster, and where values wait between two steps of a run.

Both are resources, so that tests and commands hand in their own. May import: `operations`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import dagster as dg

from hr_pipeline.operations.pulling import Progress
from hr_pipeline.operations.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The workplace, made when a step asks for it: what is wrong with it is then told as that step's failure."""

    workplace: Callable[[], Workplace] = Workplace.current
    progress: Progress | None = None


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
