"""Another setting of a connected company: what would differ on the last kept snapshot, and putting it in force.

A change waits for a sync in progress: what that sync has already judged by the old settings, it must not plan by the new ones. May import:
`adapters`, `domain`, this room.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

from hr_pipeline.adapters.store.connections import StoredConnection, change_connection, change_mapping, stored_connection
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.leases import held_leases
from hr_pipeline.adapters.store.snapshots import newest_snapshot
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Relation, Review, Settings
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.domain.outcomes import LEFT_OUT
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.asking import Activation, settings_asked
from hr_pipeline.operations.foreseeing import foreseen
from hr_pipeline.operations.workplace import Workplace


@dataclass(frozen=True, slots=True)
class Wish:
    """Settings that somebody wants otherwise. What is not given stays as it is.

    Attributes:
        region: A country code, or `none`.
        values: Limits and switches by name, as text.
    """

    review: Review | None = None
    region: str | None = None
    relations: tuple[Relation, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)


def settings_wished(stored: StoredConnection, wish: Wish) -> Settings:
    """The settings a connection would have.

    Raises:
        Refusal: `UNKNOWN_LIMIT` with those there are, `INVALID_SETTING`.
    """
    connection = stored.connection
    asked = Activation(connection.provider, connection.company, None, None, None, wish.review, wish.region, wish.relations, wish.values)
    return settings_asked(connection.settings, asked)


def settings_effect(work: Workplace, connection_id: str, wish: Wish) -> dict[str, Any]:
    """What other settings would make of the last kept snapshot. Nothing is written.

    Returns:
        `changed`: settings before and after; `snapshot_id`, `date`: None when none is kept yet; `before`, `after`: buckets and what would
        hold the run; `rows`: employees who would become something else, `frozen` when they are linked and would be left out.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, and as `settings_wished`.
    """
    with work.store.opened() as database:
        stored = stored_connection(database, connection_id)
        snapshot = newest_snapshot(database, stored.number)
    wished = settings_wished(stored, wish)
    document: dict[str, Any] = {
        "connection_id": connection_id,
        "provider": stored.connection.provider,
        "changed": settings_changed(stored.connection.settings, wished),
        "snapshot_id": snapshot.snapshot_id if snapshot else None,
        "date": snapshot.date if snapshot else None,
        "before": None,
        "after": None,
        "rows": [],
    }
    if snapshot is None:
        return document
    with foreseen(work, stored, snapshot) as foresight:
        before, decided = foresight.summary(), foresight.decisions()
    with foreseen(work, _with_settings(stored, wished), snapshot) as foresight:
        after = foresight.summary()
        rows = [{**row, "frozen": _is_frozen(row)} for row in foresight.differences(decided)]
    return {**document, "before": before, "after": after, "rows": rows}


def change_settings(work: Workplace, connection_id: str, wish: Wish) -> tuple[Settings, list[dict[str, Any]]]:
    """Put other settings in force from the next sync on; returns them, and which differ. Plans that wait become stale.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `ALREADY_RUNNING` while it is being synchronised, and as `settings_wished`.
    """
    with work.store.opened() as database:
        stored = stored_connection(database, connection_id)
        wished = settings_wished(stored, wish)
        refuse_during_a_sync(database, stored)
        change_connection(database, replace(stored.connection, settings=wished))
    return wished, settings_changed(stored.connection.settings, wished)


def put_mapping_in_force(work: Workplace, connection_id: str, mapping: FieldMapping) -> None:
    """Another (checked) field mapping, from the next sync on.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `ALREADY_RUNNING` while it is being synchronised.
    """
    with work.store.opened() as database:
        refuse_during_a_sync(database, stored_connection(database, connection_id))
        change_mapping(database, connection_id, mapping)


def refuse_during_a_sync(database: Database, stored: StoredConnection) -> None:
    """Nothing that a sync in progress goes by is changed under it.

    Raises:
        Refusal: `ALREADY_RUNNING`.
    """
    for lease in held_leases(database):
        if lease.connection_no == stored.number:
            raise Refusal(Code.ALREADY_RUNNING, connection=stored.connection_id, run=lease.dagster_run_id or lease.holder)


def settings_changed(before: Settings, after: Settings) -> list[dict[str, Any]]:
    """Settings that differ, limits by their own names."""
    old, new = _flat(before), _flat(after)
    return [{"setting": name, "before": old[name], "after": new[name]} for name in new if new[name] != old[name]]


def _flat(settings: Settings) -> dict[str, Any]:
    document = settings.as_document()
    limits = document.pop("limits")
    return {**document, **(limits if isinstance(limits, dict) else {})}


def _with_settings(stored: StoredConnection, settings: Settings) -> StoredConnection:
    """The same connection as it would be; for looking, not for storing."""
    digest = sha256(f"{stored.fingerprint}\n{settings.as_document()}".encode()).hexdigest()
    return replace(stored, connection=replace(stored.connection, settings=settings), fingerprint=digest)


def _is_frozen(row: Mapping[str, Any]) -> bool:
    """Whether somebody with an account would be left out: nothing of it is written any more, and nothing deleted."""
    return row["account_id"] is not None and row["after"]["outcome"] in LEFT_OUT
