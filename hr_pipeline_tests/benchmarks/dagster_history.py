"""An instance with years behind it: one real night of every connection through the product, told again for each night since.

Rows are multiplied by SQL in Dagster's own tables and in the store; what a night costs and what the UI reads are real. May import:
`hr_pipeline`, this room.
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
from sqlalchemy import Connection, text

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.adapters.providers.protocol import Page, PageSink, Pulled
from hr_pipeline.defs.launching import QUIET, opened_instance, run_sync
from hr_pipeline.defs.partitions import list_connections
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Transient
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline_tests.benchmarks.population import Firm
from hr_pipeline_tests.benchmarks.whole import VARIABLES, HandedProvider, HandedSession
from hr_pipeline_tests.benchmarks.workshop import add_connections

PEOPLE = 2  # of each company: what is measured is Dagster's work, which does not depend on them
FAILING = 100  # one company in so many fails every night
AT_ONCE = 20  # nights told in one transaction
HOURS = 6  # digits of a moment in seconds that tell it to within three hours: as near as the copies' moments are


class LivePages:
    """The pages of each company's first night, drawn when asked for; some companies' provider is down."""

    def __init__(self, companies: list[Firm]) -> None:
        self._companies = {str(firm.number): firm for firm in companies}

    def of(self, company_id: str) -> list[tuple[Page, int]]:
        """A company's pages and their numbers of rows."""
        return self._companies[company_id].pages(1)


@dataclass(frozen=True, slots=True)
class SometimesDown(HandedSession):
    """A session of a provider that is down for some companies."""

    def pull(self, company_id: str, sink: PageSink, until: float | None = None) -> Pulled:
        if int(company_id) % FAILING == FAILING - 1:
            raise Transient(Code.PROVIDER_UNAVAILABLE, provider="securex")
        return HandedSession.pull(self, company_id, sink, until)


class StubProvider(HandedProvider):
    """A provider that answers at once."""

    def session(self, secrets: Any) -> HandedSession:
        return SometimesDown(self.drawn)


@dataclass(frozen=True, slots=True)
class Platform:
    """A home with so many companies, and Dagster beside it."""

    home: Path
    companies: int
    database: str = ""  # of Dagster; empty: SQLite

    @property
    def firms(self) -> list[Firm]:
        """Its companies."""
        return [Firm(number, PEOPLE) for number in range(self.companies)]

    @property
    def ids(self) -> list[str]:
        """Its connections."""
        return [firm.connection_id for firm in self.firms]

    @property
    def variables(self) -> dict[str, str]:
        """What its processes are told."""
        given = {"HR_PIPELINE_HOME": str(self.home), **dict.fromkeys(VARIABLES, "https://127.0.0.1/")}
        return given | ({"HR_PIPELINE_DATABASE": self.database} if self.database else {})

    def work(self, days_ago: int = 0, home: Path | None = None) -> Workplace:
        """The workplace, as it was some days ago; or on a copy of the home."""
        pages = LivePages(self.firms)
        providers = {name: StubProvider(provider, pages) for name, provider in PROVIDERS.items()}
        found = Workplace.current(Environment.current(self.variables | ({"HR_PIPELINE_HOME": str(home)} if home else {}), self.home))
        return replace(found, providers=providers, clock=lambda: datetime.now(UTC) - timedelta(days=days_ago))

    def connect(self) -> None:
        """A store with every company connected."""
        with self.work().store.opened() as database:
            add_connections(database, self.firms)
        with self.dagster() as instance:
            list_connections(instance, self.ids)

    def wanted(self, days_ago: int) -> list[tuple[str, date]]:
        """Every connection, on a date."""
        today = self.work(days_ago).today
        return [(one, today) for one in self.ids]

    def night(self, days_ago: int) -> str:
        """One real night through Dagster; the run's id."""
        return run_sync(self.wanted(days_ago), Trigger.NIGHTLY, workplace=lambda: self.work(days_ago))

    @contextmanager
    def dagster(self) -> Iterator[dg.DagsterInstance]:
        """Dagster's state."""
        with opened_instance(self.work().environment) as instance:
            yield instance


@dataclass(frozen=True, slots=True)
class Night:
    """One night of the history."""

    on: date
    at: datetime
    run_id: str


def tell_history(platform: Platform, run_id: str, first_days_ago: int) -> None:
    """Tell the night of a run again for each day after it, up to yesterday."""
    today = platform.work().today
    told = datetime.now(UTC) - timedelta(days=first_days_ago)
    nights = [
        Night(today - timedelta(days=days), told + timedelta(days=first_days_ago - days), str(uuid4()))
        for days in range(first_days_ago - 1, 0, -1)
    ]
    _tell_store(platform, nights)
    with platform.dagster() as instance:
        seed = Night(today - timedelta(days=first_days_ago), told, run_id)
        _tell_runs(instance, seed, nights, platform.ids)
        _tell_events(instance, seed, nights)
        _copy_shards(instance, seed, nights)


def _tell_store(platform: Platform, nights: list[Night]) -> None:
    """Sync runs of each night, as copies of the first one's."""
    with platform.work().store.opened() as database, database.transaction():
        for number, night in enumerate(nights, start=1):
            database.run(
                "INSERT INTO sync_run SELECT * REPLACE (run_no + $n * $each AS run_no, date + $n AS date, started_at + to_days($n) AS started_at,"
                " finished_at + to_days($n) AS finished_at, $run AS dagster_run_id) FROM sync_run WHERE run_no <= $each",
                {"n": number, "each": platform.companies, "run": night.run_id},
            )
        database.run(
            "UPDATE connection SET last_run_no = last_run_no + $n, last_listed_run_no = last_listed_run_no + $n, last_applied_date = $on",
            {"n": len(nights) * platform.companies, "on": nights[-1].on},
        )


def _tell_runs(instance: dg.DagsterInstance, seed: Night, nights: list[Night], ids: list[str]) -> None:
    """A run of each night, with the config and the tags that the schedule gives."""
    with instance.run_storage.connect() as found:  # type: ignore[attr-defined]
        row = found.execute(text("SELECT * FROM runs WHERE run_id = :run"), {"run": seed.run_id}).mappings().one()
        tags = found.execute(text("SELECT key, value FROM run_tags WHERE run_id = :run"), {"run": seed.run_id}).all()
        names = [name for name in row if name != "id"]
        config = {"ops": {"sync_run": {"ops": {"select": {"config": {"connections": ids, "trigger": "nightly"}}}}}}
        _age_run(found, seed, row)
        for night in nights:
            body = json.loads(row["run_body"]) | {"run_id": night.run_id, "run_config": config}
            body["tags"] |= {"dagster/run_key": f"nightly-{night.on}", "dagster/schedule_name": "nightly"}
            start = night.at.timestamp()
            moments = {"create_timestamp": _moment(found, night), "update_timestamp": _moment(found, night)}
            changed = {**row, **moments, "run_id": night.run_id, "run_body": json.dumps(body), "start_time": start, "end_time": start + 60}
            found.execute(text(f"INSERT INTO runs ({', '.join(names)}) VALUES ({', '.join(f':{n}' for n in names)})"), changed)
            also = [("dagster/run_key", f"nightly-{night.on}"), ("dagster/schedule_name", "nightly")]
            values = [{"run": night.run_id, "key": key, "value": value} for key, value in [*tags, *also]]
            found.execute(text("INSERT INTO run_tags (run_id, key, value) VALUES (:run, :key, :value)"), values)
        if found.in_transaction():
            found.commit()


def _age_run(found: Connection, seed: Night, row: Any) -> None:
    start = seed.at.timestamp()
    found.execute(
        text(
            "UPDATE runs SET create_timestamp = :at, update_timestamp = :at, start_time = :start, end_time = :start + 60 WHERE run_id = :run"
        ),
        {"at": _moment(found, seed), "start": start, "run": row["run_id"]},
    )


def _tell_events(instance: dg.DagsterInstance, seed: Night, nights: list[Night]) -> None:
    """Everything the first night's run told of assets, told by each night's run. Indexes are made anew afterwards."""
    with _index(instance) as found:
        indexes = _indexes(found)
        for name, _ in indexes:
            found.execute(text(f"DROP INDEX {name}"))
    told_at = f"{datetime.now(UTC).timestamp():.0f}"[:HOURS]
    for start in range(0, len(nights), AT_ONCE):
        with _index(instance) as found:
            moment = "CAST(:at AS TIMESTAMP)" if found.dialect.name == "postgresql" else ":at"
            for night in nights[start : start + AT_ONCE]:
                asked = {
                    "old": seed.run_id,
                    "new": night.run_id,
                    "before": str(seed.on),
                    "on": str(night.on),
                    "at": _moment(found, night),
                    "then": f'"timestamp": {told_at}',
                    "hour": f'"timestamp": {f"{night.at.timestamp():.0f}"[:HOURS]}',
                }
                found.execute(
                    text(
                        "INSERT INTO event_logs (run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition)"
                        " SELECT CAST(:new AS VARCHAR), replace(replace(replace(event, CAST(:old AS VARCHAR), CAST(:new AS VARCHAR)),"
                        " CAST(:before AS VARCHAR), CAST(:on AS VARCHAR)), CAST(:then AS VARCHAR), CAST(:hour AS VARCHAR)),"
                        f" dagster_event_type, {moment}, step_key, asset_key,"
                        " replace(partition, CAST(:before AS VARCHAR), CAST(:on AS VARCHAR)) FROM event_logs WHERE run_id = :old ORDER BY id"
                    ),
                    asked,
                )
                found.execute(
                    text(
                        "INSERT INTO asset_check_executions (asset_key, check_name, partition, run_id, execution_status, evaluation_event,"
                        " evaluation_event_timestamp, evaluation_event_storage_id) SELECT asset_key, check_name, partition,"
                        " CAST(:new AS VARCHAR), execution_status, replace(evaluation_event, CAST(:old AS VARCHAR), CAST(:new AS VARCHAR)),"
                        f" {moment}, evaluation_event_storage_id FROM asset_check_executions WHERE run_id = :old ORDER BY id"
                    ),
                    asked,
                )
    with _index(instance) as found:
        for _, sql in indexes:
            found.execute(text(sql.replace(":", r"\:")))
    with _index(instance) as found:
        found.execute(text("ANALYZE"))


@contextmanager
def _index(instance: dg.DagsterInstance) -> Iterator[Connection]:
    """A transaction on the tables that all runs share."""
    with instance.event_log_storage.index_transaction() as found:  # type: ignore[attr-defined]
        if found.dialect.name == "sqlite":
            found.execute(text("PRAGMA cache_size = -400000"))
        yield found


def _indexes(found: Connection) -> list[tuple[str, str]]:
    """Name and statement of each index on events, but the one that finds a run's."""
    catalogue = (
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'event_logs' AND indexname NOT LIKE '%pkey'"
        if found.dialect.name == "postgresql"
        else "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'event_logs' AND sql IS NOT NULL"
    )
    return [(name, sql) for name, sql in found.execute(text(catalogue)).all() if name != "idx_events_by_run_id"]


def _copy_shards(instance: dg.DagsterInstance, seed: Night, nights: list[Night]) -> None:
    """On SQLite each run has a file of its own too: of old runs a small one, since no page that is timed reads it."""
    if path_of := getattr(instance.event_log_storage, "path_for_shard", None):

        @dg.job
        def nothing() -> None: ...

        empty = nothing.execute_in_process(instance=instance, run_config=QUIET).run_id
        for night in nights:
            shutil.copy(path_of(empty), path_of(night.run_id))
        instance.delete_run(empty)


def _moment(found: Connection, night: Night) -> str:
    """A moment as Dagster keeps it: UTC without a zone."""
    return f"{night.at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
