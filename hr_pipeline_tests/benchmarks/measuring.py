"""Taking measures: a stage in a process of its own, repeated, turn by turn with its floor.

The machine is shared, so a figure is the median of its repetitions, and a ratio the median of the ratios of neighbours in time. Memory
is the peak of the stage's process after its first repetition, libraries and inputs included. May import: this room.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Protocol


class Trial(Protocol):
    """A stage of the sync (or what a user would otherwise run), with what it is measured against."""

    employees: int  # people it handles in one repetition

    def ready(self) -> None:
        """Put everything in place for one repetition; not timed."""

    def run(self, lap: "Laps") -> None:
        """One repetition, its parts timed with `lap`."""

    def floor(self, lap: "Laps") -> None:
        """What no program could do without, for the same input."""


@dataclass(slots=True)
class Laps:
    """Seconds of each part of one repetition, and the peak of memory (MB) when it ended."""

    seconds: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        """Time a part; parts of the same name add up."""
        start = time.perf_counter()
        yield
        self.seconds[part] = self.seconds.get(part, 0) + time.perf_counter() - start
        self.peaks[part] = peak_megabytes()

    def timed(self, part: str, task: Callable[[], Any]) -> Any:
        """The answer of a task, timed."""
        with self(part):
            return task()


@dataclass(frozen=True, slots=True)
class Measure:
    """What a trial came to. Seconds by part and repetition, for the stage and for its floor; peaks by part."""

    employees: int
    stage: list[dict[str, float]]
    floors: list[dict[str, float]]
    peaks: dict[str, int]

    def seconds(self, *parts: str) -> float:
        """Median of some parts together; of everything without any."""
        return median(_sum(lap, parts) for lap in self.stage)

    def floor_seconds(self, *parts: str) -> float:
        """Median of the floor's parts together."""
        return median(_sum(lap, parts) for lap in self.floors)

    def ratio(self, parts: tuple[str, ...] = (), floors: tuple[str, ...] = ()) -> float:
        """How many times the floor: the median over the repetitions, each against the floor measured beside it."""
        return median(_sum(stage, parts) / _sum(floor, floors) for stage, floor in zip(self.stage, self.floors, strict=True))

    def peak(self, *parts: str) -> int:
        """Highest peak of some parts, MB."""
        return max(peak for part, peak in self.peaks.items() if not parts or part in parts)


def taken(trial: Trial, repetitions: int) -> Measure:
    """Run a trial in this process. The stage goes first, so that nothing else has raised the peak."""
    stage, floors, peaks = [], [], {}
    for repetition in range(repetitions):
        trial.ready()
        lap = Laps()
        trial.run(lap)
        stage.append(lap.seconds)
        peaks = peaks if repetition else lap.peaks
        lap = Laps()
        trial.floor(lap)
        floors.append(lap.seconds)
    return Measure(trial.employees, stage, floors, peaks)


def taken_apart(name: str, folder: Path, employees: int, night: int, repetitions: int) -> Measure:
    """Run a trial in a fresh process.

    Raises:
        RuntimeError: It failed; its own words are on stderr.
    """
    command = [
        sys.executable,
        "-m",
        "hr_pipeline_tests.benchmarks",
        "trial",
        name,
        str(folder),
        str(employees),
        str(night),
        str(repetitions),
    ]
    ended = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    if ended.returncode:
        raise RuntimeError(f"the benchmark of {name} failed")
    return Measure(**json.loads(ended.stdout.splitlines()[-1]))


def peak_megabytes() -> int:
    """Peak resident memory of this process. `ru_maxrss` may still hold the parent's; Linux also tells this program's alone."""
    status = Path("/proc/self/status")
    if status.exists():
        peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 * 1024 if sys.platform == "darwin" else 1024)


def _sum(lap: dict[str, float], parts: tuple[str, ...]) -> float:
    return sum(seconds for part, seconds in lap.items() if not parts or part in parts)
