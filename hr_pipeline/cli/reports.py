"""`history` and `outcomes`: sync runs newest first, and one row per employee of a run.

May import: `adapters.store`, `operations`, `domain`, this room.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import LARGEST_NUMBER, AnyConnectionId, AsJson, Lang, RunId
from hr_pipeline.cli.surroundings import how_to_sync, opened_store, without_pandas, workplace
from hr_pipeline.cli.sync import became_of, counted, next_steps, standing, waiting_runs
from hr_pipeline.cli.warning_text import named_warnings, show_days, show_warnings, warned
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.decisions import GUARD_HOLDS, HOLDS
from hr_pipeline.domain.outcomes import Outcome, Reversal
from hr_pipeline.operations.explaining import explained_outcome, explained_run

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 30  # runs in the table, where no limit is given
COLUMNS = ("external_id", "outcome", "code", "field", "message", "next", "owner", "since", "runs", "account_id", "changed", "warnings")
NAMES = ("first_name", "last_name")
_LISTS = ("missing", "counted")  # what `--only` takes beside outcomes and codes


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    app.command("history", rich_help_panel=panel)(show_history)
    app.command("outcomes", rich_help_panel=panel)(show_outcomes)


@answering
def show_history(
    connection_id: AnyConnectionId = None,
    limit: Annotated[int | None, typer.Option(min=1, max=LARGEST_NUMBER, help="How many. (Default: 30; with --json, all.)")] = None,
    as_json: AsJson = False,
    lang: Lang = "en",
) -> Answer:
    """List sync runs, newest first."""
    from hr_pipeline.adapters.store.connections import stored_connection
    from hr_pipeline.adapters.store.reports import sync_runs

    with opened_store() as database:
        if connection_id is not None:
            stored_connection(database, connection_id)
        found = sync_runs(database, connection_id=connection_id, limit=limit or (None if as_json else SHOWN))
    runs = [explained_run(run, lang) for run in found]

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import NARROWEST_CODE, NARROWEST_DAY, NARROWEST_STATUS, Column, paragraph, say, show_rows

        if not runs:
            return say(to, f"No sync run yet. Next: {how_to_sync('--all')}")
        columns = [
            Column("Run"),
            Column("Date", identity=True, narrowest=NARROWEST_DAY),
            Column("Connection", identity=True),
            Column("Trigger", spare=1),
            Column("Status", identity=True, narrowest=NARROWEST_STATUS),
            Column("Employees", identity=True, narrowest=NARROWEST_CODE),
        ]
        waiting = waiting_runs(runs)
        rows = [
            (
                run["sync_run_id"],
                _when(run),
                run["connection_id"],
                run["trigger"],
                standing(run, waits=run["sync_run_id"] in waiting),
                " · ".join(filter(None, (_undone(run), became_of(run)))),
            )
            for run in runs
        ]
        show_rows(to, columns, rows, "hr-pipeline history --json")
        say(to, "Times are Brussels’.", style="dim")
        for run in waiting.values():
            paragraph(to, f"{run['sync_run_id']}: {next_steps(run)[0]}", style="yellow")
        if limit is None and len(runs) == SHOWN:
            say(to, f"The newest {SHOWN}; more with --limit N.", style="dim")
        return None

    return Answer(runs, show)


@answering
def show_outcomes(
    run: RunId,
    only: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="Only this code (SAME_NAME) or outcome (rejected); `missing`; `counted`: whom the guards counted that hold it.",
        ),
    ] = None,
    csv_file: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write them to a file, readable by you alone.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Add first and last names, as long as they are kept.")] = False,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """List what happened to each employee in a sync run, those who need attention first."""
    from hr_pipeline.adapters.store.reports import outcomes, run_no_of, sync_runs

    wanted = _filter(only)
    with opened_store() as database:
        run_no = run_no_of(database, run)
        of_run = sync_runs(database, run_nos=[run_no])[0]
        found = outcomes(database, run_no, wanted, names=names)
    if names:
        from hr_pipeline.operations.kept_people import named_outcomes

        with without_pandas():
            found = named_outcomes(workplace(), of_run, found)
    rows = [explained_outcome(row, lang, of_run["provider"], of_run) for row in found]
    if csv_file is not None:
        _write_csv(csv_file, rows, (*COLUMNS, *(("guards",) if wanted == "counted" else ()), *(NAMES if names else ())))

    def show(to: "Console") -> None:
        if csv_file is None:
            _show(to, explained_run(of_run, lang), rows, wanted, lang, names=names)

    return Answer(rows, show)


def _when(run: dict[str, Any]) -> str:
    """The day a run is of and when it was started: the time alone where that was the same day."""
    from hr_pipeline.cli.terminal import plain

    day, started = plain(run["date"]), plain(run["started_at"])
    return started if started.startswith(day) else f"{day} on {started}"


def _undone(run: dict[str, Any]) -> str | None:
    """That a run was taken back, and by which: the list of its people alone looks as if it still held."""
    return f"undone by {run['undone_by']}{' in part' if run['undone_partly'] else ''}" if run["undone_by"] else None


def _filter(only: str | None) -> str | None:
    """A code or an outcome that exists, however it was typed; anything else would silently list nobody."""
    if only is None:
        return None
    if only.upper() in set(Code):
        return only.upper()
    if only.lower().replace(" ", "_") in {*Outcome, *Reversal, *_LISTS}:
        return only.lower().replace(" ", "_")
    raise typer.BadParameter(f"no such code or outcome; outcomes are {', '.join([*Outcome, *_LISTS])}, codes are those listed")


def _write_csv(path: Path, rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> None:
    from hr_pipeline.cli.spreadsheet import write_csv

    replaced = write_csv(path, [{**row, "warnings": named_warnings(row)} for row in rows], columns)
    typer.echo(f"{len(rows)} employees written to {path.name}{', replacing what it held' if replaced else ''}.", err=True)


def _why_nobody(run: dict[str, Any], only: str | None) -> str:
    """Why a list is empty; what to do about a run in error stands above it."""
    if only == "counted" and run["code"] not in GUARD_HOLDS:
        return f"No guard holds anything of this run. Everybody of it: hr-pipeline outcomes {run['sync_run_id']}"
    if only == "counted" or (only == "missing" and run["code"] in HOLDS and run["counts"]["missing"]):
        return f"Not known of this run. Its plan made anew, with them: hr-pipeline preview {run['connection_id']} --snapshot {run['snapshot_id']}"
    if only:
        return f"Nobody with {only}. Everybody of the run: hr-pipeline outcomes {run['sync_run_id']}"
    return "Nothing was concluded about anybody, so nobody is listed." if run["code"] else "The provider listed nobody."


def _show(to: "Console", run: dict[str, Any], rows: Sequence[dict[str, Any]], only: str | None, lang: str, *, names: bool) -> None:
    """The table, and below it once what each code means."""
    from hr_pipeline.cli.terminal import NARROWEST_NAME, Column, paragraph, say, show_rows, word
    from hr_pipeline.domain.messages import field_label

    held = standing(run, waits=True).plain  # the code below says for what; whether it still waits, `history` knows
    say(to, f"{run['sync_run_id']} · {run['company']} · {run['date']} ·", f"{held} · {run['note'] or counted(run['counts'])}")
    if run["code"]:
        paragraph(to, f"{run['code']}: {run['message']} {run['next']}")
    if run["released_by"] is not None:
        say(to, f"released by {run['released_by']}{': ' if run['release_reason'] else ''}{run['release_reason'] or ''}")
    if undone := _undone(run):
        say(to, f"{undone}: hr-pipeline outcomes {run['undone_by']}", style="yellow")
    told = [row for row in rows if only or row["outcome"] != Outcome.UNCHANGED or row["code"]]
    columns = [
        Column("Employee", identity=True),
        *([Column("Name", elastic=True)] if names else []),
        Column("Outcome"),
        *([Column("Counted by")] if only == "counted" else []),
        Column("Code"),
        Column("Fields", identity=True, narrowest=NARROWEST_NAME),
        Column("Account", spare=1),
        Column("Since", spare=3),
        Column("Runs", right=True, spare=2),
    ]
    cells = [
        (
            row["external_id"],
            *([" ".join(row[name] or "" for name in NAMES)] if names else []),
            word(row["outcome"]),
            *([", ".join(row["guards"])] if only == "counted" else []),
            None if only == "counted" and row["code"] in HOLDS else row["code"] or ", ".join(row["warnings"]),
            ", ".join(field_label(name, lang) for name in _fields(row)),
            row["account_id"],
            row["since"],
            row["runs"],
        )
        for row in told
    ]
    if cells:
        show_rows(to, columns, cells, f"hr-pipeline outcomes {run['sync_run_id']} --json or --csv FILE")
    if only == Code.PAY_RETROACTIVE:
        show_days(to, told, lang)
    if left := len(rows) - len(told):
        say(to, f"… and {left} unchanged.", style="dim")
    if run["code"] in GUARD_HOLDS and not only:
        say(to, f"Whom the guard counted: hr-pipeline outcomes {run['sync_run_id']} --only counted", style="yellow")
    if rows and only in _LISTS and not names:
        say(to, f"With their names: hr-pipeline outcomes {run['sync_run_id']} --only {only} --names", style="dim")
    if run["counts"]["missing"] and not only:
        unlisted = f"{run['counts']['missing']} linked but not listed: hr-pipeline outcomes {run['sync_run_id']} --only missing"
        say(to, unlisted, style="yellow")
    if (orphans := run["pay_orphans"]) and not only:
        unlisted = f"Pay of {orphans} not listed, left aside: hr-pipeline outcomes {run['sync_run_id']} --only {Code.PAY_ORPHAN}"
        say(to, unlisted, style="yellow")
    if not rows:
        say(to, _why_nobody(run, only))
    said = [(row, f"{row['code']}: {row['message']} {row['next']}") for row in told if row["message"] and row["code"] != run["code"]]
    meanings = {row["code"] if row.get("by") else meaning: meaning for row, meaning in said}  # an undo's reasons once each
    for meaning in meanings.values():
        say(to, "")
        paragraph(to, meaning)
    if only != Code.PAY_RETROACTIVE:  # its days say it already
        show_warnings(to, warned(rows, told), run["provider"], lang)


def _fields(row: dict[str, Any]) -> list[str]:
    """The field an outcome is about, or those that would change; of whom a guard counted, what it counted."""
    if row["field"] and not row.get("guards"):
        return list(row["field"].split(", "))
    return list(row["changed"]) or ([row["field"]] if row["field"] else [])
