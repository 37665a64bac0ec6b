"""`resolve`: a person's answer to a conflict, or to many alike; the next sync applies it.

May import: `operations`, `adapters.store`, `domain`, this room.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering, said
from hr_pipeline.cli.options import LARGEST_NUMBER, AsJson, By, Lang, Reason, line
from hr_pipeline.cli.surroundings import how_to_sync, opened_store, user, workplace
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.conflict_words import Answered, ConflictWord
from hr_pipeline.domain.decisions import Choice, ConflictState
from hr_pipeline.domain.messages import phrase_label
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.refusals import Refusal

if TYPE_CHECKING:
    from rich.console import Console

Row = dict[str, Any]

CHOICES = "|".join(Choice)
_OF_ONE_CANDIDATE = (Choice.LINK, Choice.CREATE, Choice.TRANSFER)  # what is decided for many alike only where there is no choosing


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("resolve", rich_help_panel=panel)(resolve_conflicts)


@answering
def resolve_conflicts(
    words: Annotated[
        list[str], typer.Argument(metavar="N CHOICE [ACCOUNT]", help=f"A conflict; {', '.join(Choice)}; the account of link and transfer.")
    ],
    reason: Reason = None,
    by: By = None,
    everything: Annotated[
        str | None, typer.Option("--all", metavar="ID", help="Answer all conflicts of this connection and code that leave no choosing.")
    ] = None,
    code: Annotated[str | None, typer.Option(metavar="CODE", help="With --all: SAME_NAME, TRANSFER …")] = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Decide about a conflict; the next sync applies it."""
    why = line(reason, "--reason") if reason is not None else None
    owner = line(by if by is not None else user(), "--by")
    if everything is None and code is None:
        return _one(words, owner, why, lang)
    if everything is None or code is None or len(words) != 1:
        raise typer.BadParameter(f"give `--all ID --code CODE` with one of {CHOICES}")
    if code.upper() not in set(Code):
        raise typer.BadParameter("no such code; codes are those `hr-pipeline conflicts` lists")
    return _alike(everything, Code(code.upper()), _choice(words[0]), owner, why, lang)


def _one(words: Sequence[str], owner: str, reason: str | None, lang: str) -> Answer:
    from hr_pipeline.operations.deciding import resolve

    if len(words) not in (2, 3):
        raise typer.BadParameter(f"give a conflict and one of {CHOICES}")
    number, choice = _number(words[0]), _choice(words[1])
    account = words[2] if len(words) == 3 else None
    if account is not None and choice not in (Choice.LINK, Choice.TRANSFER):
        raise typer.BadParameter(f"{choice} takes no account")
    document = _told(resolve(workplace(), number, choice, owner, account, reason), lang)

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        say(to, document["message"])
        say(to, f"Next: {document['next']}")

    return Answer(document, show)


def _alike(connection_id: str, code: Code, choice: Choice, owner: str, reason: str | None, lang: str) -> Answer:
    """The same answer to every open conflict of a code; where candidates have to be chosen from, only to those with one."""
    from hr_pipeline.adapters.store.connections import stored_connection
    from hr_pipeline.adapters.store.reports import conflicts
    from hr_pipeline.operations.deciding import resolve

    with opened_store() as database:
        stored_connection(database, connection_id)
        alike = [one for one in conflicts(database, connection_id) if one["code"] == code]
    listed = [one for one in alike if one["state"] == ConflictState.OPEN]
    meant = [one for one in listed if choice not in _OF_ONE_CANDIDATE or len(one["candidates"]) == 1]
    if not meant:
        raise Refusal(Code.NOTHING_TO_DO, reason=_none_open(alike), command=f"conflicts {connection_id}")
    decided: list[Row] = []
    refused: list[Row] = []
    work = workplace()
    for one in meant:
        try:
            decided.append(_told(resolve(work, one["conflict_id"], choice, owner, None, reason), lang))
        except Refusal as refusal:
            refused.append({"conflict_id": one["conflict_id"], **said(refusal, lang).as_document()})
    document = {"decided": decided, "refused": refused, "left": len(listed) - len(meant)}

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        for row in refused:
            say(to, f"{row['conflict_id']}: {row['message']} ({row['code']})", style="yellow")
        say(to, f"{len(decided)} decided, {len(refused)} refused, {document['left']} left to choose one by one.", style="bold")
        if decided:
            say(to, f"Next: {decided[0]['next']}")

    return Answer(document, show, failed=not decided)


def _none_open(alike: list[Row]) -> Phrase:
    """Why none of the conflicts of a code is answered along with others, by their numbers."""
    named = {
        word: ", ".join(str(one["conflict_id"]) for one in alike if one["state"] == state)
        for word, state in (("decided", ConflictState.DECIDED), ("deferred", ConflictState.DEFERRED), ("left", ConflictState.OPEN))
    }
    return Phrase(ConflictWord.NONE_OPEN, named)


def _told(conflict: Row, lang: str) -> Row:
    """A conflict just decided, with what happens next and when."""
    resolution, connection_id = conflict["resolution"], conflict["connection_id"]
    params = {"employee": conflict["external_id"], "connection": connection_id, "account": resolution["account_id"]}
    message = phrase_label(Phrase(Answered(resolution["choice"]), params), lang)
    keys = ("conflict_id", "connection_id", "external_id", "code", "state")
    return {**{key: conflict[key] for key in keys}, "resolution": resolution, "message": message, "next": _next(conflict)}


def _next(conflict: Row) -> str:
    if conflict["resolution"]["choice"] == Choice.DEFER:
        return f"hr-pipeline conflict {conflict['conflict_id']}"
    return how_to_sync(conflict["connection_id"])


def _number(word: str) -> int:
    if not (word.isascii() and word.isdigit() and 1 <= int(word) <= LARGEST_NUMBER):
        raise typer.BadParameter("N is a number, as `hr-pipeline conflicts` lists it")
    return int(word)


def _choice(word: str) -> Choice:
    if word.lower() not in set(Choice):
        raise typer.BadParameter(f"the answer is one of {CHOICES}")
    return Choice(word.lower())
