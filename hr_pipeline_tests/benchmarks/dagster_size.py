"""`dagster`: an instance with years of nights of many connections, as an engineer meets it: what each page, tick and night costs.

Figures are of one machine and a noisy moment: they tell what grows, and nothing is asserted of them. May import: this room.
"""

import os
import platform as machine
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from hr_pipeline.defs.partitions import first_day, partition_key
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline_tests.benchmarks.dagster_history import Platform, tell_history
from hr_pipeline_tests.benchmarks.dagster_pages import (
    Answer,
    Opened,
    asked_by_the_ui,
    backfill_seconds,
    database_bytes,
    served,
    slowest,
)
from hr_pipeline_tests.benchmarks.dagster_ticks import (
    NightCost,
    night_cost,
    retention_run,
    store_questions,
    thinking,
    ticking,
)
from hr_pipeline_tests.own_postgres import database_at, own_postgres

BATCH = "500"  # events written at once, where the storage can
BACKFILLED = 60  # dates of a backfill


@dataclass(slots=True)
class Look:
    """An instance as the UI shows it at one moment."""

    pages: dict[str, tuple[Opened, Answer]] = field(default_factory=dict)
    ticks: dict[str, float] = field(default_factory=dict)
    backfill: tuple[int, float] = (0, 0.0)


@dataclass(slots=True)
class Size:
    """Everything measured at one number of connections."""

    platform: Platform
    nights: int
    empty: NightCost
    full: NightCost
    before: Look
    after: Look
    thinking: dict[str, float]
    store: dict[str, float]
    retention: tuple[float, int]
    megabytes: tuple[int, int]

    @property
    def title(self) -> str:
        """Connections × nights."""
        return f"{self.platform.companies:,} × {self.nights}"


def measure(folder: Path, sizes: list[int], nights: int, storage: str, *, small: list[int]) -> None:
    """All sizes; tables on stdout, progress on stderr."""
    console, status = Console(width=150), Console(stderr=True)
    os.environ["DAGSTER_EVENT_BATCH_SIZE"] = BATCH
    costs: list[NightCost] = []
    found: list[Size] = []
    with ExitStack() as stack:
        database = stack.enter_context(own_postgres(folder)) if storage == "postgres" else None
        for companies in small:
            status.print(f"{companies:,} connections, one night")
            with _at(folder, companies, database) as platform:
                platform.connect()
                costs.append(night_cost(platform, 0)[0])
        for companies in sizes:
            with _at(folder, companies, database) as platform:
                found.append(_size(platform, nights, status))
                costs.append(found[-1].empty)
            console.print(pages_table(found[-1]))
    console.print(ticks_table(found))
    console.print(nights_table(sorted(costs, key=lambda cost: cost.companies), found))
    memory = psutil.virtual_memory().total / 2**30
    console.print(
        f"{storage}, {datetime.now(BRUSSELS):%Y-%m-%d}, {machine.system()} {machine.machine()}, {os.cpu_count()} cores, {memory:.0f} GB",
        style="dim",
    )


def _size(platform: Platform, nights: int, status: Console) -> Size:
    label = f"{platform.companies:,} connections"
    status.print(f"{label}: the first night")
    platform.connect()
    empty, run_id = night_cost(platform, nights)
    status.print(f"{label}: {nights} nights of history")
    tell_history(platform, run_id, nights)
    status.print(f"{label}: the last night")
    full, _ = night_cost(platform, 0)
    status.print(f"{label}: pages before retention")
    before, before_size = _look(platform, status), _megabytes(platform)
    thought, store = thinking(platform), store_questions(platform)
    status.print(f"{label}: retention")
    retention = retention_run(platform)
    status.print(f"{label}: pages after retention")
    return Size(
        platform, nights, empty, full, before, _look(platform, status), thought, store, retention, (before_size, _megabytes(platform))
    )


def _look(platform: Platform, status: Console) -> Look:
    today = platform.work().today
    first = first_day(today, platform.companies)
    dates = [first + timedelta(days=n) for n in range((today - first).days + 1)][-BACKFILLED:]
    with served(platform) as address:
        opened = asked_by_the_ui(address, str(partition_key(platform.ids[0], today)), status.print)
        status.print("the same queries again, ticks, a backfill")
        pages = {label: (one, slowest(address, one)) for label, one in opened.items()}
        keys = [str(partition_key(platform.ids[0], on)) for on in dates]
        return Look(pages, ticking(platform, address), (len(keys), backfill_seconds(address, keys)))


@contextmanager
def _at(folder: Path, companies: int, database: str | None) -> Iterator[Platform]:
    """A platform in a folder of its own, which goes when it has been measured. Its home is this process's."""
    home = folder / f"{companies}"
    shutil.rmtree(home, ignore_errors=True)
    platform = Platform(home, companies, database_at(database, f"hr_{companies}") if database else "")
    os.environ.update(platform.variables)
    try:
        yield platform
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _megabytes(platform: Platform) -> int:
    if not platform.database:
        return database_bytes(platform.home / "dagster") // 2**20
    with platform.dagster() as instance, instance.event_log_storage.index_connection() as found:  # type: ignore[attr-defined]
        return int(found.exec_driver_sql("SELECT pg_database_size(current_database())").scalar()) // 2**20


def pages_table(size: Size) -> Table:
    """What the UI costs at one size, before the retention job ran and after it."""
    table = Table(title=f"{size.title} nights in Dagster", title_justify="left", title_style="bold")
    for name in ("page", "complete, s", "slowest query", "s", "KB", "after retention: complete, s", "slowest, s"):
        table.add_column(name, justify="left" if name in ("page", "slowest query") else "right")
    for label, (opened, answer) in size.before.pages.items():
        again, later = size.after.pages[label]
        failed = ", ".join(sorted({*opened.failed, *again.failed}))
        table.add_row(
            f"{label}, failed: {failed}" if failed else label,
            f"{opened.seconds:.1f}",
            answer.name,
            f"{answer.seconds:.2f}",
            f"{answer.size / 1024:,.0f}",
            f"{again.seconds:.1f}",
            f"{later.seconds:.2f}",
        )
    dates, seconds = size.before.backfill
    table.add_row(
        f"create a backfill: {dates} dates × 1", "", "launchPartitionBackfill", f"{seconds:.2f}", "", "", f"{size.after.backfill[1]:.2f}"
    )
    table.caption = (
        f"Retention deleted {size.retention[1]} runs in {size.retention[0]:.0f} s; Dagster's state {size.megabytes[0]:,} → {size.megabytes[1]:,} MB"
        " on disk, whose room it uses again."
    )
    return table


def ticks_table(sizes: list[Size]) -> Table:
    """What sensors and the schedule cost, and the store's own questions."""
    table = Table(title="Ticks, and what is asked of the store, in seconds", title_justify="left", title_style="bold")
    table.add_column("what")
    for size in sizes:
        table.add_column(f"{size.title}\nevaluation", justify="right")
        table.add_column("\nas a tick", justify="right")
    for label in sizes[0].thinking:
        table.add_row(label, *(cell for size in sizes for cell in (f"{size.thinking[label]:.2f}", f"{size.before.ticks[label]:.2f}")))
    table.add_section()
    for label in sizes[0].store:
        table.add_row(label, *(cell for size in sizes for cell in (f"{size.store[label]:.2f}", "")))
    return table


def nights_table(costs: list[NightCost], sizes: list[Size]) -> Table:
    """What a night costs beside the sync itself."""
    table = Table(title="A night, and what Dagster adds", title_justify="left", title_style="bold")
    for name in ("connections", "history", "run, s", "the sync itself, s", "Dagster, s", "ms per connection"):
        table.add_column(name, justify="right")
    for history, cost in [*(("none", cost) for cost in costs), *((f"{size.nights} nights", size.full) for size in sizes)]:
        table.add_row(
            f"{cost.companies:,}", history, f"{cost.total:.1f}", f"{cost.own:.1f}", f"{cost.total - cost.own:.1f}", f"{cost.each:.1f}"
        )
    return table
