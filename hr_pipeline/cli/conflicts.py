"""`conflicts` and `conflict`: employees whom a person must decide about, with candidates explained by field, not by value.

May import: `adapters.store`, `operations`, this room.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import LARGEST_NUMBER, AnyConnectionId, AsJson, Lang
from hr_pipeline.cli.surroundings import opened_store
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import field_label
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.explaining import explained_conflict

if TYPE_CHECKING:
    from rich.console import Console


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    app.command("conflicts", rich_help_panel=panel)(list_conflicts)
    app.command("conflict", rich_help_panel=panel)(show_conflict)


@answering
def list_conflicts(connection_id: AnyConnectionId = None, as_json: AsJson = False, lang: Lang = "en") -> Answer:  # noqa: ARG001 - `answering`
    """List open conflicts, oldest first."""
    from hr_pipeline.adapters.store.connections import stored_connection
    from hr_pipeline.adapters.store.reports import conflicts

    with opened_store() as database:
        if connection_id is not None:
            stored_connection(database, connection_id)
        listed = [explained_conflict(row, lang) for row in conflicts(database, connection_id)]

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import Column, say, show_rows

        if not listed:
            return say(to, "No open conflict.")
        columns = [
            Column("No.", right=True),
            Column("Connection", identity=True),
            Column("Employee", identity=True),
            Column("Code"),
            Column("Candidates", elastic=True),
            Column("Since", spare=1),
            Column("Runs", right=True, spare=2),
        ]
        rows = [
            (
                one["conflict_id"],
                one["connection_id"],
                one["external_id"],
                one["code"],
                ", ".join(candidate["account_id"] for candidate in one["candidates"]),
                one["since"],
                one["runs"],
            )
            for one in listed
        ]
        show_rows(to, columns, rows, "hr-pipeline conflicts --json")
        return say(to, f"Next: hr-pipeline conflict {listed[0]['conflict_id']}")

    return Answer(listed, show)


@answering
def show_conflict(
    number: Annotated[int, typer.Argument(metavar="N", min=1, max=LARGEST_NUMBER, help="As `hr-pipeline conflicts` lists it.")],
    names: Annotated[bool, typer.Option("--names", help="Add the candidates' first and last names.")] = False,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Explain one conflict and its candidates."""
    from hr_pipeline.adapters.store.accounts import accounts
    from hr_pipeline.adapters.store.reports import conflicts

    with opened_store() as database:
        found = conflicts(database, conflict_no=number)
        if not found:
            raise Refusal(Code.UNKNOWN_CONFLICT, conflict=number)
        document = explained_conflict(found[0], lang)
        if names:
            for candidate in document["candidates"]:
                person = accounts(database, account_no=int(candidate["account_id"][1:]))[0]
                candidate |= {name: person[name] for name in ("first_name", "last_name")}
    return Answer(document, lambda to: _show(to, document, lang, names=names))


def _show(to: "Console", conflict: dict[str, Any], lang: str, *, names: bool) -> None:
    from hr_pipeline.cli.terminal import Column, say, show_facts, show_table

    say(to, f"Conflict {conflict['conflict_id']}: {conflict['code']}", style="bold")
    say(to, conflict["message"])
    show_facts(to, [(name, conflict[name]) for name in ("connection_id", "external_id", "state", "since", "runs")])
    if conflict["candidates"]:
        say(to, "")
        columns = [
            Column("Account"),
            *([Column("Name", elastic=True)] if names else []),
            Column("Score", right=True),
            Column("Agrees", elastic=True),
            Column("Differs", elastic=True),
        ]
        rows = [
            (
                one["account_id"],
                *([f"{one['first_name'] or ''} {one['last_name'] or ''}"] if names else []),
                one["score"],
                ", ".join(field_label(name, lang) for name in one["agrees"]),
                ", ".join(field_label(name, lang) for name in one["differs"]),
            )
            for one in conflict["candidates"]
        ]
        show_table(to, columns, rows)
    say(to, "")
    say(to, f"Next: {conflict['next']}")
