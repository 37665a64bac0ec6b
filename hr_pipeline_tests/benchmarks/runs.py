"""Which trials are run for which size, in what order, and what they came to.

Not here: how a measure is taken, how it is shown. May import: this room.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hr_pipeline_tests.benchmarks.measuring import Measure, Trial, taken_apart
from hr_pipeline_tests.benchmarks.reconcile import Reconcile
from hr_pipeline_tests.benchmarks.rivals import DltMerge, PandasMerge, RowByRow
from hr_pipeline_tests.benchmarks.stages import Decode, Draw, Land, StageParts, Validate, ValidateAndKeep
from hr_pipeline_tests.benchmarks.whole import Whole
from hr_pipeline_tests.benchmarks.workshop import Workshop

FIRST, NIGHT = 1, 2
Progress = Callable[[str], None]

TRIALS: dict[str, Callable[[Workshop, int], Trial]] = {
    trial.__name__: trial
    for trial in (Draw, Land, Decode, Validate, ValidateAndKeep, StageParts, Reconcile, Whole, RowByRow, PandasMerge, DltMerge)
}


@dataclass(frozen=True, slots=True)
class Results:
    """Measures of one size, by trial and night."""

    employees: int
    connections: int
    measures: dict[tuple[str, int], Measure] = field(default_factory=dict)


class Bench:
    """Takes all measures of one size in one folder."""

    def __init__(self, folder: Path, employees: int, progress: Progress) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.shop = Workshop(folder, employees)
        self.results = Results(employees, len(self.shop.firms))
        self._progress = progress

    def take(self, trial: type, night: int, repetitions: int) -> None:
        """Take one measure in a fresh process."""
        self._progress(f"{self.shop.employees:,} employees, {'first sync' if night == FIRST else 'night'}: {trial.__name__}")
        self.results.measures[trial.__name__, night] = taken_apart(
            trial.__name__, self.shop.folder, self.shop.employees, night, repetitions
        )

    def prepare_pages(self) -> None:
        """Draw both nights' pages."""
        for night in (FIRST, NIGHT):
            self.take(Draw, night, 1)

    def drawn(self, repetitions: int, reconciles: int) -> Results:
        """Every stage, from pages; for as many people as the sandbox draws, or fewer."""
        self.prepare_pages()
        self.shop.connect()
        for night in (FIRST, NIGHT):
            self.take(Land, night, repetitions if night == FIRST else 1)
            self.take(ValidateAndKeep, night, repetitions if night == FIRST else 1)
            if night == FIRST:
                self.take(Decode, night, repetitions)
            self.take(StageParts, night, repetitions if night == FIRST else 1)
            self.take(Reconcile, night, reconciles)
        self.take(Whole, FIRST, 1)
        return self.results

    def copied(self, drawn: Workshop) -> Results:
        """Every stage for more people than are drawn. Who is planned are copies of conformed people; pages go through once."""
        self.prepare_pages()
        self.take(Land, FIRST, 1)
        self.take(Decode, FIRST, 1)
        self.take(Validate, FIRST, 1)
        self.take(Whole, FIRST, 1)
        return self.reconciled(drawn)

    def reconciled(self, drawn: Workshop) -> Results:
        """Staging, plan and apply alone."""
        self.shop.borrow_conformed(drawn)
        self.shop.connect()
        for night in (FIRST, NIGHT):
            self.take(StageParts, night, 1)
            self.take(Reconcile, night, 1 if night == FIRST else 3)
        return self.results

    def rivals(self) -> None:
        """What else could be written, after `drawn`."""
        for trial in (RowByRow, PandasMerge, DltMerge):
            for night in (FIRST, NIGHT):
                self.take(trial, night, 1)
