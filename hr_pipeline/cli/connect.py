"""`connect`: one company of one provider is looked up, counted and registered. May import: `operations`, `domain`, this room."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, Lang, Relations, Values, document_text, pairs
from hr_pipeline.cli.progress import interruptible, shown_progress
from hr_pipeline.cli.surroundings import how_to_sync, workplace
from hr_pipeline.domain.connections import Review
from hr_pipeline.domain.messages import text

if TYPE_CHECKING:
    from rich.console import Console

    from hr_pipeline.operations.connecting import Activated

app = typer.Typer(help="Connect a company of a payroll provider.", no_args_is_help=True)

Name = Annotated[str, typer.Option(help="What the company is called on the platform.")]
Reviewed = Annotated[Review | None, typer.Option("--review", help="When a sync waits for your approval of its plan. (Default: first.)")]
Group = Annotated[str | None, typer.Option(help="Group of companies that may hand a person over.")]
Region = Annotated[str | None, typer.Option(help="Country of national phone numbers: BE, FR … Never guessed.")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", help="Field mapping (JSON or TOML) instead of the provider's default.")]


@app.command("securex")
@answering
def connect_securex(
    name: Name,
    vat: Annotated[str | None, typer.Option(help="VAT number of the company.")] = None,
    employer: Annotated[str | None, typer.Option(help="Securex's employer id, where several have that VAT number.")] = None,
    review: Reviewed = None,
    group: Group = None,
    region: Region = None,
    mapping: MappingFile = None,
    relation: Relations = None,
    values: Values = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Connect a company by its VAT number, with the partner's Securex credential."""
    from hr_pipeline.operations.connecting import PARTNER, Activation, connect

    asked = Activation(
        "securex", name, vat, employer, group, review, region, tuple(relation or ()), pairs(values or [], "--set"), _text(mapping)
    )
    with shown_progress("Counting employees") as progress:
        return _connected(interruptible(lambda: connect(workplace(), asked, PARTNER, progress)), lang)


@app.command("payfit")
@answering
def connect_payfit(
    name: Name,
    api_key_env: Annotated[str | None, typer.Option(metavar="VAR", help="Environment variable that holds the company's API key.")] = None,
    oauth: Annotated[bool, typer.Option("--oauth", help="Ask the company's administrator for consent in the browser instead.")] = False,
    company: Annotated[str | None, typer.Option(help="PayFit's company id, to be sure which company it is.")] = None,
    vat: Annotated[str | None, typer.Option(help="VAT number of the company, to be sure which company it is.")] = None,
    review: Reviewed = None,
    group: Group = None,
    region: Region = None,
    mapping: MappingFile = None,
    relation: Relations = None,
    values: Values = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",
) -> Answer:
    """Connect a company by its API key, or by its administrator's consent."""
    from hr_pipeline.operations.connecting import Activation, connect, connect_with_consent

    if oauth == (api_key_env is not None):
        raise typer.BadParameter("give either --api-key-env VAR or --oauth")
    asked = Activation(
        "payfit", name, vat, company, group, review, region, tuple(relation or ()), pairs(values or [], "--set"), _text(mapping)
    )
    if api_key_env is None:
        return _connected(interruptible(lambda: connect_with_consent(workplace(), asked, _show_address)), lang)
    credential = {"kind": "env", "variable": api_key_env}
    with shown_progress("Counting employees") as progress:
        return _connected(interruptible(lambda: connect(workplace(), asked, credential, progress)), lang)


def _text(path: Path | None) -> str | None:
    return None if path is None else document_text(path)


def _show_address(address: str) -> None:
    typer.echo("Open this address in your browser and agree; this command waits for up to ten minutes:", err=True)
    typer.echo(address, err=True)


def _connected(activated: "Activated", lang: str) -> Answer:
    connection = activated.connection
    warnings = _warnings(activated, lang)
    document = {
        "connection_id": connection.connection_id,
        "provider": connection.provider,
        "company": connection.company,
        "vat_number": connection.vat_number,
        "employees": activated.census.in_scope.num_rows if activated.census else None,
        "pay_records": activated.census.pay_records if activated.census else None,
        "warnings": warnings,
        "known": activated.known,
        "review": str(connection.settings.review),
    }
    return Answer(document, _showing(document))


def _warnings(activated: "Activated", lang: str) -> list[dict[str, Any]]:
    """What to expect of the first sync, in words: the list that could not be read, or problems by code and field."""
    provider = activated.connection.provider
    if activated.uncounted is not None:
        said = text(activated.uncounted.code, lang, **{"provider": provider, **activated.uncounted.params})
        return [{**said.as_document(), "field": None, "people": None}]
    found = []
    for problem in activated.problems:
        said = text(problem.code, lang, provider=provider, field=problem.field, rule=problem.rule)
        found.append({**said.as_document(), "field": problem.field, "people": problem.people})
    return found


def _showing(document: dict[str, Any]) -> "Callable[[Console], None]":
    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import Column, say, show_facts, show_table

        say(to, "Already connected; taken up again." if document["known"] else "Connected.", style="bold green")
        counted = document["employees"] is not None
        figures = {name: document[name] if counted else "not counted" for name in ("employees", "pay_records")}
        facts = {name: document[name] for name in ("connection_id", "company", "vat_number")} | figures
        show_facts(to, facts.items())
        if document["warnings"]:
            say(to, "")
            rows = [("" if w["people"] is None else w["people"], w["code"], w["message"]) for w in document["warnings"]]
            show_table(to, [Column("People", right=True), Column("Warning"), Column("What it means", identity=True)], rows)
        say(to, "")
        say(to, f"Next: hr-pipeline doctor {document['connection_id']}, then {how_to_sync(document['connection_id'])}")

    return show
