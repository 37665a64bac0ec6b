"""From `hr-pipeline request` to the start of its run, on a real deployment: web server, daemon, code server, a process per run.

May import: `hr_pipeline`, `browser.ui`, `defs.scene`.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import mean

import dagster as dg
from rich.table import Table

from hr_pipeline.adapters.store.requests import Batch
from hr_pipeline.defs.run_states import OVER
from hr_pipeline.operations.requesting import Requested, request
from hr_pipeline_tests.browser.ui import running_ui
from hr_pipeline_tests.defs.scene import Scene, scene
from hr_pipeline_tests.eventually import eventually

SPREAD = (0.0, 1.3, 2.6, 3.9)  # seconds of rest before a request, so that they meet the daemon's loop at every point of it
PATIENCE = 180


@dataclass(frozen=True, slots=True)
class Wait:
    """Seconds of one request, by what was waited for."""

    sensor: float  # until the sensor has asked for a run
    queue: float  # until the daemon has taken it from the queue
    process: float  # until its process has begun

    @property
    def whole(self) -> float:
        """From the request to the run's start."""
        return self.sensor + self.queue + self.process


def measured_waits(folder: Path, times: int) -> list[Wait]:
    """One request after another, each served before the next."""
    waits = []
    with scene(folder) as demo:
        demo.night(1)
        with running_ui(demo, folder / "dagster.log"):
            for number, connection_id, rest in zip(range(times + 1), cycle(demo.ids), cycle(SPREAD), strict=False):
                time.sleep(rest)
                wait = _served(demo, connection_id, number + 1)
                waits += [wait] if number else []  # the first finds a daemon that is still starting
    return waits


def waits_table(waits: Sequence[Wait]) -> Table:
    """Mean and longest of each part."""
    table = Table(title=f"From a request to the start of its run: {len(waits)} requests")
    for heading in ("", "mean", "longest"):
        table.add_column(heading, justify="right" if heading else "left")
    parts = {"sensor's next look": "sensor", "queue": "queue", "process of the run": "process", "whole": "whole"}
    for said, name in parts.items():
        seconds = [getattr(wait, name) for wait in waits]
        table.add_row(said, f"{mean(seconds):.1f} s", f"{max(seconds):.1f} s", style="bold" if name == "whole" else "")
    return table


def _served(demo: Scene, connection_id: str, batch: int) -> Wait:
    """A request that is the only one of its batch; without looking into the store, which the run needs."""
    (asked,) = request(demo.work(), Requested([connection_id]))
    asked_at = asked["requested_at"].timestamp()
    key = Batch(batch, asked["requested_at"], (connection_id,), None, None, None).key
    ended = dg.RunsFilter(tags={"dagster/run_key": key}, statuses=list(OVER))
    with demo.dagster() as instance:
        (record, *_) = eventually(lambda: instance.get_run_records(ended), "the requested sync's end", PATIENCE)
        (taken,) = instance.all_logs(record.dagster_run.run_id, dg.DagsterEventType.PIPELINE_STARTING)
    created = record.create_timestamp.timestamp()
    return Wait(created - asked_at, taken.timestamp - created, (record.start_time or 0) - taken.timestamp)
