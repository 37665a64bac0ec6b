"""A small platform for tests: a real store in a folder, companies connected to it, and nights that synchronise given people.

Drives the store's own functions with an injected clock; no provider and no Dagster. May import: `hr_pipeline`, `people`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hr_pipeline.adapters.store.accounts import account_no_of, accounts, import_accounts, set_field
from hr_pipeline.adapters.store.applying import Attempt, SyncRun, apply_plans
from hr_pipeline.adapters.store.conflicts import Answer, decide
from hr_pipeline.adapters.store.connections import add_connection, change_connection, stored_connections
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.exclusions import exclude, include
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.adapters.store.plan import Asked, Plan
from hr_pipeline.adapters.store.planning import plans
from hr_pipeline.adapters.store.releases import add_release, held_plan
from hr_pipeline.adapters.store.reports import conflicts, reversals
from hr_pipeline.adapters.store.staging import Stage, StagedCounts
from hr_pipeline.adapters.store.undoing import Asking, Undone, undo_run, undoable_run
from hr_pipeline.domain.connections import Connection, Review, Settings
from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.fields import FIELDS
from hr_pipeline.domain.mapping import FieldMapping, FieldRule
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline_tests.people import conformed

FIRST_NIGHT = date(2026, 3, 2)
EVERYTHING = FieldMapping({f.name: FieldRule((f.name,)) for f in FIELDS})
CLEARABLE = FieldMapping({f.name: FieldRule((f.name,), may_clear=True) for f in FIELDS})

# What a sync may change of the platform; runs, outcomes and conflicts are its report. The lease and the registry are not data.
DATA_TABLES = ("account", "account_version", "pay_version", "component_version", "period_version", "link", "link_ended", "absence")

People = Mapping[str, Iterable[dict[str, Any]]]


class Platform:
    """A store in a folder, with nights."""

    def __init__(self, folder: Path, key: str | None = None) -> None:
        self.folder = folder
        self.store = Store(folder / "store.duckdb", key=key, folders=(folder,), patience_seconds=10)
        self.clock = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)
        self._nights = 0
        self._companies = 0

    def connect(
        self,
        connection_id: str,
        *,
        group: str | None = None,
        vat: str | None = None,
        settings: Settings | None = None,
        mapping: FieldMapping = EVERYTHING,
    ) -> None:
        """Register a company; reviews are off unless the settings say otherwise."""
        with self.store.opened() as database:
            self.connect_in(database, connection_id, group=group, vat=vat, settings=settings, mapping=mapping)

    def connect_in(
        self,
        database: Database,
        connection_id: str,
        *,
        group: str | None = None,
        vat: str | None = None,
        settings: Settings | None = None,
        mapping: FieldMapping = EVERYTHING,
    ) -> None:
        """`connect` in a store that is open already: for hundreds of companies."""
        self._companies += 1
        connection = Connection(
            connection_id=connection_id,
            provider=connection_id.split("-")[0],
            company=connection_id.title(),
            vat_number=vat or f"BE{self._companies:010d}",
            provider_company_id=f"id-of-{connection_id}",
            settings=settings or Settings(review=Review.NEVER),
            credential={"kind": "partner"},
            group=group,
        )
        add_connection(database, connection, mapping, self.clock)

    def change_settings(self, connection_id: str, settings: Settings) -> None:
        """The company chooses other settings."""
        with self.store.opened() as database:
            [stored] = stored_connections(database, [connection_id])
            change_connection(database, replace(stored.connection, settings=settings))

    def plan(self, people: People, on: date | None = None) -> list[Plan]:
        """What a night would do, without doing it."""
        return self._night(people, on, Trigger.MANUAL, apply=False)[0]

    def night(
        self, people: People, on: date | None = None, trigger: Trigger = Trigger.NIGHTLY, approved: dict[str, str] | None = None
    ) -> dict[str, SyncRun]:
        """One run over the given snapshots; returns the sync runs by connection id."""
        planned, runs = self._night(people, on, trigger, apply=True, approved=approved)
        return {plan.asked.stored.connection_id: run for plan, run in zip(planned, runs, strict=True)}

    def _night(
        self, people: People, on: date | None, trigger: Trigger, *, apply: bool, approved: dict[str, str] | None = None
    ) -> tuple[list[Plan], list[SyncRun]]:
        with self.store.opened() as database:
            planned, stage = self.planned_in(database, people, on, approved)
            runs = apply_plans(database, planned, Attempt(trigger, self.clock), self.clock) if apply else []
        self.clock += timedelta(days=1)
        stage.remove()
        return planned, runs

    def planned_in(
        self, database: Database, people: People, on: date | None = None, approved: dict[str, str] | None = None
    ) -> tuple[list[Plan], Stage]:
        """A night's plans with their temporary tables in the open store, and the stage that the caller removes."""
        self._nights += 1
        stage = Stage(self.folder / f"stage-{self._nights}", key=self.store.key)
        stored = stored_connections(database, people)
        counts = stage.write(0, conformed(people), {one.connection_id: one.number for one in stored})
        asked = [
            Asked(
                stored=one,
                date=on or FIRST_NIGHT + timedelta(days=self._nights - 1),
                snapshot_id=f"snap-{self._nights}-{one.number}",
                content_hash="0",
                counts=counts.get(one.connection_id, StagedCounts()),
                plan_id=f"plan-{self._nights}-{one.number}",
                approved_plan_id=(approved or {}).get(one.connection_id),
                planned_at=self.clock,
            )
            for one in stored
        ]
        return plans(database, stage, 0, asked), stage

    def typed_in(self, connection_id: str, people: Sequence[Mapping[str, str | None]]) -> None:
        """HR types people in on the platform, in the company of this connection."""
        with self.store.opened() as database:
            vat = stored_connections(database, [connection_id])[0].connection.vat_number
            assert import_accounts(database, [{"vat_number": vat, **one} for one in people], self.clock) == len(people)

    def edit(self, reference: str, **values: str | None) -> None:
        """HR edits an account on the platform, found by its id or e-mail address."""
        with self.store.opened() as database:
            account_no = account_no_of(database, reference)
            for field, value in values.items():
                set_field(database, account_no, field, value, self.clock)

    def leave_out(self, connection_id: str, external_id: str, until: date | None = None) -> None:
        """HR excludes an employee."""
        with self.store.opened() as database:
            exclude(database, connection_id, external_id, owner="HR", reason="a test", until=until, now=self.clock)

    def take_in(self, connection_id: str, external_id: str) -> None:
        """HR includes an excluded employee again."""
        with self.store.opened() as database:
            include(database, connection_id, external_id, self.clock)

    def conflict_of(self, connection_id: str, external_id: str) -> dict[str, Any]:
        """The conflict of an employee that is not closed, as `conflicts` lists it."""
        with self.store.opened() as database:
            [found] = [one for one in conflicts(database, connection_id) if one["external_id"] == external_id]
        return found

    def resolve(self, connection_id: str, external_id: str, choice: Choice, account: str | None = None) -> None:
        """HR decides about the conflict of an employee; an account is found by its id or e-mail address."""
        number = self.conflict_of(connection_id, external_id)["conflict_id"]
        with self.store.opened() as database:
            account_no = account_no_of(database, account) if account is not None else None
            decide(database, number, Answer(choice, "HR", account_no), self.clock.date(), self.clock)

    def release(self, run: SyncRun) -> None:
        """HR releases a held run, or its held rows; the next night of the same plan goes through."""
        with self.store.opened() as database, database.transaction():
            add_release(database, held_plan(database, run.run_no), "HR", "a test", self.clock)

    def rows(self, sql: str, parameters: list[object] | None = None) -> list[dict[str, Any]]:
        """Rows of a query on the store."""
        with self.store.opened() as database:
            return database.rows(sql, parameters)

    def tamper(self, sql: str) -> None:
        """Something happens to the store that no command does."""
        with self.store.opened() as database:
            database.run(sql)

    def value(self, sql: str, parameters: list[object] | None = None) -> Any:
        """First value of a query on the store."""
        with self.store.opened() as database:
            return database.value(sql, parameters)

    def outcomes(self, run: SyncRun) -> dict[str | None, tuple[str, str | None]]:
        """External id → (outcome, code) of one run."""
        found = self.rows("SELECT external_id, outcome, code FROM reporting.outcomes WHERE sync_run_id = ?", [run.sync_run_id])
        return {row["external_id"]: (row["outcome"], row["code"]) for row in found}

    def undo(self, run: SyncRun | str) -> Undone:
        """HR takes a run back."""
        reference = run if isinstance(run, str) else run.sync_run_id
        with self.store.opened() as database:
            done = undo_run(database, undoable_run(database, reference), Asking("HR", "a test", self.clock, self.clock.date()))
        self.clock += timedelta(hours=1)
        return done

    def reversals(self, undone: Undone) -> dict[tuple[str | None, str], tuple[list[str], str | None, str | None]]:
        """(External id, result) → fields, code and what stood in the way, of one undo."""
        with self.store.opened() as database:
            listed = reversals(database, undone.run_no)
        return {(row["external_id"], row["outcome"]): (row["changed"], row["code"], row["by"]) for row in listed}

    def standing(self) -> dict[str, list[tuple[Any, ...]]]:
        """How the platform stands, to compare before and after."""
        with self.store.opened() as database:
            return standing_of(database)

    def accounts(self) -> list[dict[str, Any]]:
        """All accounts as the commands list them."""
        with self.store.opened() as database:
            return accounts(database)

    def account_of(self, connection_id: str, external_id: str) -> dict[str, Any]:
        """The account that an employee is linked to, as the analysts' view shows it."""
        return self.rows(
            "SELECT a.* FROM reporting.accounts AS a JOIN reporting.links AS l USING (account_id)"
            " WHERE l.current AND l.connection_id = ? AND l.external_id = ?",
            [connection_id, external_id],
        )[0]

    def pay_of(self, connection_id: str, external_id: str) -> dict[str, Any]:
        """The pay of an employee on the last night, as the analysts' view shows it; by the day on which a test runs it may be over."""
        return self.rows(
            "SELECT p.* FROM reporting.pay AS p JOIN account AS a ON a.pay_no = p.pay_no JOIN reporting.links AS l USING (account_id)"
            " WHERE l.current AND l.connection_id = ? AND l.external_id = ?",
            [connection_id, external_id],
        )[0]

    def data(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of the tables that hold the platform's data, to compare before and after."""
        with self.store.opened() as database:
            return data_of(database)


_STANDING = {
    "accounts": "SELECT a.* EXCLUDE (version_no, pay_no), v.* EXCLUDE (version_no, account_no, run_no, recorded_at, effective_date),"
    " p.* EXCLUDE (pay_no, account_no, run_no, recorded_at, undone_by_run_no)"
    " FROM account AS a JOIN account_version AS v USING (version_no) LEFT JOIN pay_version AS p ON p.pay_no = a.pay_no ORDER BY a.account_no",
    "components": "SELECT c.* EXCLUDE (pay_no) FROM component_version AS c JOIN account AS a USING (pay_no) ORDER BY ALL",
    "periods": "SELECT c.* EXCLUDE (pay_no) FROM period_version AS c JOIN account AS a USING (pay_no) ORDER BY ALL",
    "links": "SELECT connection_no, external_id, account_no FROM link ORDER BY ALL",
    "absences": "SELECT connection_no, external_id, account_no, accepted, closed_on FROM absence SEMI JOIN link USING (connection_no, external_id, account_no)"
    " WHERE to_run_no IS NULL ORDER BY ALL",
}


def standing_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """How the platform stands, by value: what everybody's account, pay and link is, whatever versions and runs made it so."""
    return {name: [tuple(row.values()) for row in database.rows(sql)] for name, sql in _STANDING.items()}


def data_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the data tables of an open store, in order."""
    return {name: [tuple(row.values()) for row in database.rows(f"SELECT * FROM {name} ORDER BY ALL")] for name in DATA_TABLES}
