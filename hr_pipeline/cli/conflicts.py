"""`conflicts` and `conflict`: employees whom a person must decide about, with candidates explained by field; by value too with `--names`.

Not here: deciding (`deciding`), the text of one conflict (`conflict_text`). May import: `adapters.store`, `operations`, this room.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import LARGEST_NUMBER, AnyConnectionId, AsJson, Lang
from hr_pipeline.cli.surroundings import opened_store, without_pandas, workplace
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.nights import BRUSSELS
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
    """List conflicts that are not closed, oldest first; those deferred come last."""
    from hr_pipeline.adapters.store.connections import stored_connection
    from hr_pipeline.adapters.store.reports import conflicts

    with opened_store() as database:
        if connection_id is not None:
            stored_connection(database, connection_id)
        listed = [explained_conflict(row, lang) for row in conflicts(database, connection_id)]
    return Answer(listed, lambda to: _list(to, listed))


@answering
def show_conflict(
    number: Annotated[int, typer.Argument(metavar="N", min=1, max=LARGEST_NUMBER, help="As `hr-pipeline conflicts` lists it.")],
    names: Annotated[bool, typer.Option("--names", help="Show the values of employee and candidates beside each other.")] = False,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Explain one conflict: its candidates field by field, and what can be decided."""
    from hr_pipeline.adapters.store.conflicts import ending_of, resolution_of
    from hr_pipeline.adapters.store.prospects import others_alike, prospects
    from hr_pipeline.adapters.store.reports import conflicts

    with opened_store() as database:
        found = conflicts(database, conflict_no=number)
        if not found:
            raise Refusal(Code.UNKNOWN_CONFLICT, conflict=number)
        document = explained_conflict(found[0], lang)
        now = prospects(database, number, database.value("SELECT current_date"))
        more = {"changed_since": now.changed, "gone": now.gone, "others": others_alike(database, number)}
        document |= {name: told for name, told in more.items() if told}
        if resolution := resolution_of(database, number):
            document["resolution"] = resolution
        if ended := ending_of(database, number):
            document["ended"] = ended
    if names:
        document |= _values(document)

    def show(to: "Console") -> None:
        from hr_pipeline.cli.conflict_text import show_one

        show_one(to, document, now, lang)

    return Answer(document, show)


def _values(conflict: dict[str, Any]) -> dict[str, Any]:
    """Both sides of a conflict by their values: `listed` in the last list that it was asked from, `values` and the name of each candidate.

    Everything that the question weighs, in clear: whether two birth dates are a typing mistake apart is what is to be decided, and who may
    type this command may see the account. No pay, which says nothing of who somebody is.
    """
    from hr_pipeline.operations.kept_people import sides_of

    candidates = conflict["candidates"]
    others = [one["external_id"] for one in conflict.get("others", [])]
    with without_pandas():
        sides = sides_of(workplace(), conflict["conflict_id"], [one["account_id"] for one in candidates], others)
    listed = {"date": sides.date, "people": sides.listed}
    beside = [(one, sides.accounts.get(one["account_id"])) for one in candidates]
    named = [
        {**one, **({name: values[name] for name in ("first_name", "last_name")} if values else {}), "values": values}
        for one, values in beside
    ]
    return {"listed": listed, "candidates": named}


def _list(to: "Console", listed: list[dict[str, Any]]) -> None:
    from hr_pipeline.cli.terminal import Column, say, show_rows

    if not listed:
        return say(to, "No open conflict.")
    columns = [
        Column("No.", right=True),
        Column("State"),
        Column("Connection", identity=True),
        Column("Employee", identity=True),
        Column("Code"),
        Column("Days", right=True, spare=1),
        Column("Runs", right=True, spare=2),
        Column("Candidates", identity=True, spare=3),
    ]
    today = datetime.now(BRUSSELS).date()
    rows = [
        (
            *(one[name] for name in ("conflict_id", "state", "connection_id", "external_id", "code")),
            max((today - one["since"]).days, 0),
            one["runs"],
            ", ".join(candidate["account_id"] for candidate in one["candidates"]),
        )
        for one in listed
    ]
    show_rows(to, columns, rows, "hr-pipeline conflicts --json")
    states = {state: sum(one["state"] == state for one in listed) for state in ("open", "decided", "deferred")}
    say(to, ", ".join(f"{count} {state}" for state, count in states.items() if count), style="dim")
    asking = next((one for one in listed if one["state"] == "open"), listed[0])
    return say(to, f"Next: hr-pipeline conflict {asking['conflict_id']}")
