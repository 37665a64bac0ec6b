"""A whole sync as a trial: the operations as Dagster calls them, for every company at once; only HTTP is left out.

May import: `hr_pipeline`, this room.
"""

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from threading import Lock

import orjson
import pyarrow.parquet as pq

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.providers.protocol import Company, Page, PageSink, Provider, Pulled
from hr_pipeline.domain.fields import ProviderField
from hr_pipeline.domain.frames import ProviderFrames
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.pulling import Pulls
from hr_pipeline.operations.syncing import conform, publish, pull, reconcile, select
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline_tests.benchmarks.measuring import Laps
from hr_pipeline_tests.benchmarks.population import night_date
from hr_pipeline_tests.benchmarks.workshop import Workshop, add_connections

VARIABLES = (
    "SECUREX_BASE_URL",
    "SECUREX_TOKEN_URL",
    "SECUREX_CLIENT_ID",
    "SECUREX_CLIENT_SECRET",
    "SECUREX_SUBSCRIPTION_KEY",
    "PAYFIT_CLIENT_ID",
    "PAYFIT_CLIENT_SECRET",
)
NIGHTS = {1: "first sync", 2: "1 % night"}


class Drawn:
    """The pages of a night, read from disk one company at a time, as they would come over a network."""

    def __init__(self, shop: Workshop, night: int) -> None:
        self._file = pq.ParquetFile(shop.pages_path(night))
        self._groups = {str(firm.number): group for group, firm in enumerate(shop.firms)}
        self._lock = Lock()

    def of(self, company_id: str) -> list[tuple[Page, int]]:
        """A company's pages and their numbers of rows."""
        with self._lock:
            columns = self._file.read_row_group(self._groups[company_id]).to_pydict()
        return [(Page(r, n, body), rows) for r, n, rows, body in zip(*columns.values(), strict=True)]


@dataclass(frozen=True, slots=True)
class HandedSession:
    """A session that has every page at hand."""

    drawn: Drawn

    def companies(self) -> list[Company]:
        return []

    def pull(self, company_id: str, sink: PageSink, until: float | None = None) -> Pulled:
        counts: dict[str, int] = {}
        pages = self.drawn.of(company_id)
        for page, rows in pages:
            sink.add(page)
            counts[page.resource] = counts.get(page.resource, 0) + rows
        people, pay, *components = counts.values()
        return Pulled(len(pages), people, pay, sum(components))

    def close(self) -> None:
        return


@dataclass(frozen=True, slots=True)
class HandedProvider:
    """A provider whose pages were drawn before."""

    provider: Provider
    drawn: Drawn
    name: str = field(init=False)
    country: str = field(init=False)
    fields: tuple[ProviderField, ...] = field(init=False)
    default_mapping: FieldMapping = field(init=False)

    def __post_init__(self) -> None:
        for name in ("name", "country", "fields", "default_mapping"):
            object.__setattr__(self, name, getattr(self.provider, name))

    def session(self, secrets: Mapping[str, str]) -> HandedSession:
        return HandedSession(self.drawn)

    def frames(self, connection_id: str, pages: Iterable[Page], on: date) -> ProviderFrames:
        return self.provider.frames(connection_id, pages, on)


class Whole:
    """Select, pull, conform, reconcile and publish on the first night and on the next. Floor: orjson over the same pages."""

    def __init__(self, shop: Workshop, night: int) -> None:
        self.shop, self.employees = shop, shop.employees
        self.given = {"HR_PIPELINE_HOME": "whole", **dict.fromkeys(VARIABLES, "https://127.0.0.1/")}

    def workplace(self, night: int) -> Workplace:
        """The workplace on a night, early in the morning."""
        at = datetime.combine(night_date(night), time(3, 30), UTC)
        providers = {name: HandedProvider(provider, Drawn(self.shop, night)) for name, provider in PROVIDERS.items()}
        return replace(Workplace.current(Environment.current(self.given, self.shop.folder)), providers=providers, clock=lambda: at)

    def ready(self) -> None:
        shutil.rmtree(self.shop.folder / "whole", ignore_errors=True)
        with self.workplace(1).store.opened() as database:
            add_connections(database, self.shop.firms)

    def run(self, lap: Laps) -> None:
        for night, label in NIGHTS.items():
            work = self.workplace(night)
            wanted = [(firm.connection_id, work.today) for firm in self.shop.firms]
            with lap(f"{label}: pull"):
                selection = select(work, wanted, Trigger.NIGHTLY)
                pulls = Pulls()
                for provider in work.providers:
                    pulls = pulls.joined(pull(work, selection, provider))
            staging = lap.timed(f"{label}: conform", lambda work=work, selection=selection, pulls=pulls: conform(work, selection, pulls))
            with lap(f"{label}: reconcile"):
                runs = reconcile(work, selection, pulls, staging)
            lap.timed(f"{label}: publish", lambda work=work: publish(work))
            assert len(runs) == len(wanted)
            assert all(run.verdict.code is None for run in runs)

    def floor(self, lap: Laps) -> None:
        for night, label in NIGHTS.items():
            for _, pages in self.shop.pages(night):
                with lap(f"{label}: orjson"):
                    for page, _ in pages:
                        orjson.loads(page.body)
