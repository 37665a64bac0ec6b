"""`connections`, `connection`, `disconnect`: the registry as people see it. Credentials are named, never shown.

Checking and changing settings is `settings`'. May import: `operations`, `adapters.store`, `domain`, this room.
"""

import shlex
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, ConnectionId, Lang, Relations, Values, pairs
from hr_pipeline.cli.surroundings import opened_store, workplace
from hr_pipeline.domain.connections import Connection, Review

if TYPE_CHECKING:
    from rich.console import Console

    from hr_pipeline.adapters.store.connections import StoredConnection
    from hr_pipeline.domain.quarantine import Failing

EMPTY = "No connection yet. Next: hr-pipeline connect securex --vat BE… --name …, or hr-pipeline connect payfit --api-key-env VAR --name …"


class Action(StrEnum):
    """What to do with other settings."""

    CHECK = "check"
    CHANGE = "change"


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    app.command("connections", rich_help_panel=panel)(list_connections)
    app.command("connection", rich_help_panel=panel)(show_connection)
    app.command("disconnect", rich_help_panel=panel)(disconnect_company)


@answering
def list_connections(as_json: AsJson = False, lang: Lang = "en") -> Answer:  # noqa: ARG001 - `answering` reads them
    """List the connections."""
    from hr_pipeline.adapters.store.connections import stored_connections
    from hr_pipeline.operations.retrying import failing

    now = datetime.now(UTC)
    with opened_store() as database:
        retried = {one.connection_id: one for one in failing(database)}
        listed = [_summary(one, retried.get(one.connection_id), now) for one in stored_connections(database)]

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import NARROWEST_NAME, Column, plain, say, show_rows, word

        if not listed:
            return say(to, EMPTY)
        columns = [
            Column("Connection", identity=True),
            Column("Company", identity=True, narrowest=NARROWEST_NAME),
            Column("VAT number", spare=2),
            Column("Group", elastic=True, spare=3),
            Column("State"),
            Column("Employees", right=True, spare=1),
            Column("Last applied"),
            Column("Why", spare=4),
            Column("Next attempt (Brussels)", spare=5),
        ]
        rows = [
            (
                one["connection_id"],
                one["company"],
                one["vat_number"],
                one["group"],
                word(one["state"]),
                one["employees"],
                one["last_applied_run_id"] or "never",
                one["retry"]["reason"] if one["retry"] else "",
                f"{plain(one['retry']['next_attempt'])}{', overdue' if one['retry']['overdue'] else ''}" if one["retry"] else "",
            )
            for one in listed
        ]
        return show_rows(to, columns, rows, "hr-pipeline connections --json")

    return Answer(listed, show)


@answering
def show_connection(
    connection_id: ConnectionId,
    action: Annotated[
        Action | None,
        typer.Argument(metavar="check|change", help="See what other settings would make of the last list, or put them in force."),
    ] = None,
    review: Annotated[Review | None, typer.Option("--review", help="When a sync waits for your approval of its plan.")] = None,
    region: Annotated[str | None, typer.Option(help="Country of national phone numbers: BE, FR …; none for none.")] = None,
    relation: Relations = None,
    values: Values = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Show a connection with its settings, check other settings, or change them."""
    from hr_pipeline.cli import settings
    from hr_pipeline.operations.settings import Wish

    wish = Wish(review, region, tuple(relation or ()), pairs(values or [], "--set"))
    if (action is None) != (wish == Wish()):
        raise typer.BadParameter("give `check` or `change` with --set, --review, --relation or --region, or nothing")
    if action is None:
        return _shown(connection_id)
    return settings.checked(connection_id, wish, lang) if action is Action.CHECK else settings.changed(connection_id, wish)


def _shown(connection_id: str) -> Answer:
    from hr_pipeline.adapters.store.connections import stored_connection
    from hr_pipeline.operations.retrying import failing

    now = datetime.now(UTC)
    with opened_store() as database:
        stored = stored_connection(database, connection_id)
        retry = next((one for one in failing(database) if one.connection_id == connection_id), None)
    connection = stored.connection
    kind = connection.credential["kind"]
    credential = {"kind": kind, **({"variable": connection.credential["variable"]} if kind == "env" else {})}
    document = {
        **_summary(stored, retry, now),
        "provider_company_id": connection.provider_company_id,
        "credential": credential,
        "settings": connection.settings.as_document(),
        "mapping_digest": stored.mapping.digest(),
    }

    def show(to: "Console") -> None:
        from hr_pipeline.cli.settings import show_limits
        from hr_pipeline.cli.terminal import say, show_facts

        settings: dict[str, Any] = dict(connection.settings.as_document())
        limits: dict[str, str] = settings.pop("limits")
        say(to, connection.connection_id, style="bold")
        facts = {name: value for name, value in _summary(stored, retry, now).items() if name not in ("connection_id", "retry")}
        again = [(name.replace("_", " "), value) for name, value in retry.as_document(now).items() if name != "state"] if retry else []
        show_facts(to, [*facts.items(), *again, ("credential", " ".join(credential.values()))])
        say(to, "")
        say(to, "Settings", style="bold")
        show_facts(to, [(name, ", ".join(value) if isinstance(value, list | tuple) else value) for name, value in settings.items()])
        say(to, "")
        say(to, "Limits", style="bold")
        show_limits(to, limits)
        say(to, "")
        say(to, f"To change one: hr-pipeline connection {connection.connection_id} check --set missing_pct=30", style="dim")

    return Answer(document, show)


@answering
def disconnect_company(connection_id: ConnectionId, as_json: AsJson = False, lang: Lang = "en") -> Answer:  # noqa: ARG001 - `answering`
    """Stop a connection; accounts and history stay."""
    from hr_pipeline.operations.connecting import disconnect

    stopped = disconnect(workplace(), connection_id)
    document = {"connection_id": stopped.connection_id, "provider": stopped.provider, "company": stopped.company, "active": stopped.active}

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        say(to, f"{stopped.connection_id} is stopped. Its settings and mapping are kept.")
        say(to, f"To take it up again: {_connecting(stopped)}")

    return Answer(document, show)


def _connecting(connection: Connection) -> str:
    """The command that connects the company as it was connected; group, settings and mapping are remembered."""
    command = f"hr-pipeline connect {connection.provider} --name {shlex.quote(connection.company)}"
    match connection.credential["kind"]:
        case "env":
            return f"{command} --api-key-env {connection.credential['variable']}"
        case "envelope":
            return f"{command} --oauth"
    return f"{command} --vat {connection.vat_number}"


def _summary(stored: "StoredConnection", retry: "Failing | None", now: datetime) -> dict[str, Any]:
    """A connection in a listing; `retry` says why its syncs fail and when it is tried again, in back-off or in quarantine."""
    connection = stored.connection
    again = retry.as_document(now) if retry else None
    return {
        "connection_id": connection.connection_id,
        "provider": connection.provider,
        "company": connection.company,
        "vat_number": connection.vat_number,
        "group": connection.group,
        "active": connection.active,
        "state": again["state"] if again else "active" if connection.active else "stopped",
        "retry": again,
        "review": str(connection.settings.review),
        "employees": stored.last_source,
        "last_applied_date": stored.last_applied_date,
        "last_applied_run_id": f"r{stored.last_run_no}" if stored.last_run_no else None,
    }
