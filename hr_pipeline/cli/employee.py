"""`employee`: why one person did or did not come through, found by whatever somebody knows of them.

May import: `operations`, `domain`, this room.
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, Lang, line
from hr_pipeline.cli.progress import shown_progress
from hr_pipeline.cli.surroundings import how_to_sync, opened_store, without_pandas, workplace
from hr_pipeline.domain.codes import Code, Owner
from hr_pipeline.domain.messages import field_label, owner_label, phrase_label
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.standings import PersonWord

if TYPE_CHECKING:
    from rich.console import Console

SHOWN_WHOLE = 3  # people told in full; more of them are a list to choose from
MOST_SHOWN = 100  # of that list, best matches first; who looks further down would rather type more of the name


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("employee", rich_help_panel=panel)(explain_employee)


@answering
def explain_employee(
    who: Annotated[
        str,
        typer.Argument(
            metavar="WHO",
            help="The provider's id, an account (a17), an e-mail address, an employee number, or a name (three letters of it).",
        ),
    ],
    connection_id: Annotated[str | None, typer.Option("--connection", metavar="ID", help="Only this connection.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Add names and e-mail addresses, as long as they are kept.")] = False,
    as_json: AsJson = False,
    lang: Lang = "en",
) -> Answer:
    """Explain where one person stands: linked, waiting for a decision, rejected, left out, missing …, why, and what to do next."""
    with without_pandas():
        from hr_pipeline.adapters.environment import Environment
        from hr_pipeline.adapters.store.connections import stored_connection
        from hr_pipeline.operations.explaining_people import explained_person
        from hr_pipeline.operations.finding import NAMES, find_people

    typed = line(who, "WHO")
    if not Environment.current().store_path.exists():
        with opened_store() as database:  # says that there is none yet, and makes none
            if connection_id is not None:
                stored_connection(database, connection_id)
        raise Refusal(Code.NOBODY_FOUND)
    work, sync = workplace(), how_to_sync("")
    with without_pandas(), shown_progress("Looking") as progress:
        found = find_people(work, typed, connection_id, names=names, most=None if as_json else MOST_SHOWN, progress=progress)
    people = [
        {
            **explained_person(one, lang, work.today, lambda connection: sync + connection),
            **({name: one[name] for name in NAMES} if names else {}),
        }
        for one in found.people
    ]
    return Answer(people, lambda to: _show(to, people, found.total, lang, names=names))


def _show(to: "Console", people: list[dict[str, Any]], total: int, lang: str, *, names: bool) -> None:
    from hr_pipeline.cli.terminal import say

    if total > SHOWN_WHOLE:
        return _list(to, people, total, lang, names=names)
    for place, one in enumerate(people):
        if place:
            say(to, "")
        _tell(to, one, lang, names=names)
    return None if names else say(to, _said(PersonWord.NAMES_HIDDEN, lang), style="dim")


def _tell(to: "Console", one: dict[str, Any], lang: str, *, names: bool) -> None:
    """One person in full."""
    from hr_pipeline.cli.terminal import Column, paragraph, say, show_table, word

    ids = [one["connection_id"], one["external_id"], one["account_id"]]
    say(to, " · ".join(filter(None, [*ids, *([_name(one), one["email"]] if names else [])])), style="bold")
    paragraph(to, f"{one['code']}: {one['message']}" if one["code"] else one["message"])
    if one["next"]:
        paragraph(to, f"{_said(PersonWord.NEXT, lang)}: {one['next']}")
    if one["owner"] not in (None, Owner.NOBODY):
        say(to, f"{_said(PersonWord.OWNER, lang)}: {owner_label(Owner(one['owner']), lang)}")
    for warning in one["warnings"]:
        paragraph(to, f"{warning['code']}: {warning['message']} {warning['next']}")
    if not one["outcomes"]:
        return
    say(to, "")
    columns = [Column("Run"), Column("Date"), Column("Outcome"), Column("Code"), Column("Fields", elastic=True)]
    rows = [
        (
            told["sync_run_id"],
            told["date"],
            word(told["outcome"]),
            told["code"],
            ", ".join(field_label(name, lang) for name in (told["field"] or "").split(", ") if name),
        )
        for told in one["outcomes"]
    ]
    show_table(to, columns, rows)


def _list(to: "Console", people: list[dict[str, Any]], total: int, lang: str, *, names: bool) -> None:
    """Several, to choose one from: the best matches first, and how many there are."""
    from hr_pipeline.cli.terminal import Column, paragraph, say, show_table, word

    say(to, _said(PersonWord.SEVERAL, lang, times=total), style="bold")
    columns = [
        Column("Connection", identity=True),
        Column("Employee", identity=True),
        *([Column("Name", elastic=True), Column("E-mail", elastic=True, spare=3)] if names else []),
        Column("Account", spare=1),
        Column("State"),
        Column("Code"),
        Column("Since", spare=2),
    ]
    rows = [
        (
            one["connection_id"],
            one["external_id"],
            *([_name(one), one["email"]] if names else []),
            one["account_id"],
            word(one["state"]),
            one["code"],
            one["since"],
        )
        for one in people
    ]
    show_table(to, columns, rows)
    if total > len(people):
        say(to, f"… and {total - len(people)} more: hr-pipeline employee … --json", style="dim")
    first = next((one for one in people if one["external_id"] and one["connection_id"]), None)
    if first is not None:
        paragraph(to, _said(PersonWord.ONE_OF_THEM, lang, employee=first["external_id"], connection=first["connection_id"]))


def _name(one: dict[str, Any]) -> str:
    return " ".join(filter(None, (one["first_name"], one["last_name"])))


def _said(key: PersonWord, lang: str, **params: object) -> str:
    return phrase_label(Phrase(key, params), lang)
