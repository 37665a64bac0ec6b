"""`undo`: taking a sync run back, with what was reversed, kept and impossible. May import: `operations`, `adapters.store`, this room."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, By, Lang, Reason, RunId, line
from hr_pipeline.cli.surroundings import user, workplace
from hr_pipeline.domain.outcomes import Reversal, Status
from hr_pipeline.operations.explaining import explained_undo

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 40  # people in the table; all of them are in the JSON and in `outcomes`


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("undo", rich_help_panel=panel)(undo_sync_run)


@answering
def undo_sync_run(
    run: RunId,
    reason: Reason = None,
    by: By = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would do; write nothing.")] = False,
    names: Annotated[bool, typer.Option("--names", help="Add first and last names.")] = False,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Take a sync run back, where nobody has touched it since."""
    from hr_pipeline.operations.undoing import undo, undo_preview

    why = line(reason, "--reason") if reason is not None else None
    owner = line(by if by is not None else user(), "--by")
    found = undo_preview(workplace(), run, names=names) if dry_run else undo(workplace(), run, owner, why, names=names)
    document = explained_undo(found, lang)
    return Answer(document, lambda to: _show(to, document, lang, names=names))


def _show(to: "Console", document: dict[str, Any], lang: str, *, names: bool) -> None:
    from hr_pipeline.cli.terminal import NARROWEST_NAME, Column, paragraph, say, show_table
    from hr_pipeline.cli.terminal import word as coloured
    from hr_pipeline.domain.messages import field_label
    from hr_pipeline.operations.undoing import NAMES

    done = document["sync_run_id"]
    counted = " · ".join(f"{count} {name}" for name, count in document["people"].items() if count)
    say(to, f"{done or 'nothing is written'} · undo of {document['undone']} · {document['connection_id']} · {document['status']}")
    say(to, counted, style="bold")
    listed = [(word, one) for word in (Reversal.IMPOSSIBLE, Reversal.KEPT, Reversal.REVERSED) for one in document[word]]
    stays = document["status"] == Status.PARTIAL
    columns = [
        Column("Employee", identity=True),
        *([Column("Name", elastic=True)] if names else []),
        Column("Result"),
        Column("Fields", identity=True, narrowest=NARROWEST_NAME),
        Column("Account", spare=2),
        *([Column("Code", spare=1), Column("By")] if stays else []),
    ]
    cells = [
        (
            one["external_id"],
            *([" ".join(one[name] or "" for name in NAMES)] if names else []),
            coloured(word),
            ", ".join(field_label(name, lang) for name in one["fields"]),
            one["account_id"],
            *([one.get("code"), one.get("by")] if stays else []),
        )
        for word, one in listed[:SHOWN]
    ]
    show_table(to, columns, cells)
    if len(listed) > SHOWN:
        say(
            to,
            f"… and {len(listed) - SHOWN} more: {f'hr-pipeline outcomes {done} (--json for all)' if done else '--json for all'}",
            style="dim",
        )
    meanings = {one["code"]: f"{one['code']}: {one['message']} {one['next']}" for _, one in listed if one.get("code")}
    for meaning in (*meanings.values(), f"Next: {document['next']}"):
        say(to, "")
        paragraph(to, meaning)
