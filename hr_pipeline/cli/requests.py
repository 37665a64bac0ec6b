"""`request` and `requests`: asking a running deployment for a sync, and what became of what was asked.

May import: `operations`, `adapters.store`, `domain`, this room.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, By, Lang, day, line
from hr_pipeline.cli.surroundings import opened_store, user, workplace

if TYPE_CHECKING:
    from rich.console import Console


NOBODY_LOOKS = "No daemon is running here: `make up` or `make ui` starts one. The request waits until then."


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    app.command("request", rich_help_panel=panel)(request_syncs)
    app.command("requests", rich_help_panel=panel)(list_requests)


@answering
def request_syncs(
    connection_ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Connections to synchronise.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All connections that are not stopped.")] = False,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First past day to replay.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last past day to replay. (Default: the first.)")] = None,
    by: By = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",  # noqa: ARG001 - the same
) -> Answer:
    """Ask the running deployment (`make ui`, `make up`) for a sync, or for past days again; it starts within seconds."""
    if everything == bool(connection_ids):
        raise typer.BadParameter("give one or more IDs, or --all")
    if last and not first:
        raise typer.BadParameter("--to needs --from")
    from hr_pipeline.operations.requesting import Requested, request

    listed = request(workplace(), Requested(connection_ids or [], _days(first, last), line(user() if by is None else by, "--by")))

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        _show(to, listed)
        if any(one["state"] == "queued" and not one["daemon_running"] for one in listed):
            say(to, NOBODY_LOOKS, style="yellow")
        say(to, "Next: hr-pipeline requests")

    return Answer(listed, show)


@answering
def list_requests(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 20,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",  # noqa: ARG001 - the same
) -> Answer:
    """List requested syncs, newest first: their state and how they ended, their run, and how long they waited for it."""
    from hr_pipeline.adapters.environment import Environment
    from hr_pipeline.adapters.store.requests import listed_requests
    from hr_pipeline.operations.requesting import daemon_looks

    with opened_store() as database:
        listed = listed_requests(database, limit)

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        if listed:
            _show(to, listed)
            if any(one["state"] == "queued" for one in listed) and not daemon_looks(Environment.current().home):
                say(to, NOBODY_LOOKS, style="yellow")
            return
        say(to, "Nobody has asked for a sync yet. Next: hr-pipeline request --all")

    return Answer(listed, show)


def _days(first: str | None, last: str | None) -> tuple[date, date] | None:
    begin, end = day(first, "--from"), day(last, "--to")
    return (begin, end or begin) if begin else None


def _show(to: "Console", listed: Sequence[dict[str, Any]]) -> None:
    from hr_pipeline.cli.terminal import Column, show_rows

    columns = [
        Column("Request"),
        Column("Connection", identity=True),
        Column("Days"),
        Column("State"),
        Column("Asked at (Brussels)", spare=1),
        Column("Waited", right=True),
        Column("Dagster run", spare=2),
    ]
    rows = [
        (
            one["request_id"] or "-",
            one["connection_id"],
            f"{one['from']} to {one['to']}" if one["from"] else "today",
            f"{one['state']}, {one['status']}" if one.get("status") else one["state"],
            one["requested_at"],
            _seconds(one.get("waited_seconds")),
            one["dagster_run_id"],
        )
        for one in listed
    ]
    show_rows(to, columns, rows, "hr-pipeline requests --json")


def _seconds(waited: float | None) -> str:
    return "-" if waited is None else f"{waited:.1f} s"
