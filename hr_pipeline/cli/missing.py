"""`missing`: people whom their provider no longer lists, how sure that is, and what somebody decides about them.

May import: `adapters.store`, `operations`, this room.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AnyConnectionId, AsJson, By, Lang, Reason, day, line
from hr_pipeline.cli.progress import interruptible
from hr_pipeline.cli.surroundings import opened_store, user, workplace
from hr_pipeline.domain.absences import Found
from hr_pipeline.domain.messages import phrase_label
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.operations.explaining import explained_missing

if TYPE_CHECKING:
    from rich.console import Console

    from hr_pipeline.operations.missing import LookUp


class Action(StrEnum):
    """What to do about somebody missing beside looking."""

    CLOSE = "close"
    REOPEN = "reopen"


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("missing", rich_help_panel=panel)(missing)


@answering
def missing(
    connection_id: AnyConnectionId = None,
    action: Annotated[Action | None, typer.Argument(metavar="close|reopen", help="Close somebody's account, or take that back.")] = None,
    external_id: Annotated[str | None, typer.Argument(metavar="EXTERNAL_ID", help="The provider's id of the employee.")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="With close: their last day.")] = None,
    reason: Reason = None,
    by: By = None,
    look_up: Annotated[bool, typer.Option("--look-up", help="Ask the provider for each of them alone first.")] = False,
    closed: Annotated[bool, typer.Option("--closed", help="Those closed as missing too.")] = False,
    names: Annotated[bool, typer.Option("--names", help="Add first and last names.")] = False,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """List linked people whom their provider no longer lists, or decide about one of them."""
    if action is not None:
        if look_up or closed or names:
            raise typer.BadParameter(f"{action} goes with EXTERNAL_ID, --reason and --by only")
        return _decided(connection_id, action, external_id, on, reason, by, lang)
    if on is not None or reason is not None or by is not None:
        raise typer.BadParameter("--on, --reason and --by go with close or reopen")
    if look_up and connection_id is None:
        raise typer.BadParameter("--look-up needs the ID of a connection")
    return _listed(connection_id, lang, look_up=look_up, closed=closed, names=names)


def _listed(connection_id: str | None, lang: str, *, look_up: bool, closed: bool, names: bool) -> Answer:
    from hr_pipeline.adapters.store.absences import missing_people
    from hr_pipeline.adapters.store.connections import stored_connection
    from hr_pipeline.operations.missing import look_up_missing

    asked = interruptible(lambda: look_up_missing(workplace(), connection_id)) if look_up and connection_id else None
    with opened_store() as database:
        if connection_id is not None:
            stored_connection(database, connection_id)
        people = missing_people(database, database.value("SELECT current_date"), connection_id, closed=closed)
    left_out = () if names else ("first_name", "last_name")
    listed = [{key: value for key, value in explained_missing(one, lang).items() if key not in left_out} for one in people]
    return Answer(listed, lambda to: _show(to, listed, asked, lang, names=names))


def _show(to: "Console", listed: list[dict[str, Any]], asked: "LookUp | None", lang: str, *, names: bool) -> None:
    from hr_pipeline.cli.terminal import Column, paragraph, say, show_rows

    if asked is not None:
        _say_asked(to, asked, lang)
    if not listed:
        return say(to, "Nobody is missing.")
    decided = any(one["state"] != "open" for one in listed)
    several = len({one["connection_id"] for one in listed}) > 1
    columns = [
        *([Column("Connection", identity=True)] if several else []),
        Column("Employee", identity=True),
        *([Column("Name", elastic=True)] if names else []),
        Column("Account", spare=3),
        Column("Since"),
        Column("Days", right=True),
        Column("Known", elastic=True),
        Column("Rule", spare=2),
        *([Column("State"), Column("Last day")] if decided else []),
    ]
    rows = [
        (
            *([one["connection_id"]] if several else []),
            one["external_id"],
            *([f"{one['first_name'] or ''} {one['last_name'] or ''}"] if names else []),
            one["account_id"],
            one["since"],
            f"{one['times']}/{one['of']}",
            _known(one, lang),
            str(one["close_missing"]).replace("_", " "),
            *([one["state"], one["closed_on"] or "-"] if decided else []),
        )
        for one in listed
    ]
    show_rows(to, columns, rows, "hr-pipeline missing --json")
    if due := [one["external_id"] for one in listed if one["closes_next"]]:
        say(to, f"The next sync without them closes by the connection's rule: {', '.join(due)}", style="yellow")
    still = [one for one in listed if one["state"] == "open"]
    if still and not any(one["message"] for one in listed):
        say(to, f"Nothing to do yet. To ask the provider: hr-pipeline missing {still[0]['connection_id']} --look-up")
    for meaning in dict.fromkeys(f"{one['message']} {one['next']}" for one in listed if one["message"]):
        say(to, "")
        paragraph(to, meaning)
    return None


def _known(one: dict[str, Any], lang: str) -> str:
    """The rung in words, with the provider's own answer where that is not the rung."""
    known = str(one["known"])
    if one["found"] in ("there", "unknown"):
        known += f"; {phrase_label(Phrase(Found(one['found']), {}), lang)}"
    return known


def _say_asked(to: "Console", asked: "LookUp", lang: str) -> None:
    from hr_pipeline.cli.terminal import say

    people = "1 person" if asked.asked == 1 else f"{asked.asked} people"
    say(to, f"{people} looked up." if asked.asked else "Nobody to look up.")
    for found, count in asked.found.items():
        say(to, f"  {count}: {phrase_label(Phrase(Found(found), {}), lang)}")
    if asked.left:
        say(to, f"  {asked.left} {'is' if asked.left == 1 else 'are'} left for another time: give the command again.", style="yellow")
    say(to, "")


def _decided(
    connection_id: str | None, action: Action, external_id: str | None, on: str | None, reason: str | None, by: str | None, lang: str
) -> Answer:
    from hr_pipeline.operations.missing import close_missing, reopen_missing

    if connection_id is None or external_id is None or reason is None or (action is Action.CLOSE) == (on is None):
        wanted = "close EXTERNAL_ID --on DATE --reason TEXT" if action is Action.CLOSE else "reopen EXTERNAL_ID --reason TEXT"
        raise typer.BadParameter(f"give: missing ID {wanted}")
    employee, why, who = line(external_id, "EXTERNAL_ID"), line(reason, "--reason"), line(by if by is not None else user(), "--by")
    last_day = day(on, "--on")
    if last_day is not None:
        one = close_missing(workplace(), connection_id, employee, on=last_day, owner=who, reason=why)
    else:
        one = reopen_missing(workplace(), connection_id, employee, owner=who, reason=why)
    document = {key: value for key, value in explained_missing(one, lang).items() if key not in ("first_name", "last_name")}
    return Answer(document, lambda to: _say_decided(to, document))


def _say_decided(to: "Console", one: dict[str, Any]) -> None:
    from hr_pipeline.cli.terminal import say

    if one["state"] == "open":
        say(to, f"{one['account_id']} is open again; {one['external_id']} stays missing, and no rule closes the account meanwhile.")
    else:
        say(to, f"{one['account_id']} is closed as of {one['closed_on'].isoformat()}. When the provider lists {one['external_id']} again,")
        say(to, "its exit date counts and the account opens again.")
        say(to, f"To take it back: hr-pipeline missing {one['connection_id']} reopen {one['external_id']} --reason TEXT")
