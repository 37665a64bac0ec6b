"""`sync`: runs the Dagster job in this process and waits; and how sync runs are shown wherever they come from.

May import: `operations`, `adapters.store`, `domain`, this room; `defs.launching` when a sync is asked for.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, Lang, day
from hr_pipeline.cli.progress import interruptible, shown_progress
from hr_pipeline.cli.surroundings import opened_store, workplace
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import HOLDS
from hr_pipeline.domain.outcomes import NOK, Outcome, Status, Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.explaining import explained_run

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from hr_pipeline.operations.workplace import Workplace


class Started(StrEnum):
    """What a person or a script says started a sync."""

    MANUAL = "manual"
    NIGHTLY = "nightly"


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("sync", rich_help_panel=panel)(sync_connections)


@answering
def sync_connections(
    connection_ids: Annotated[list[str] | None, typer.Argument(metavar="ID…", help="Connections to synchronise.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All connections that are not stopped.")] = False,
    date_text: Annotated[
        str | None, typer.Option("--date", metavar="DATE", help="A past day replays what is kept. (Default: today.)")
    ] = None,
    trigger: Annotated[Started, typer.Option(help="What to record as having started it.")] = Started.MANUAL,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Synchronise connections now, through Dagster in this process."""
    if everything == bool(connection_ids):
        raise typer.BadParameter("give one or more IDs, or --all")
    asked = day(date_text, "--date")
    work = workplace()
    on = asked or work.today
    if on > work.today:
        raise Refusal(Code.INVALID_DATE, date=on.isoformat(), expected="today or a past date")
    started_by = Trigger.BACKFILL if on < work.today else Trigger(trigger)
    wanted = _wanted(work, connection_ids or [], on, started_by)
    if not wanted:
        raise Refusal(Code.NOTHING_TO_DO)
    dagster_run_id = _launched(wanted, started_by)
    from hr_pipeline.adapters.store.reports import sync_runs

    with opened_store() as database:
        runs = sync_runs(database, dagster_run_id=dagster_run_id)
    left = sorted({connection_id for connection_id, _ in wanted} - {run["connection_id"] for run in runs})
    return runs_answer(runs, lang, busy=left)


def runs_answer(runs: Sequence[dict[str, Any]], lang: str, busy: Sequence[str] = ()) -> Answer:
    """Sync runs in the order they were numbered; failed when any of them is an error."""
    listed = [explained_run(run, lang) for run in reversed(runs)]
    return Answer(listed, lambda to: _show(to, listed, busy), failed=any(run["status"] == Status.ERROR for run in listed))


def counted(counts: dict[str, int]) -> str:
    """Counts as a person reads them: `40: 23 unchanged, 6 updated, 1 missing`."""
    named = [f"{counts[name]} {name.replace('_', ' ')}" for name in (*map(str, Outcome), "missing") if counts[name]]
    return f"{counts['source']}: {', '.join(named)}" if named else str(counts["source"])


def _wanted(work: "Workplace", connection_ids: Sequence[str], on: date, started_by: Trigger) -> list[tuple[str, date]]:
    """Connections and the day, proven to exist; and proven that this shell has what it takes to ask their providers (a script's night: any of them).

    Raises:
        Refusal: `UNKNOWN_CONNECTION`, `DISCONNECTED`; `SNAPSHOT_NOT_KEPT` for a past day of which nothing at all is kept; see
            `operations.pulling.credentials_at_hand`.
    """
    from hr_pipeline.adapters.store.connections import stored_connections
    from hr_pipeline.adapters.store.snapshots import kept_snapshots
    from hr_pipeline.operations.past_days import check_days

    with work.store.opened() as database:
        stored = [one for one in stored_connections(database, connection_ids or None) if connection_ids or one.connection.active]
        kept = kept_snapshots(database, [(one.number, on) for one in stored]) if on < work.today else {}
        if stored and on < work.today:
            check_days(database, [one.connection_id for one in stored], (on, on), work.today)
    if stopped := [one.connection_id for one in stored if not one.connection.active]:
        raise Refusal(Code.DISCONNECTED, connection=stopped[0])
    if stored and on < work.today and not kept:
        only = stored[0].connection_id if len(stored) == 1 else None
        raise Refusal(Code.SNAPSHOT_NOT_KEPT, connection=only, date=on.isoformat())
    if started_by is not Trigger.BACKFILL:
        from hr_pipeline.operations.pulling import credentials_at_hand

        credentials_at_hand(work, stored, all_of_them=started_by is Trigger.MANUAL)
    return [(one.connection_id, on) for one in stored]


def _launched(wanted: Sequence[tuple[str, date]], trigger: Trigger) -> str:
    from hr_pipeline.defs.launching import run_sync

    with shown_progress("Synchronising") as progress:
        return interruptible(lambda: run_sync(wanted, trigger, progress))


def _show(to: "Console", runs: Sequence[dict[str, Any]], busy: Sequence[str]) -> None:
    from hr_pipeline.cli.terminal import NARROWEST_CODE, Column, paragraph, say, show_rows

    columns = [
        Column("Run"),
        Column("Company", elastic=True),
        Column("Connection", identity=True, spare=1),
        Column("Status"),
        Column("Employees", identity=True, narrowest=NARROWEST_CODE),
    ]
    rows = [
        (
            run["sync_run_id"],
            run["company"],
            run["connection_id"],
            standing(run, waits=True),
            became_of(run),
        )
        for run in runs
    ]
    if rows:
        show_rows(to, columns, rows, "hr-pipeline history --json")
    for connection_id in busy:
        say(to, f"{connection_id} was left alone: another sync of it is in progress.", style="yellow")
    if todo := [(run["sync_run_id"], step) for run in runs for step in next_steps(run)]:
        say(to, "")
        for run_id, step in todo:
            paragraph(to, f"{run_id}: {step}")


def became_of(run: dict[str, Any]) -> str:
    """What became of a run's people, or the code of why nothing did, in a cell."""
    return " · ".join(filter(None, (run["code"], run["note"] or (counted(run["counts"]) if run["counts"]["source"] else None))))


def waiting_runs(runs: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Held runs that somebody can still approve or release, by id: the newest of their connection. An older one can't be taken up any more.

    Args:
        runs: Newest first.
    """
    newest: dict[str, dict[str, Any]] = {}
    for run in runs:
        newest.setdefault(run["connection_id"], run)
    return {run["sync_run_id"]: run for run in newest.values() if run["code"] in HOLDS}


def standing(run: dict[str, Any], *, waits: bool) -> "Text":
    """How a run ended, as a person sees it: the status `error` of a plan that waits for somebody is no failure (the data calls it one)."""
    from hr_pipeline.cli.terminal import word

    if run["code"] not in HOLDS:
        return word(run["status"])
    if not waits:
        return word("was held")
    return word("waits for review" if run["code"] == Code.HELD_REVIEW else "held")


def next_steps(run: dict[str, Any]) -> list[str]:
    """What somebody can do about a run that was just made, or still stands as the newest of its connection."""
    waiting = sum(run["counts"][str(name)] for name in NOK)
    steps = []
    if run["code"] == Code.HELD_REVIEW:
        steps.append(f"read through it with `hr-pipeline outcomes {run['sync_run_id']}`, then `hr-pipeline approve {run['plan_id']}`")
    elif run["code"]:
        steps.append(f"{run['message']} {run['next']}")
    if waiting and run["code"] != Code.HELD_REVIEW:
        who = "1 employee needs" if waiting == 1 else f"{waiting} employees need"
        steps.append(f"{who} attention: `hr-pipeline outcomes {run['sync_run_id']}`")
    if run["counts"]["conflict"] and not run["code"]:
        steps.append(f"decide about conflicts: `hr-pipeline conflicts {run['connection_id']}`")
    if (missing := run["counts"]["missing"]) and not run["code"]:
        who = "1 linked person is" if missing == 1 else f"{missing} linked people are"
        steps.append(f"{who} no longer listed: `hr-pipeline missing {run['connection_id']}`")
    if orphans := run["pay_orphans"]:
        who = "1 person who is" if orphans == 1 else f"{orphans} people who are"
        steps.append(f"pay of {who} not listed was left aside: `hr-pipeline outcomes {run['sync_run_id']} --only {Code.PAY_ORPHAN}`")
    return steps
