"""The registry of connections and their companies.

Not here: credentials' secrets (`adapters.credentials`), looking a company up (`operations.connecting`). May import: `domain`, `database`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256

from hr_pipeline.adapters.store.database import Database
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Connection, Settings, checked_connection_id
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.domain.refusals import Refusal


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """A connection with what the store knows about it.

    Attributes:
        fingerprint: Digest of mapping and settings, as a plan's hash covers them.
        number: The store's surrogate, as is `company_no`.
        last_pulled_at: When the snapshot applied last was pulled; None once it is no longer kept.
    """

    connection: Connection
    mapping: FieldMapping
    fingerprint: str
    number: int
    company_no: int
    last_run_no: int | None
    last_applied_date: date | None
    last_source: int | None
    last_listed_run_no: int | None
    last_pulled_at: datetime | None = None

    @property
    def connection_id(self) -> str:
        """Id people use."""
        return self.connection.connection_id

    def with_mapping(self, mapping: FieldMapping) -> "StoredConnection":
        """The same connection as it would be with another mapping; for looking, not for storing."""
        return replace(self, mapping=mapping, fingerprint=mapping.digest())


def stored_connections(database: Database, ids: Iterable[str] | None = None) -> list[StoredConnection]:
    """Connections by id (in the order asked), or all of them, disconnected ones included, in the order of their creation.

    Raises:
        Refusal: `UNKNOWN_CONNECTION` for the first id that does not exist.
    """
    rows = database.rows(
        "SELECT c.*, m.name AS company, m.vat_number, m.group_name, s.pulled_at AS last_pulled_at FROM connection AS c JOIN company AS m USING (company_no)"
        " LEFT JOIN sync_run AS r ON r.run_no = c.last_run_no LEFT JOIN snapshot AS s ON s.snapshot_id = r.snapshot_id ORDER BY c.connection_no"
    )
    known = {row["connection_id"]: _stored(row) for row in rows}
    if ids is None:
        return list(known.values())
    asked = list(dict.fromkeys(ids))
    for connection_id in asked:
        if checked_connection_id(connection_id) not in known:
            raise Refusal(Code.UNKNOWN_CONNECTION, connection=connection_id)
    return [known[connection_id] for connection_id in asked]


def activity(database: Database) -> dict[str, bool]:
    """Every connection in the order of their creation, and whether it is active; what a tick needs of five thousand."""
    return {
        row["connection_id"]: row["active"] for row in database.rows("SELECT connection_id, active FROM connection ORDER BY connection_no")
    }


def stored_connection(database: Database, connection_id: str) -> StoredConnection:
    """One connection.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`.
    """
    return stored_connections(database, [connection_id])[0]


def connection_of_company(database: Database, provider: str, provider_company_id: str) -> StoredConnection | None:
    """The connection that already ties this provider's company, active or not."""
    found = database.value(
        "SELECT connection_id FROM connection WHERE provider = ? AND provider_company_id = ?", [provider, provider_company_id]
    )
    return stored_connection(database, found) if found else None


def add_connection(database: Database, connection: Connection, mapping: FieldMapping, now: datetime) -> None:
    """Register a new connection, and its company when its VAT number is new to the platform."""
    with database.transaction():
        company_no = _company_no(database, connection)
        number = database.value("SELECT coalesce(max(connection_no), 0) + 1 FROM connection")
        database.run(
            "INSERT INTO connection BY NAME SELECT ? AS connection_no, ? AS connection_id, ? AS company_no, ? AS provider, ? AS provider_company_id,"
            " ? AS settings, ? AS mapping, ? AS credential, ? AS active, ? AS created_at",
            [
                number,
                connection.connection_id,
                company_no,
                connection.provider,
                connection.provider_company_id,
                json.dumps(connection.settings.as_document()),
                json.dumps(mapping.as_document()),
                json.dumps(connection.credential),
                connection.active,
                now,
            ],
        )


def change_connection(database: Database, connection: Connection) -> None:
    """Store a connection's settings, credential, group and whether it takes part, under its id."""
    with database.transaction():
        database.run(
            "UPDATE connection SET settings = ?, credential = ?, active = ? WHERE connection_id = ?",
            [json.dumps(connection.settings.as_document()), json.dumps(connection.credential), connection.active, connection.connection_id],
        )
        database.run(
            "UPDATE company SET group_name = ? WHERE company_no = (SELECT company_no FROM connection WHERE connection_id = ?)",
            [connection.group, connection.connection_id],
        )


def change_mapping(database: Database, connection_id: str, mapping: FieldMapping) -> None:
    """Store a (checked) mapping; every linked person is looked at again at the next sync."""
    with database.transaction():
        database.run("UPDATE connection SET mapping = ? WHERE connection_id = ?", [json.dumps(mapping.as_document()), connection_id])
        look_again(database, connection_id)


def look_again(database: Database, connection_id: str) -> None:
    """Have every linked person compared column by column by the next plan. Inside the caller's transaction."""
    database.run(
        "UPDATE link SET row_hash = 0 WHERE connection_no = (SELECT connection_no FROM connection WHERE connection_id = ?)", [connection_id]
    )


def _company_no(database: Database, connection: Connection) -> int:
    found = (
        database.value("SELECT company_no FROM company WHERE vat_number = ?", [connection.vat_number]) if connection.vat_number else None
    )
    if found is not None:
        if connection.group:
            database.run("UPDATE company SET group_name = ? WHERE company_no = ?", [connection.group, found])
        return int(found)
    number = int(database.value("SELECT coalesce(max(company_no), 0) + 1 FROM company"))
    database.run("INSERT INTO company VALUES (?, ?, ?, ?)", [number, connection.company, connection.vat_number, connection.group])
    return number


def _stored(row: dict[str, object]) -> StoredConnection:
    connection = Connection(
        connection_id=str(row["connection_id"]),
        provider=str(row["provider"]),
        company=str(row["company"]),
        vat_number=str(row["vat_number"]) if row["vat_number"] else None,
        provider_company_id=str(row["provider_company_id"]),
        settings=_settings(str(row["settings"])),
        credential=json.loads(str(row["credential"])),
        group=str(row["group_name"]) if row["group_name"] else None,
        active=bool(row["active"]),
    )
    return StoredConnection(
        connection=connection,
        mapping=_mapping(str(row["mapping"])),
        fingerprint=_fingerprint(str(row["mapping"]), str(row["settings"])),
        number=row["connection_no"],  # type: ignore[arg-type]
        company_no=row["company_no"],  # type: ignore[arg-type]
        last_run_no=row["last_run_no"],  # type: ignore[arg-type]
        last_applied_date=row["last_applied_date"],  # type: ignore[arg-type]
        last_source=row["last_source"],  # type: ignore[arg-type]
        last_listed_run_no=row["last_listed_run_no"],  # type: ignore[arg-type]
        last_pulled_at=row["last_pulled_at"],  # type: ignore[arg-type]
    )


# Most companies share a mapping and settings: one object each, however many connections.
@lru_cache(maxsize=1024)
def _mapping(text: str) -> FieldMapping:
    return FieldMapping.from_document(json.loads(text))


@lru_cache(maxsize=1024)
def _settings(text: str) -> Settings:
    return Settings.from_document(json.loads(text))


@lru_cache(maxsize=1024)
def _fingerprint(mapping: str, settings: str) -> str:
    return sha256(f"{mapping}\n{settings}".encode()).hexdigest()
