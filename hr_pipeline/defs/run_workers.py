"""The launcher of runs, which also tells whether the process of a run still lives.

Dagster's own launcher does not: after a power cut, or when a run ends together with the code server that started it, a run would show as going
on, and keep its place in the queue, until its longest duration has passed. Daemon and run workers are on one machine here.
May import: `adapters`.
"""

from collections.abc import Sequence

import dagster as dg
import psutil
from dagster._core.events import EngineEventData
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus

from hr_pipeline.adapters.processes import Process, living_process

PROCESS = "process"  # in the metadata of an event: who works on the run, as `Process.text`
_RUNNING = CheckRunHealthResult(WorkerStatus.RUNNING)
_GONE = CheckRunHealthResult(WorkerStatus.FAILED, "its process is gone")


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Dagster's launcher, with an answer for run monitoring (`dagster.yaml`): a run whose process is gone has failed, and is started again."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes: that is what this class is for."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Look for the process that said last that it works on the run.

        A process id is used again, and the clock may be set while a run goes on: the first look at a worker notes in the run's events which
        process it is (`Process`), and later ones look for that one. A run that never said who works on it is left to the time-outs of run
        monitoring.
        """
        events = self._instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)
        said = [(entry.timestamp, int(told)) for entry in events if (told := _told(entry, "pid"))]
        if not said:
            return _RUNNING
        at, pid = said[-1]
        if noted := _noted(events, pid):
            return _RUNNING if noted.lives else _GONE
        process = living_process(pid)
        # Who launched it knows that it began since: the machine was not started anew, and no clock need be asked.
        if process is None or not (run.run_id in self._run_ids or _was_there(pid, at)):
            return _GONE
        data = EngineEventData(metadata={PROCESS: dg.MetadataValue.text(process.text)})
        self._instance.report_engine_event(f"Watching process {pid}.", run, data)
        return _RUNNING


def _noted(events: Sequence[dg.EventLogEntry], pid: int) -> Process | None:
    """What was noted of a process of the run."""
    found = [Process.of_text(text) for entry in events if (text := _told(entry, PROCESS))]
    return next((process for process in reversed(found) if process.pid == pid), None)


def _told(entry: dg.EventLogEntry, key: str) -> str | None:
    event = entry.dagster_event
    value = event.engine_event_data.metadata.get(key) if event else None
    return None if value is None else str(value.value)


def _was_there(pid: int, moment: float) -> bool:
    """Whether a process was there at a moment of the clock."""
    try:
        return psutil.Process(pid).create_time() <= moment + 1
    except psutil.Error:
        return False
