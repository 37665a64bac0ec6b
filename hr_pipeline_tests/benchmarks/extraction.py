"""Pulling over HTTP from the sandbox with latency, beside what latency and the provider's limit alone would take.

The sandbox runs in a process of its own: it would share the puller's interpreter lock otherwise. May import: `hr_pipeline`, this room.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.table import Table

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.providers.payfit.contract import REQUESTS_PER_SECOND
from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.adapters.providers.securex.contract import IN_FLIGHT
from hr_pipeline.adapters.pulling import WORKERS, Target, pulled
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.sandbox import Sandbox, SandboxOptions

LATENCY = 0.05
PAGE = 25  # people a page: drawing them must not be what the pull waits for
REPETITIONS = 3


@dataclass(slots=True)
class Counted:
    """A sink that keeps only how large each page was."""

    sizes: list[int] = field(default_factory=list)

    def add(self, page: Page) -> None:
        self.sizes.append(len(page.body))


@dataclass(frozen=True, slots=True)
class Scene:
    """Companies of one provider, and how many of its requests can be under way at once.

    Attributes:
        asides: Requests beside pages, per company.
        per_second: The provider's limit, as we keep it.
    """

    label: str
    provider: str
    employees: int
    companies: int
    concurrency: int
    asides: int = 0
    per_second: float | None = None

    def ideal(self, pages: int) -> float:
        """Seconds that nothing but latency, or the limit, would take."""
        requests = pages + self.asides * self.companies
        return max(requests * LATENCY / self.concurrency, requests / self.per_second if self.per_second else 0)


SCENES = (
    Scene("Securex, one employer of 5,000", "securex", 5_000, 1, IN_FLIGHT),
    Scene("Securex, 200 employers of 25", "securex", 5_000, 200, min(WORKERS, IN_FLIGHT)),
    Scene("PayFit, 40 companies of 50", "payfit", 2_000, 40, WORKERS, asides=1, per_second=REQUESTS_PER_SECOND),
)


def extraction_table() -> Table:
    """Every scene's wall time over its ideal."""
    table = Table(title=f"Extraction at {LATENCY * 1000:.0f} ms latency", title_justify="left", title_style="bold")
    for name in ("what", "pages", "at once", "seconds", "ideal", "× ideal"):
        table.add_column(name, justify="left" if name == "what" else "right")
    table.caption = "Ideal: pages × latency ÷ requests at once, or what the provider's limit per second allows."
    for scene in SCENES:
        with served(scene) as targets:
            laps = [_pull(targets) for _ in range(REPETITIONS)]
        pages, seconds = laps[0][0], median(lap[1] for lap in laps)
        ideal = scene.ideal(pages)
        table.add_row(scene.label, f"{pages:,}", str(scene.concurrency), f"{seconds:.1f}", f"{ideal:.1f}", f"{seconds / ideal:.2f}")
    return table


def serve(employees: int, companies: int) -> None:
    """Be the sandbox of one scene: say what it is on stdout, end with stdin."""
    options = SandboxOptions(
        size=employees,
        companies=companies,
        latency_seconds=LATENCY,
        page_limit=PAGE,
        roster=False,
        securex_calls_per_second=None,
        payfit_reads_per_second=None,
    )
    with Sandbox(options) as sandbox:
        known = [{"provider": c.provider, "company": c.company_id, "key": c.key_env, "number": c.number} for c in sandbox.companies]
        sys.stdout.write(json.dumps({"environment": sandbox.environment, "companies": known}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


@contextmanager
def served(scene: Scene) -> Iterator[list[Target]]:
    """The scene's targets, while its sandbox runs. Companies alternate between the providers, so it has twice as many."""
    command = [sys.executable, "-m", "hr_pipeline_tests.benchmarks", "serve", str(2 * scene.employees), str(2 * scene.companies)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            said = json.loads(process.stdout.readline())
            environment = Environment.current(said["environment"], Path.cwd())
            yield [_target(environment, one) for one in said["companies"] if one["provider"] == scene.provider]
        finally:
            process.stdin.close()


def _target(environment: Environment, company: dict[str, str]) -> Target:
    name = company["provider"]
    credential = {"kind": "env", "variable": company["key"]} if company["key"] else {"kind": "partner"}
    return Target(f"{name}-{company['number']}", PROVIDERS[name], company["company"], environment.secrets_for(name, credential))


def _pull(targets: list[Target]) -> tuple[int, float]:
    sinks: list[Counted] = []

    def sink_for(_: Target) -> Counted:
        sinks.append(Counted())
        return sinks[-1]

    start = time.perf_counter()
    results = list(pulled(targets, sink_for))
    seconds = time.perf_counter() - start
    assert not [result for _, result in results if isinstance(result, Refusal)]
    return sum(len(sink.sizes) for sink in sinks), seconds
