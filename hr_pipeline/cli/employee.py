"""`employee`: why one person did or did not come through, found by whatever somebody knows of them.

May import: `operations`, `domain`, this room.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, Lang, line
from hr_pipeline.cli.surroundings import how_to_sync, no_store, without_pandas, workplace
from hr_pipeline.domain.messages import field_label, owner_label, phrase_label
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.standings import PersonWord

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_WHOLE = 3  # people told in full; more of them are a list to choose from


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("employee", rich_help_panel=panel)(explain_employee)


@answering
def explain_employee(
    who: Annotated[
        str, typer.Argument(metavar="WHO", help="The provider's id, an account (a17), an e-mail address, an employee number, or a name (three letters of it).")
    ],
    connection_id: Annotated[str | None, typer.Option("--connection", metavar="ID", help="Only this connection.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Add names and e-mail addresses, as long as they are kept.")] = False,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Explain where one person stands: linked, waiting for a decision, rejected, left out, missing …, why, and what to do next."""
    from hr_pipeline.operations.explaining_people import explained_person
    from hr_pipeline.operations.finding import NAMES, find_people

    typed = line(who, "WHO")
    work = workplace()
    with without_pandas():
        found = find_people(work, typed, connection_id, names=names)
    people = [
        {**explained_person(one, lang, work.today, how_to_sync), **({name: one[name] for name in NAMES} if names else {})} for one in found
    ]
    return Answer(people, lambda to: _show(to, people, who, lang, names=names))
