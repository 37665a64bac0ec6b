"""Starting Dagster from a command: one sync in this process, or the UI with its daemon.

May import: `operations`, `adapters`, this room.
"""

import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
import psutil

from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.adapters.store.leases import process_lives
from hr_pipeline.defs.failures import EverythingFailed, Refused
from hr_pipeline.defs.home import VARIABLE, prepare_dagster_home, settings_file
from hr_pipeline.defs.partitions import list_connections
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.pulling import Progress
from hr_pipeline.operations.workplace import Workplace

HOST = "127.0.0.1"  # the UI has no login: it never listens elsewhere
PROCESS_TAG = "hr/process"


def run_sync(wanted: Sequence[tuple[str, date]], trigger: Trigger, progress: Progress | None = None, workplace: Callable[[], Workplace] = Workplace.current) -> str:
    """Run the job `sync` in this process and wait for it.

    Args:
        wanted: (connection id, civil date in Brussels) pairs.
        trigger: What started it.
        progress: Told of pages and companies.
        workplace: Instead of this process's own.

    Returns:
        Id of the Dagster run, also when all its sync runs ended in error: what became of each is in the store.

    Raises:
        Refusal: What the sync was refused for (see `operations.syncing.select`), or what the store or a disk ended it with.
    """
    os.environ.setdefault("DAGSTER_REDACT_USER_CODE_ERRORS", "1")
    from hr_pipeline.definitions import defs

    work = workplace()
    job = defs.resolve_job_def("sync")
    run_id = dg_run_id()
    with dagster_instance(work) as instance:
        ...
