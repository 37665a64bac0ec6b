"""Whether a run of Dagster is over, and the keys under which runs are asked for until something came of one. May import: nothing of ours."""

import dagster as dg

OVER = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)
KEY = "dagster/run_key"  # Dagster's tag of a run that a sensor or a schedule asked for: no key has two runs
MOST_RUNS = 3  # for one thing asked for: what comes to nothing is followed by another run


def is_over(run: dg.DagsterRun) -> bool:
    """Whether it has ended, and Dagster does not start it again by itself."""
    return run.status in OVER and not run.is_complete_and_waiting_to_retry


def keys_of(key: str) -> list[str]:
    """Keys of the runs for one thing asked for, in their order."""
    return [key, *(f"{key}-{n}" for n in range(2, MOST_RUNS + 1))]
