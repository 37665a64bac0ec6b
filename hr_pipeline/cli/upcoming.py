"""`upcoming`: hires, exits, transfers and pay that are known and wait for their day. May import: `adapters.store`, this room."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AnyConnectionId, AsJson, Lang, day
from hr_pipeline.cli.surroundings import opened_store
from hr_pipeline.domain.nights import BRUSSELS

if TYPE_CHECKING:
    from rich.console import Console

WORDS = {"hire": "first day", "exit": "last day", "transfer": "transfer", "pay": "new pay"}


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("upcoming", rich_help_panel=panel)(list_upcoming)


@answering
def list_upcoming(
    connection_id: AnyConnectionId = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Only what is dated this day at the latest.")] = None,
    on: Annotated[str | None, typer.Option(metavar="DATE", help="Only what takes effect on this day, past or to come.")] = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",  # noqa: ARG001
) -> Answer:
    """List the hires, exits, transfers and pay that wait for their day, or those of one day."""
    from hr_pipeline.adapters.store.connections import stored_connection
    from hr_pipeline.adapters.store.upcoming import took_effect, upcoming

    last, only = day(until, "--until"), day(on, "--on")
    if last and only:
        raise typer.BadParameter("give --until or --on, not both")
    with opened_store() as database:
        if connection_id is not None:
            stored_connection(database, connection_id)
        today = datetime.now(UTC).astimezone(BRUSSELS).date()
        facts = took_effect(database, only, connection_id) if only else upcoming(database, today, connection_id, last)
    return Answer(facts, lambda to: _show(to, facts))


def _show(to: "Console", facts: list[dict[str, Any]]) -> None:
    from hr_pipeline.cli.terminal import Column, say, show_rows

    if not facts:
        return say(to, "Nothing.")
    columns = [
        Column("Date"),
        Column("What"),
        Column("Employee", identity=True),
        Column("Account"),
        Column("Connection", identity=True),
    ]
    rows = [(one["date"], WORDS[one["kind"]], one["external_id"], one["account_id"], one["connection_id"]) for one in facts]
    show_rows(to, columns, rows, "hr-pipeline upcoming --json")
    return None
