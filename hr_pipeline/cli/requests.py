"""`request` and `requests`: asking a running deployment for a sync, and what became of what was asked.

May import: `operations`, `adapters.store`, `domain`, this room.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, By, Lang, day, line
from hr_pipeline.cli.surroundings import opened_store, user, workplace
from hr_pipeline.cli.sync import next_steps, standing
from hr_pipeline.domain.decisions import HOLDS
from hr_pipeline.operations.explaining import explained_run

if TYPE_CHECKING:
    from rich.console import Console

    from hr_pipeline.adapters.store.database import Database

NARROWEST_CONNECTION, NARROWEST_DAYS, NARROWEST_RUN = 20, 13, 8  # some words of an id; `2026-01-01 to`; the title
NARROWEST_DAGSTER = 19  # the longer half of an id
NOBODY_LOOKS = "No daemon is running here: `make up` or `make ui` starts one. The request waits until then."


@dataclass(frozen=True, slots=True)
class Made:
    """What came of requests: sync runs by id, newest first, and which runs are the newest of their connection."""

    runs: Mapping[str, dict[str, Any]]
    newest: frozenset[str]

    def of(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """The sync runs of one request."""
        return [self.runs[run_id] for run_id in request.get("sync_run_ids", []) if run_id in self.runs]


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

        _show(to, listed, Made({}, frozenset()))
        if any(one["state"] == "queued" and not one["daemon_running"] for one in listed):
            say(to, NOBODY_LOOKS, style="yellow")
        say(to, "Next: hr-pipeline requests")

    return Answer(listed, show)


@answering
def list_requests(
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="How many.")] = 20,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """List requested syncs, newest first: their state or how they ended, their sync run, and what to do next."""
    from hr_pipeline.adapters.environment import Environment
    from hr_pipeline.adapters.store.requests import listed_requests
    from hr_pipeline.operations.requesting import daemon_looks

    with opened_store() as database:
        listed = listed_requests(database, limit)
        made = _made(database, listed, lang)

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        if listed:
            _show(to, listed, made)
            _show_next(to, made)
            if any(one["state"] == "queued" for one in listed) and not daemon_looks(Environment.current().home):
                say(to, NOBODY_LOOKS, style="yellow")
            return
        say(to, "Nobody has asked for a sync yet. Next: hr-pipeline request --all")

    return Answer(listed, show)


def _days(first: str | None, last: str | None) -> tuple[date, date] | None:
    begin, end = day(first, "--from"), day(last, "--to")
    return (begin, end or begin) if begin else None


def _made(database: "Database", listed: Sequence[dict[str, Any]], lang: str) -> "Made":
    """The sync runs that came of the listed requests."""
    from hr_pipeline.adapters.store.reports import newest_runs, sync_runs

    numbers = sorted({int(run_id[1:]) for one in listed for run_id in one["sync_run_ids"]})
    runs = [explained_run(run, lang) for run in sync_runs(database, run_nos=numbers)] if numbers else []
    return Made({run["sync_run_id"]: run for run in runs}, newest_runs(database) if numbers else frozenset())


def _state(one: dict[str, Any], made: "Made") -> object:
    """How far a request is; once it has ended, how its sync run ended, in the words of `history`."""
    from hr_pipeline.cli.terminal import word

    if not one.get("status"):
        return word(one["state"])
    worst = next(run for run in made.of(one) if run["status"] == one["status"])
    return standing(worst, waits=worst["sync_run_id"] in made.newest)


def _show_next(to: "Console", made: "Made") -> None:
    """What somebody can do about each run that still stands as the newest of its connection; where nothing is to be done, how to look."""
    from hr_pipeline.cli.terminal import paragraph, say

    todo = {run_id: next_steps(run) for run_id, run in made.runs.items() if run_id in made.newest}
    for run_id, steps in todo.items():
        if steps:
            paragraph(to, f"{run_id}: {steps[0]}", style="yellow" if made.runs[run_id]["code"] in HOLDS else "")
    if made.runs and not any(todo.values()):
        say(to, f"Next: hr-pipeline outcomes {next(iter(made.runs))}")


def _show(to: "Console", listed: Sequence[dict[str, Any]], made: "Made") -> None:
    from hr_pipeline.cli.terminal import Column, show_rows

    columns = [
        Column("Request"),
        Column("Connection", identity=True, narrowest=NARROWEST_CONNECTION),
        Column("Days", identity=True, narrowest=NARROWEST_DAYS),
        Column("State"),
        Column("Sync run", identity=True, narrowest=NARROWEST_RUN),
        Column("Asked at (Brussels)", spare=2),
        Column("Waited", right=True, spare=1),
        Column("Dagster run", identity=True, narrowest=NARROWEST_DAGSTER, spare=3),
    ]
    rows = [
        (
            one["request_id"] or "-",
            one["connection_id"],
            f"{one['from']} to {one['to']}" if one["from"] else "today",
            _state(one, made),
            ", ".join(run["sync_run_id"] for run in made.of(one)) or "-",
            one["requested_at"],
            _seconds(one.get("waited_seconds")),
            one["dagster_run_id"],
        )
        for one in listed
    ]
    show_rows(to, columns, rows, "hr-pipeline requests --json")


def _seconds(waited: float | None) -> str:
    return "-" if waited is None else f"{waited:.1f} s"
