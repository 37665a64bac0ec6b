"""`accounts`, `account`, `import-accounts`: the platform's side, where each value comes from, and edits made here.

May import: `adapters.store`, `operations`, this room.
"""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, Lang, content, day
from hr_pipeline.cli.surroundings import how_to_sync, opened_store, workplace
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import field_label, text

if TYPE_CHECKING:
    from rich.console import Console


class Action(StrEnum):
    """What to do with an account beside showing it."""

    SET = "set"


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    app.command("accounts", rich_help_panel=panel)(list_accounts)
    app.command("account", rich_help_panel=panel)(one_account)
    app.command("import-accounts", rich_help_panel=panel)(import_file)


@answering
def list_accounts(
    company: Annotated[str | None, typer.Option(help="Only of this company: its name or VAT number.")] = None,
    run: Annotated[str | None, typer.Option(help="Only those whom this sync run created, linked or updated.")] = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",  # noqa: ARG001
) -> Answer:
    """List the people on the platform."""
    from hr_pipeline.adapters.store.accounts import accounts
    from hr_pipeline.adapters.store.reports import run_no_of

    with opened_store() as database:
        listed = accounts(database, company, run_no_of(database, run) if run is not None else None)

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import Column, say, show_rows, word

        if not listed:
            return say(to, "Nobody there." if company or run else f"Nobody yet. Next: {how_to_sync('--all')}")
        columns = [
            Column("Account"),
            Column("Name", elastic=True),
            Column("E-mail", elastic=True, narrowest=30),
            Column("Company", elastic=True, spare=2),
            Column("State"),
            Column("Start", spare=3),
            Column("Exit", spare=4),
            Column("Linked to", identity=True, spare=5),
        ]
        rows = [
            (
                one["account_id"],
                f"{one['first_name'] or ''} {one['last_name'] or ''}",
                one["email"],
                one["company"],
                word(one["status"]),
                one["start_date"],
                one["exit_date"],
                ", ".join(f"{link['connection_id']} {link['external_id']}" for link in one["links"]),
            )
            for one in listed
        ]
        return show_rows(to, columns, rows, "hr-pipeline accounts --json")

    return Answer(listed, show)


@answering
def one_account(
    reference: Annotated[str, typer.Argument(metavar="REF", help="An account id (a17) or an e-mail address.")],
    action: Annotated[Action | None, typer.Argument(metavar="set", help="Edit one field.")] = None,
    field: Annotated[str | None, typer.Argument(metavar="FIELD")] = None,
    value: Annotated[str | None, typer.Argument(metavar="VALUE", help="Empty clears the field.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="On a day, past or to come, by all that is known.")] = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Show an account field by field, or edit one field that no provider owns."""
    if action is None:
        return _explained(reference, as_of, lang)
    if field is None or value is None or as_of is not None:
        raise typer.BadParameter("give `set FIELD VALUE`")
    from hr_pipeline.operations.editing import edit_account

    edited = _explained(edit_account(workplace(), reference, field, value), None, lang)

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        say(to, f"{field} is {'set' if value.strip() else 'cleared'}.", style="green")
        edited.show(to)

    return Answer(edited.document, show)


@answering
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV: vat_number,email,first_name,last_name,birth_date.")],
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",  # noqa: ARG001
) -> Answer:
    """Take over people whom HR typed in on the platform before the first sync."""
    from hr_pipeline.operations.editing import import_people

    listed, added = import_people(workplace(), content(file), file.name[:63])

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        say(to, f"{added} people taken over; {listed - added} were there already.")

    return Answer({"listed": listed, "added": added}, show)


def _explained(reference: str, as_of: str | None, lang: str) -> Answer:
    from hr_pipeline.adapters.store.account_days import account_on
    from hr_pipeline.adapters.store.accounts import account_no_of, accounts, fields_of
    from hr_pipeline.adapters.store.employments import employments, standing

    on = day(as_of, "--as-of")
    with opened_store() as database:
        number = account_no_of(database, reference)
        if on is not None:
            document = account_on(database, number, on)
        else:
            document = {
                **accounts(database, account_no=number)[0],
                "as_of": None,
                "employments": employments(database, number),
                **standing(database, number),
                "fields": fields_of(database, number),
            }
    document["fields"] = [_field(row, lang) for row in document["fields"]]
    return Answer(document, lambda to: _show(to, document, lang))


def _field(row: dict[str, Any], lang: str) -> dict[str, Any]:
    """A field with the reason it is locked, and where to change it, in words."""
    if not row["locked"]:
        return {**row, "reason": None, "next": None}
    said = text(Code.FIELD_LOCKED, lang, field=row["field"], provider=row["owner"], source=row["source"], run=_run(row))
    return {**row, "reason": said.message, "next": said.next}


def _run(row: dict[str, Any]) -> str | None:
    return row["set_by"] if row["set_by"] != "platform" else None


def _show(to: "Console", account: dict[str, Any], lang: str) -> None:
    from hr_pipeline.cli.terminal import NARROWEST_NAME, Column, say, show_table

    say(to, f"{account['account_id']} · {account['company']} · {account['status']}", style="bold")
    if account["as_of"]:
        say(to, f"On {account['as_of'].isoformat()}, by all that is known now.")
    if kept := account.get("kept_from"):
        since = f"{kept['sync_run_id']} / " if kept["sync_run_id"] else ""
        say(to, f"Fields left blank were not kept before {since}{kept['date'].isoformat()}.", style="dim")
    for one in account["employments"]:
        _say_employment(to, one, account["as_of"])
    _say_standing(to, account)
    say(to, "")
    columns = [
        Column("Field"),
        Column("In words", identity=True, narrowest=NARROWEST_NAME, spare=1),
        Column("Value", identity=True, narrowest=24),
        Column("Owner"),
        Column("Policy", spare=3),
        Column("Source", identity=True, narrowest=NARROWEST_NAME, spare=4),
        Column("Set by"),
        Column("Locked"),
        Column("Change it at", spare=2),
    ]
    rows = [
        (
            row["field"],
            field_label(row["field"], lang),
            row["value"],
            row["owner"],
            row["policy"].replace("_", " "),
            row["source"],
            row["set_by"],
            row["locked"],
            row["change_at"],
        )
        for row in account["fields"]
    ]
    show_table(to, columns, rows)
    if locked := next((row for row in account["fields"] if row["locked"]), None):
        say(to, f"Locked fields are changed in {locked['owner']}; the new value arrives with the next sync.", style="dim")


def _say_employment(to: "Console", one: dict[str, Any], as_of: date | None) -> None:
    """One employment a line: where, as whom, from when to when, and why it ended; seen from a day, also whether it comes later."""
    from hr_pipeline.cli.terminal import plain, say

    span = f"from {plain(one['started_on']) or '?'}" + (f" to {plain(one['ended_on'])}" if one["ended_on"] else "")
    why = "" if one["current"] else f" ({one['ended_why'] or 'ended'} in {one['to_run_id']})"
    if one["current"] if as_of is None else one["in_force"]:
        return say(to, f"Linked to {one['connection_id']} {one['external_id']}, {span}{why}")
    is_later = as_of is not None and one["started_on"] is not None and one["started_on"] > as_of
    return say(to, f"{'Later' if is_later else 'Before'}: {one['connection_id']} {one['external_id']}, {span}{why}", style="dim")


def _say_standing(to: "Console", account: dict[str, Any]) -> None:
    """Why a linked person stands still, where it is so."""
    from hr_pipeline.cli.terminal import say

    if left_out := account["excluded"]:
        last = f" until {left_out['until'].isoformat()}" if left_out["until"] else ""
        say(to, f"Frozen: left out by {left_out['owner']}{last} ({left_out['reason']}).", style="yellow")
    if not (missing := account["missing"]):
        return
    if missing["state"] == "open":
        say(to, f"Missing since {missing['since'].isoformat()}: hr-pipeline missing {missing['connection_id']}", style="yellow")
        if missing["reopened_by"]:
            say(to, f"Opened again by {missing['reopened_by']} ({missing['reopened_reason']}).", style="yellow")
    else:
        run = f" in {missing['closed_run_id']}" if missing["closed_run_id"] else ""
        say(
            to,
            f"Closed as missing as of {missing['closed_on'].isoformat()} by {missing['closed_by']}{run} ({missing['closed_reason']}).",
            style="yellow",
        )
