"""Links that open Dagster's launchpad with a job's config filled in, the command that does the same, and the one to look with first.

Pure text. May import: nothing of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import yaml

LOCATION = "hr_pipeline"  # the code location's name in the workspace
REVIEW = "HELD_REVIEW"
REASON = '--reason "…"'


@dataclass(frozen=True, slots=True)
class NextStep:
    """What ends a wait: a look, then a job with its config, or a command."""

    job: str
    config: Mapping[str, str]
    command: str
    look: str

    @property
    def link(self) -> str:
        """Address of the launchpad with the config filled in, on the same host: all but who says so, and why."""
        text = yaml.safe_dump({**self.config, "owner": "", "reason": ""}, sort_keys=False)
        return f"/locations/{LOCATION}/jobs/{self.job}/playground/setup?config={quote(text, safe='')}"


def next_step(hold: Mapping[str, Any]) -> NextStep:
    """What ends a hold of `overview.waiting_holds`: a review is approved; what a guard held (a run, or rows of one) is released."""
    run = hold["sync_run_id"]
    look = f"hr-pipeline outcomes {run}{'' if hold['code'] == REVIEW else ' --only counted'}"
    if hold["code"] == REVIEW:
        return NextStep("apply_plan", {"plan_id": hold["plan_id"]}, f"hr-pipeline approve {hold['plan_id']}", look)
    return NextStep("release_hold", {"sync_run_id": run}, f"hr-pipeline release {run} {REASON}", look)
