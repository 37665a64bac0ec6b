"""The launcher of runs, which also tells whether the process of a run still lives.

Dagster's own launcher does not: after a power cut, or when a run ends together with the code server that started it, a run would show as going
on, and keep its place in the queue, until its longest duration has passed. Daemon and run workers are on one machine here.
May import: nothing of ours.
"""

import dagster as dg
import psutil
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus


class WatchedRunLauncher(dg.DefaultRunLauncher):
    """Dagster's launcher, with an answer for run monitoring (`dagster.yaml`): a run whose process is gone has failed, and is started again."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes: that is what this class is for."""
        return True

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        """Look for the process that said last that it works on the run.

        A process id is used again: only a process that was there when the run said so is the run's own. A run that never said so is
        left to the time-outs of run monitoring.
        """
        for entry in reversed(self._instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT)):
            event = entry.dagster_event
            pid = event.engine_event_data.metadata.get("pid") if event else None
            if pid is not None:
                lives = _lived_at(int(str(pid.value)), entry.timestamp)
                return (
                    CheckRunHealthResult(WorkerStatus.RUNNING)
                    if lives
                    else CheckRunHealthResult(WorkerStatus.FAILED, "its process is gone")
                )
        return CheckRunHealthResult(WorkerStatus.RUNNING)


def _lived_at(pid: int, moment: float) -> bool:
    try:
        process = psutil.Process(pid)
        return process.create_time() <= moment + 1 and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
