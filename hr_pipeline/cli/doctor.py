"""`doctor`: whether this machine is ready, and what the next sync of a connection would meet. May import: `operations`, this room."""

from typing import TYPE_CHECKING, Any

import typer

from hr_pipeline.cli.answers import Answer, answering, said
from hr_pipeline.cli.options import AnyConnectionId, AsJson, Lang
from hr_pipeline.cli.progress import interruptible, shown_progress
from hr_pipeline.cli.surroundings import workplace

if TYPE_CHECKING:
    from rich.console import Console

    from hr_pipeline.operations.preflight import Check

TITLES = {
    "python": "Python",
    "packages": "Packages",
    "home": "Home folder",
    "disk": "Free disk space",
    "encryption": "Encryption at rest",
    "sandbox": "Addresses on this machine",
    "variables": "Variables set",
    "attention": "Told when it gets worse",
    "back-off": "Tried again",
    "quarantine": "In quarantine",
    "securex_credential": "Securex credential",
    "store": "Store",
    "vat": "VAT number",
    "credential": "Credential",
    "company": "Company visible",
    "pages": "Pages read",
    "scopes": "Fields never sent",
    "people": "Employees",
    "email": "With an e-mail address",
    "phone": "With a phone that parses",
    "names": "Names borne by several",
    "pay": "Pay",
    "data": "Data",
    "plan": "The first plan",
    "conflicts": "Conflict to expect",
    "hold": "The run would wait",
}


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("doctor", rich_help_panel=panel)(report)


@answering
def report(connection_id: AnyConnectionId = None, as_json: AsJson = False, lang: Lang = "en") -> Answer:  # noqa: ARG001 - `answering`
    """Check the environment and, with an ID, what the next sync of that connection would meet. Nothing is written."""
    from hr_pipeline.operations.preflight import State, connection_report, environment_report, store_report

    work = workplace()
    around = [*environment_report(work.environment), store_report(work)]
    of_connection: list[Check] = []
    if connection_id is not None:
        with shown_progress("Reading the company") as progress:
            of_connection = interruptible(lambda: list(connection_report(work, connection_id, progress)))
    document: dict[str, Any] = {"environment": [_row(check, lang) for check in around]}
    if connection_id is not None:
        document |= {"connection_id": connection_id, "connection": [_row(check, lang) for check in of_connection]}
    failed = any(check.state is State.FAILED for check in (*around, *of_connection))

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        _show(to, "Environment", document["environment"])
        if connection_id is not None:
            say(to, "")
            _show(to, connection_id, document["connection"])

    return Answer(document, show, failed=failed)


def _row(check: "Check", lang: str) -> dict[str, Any]:
    words = said(check.refusal, lang).as_document() if check.refusal is not None else {}
    return {"check": check.name, "state": str(check.state), **check.figures, **words}


def _show(to: "Console", title: str, rows: list[dict[str, Any]]) -> None:
    from hr_pipeline.cli.terminal import say, word

    say(to, title, style="bold")
    longest = max(len(_title(row)) for row in rows)
    for row in rows:
        line = word(row["state"].ljust(8)).append(f" {_title(row).ljust(longest)}  {_figures(row)}", style="default")
        to.print(line, soft_wrap=True)
        if "message" in row:
            say(to, " " * 9, f"{row['code']}: {row['message']}")
            say(to, " " * 9, f"Next: {row['next']}", style="dim")


def _title(row: dict[str, Any]) -> str:
    name: str = row["check"]
    return TITLES.get(name, name.replace("_", " "))


def _figures(row: dict[str, Any]) -> str:
    """The figures of a check as a person reads them."""
    figures: dict[str, Any] = {
        key: value for key, value in row.items() if key not in ("check", "state", "code", "message", "next") and value is not None
    }
    match row["check"]:
        case "variables":
            return ", ".join(name for name, is_set in figures.items() if is_set) or "none"
        case "scopes":
            return ", ".join(figures["never_sent"]) or "none"
        case "email" | "phone":
            return f"{figures['share_pct']} %"
        case "names":
            shared = figures["borne_by_several"]
            return f"{shared} name{'' if shared == 1 else 's'}, {figures['people']} employees" if figures["people"] else "none"
        case "disk":
            return f"{figures['free_megabytes']} MB"
        case "vat":
            return str(figures.get("vat_number", ""))
        case "sandbox":
            return ", ".join(name for name, is_local in figures.items() if is_local) or "none"
        case "plan":
            return ", ".join(f"{value} {key.replace('_', ' ')}" for key, value in figures.items())
    from hr_pipeline.cli.terminal import alone

    return ", ".join(f"{key.replace('_', ' ')} {alone(value)}" for key, value in figures.items())
