"""What Dagster loads: everything of `defs`, put together.

Nothing is defined here. May import: `defs`.
"""

import dagster as dg

from hr_pipeline.defs.acting import apply_plan, release_hold, undo_sync_run
from hr_pipeline.defs.attention import attention
from hr_pipeline.defs.backing_up import backup_job, daily_backup
from hr_pipeline.defs.checks import store_checks
from hr_pipeline.defs.lineage import AROUND
from hr_pipeline.defs.nightly import nightly
from hr_pipeline.defs.requests import sync_requests
from hr_pipeline.defs.retention import daily_retention, retention
from hr_pipeline.defs.retries import failed_syncs, missed_nights
from hr_pipeline.defs.surroundings import Surroundings, in_run
from hr_pipeline.defs.sync_run import sync, sync_run

defs = dg.Definitions(
    assets=[sync_run, *AROUND],
    asset_checks=[store_checks],
    jobs=[sync, apply_plan, release_hold, undo_sync_run, retention, backup_job],
    schedules=[nightly, daily_retention, daily_backup],
    sensors=[sync_requests, failed_syncs, missed_nights, attention],
    resources={"surroundings": Surroundings.of_a_deployment(), "io_manager": in_run},
    executor=dg.in_process_executor,  # eight steps in half a second rather than fifteen, and none left writing when the run is killed
)
