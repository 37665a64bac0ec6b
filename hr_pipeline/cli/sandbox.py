"""`sandbox`: both providers as local servers, with what points this project at them. May import: `sandbox` (lazily), this room."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hr_pipeline.cli.answers import Answer, answering, print_document
from hr_pipeline.cli.options import AsJson, Lang
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

if TYPE_CHECKING:
    from hr_pipeline.sandbox import Sandbox


def register(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("sandbox", rich_help_panel=panel)(serve)


@answering
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 0,
    size: Annotated[int, typer.Option(help="Employees of all companies together: 10 to 1 000 000.")] = 200,
    companies: Annotated[int | None, typer.Option(help="Companies, at most 5 000. (Default: what suits the size.)")] = None,
    seed: Annotated[int, typer.Option(help="Draws another population.")] = 1,
    night: Annotated[int, typer.Option(help="Night to play: 1 is the first sync.")] = 1,
    fault: Annotated[list[str] | None, typer.Option(metavar="NAME", help="A fault (docs/sandbox.md); may be repeated.")] = None,
    accounts: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the people HR typed in before, for import-accounts.")] = None,
    as_json: AsJson = False,
    lang: Lang = "en",  # noqa: ARG001 - `answering` reads it
) -> Answer:
    """Play PayFit and Securex on this machine until Ctrl-C; prints the variables to export."""
    from hr_pipeline.sandbox import SandboxOptions, run, write_platform_accounts

    try:
        options = SandboxOptions(size=size, companies=companies, seed=seed, night=night, faults=tuple(fault or ()))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if accounts is not None:
        try:
            write_platform_accounts(accounts)
        except (OSError, ValueError):
            raise Refusal(Code.INVALID_FILE, file=accounts.name[:63] or None, expected="a place where a file can be written") from None
    try:
        run(options, port, lambda sandbox: _announce(sandbox, as_json=as_json))
    except OSError:
        raise Refusal(Code.INVALID_SETTING, setting="--port", expected="a port that is free") from None
    raise typer.Exit


def _announce(sandbox: "Sandbox", *, as_json: bool) -> None:
    """Variables on stdout, fit for a shell or a `.env`; who is there on stderr."""
    from hr_pipeline.cli.terminal import Column, console, say, show_rows

    roster = [
        {
            "provider": str(company.provider),
            "name": company.name,
            "vat_number": company.vat,
            "company_id": company.company_id,
            "group": company.group,
            "api_key_env": company.key_env,
        }
        for company in sandbox.companies
    ]
    if as_json:
        print_document({"address": sandbox.address, "night": sandbox.night, "environment": sandbox.environment, "companies": roster})
    else:
        for name, value in sandbox.environment.items():
            typer.echo(f"{name}={shlex.quote(value)}")
    to = console(stderr=True)
    say(to, f"Sandbox on {sandbox.address}, night {sandbox.night}; Ctrl-C stops it. Documentation: /securex/docs, /payfit/docs.")
    columns = [
        Column("Provider"),
        Column("Company", elastic=True),
        Column("VAT number"),
        Column("Group", elastic=True, spare=2),
        Column("Company id", identity=True, spare=3),
        Column("Key", spare=1),
    ]
    rows = [(one["provider"], one["name"], one["vat_number"], one["group"], one["company_id"], one["api_key_env"]) for one in roster]
    show_rows(to, columns, rows, "hr-pipeline sandbox --json")
