"""A demo of its own for tests: the sandbox's written companies connected to a store in a folder, and Dagster beside it.

May import: `hr_pipeline`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.store.accounts import import_accounts
from hr_pipeline.adapters.store.connections import add_connection, change_connection, stored_connection
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.definitions import defs
from hr_pipeline.defs.launching import QUIET, SYNC, opened_instance, run_sync
from hr_pipeline.defs.partitions import list_connections, partition_key
from hr_pipeline.defs.surroundings import Surroundings
from hr_pipeline.domain.connections import Connection, Review, Settings, connection_id_for
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations import syncing
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline.sandbox import PLATFORM_ACCOUNTS, Sandbox, SandboxOptions
from hr_pipeline.sandbox.companies import Company

SIZE = 150  # the six written companies and one drawn one

BRASSERIE, LOGISTIEK, IMPRIMERIE = "Brasserie du Vieux Lavoir", "Lavoir Logistiek", "Imprimerie Haut-Pré"
FONTCLAIRE, LIBRAIRIE, KERMADEC = "Atelier Fontclaire", "Librairie Grand Large", "Studio Kermadec"


@dataclass(frozen=True, slots=True)
class Scene:
    """A home, a sandbox, and what is connected. `today` is really today: Dagster has no other clock."""

    sandbox: Sandbox
    home: Path

    @property
    def variables(self) -> dict[str, str]:
        """Environment variables of the scene."""
        return {**self.sandbox.environment, "HR_PIPELINE_HOME": str(self.home)}

    def work(self, days_ago: int = 0) -> Workplace:
        """The workplace, as it was some days ago."""
        work = Workplace.current(Environment.current(self.variables, self.home))
        return replace(work, clock=lambda: datetime.now(UTC) - timedelta(days=days_ago)) if days_ago else work

    @property
    def today(self) -> date:
        """Civil date in Brussels."""
        return self.work().today

    def id_of(self, company: str) -> str:
        """Connection id of a company by its name."""
        return connection_of(next(one for one in self.sandbox.companies if one.name == company))

    @property
    def ids(self) -> list[str]:
        """All connections."""
        return [connection_of(company) for company in self.sandbox.companies]

    def connect(self, companies: list[Company] | None = None, review: Review = Review.NEVER) -> None:
        """Register companies; if not told which, all of them, with the people typed in on the platform before."""
        work = self.work()
        with work.store.opened() as database:
            for company in companies or self.sandbox.companies:
                provider = str(company.provider)
                credential = {"kind": "env", "variable": company.key_env} if company.key_env else {"kind": "partner"}
                connection = Connection(
                    connection_of(company),
                    provider,
                    company.name,
                    company.vat,
                    company.company_id,
                    Settings(review=review),
                    credential,
                    group=company.group,
                )
                add_connection(database, connection, work.providers[provider].default_mapping, datetime.now(UTC))
            if companies is None:
                import_accounts(database, [asdict(account) for account in PLATFORM_ACCOUNTS], datetime.now(UTC))

    def disconnect(self, connection_id: str) -> None:
        """Stop a connection."""
        with self.database() as database:
            change_connection(database, replace(stored_connection(database, connection_id).connection, active=False))

    def night(self, night: int, trigger: Trigger = Trigger.NIGHTLY) -> str:
        """One run of all connections through Dagster, with the sandbox playing a night; returns the Dagster run's id."""
        self.sandbox.night = night
        return run_sync([(one, self.today) for one in self.ids], trigger, workplace=self.work)

    def earlier_night(self, night: int, days_ago: int) -> None:
        """A sync of some days ago that Dagster knows nothing of: what it leaves is snapshots of that day."""
        self.sandbox.night = night
        work = self.work(days_ago)
        syncing.sync(work, [(one, work.today) for one in self.ids], Trigger.NIGHTLY)

    @contextmanager
    def database(self) -> Iterator[Database]:
        """The open store."""
        with self.work().store.opened() as database:
            yield database

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows of a query on the store."""
        with self.database() as database:
            return database.rows(sql, list(values))

    @contextmanager
    def dagster(self) -> Iterator[dg.DagsterInstance]:
        """Dagster's state."""
        with opened_instance(self.work().environment) as instance:
            yield instance

    def clicked(self, *pairs: tuple[str, date]) -> str:
        """A run on one partition, or on the range from the first pair to the last, as a click and a backfill start them."""
        keys = [str(partition_key(*pair)) for pair in pairs]
        several = {"dagster/asset_partition_range_start": keys[0], "dagster/asset_partition_range_end": keys[-1]}
        with self.dagster() as instance:
            list_connections(instance, sorted({connection_id for connection_id, _ in pairs}))
            return SYNC.execute_in_process(
                run_config=QUIET,
                instance=instance,
                partition_key=keys[0] if len(keys) == 1 else None,
                tags=several if len(keys) > 1 else {},
                resources={"surroundings": Surroundings(self.work)},
                raise_on_error=False,
            ).run_id

    def acted(self, job: str, **config: str) -> str:
        """A run of a job that a person starts from the launchpad, with what they typed; returns its id, however it ended."""
        with self.dagster() as instance:
            return (
                defs.resolve_job_def(job)
                .execute_in_process(
                    run_config=config, instance=instance, resources={"surroundings": Surroundings(self.work)}, raise_on_error=False
                )
                .run_id
            )

    def failure(self, run_id: str) -> str:
        """What the failed step of a run said."""
        with self.dagster() as instance:
            (entry,) = instance.all_logs(run_id, dg.DagsterEventType.STEP_FAILURE)
        event = entry.dagster_event
        assert event is not None
        said = event.step_failure_data.user_failure_data
        assert said is not None
        return str(said.description)

    def set_settings(self, company: str, **settings: Any) -> None:
        """Change some of a company's settings."""
        with self.database() as database:
            connection = stored_connection(database, self.id_of(company)).connection
            change_connection(database, replace(connection, settings=replace(connection.settings, **settings)))

    def run(self, run_id: str) -> dg.DagsterRun:
        """A Dagster run as it is stored."""
        with self.dagster() as instance:
            found = instance.get_run_by_id(run_id)
        assert found is not None
        return found

    def told(self, asset: str, run_id: str) -> list[dg.AssetMaterialization]:
        """What a run told of an asset, in order."""
        with self.dagster() as instance:
            events = [entry.dagster_event for entry in instance.all_logs(run_id, dg.DagsterEventType.ASSET_MATERIALIZATION)]
        told = [event.step_materialization_data.materialization for event in events if event is not None]
        return [one for one in told if one.asset_key == dg.AssetKey(asset)]

    def partition(self, connection_id: str, on: date, run_id: str) -> dict[str, Any]:
        """Metadata that a run told of one partition, which it must have told exactly once."""
        key = partition_key(connection_id, on)
        (one,) = [event for event in self.told("sync_run", run_id) if event.partition == key]
        return {name: value.value for name, value in one.metadata.items()}

    def checks(self, run_id: str) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
        """(asset, check) → what a run said of it."""
        with self.dagster() as instance:
            events = [entry.dagster_event for entry in instance.all_logs(run_id, dg.DagsterEventType.ASSET_CHECK_EVALUATION)]
        found = [event.asset_check_evaluation_data for event in events if event is not None]
        return {(one.asset_key.to_user_string(), one.check_name): one for one in found}


def connection_of(company: Company) -> str:
    """The id its connection gets."""
    return connection_id_for(str(company.provider), company.name, company.company_id)


@contextmanager
def scene(home: Path, size: int = SIZE, **options: Any) -> Iterator[Scene]:
    """A running sandbox with every company connected; reviews are off."""
    with Sandbox(SandboxOptions(size=size, payfit_reads_per_second=None, securex_calls_per_second=None, **options)) as sandbox:
        set_up = Scene(sandbox, home)
        set_up.connect()
        yield set_up
