"""Pulling over HTTP from the sandbox with latency, beside what latency and the limits alone would take.

The sandbox runs in a process of its own, or it would share the puller's interpreter lock. May import: `hr_pipeline`, this room.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.table import Table

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.adapters.pulling import WORKERS, Target, pulled
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.sandbox.companies import Company

LATENCY = 0.05
REPETITIONS = 3


@dataclass(slots=True)
class Counted:
    """A sink that keeps nothing."""

    pages: list[int] = field(default_factory=list)

    def add(self, page: Page) -> None:
        self.pages.append(len(page.body))


@dataclass(frozen=True, slots=True)
class Scene:
    """One population, and how many of its requests can be under way at once."""

    label: str
    provider: str
    employees: int
    companies: int
    concurrency: int
