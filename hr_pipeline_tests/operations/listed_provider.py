"""A provider that lists whom a test says, through the real landing, conforming and store; and a workplace around it.

No HTTP: the sandbox and the adapters' tests have that. Provider fields are called as the platform's. May import: `hr_pipeline`.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.providers.protocol import Company, Page, PageSink, Pulled
from hr_pipeline.adapters.store.applying import SyncRun
from hr_pipeline.adapters.store.connections import add_connection
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.domain.connections import Connection, Review, Settings
from hr_pipeline.domain.fields import FIELDS, Group, ProviderField
from hr_pipeline.domain.frames import PROVIDER_COMMON, ProviderFrames
from hr_pipeline.domain.mapping import FieldMapping, FieldRule
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.operations.syncing import sync
from hr_pipeline.operations.workplace import Workplace

MAPPING = FieldMapping({f.name: FieldRule((f.name,)) for f in FIELDS})
_GROUPS = {"identity": Group.IDENTITY, "pay": Group.PAY, "components": Group.COMPONENT}

Listing = Sequence[Mapping[str, Any]]


def worker(
    external_id: str, first_name: str = "Ana", last_name: str | None = None, gross: str | None = "3000.00", **values: Any
) -> dict[str, Any]:
    """Somebody the provider lists, with one pay row unless `gross` is None. None is an explicit null."""
    pay = [{"gross_amount": gross, "currency": "EUR", "pay_type": "monthly", "effective_from": "2024-01-01"}] if gross else []
    plain = {
        "external_id": external_id,
        "first_name": first_name,
        "last_name": last_name or f"Peeters {external_id}",
        "start_date": "2024-01-01",
    }
    return {**plain, "email": f"{external_id}@example.com", "relation": "employee", "pay": pay, **values}


class ListedProvider:
    """Lists per company whom `listed` says; an exception there is what its pull meets."""

    def __init__(self, name: str = "securex") -> None:
        self.name = name
        self.country = "BE"
        self.listed: dict[str, Listing | Exception] = {}
        self.pulls: list[str] = []

    @property
    def fields(self) -> tuple[ProviderField, ...]:
        """Every platform field, under its own name."""
        return tuple(ProviderField(f.name, f.type, f.group) for f in FIELDS)

    @property
    def default_mapping(self) -> FieldMapping:
        """Each field from the one of its name."""
        return MAPPING

    def session(self, secrets: Mapping[str, str]) -> "ListedSession":
        """Any secrets will do."""
        assert secrets
        return ListedSession(self)

    def frames(self, connection_id: str, pages: Iterable[Page], on: date) -> ProviderFrames:
        """The rows of the only page."""
        assert on
        people = [one for page in pages for one in json.loads(page.body)]
        tables: dict[str, list[dict[str, Any]]] = {"identity": people, "pay": [], "components": []}
        for one in people:
            for name in ("pay", "components"):
                tables[name] += [{**row, "employee_ref": one.get("external_id")} for row in one.get(name, [])]
        return ProviderFrames(**{name: _table(connection_id, rows, _GROUPS[name]) for name, rows in tables.items()})


class ListedSession:
    """One conversation with a `ListedProvider`."""

    def __init__(self, provider: ListedProvider) -> None:
        self._provider = provider

    def companies(self) -> Sequence[Company]:
        """None: nobody connects here."""
        return ()

    def pull(self, company_id: str, sink: PageSink, until: float | None = None) -> Pulled:
        """One page with everybody."""
        assert until
        self._provider.pulls.append(company_id)
        listed = self._provider.listed[company_id]
        if isinstance(listed, Exception):
            raise listed
        sink.add(Page("people", 1, json.dumps(list(listed)).encode()))
        rows = [len(one.get(name, [])) for name in ("pay", "components") for one in listed]
        return Pulled(1, len(listed), sum(rows[: len(listed)]), sum(rows[len(listed) :]))

    def close(self) -> None:
        """Nothing to release."""


def _table(connection_id: str, rows: Sequence[Mapping[str, Any]], group: Group) -> pa.Table:
    names = [f.name for f in FIELDS if f.group is group] + (["employee_ref"] if group is not Group.IDENTITY else [])
    common = [
        {"connection_id": connection_id, "row": i, "absent": [name for name in names if name not in row], "retyped": None}
        for i, row in enumerate(rows)
    ]
    table = pa.Table.from_pylist(common, schema=PROVIDER_COMMON)
    for name in names:
        table = table.append_column(name, pa.array([row.get(name) for row in rows], pa.string()))
    return table


@dataclass
class Office:
    """A workplace in a folder with two listed providers and a clock that a test moves, or that moves by itself after each night."""

    folder: Path
    key: str | None = None
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    securex: ListedProvider = field(default_factory=ListedProvider)
    payfit: ListedProvider = field(default_factory=lambda: ListedProvider("payfit"))
    days_go_by: bool = False

    @property
    def work(self) -> Workplace:
        """The workplace."""
        given = {
            "HR_PIPELINE_HOME": str(self.folder),
            "SECUREX_BASE_URL": "https://securex.example",
            "SECUREX_CLIENT_ID": "client",
            "SECUREX_CLIENT_SECRET": "secret",
            "SECUREX_SUBSCRIPTION_KEY": "key",
            "A_KEY": "key",
            **({"HR_PIPELINE_STORE_KEY": self.key} if self.key else {}),
        }
        environment = Environment.current(given, self.folder)
        environment.create_home()
        store = Store(environment.store_path, key=environment.store_key, folders=(environment.home,), patience_seconds=10)
        return Workplace(environment, store, {"securex": self.securex, "payfit": self.payfit}, clock=lambda: self.now)

    @property
    def today(self) -> date:
        """The civil date."""
        return self.work.today

    def connect(
        self, connection_id: str, *, settings: Settings | None = None, mapping: FieldMapping = MAPPING, group: str | None = None
    ) -> None:
        """Register a company whose provider's id is the connection's."""
        provider = connection_id.split("-")[0]
        credential = {"kind": "partner"} if provider == "securex" else {"kind": "env", "variable": "A_KEY"}
        connection = Connection(
            connection_id=connection_id,
            provider=provider,
            company=connection_id.title(),
            vat_number=None,
            provider_company_id=connection_id,
            settings=settings or Settings(review=Review.NEVER),
            credential=credential,
            group=group,
        )
        with self.work.store.opened() as database:
            add_connection(database, connection, mapping, self.now)

    def lists(self, connection_id: str, listed: Listing | Exception) -> None:
        """What the provider answers from now on."""
        provider = self.securex if connection_id.startswith("securex") else self.payfit
        provider.listed[connection_id] = listed

    def night(self, connection_id: str, listed: Listing | Exception, trigger: Trigger = Trigger.NIGHTLY) -> SyncRun:
        """The provider lists these people, and their company is synchronised alone."""
        self.lists(connection_id, listed)
        _, [run] = sync(self.work, [(connection_id, self.today)], trigger)
        if self.days_go_by:
            self.tomorrow()
        return run

    def tomorrow(self) -> None:
        """A day goes by."""
        self.now += timedelta(days=1)

    def rows(self, sql: str, parameters: list[object] | None = None) -> list[dict[str, Any]]:
        """Rows of a query on the store."""
        with self.work.store.opened() as database:
            return database.rows(sql, parameters)

    def outcomes(self, run_id: str) -> dict[str, tuple[str, str | None]]:
        """External id → (outcome, code)."""
        rows = self.rows("SELECT external_id, outcome, code FROM reporting.outcomes WHERE sync_run_id = ?", [run_id])
        return {row["external_id"]: (row["outcome"], row["code"]) for row in rows}
