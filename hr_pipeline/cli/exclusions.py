"""`exclude`, `include`, `exclusions`: whom a company leaves out, who said so and until when. May import: `adapters.store`, this room."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AnyConnectionId, AsJson, ConnectionId, Lang, day, line
from hr_pipeline.cli.surroundings import opened_store, user
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import text

if TYPE_CHECKING:
    from rich.console import Console

ExternalId = Annotated[str, typer.Argument(metavar="EXTERNAL_ID", help="The provider's id of the employee.")]


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    app.command("exclude", rich_help_panel=panel)(exclude_employee)
    app.command("include", rich_help_panel=panel)(include_employee)
    app.command("exclusions", rich_help_panel=panel)(list_exclusions)


@answering
def exclude_employee(
    connection_id: ConnectionId,
    external_id: ExternalId,
    reason: Annotated[str, typer.Option(help="Why, for whoever reads it later.")],
    until: Annotated[str | None, typer.Option(metavar="DATE", help="Last day of the exclusion. (Default: until included again.)")] = None,
    owner: Annotated[str | None, typer.Option("--by", "--owner", help="Who says so. (Default: your user name.)")] = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Leave an employee out from the next sync on."""
    from hr_pipeline.adapters.store.exclusions import exclude

    document = {
        "connection_id": connection_id,
        "external_id": line(external_id, "EXTERNAL_ID"),
        "owner": line(owner if owner is not None else user(), "--owner"),
        "reason": line(reason, "--reason"),
        "until": day(until, "--until"),
    }
    with opened_store() as database:
        known = exclude(database, **document, now=datetime.now(UTC))  # type: ignore[arg-type]
    unseen = text(
        Code.EXCLUSION_UNKNOWN, lang, connection=connection_id, employee=document["external_id"], provider=connection_id.partition("-")[0]
    )
    warnings = [] if known.is_known else [unseen.as_document()]

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        last = f" until {document['until']}" if document["until"] else ""
        say(to, f"{document['external_id']} is left out of {connection_id}{last}, from the next sync on.")
        if known.account_id:
            say(to, f"Their account {known.account_id} freezes: it is not updated, not counted as missing and not closed.")
        if known.conflict_id:
            say(to, f"Their conflict {known.conflict_id} closes with the next sync.")
        for one in warnings:
            say(to, f"{one['message']} {one['next']}", style="yellow")

    return Answer({**document, "account_id": known.account_id, "conflict_id": known.conflict_id, "warnings": warnings}, show)


@answering
def include_employee(
    connection_id: ConnectionId,
    external_id: ExternalId,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",  # noqa: ARG001
) -> Answer:
    """Take an excluded employee in again from the next sync on."""
    from hr_pipeline.adapters.store.exclusions import include

    employee = line(external_id, "EXTERNAL_ID")
    with opened_store() as database:
        include(database, connection_id, employee, datetime.now(UTC))

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        say(to, f"{employee} takes part in {connection_id} again, from the next sync on.")

    return Answer({"connection_id": connection_id, "external_id": employee, "included": True}, show)


@answering
def list_exclusions(connection_id: AnyConnectionId = None, as_json: AsJson = False, lang: Lang = "en") -> Answer:  # noqa: ARG001 - `answering`
    """List the exclusions in force."""
    from hr_pipeline.adapters.store.exclusions import exclusions

    with opened_store() as database:
        listed = exclusions(database, connection_id)

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import Column, say, show_rows

        if not listed:
            return say(to, "Nobody is excluded.")
        columns = [
            Column("Connection", identity=True),
            Column("Employee", identity=True),
            Column("Reason", elastic=True),
            Column("By", elastic=True, spare=2),
            Column("Since", spare=3),
            Column("Until"),
            Column("Frozen", spare=1),
        ]
        rows = [
            (
                one["connection_id"],
                one["external_id"],
                one["reason"],
                one["owner"],
                one["created_at"].date(),
                one["until"] or "no end",
                one["account_id"] or "-",
            )
            for one in listed
        ]
        return show_rows(to, columns, rows, "hr-pipeline exclusions --json")

    return Answer(listed, show)
