"""`preview` and `approve`: what a sync would do, and doing exactly that. May import: `operations`, `adapters.store`, this room."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, ConnectionId, Lang
from hr_pipeline.cli.progress import interruptible, shown_progress
from hr_pipeline.cli.surroundings import opened_store, workplace
from hr_pipeline.cli.sync import runs_answer

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    app.command("preview", rich_help_panel=panel)(preview_connection)
    app.command("approve", rich_help_panel=panel)(approve_plan)


@answering
def preview_connection(
    connection_id: ConnectionId,
    snapshot: Annotated[str | None, typer.Option(help="Plan from a kept snapshot instead of pulling.")] = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Show what a sync would make of each employee; writes nothing to accounts."""
    from hr_pipeline.operations.explaining import explained_plan_row
    from hr_pipeline.operations.previewing import preview

    with shown_progress("Reading the company") as progress:
        found = interruptible(lambda: preview(workplace(), connection_id, snapshot, progress))
    provider = connection_id.partition("-")[0]
    rows = [explained_plan_row(row, lang, provider) for row in found["rows"]]
    document = {
        **{name: found[name] for name in ("plan_id", "connection_id", "snapshot_id", "hash", "buckets")},
        "missing": found["missing"],
        "held_by": found["held_by"],
        "rows": rows,
    }
    return Answer(document, lambda to: _show(to, document, lang))


@answering
def approve_plan(
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="A plan, as `preview`, `sync` or `history` shows it.")],
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Apply a plan exactly as it was seen."""
    from hr_pipeline.adapters.store.reports import sync_runs
    from hr_pipeline.operations.previewing import approve

    numbers = [run.run_no for run in interruptible(lambda: approve(workplace(), plan))]
    with opened_store() as database:
        return runs_answer(sync_runs(database, run_nos=numbers), lang)


def _show(to: "Console", document: dict[str, Any], lang: str) -> None:
    from hr_pipeline.cli.terminal import Column, say, show_rows, word
    from hr_pipeline.domain.codes import Code
    from hr_pipeline.domain.messages import field_label, text

    buckets = [f"{count} {name}" for name, count in document["buckets"].items()]
    say(to, f"Plan {document['plan_id']} of snapshot {document['snapshot_id']}")
    say(to, " · ".join([*buckets, f"{document['missing']} missing"]), style="bold")
    if document["held_by"]:
        say(to, text(Code(document["held_by"]), lang, provider=document["connection_id"].partition("-")[0]).message)
    if document["rows"]:
        columns = [Column("Employee", identity=True), Column("Becomes"), Column("Code"), Column("Fields", elastic=True)]
        rows = [
            (
                row["external_id"],
                word(row["outcome"]),
                row["code"],
                ", ".join(field_label(name, lang) for name in row["changed"]) or (field_label(row["field"], lang) if row["field"] else ""),
            )
            for row in document["rows"]
        ]
        show_rows(to, columns, rows, f"hr-pipeline preview {document['connection_id']} --json")
    say(to, "")
    say(to, f"Next: hr-pipeline approve {document['plan_id']}")
