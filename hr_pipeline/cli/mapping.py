"""`mapping`: platform field ← provider field of one connection; what another mapping would alter, and putting it in force.

May import: `operations`, `adapters.store`, `domain`, this room.
"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, ConnectionId, Lang, document_text
from hr_pipeline.cli.surroundings import workplace

if TYPE_CHECKING:
    from rich.console import Console

    from hr_pipeline.adapters.store.connections import StoredConnection
    from hr_pipeline.domain.mapping import FieldMapping
    from hr_pipeline.operations.workplace import Workplace


class Action(StrEnum):
    """What to do with a mapping file."""

    CHECK = "check"
    APPLY = "apply"


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("mapping", rich_help_panel=panel)(mapping_of_connection)


@answering
def mapping_of_connection(
    connection_id: ConnectionId,
    action: Annotated[Action | None, typer.Argument(metavar="check|apply", help="Check a mapping file, or put it in force.")] = None,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="JSON or TOML, such as `--json` prints.")] = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",  # noqa: ARG001
) -> Answer:
    """Show the field mapping of a connection, check another one, or put it in force."""
    if (action is None) != (file is None):
        raise typer.BadParameter("give `check FILE`, `apply FILE`, or nothing")
    from hr_pipeline.adapters.store.connections import stored_connection

    work = workplace()
    with work.store.opened() as database:
        stored = stored_connection(database, connection_id)
    if action is None or file is None:
        return _listed(stored)
    mapping = _read(stored, document_text(file), file.name)
    return _checked(work, stored, mapping) if action is Action.CHECK else _applied(work, stored, mapping)


def _read(stored: "StoredConnection", text: str, name: str) -> "FieldMapping":
    from hr_pipeline.adapters.providers import PROVIDERS
    from hr_pipeline.domain.mapping import document_from_text, mapping_from_document
    from hr_pipeline.domain.refusals import Refusal

    try:
        document = document_from_text(text)
    except Refusal as refusal:
        raise Refusal(refusal.code, **{**refusal.params, "file": name[:63]}) from None
    return mapping_from_document(document, PROVIDERS[stored.connection.provider].fields)


def _listed(stored: "StoredConnection") -> Answer:
    from hr_pipeline.adapters.providers import PROVIDERS
    from hr_pipeline.domain.mapping import listed_mapping

    provider_fields = PROVIDERS[stored.connection.provider].fields
    document: dict[str, Any] = listed_mapping(stored.mapping, provider_fields)
    named = {source for rule in stored.mapping.rules.values() for source in rule.sources}
    unused = sorted({f.name for f in provider_fields} - named)

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import Column, say, show_table

        columns = [
            Column("Platform field"),
            Column("Type", spare=2),
            Column("Provider fields", identity=True),
            Column("Their types", elastic=True, spare=3),
            Column("Transforms", identity=True),
            Column("Policy"),
            Column("May clear", spare=4),
        ]
        rows = [
            (
                name,
                rule["type"],
                ", ".join(rule["sources"]),
                ", ".join(str(kind) for kind in rule["source_types"]),
                ", ".join(rule["transforms"]),
                rule["policy"],
                rule["may_clear"],
            )
            for name, rule in document["fields"].items()
        ]
        show_table(to, columns, rows)
        if unused:
            say(to, "Not used:", ", ".join(unused), style="dim")

    return Answer({"connection_id": stored.connection_id, "provider": stored.connection.provider, **document, "unused": unused}, show)


def _checked(work: "Workplace", stored: "StoredConnection", mapping: "FieldMapping") -> Answer:
    """What would change on the last kept snapshot; a mapping that can't be used was refused before."""
    from hr_pipeline.adapters.store.snapshots import newest_snapshot
    from hr_pipeline.operations.previewing import mapping_effect

    with work.store.opened() as database:
        snapshot = newest_snapshot(database, stored.number)
    changed = sorted(name for name in {*mapping.rules, *stored.mapping.rules} if mapping.rules.get(name) != stored.mapping.rules.get(name))
    before = mapping_effect(work, stored.connection_id, stored.mapping, snapshot) if snapshot else {}
    after = mapping_effect(work, stored.connection_id, mapping, snapshot) if snapshot else {}
    document = {
        "connection_id": stored.connection_id,
        "usable": True,
        "changed_fields": changed,
        "snapshot_id": snapshot.snapshot_id if snapshot else None,
        "date": snapshot.date if snapshot else None,
        "before": before,
        "after": after,
    }

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import Column, say, show_table

        say(to, "The mapping can be used.", style="bold green")
        say(to, "Rules that differ:", ", ".join(changed) or "none")
        if snapshot is None:
            return say(to, "No snapshot is kept yet; its effect on people can be told after the first sync or preview.")
        say(to, f"On the snapshot of {snapshot.date.isoformat()} ({snapshot.snapshot_id}):")
        rows = [(name.replace("_", " "), before[name], count) for name, count in after.items()]
        return show_table(to, [Column("Employees"), Column("Now", right=True), Column("With this file", right=True)], rows)

    return Answer(document, show)


def _applied(work: "Workplace", stored: "StoredConnection", mapping: "FieldMapping") -> Answer:
    from hr_pipeline.operations.settings import put_mapping_in_force

    put_mapping_in_force(work, stored.connection_id, mapping)
    document = {"connection_id": stored.connection_id, "applied": True, "mapping_digest": mapping.digest()}

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        say(to, f"The mapping is in force from the next sync on. Next: hr-pipeline preview {stored.connection_id}")

    return Answer(document, show)
