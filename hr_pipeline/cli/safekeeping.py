"""`backup`, `verify` and `restore`: keeping the home, looking whether it is sound, making one from a backup.

May import: `operations`, `adapters.environment`, this room.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hr_pipeline.cli.answers import Answer, answering
from hr_pipeline.cli.options import AsJson, Lang
from hr_pipeline.cli.surroundings import workplace
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

if TYPE_CHECKING:
    from rich.console import Console

    from hr_pipeline.operations.verifying import Check
    from hr_pipeline.operations.workplace import Workplace

LABELS = {
    "rows": "Rows of the store, each read",
    "sync_runs": "Sync runs whose counts agree with their outcomes",
    "emails": "Accounts with an e-mail of their own",
    "links": "Links, one per employee and account",
    "snapshots": "Kept snapshots, each page proven",
    "credentials": "Credentials that open",
}
KeyVariable = Annotated[
    str | None,
    typer.Option("--key-env", metavar="NAME", help="Variable with the key the backup was made under. (Default: HR_PIPELINE_STORE_KEY.)"),
]
IN_CLEAR = "It is not encrypted: whoever has the file reads everything in it. Set HR_PIPELINE_STORE_KEY (docs/operating.md)."


def register(app: typer.Typer, panel: str) -> None:
    """Add the commands."""
    app.command("backup", rich_help_panel=panel)(back_up)
    app.command("verify", rich_help_panel=panel)(verify_kept)
    app.command("restore", rich_help_panel=panel)(restore_backup)


@answering
def back_up(
    file: Annotated[Path | None, typer.Argument(help="A new file. (Default: one in HOME/backups, named by the moment.)")] = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",  # noqa: ARG001 - the same
) -> Answer:
    """Write store, kept snapshots and credentials into one file, and read it back."""
    from hr_pipeline.operations.backing_up import backup

    made = backup(workplace(), file)
    unsound = [{"check": one.name, "looked_at": one.looked_at, "found": list(one.found)} for one in made.unsound]
    document = {"file": str(made.path), "bytes": made.bytes, **asdict(made.facts), "unsound": unsound}

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        say(to, f"{made.path} ({made.bytes:,} bytes, verified)")
        say(to, _contents(document), style="dim")
        if not made.facts.encrypted:
            say(to, IN_CLEAR, style="yellow")
        if made.unsound:
            _show_checks(to, made.unsound)

    return Answer(document, show, failed=bool(unsound))


@answering
def verify_kept(
    file: Annotated[Path | None, typer.Argument(help="A backup to look at instead of the home.")] = None,
    key_env: KeyVariable = None,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",  # noqa: ARG001 - the same
) -> Answer:
    """Read everything that is kept, and count again what must agree."""
    from hr_pipeline.operations.verifying import verify, verify_backup

    work = workplace()
    checks = verify_backup(work, file, _key(work, key_env)) if file else verify(work)
    document = [{"check": one.name, "looked_at": one.looked_at, "found": list(one.found)} for one in checks]
    return Answer(document, lambda to: _show_checks(to, checks), failed=any(one.found for one in checks))


@answering
def restore_backup(
    file: Annotated[Path, typer.Argument(help="A backup, as `hr-pipeline backup` made it.")],
    key_env: KeyVariable = None,
    replacing: Annotated[
        bool, typer.Option("--replace", help="In the place of the store there is, which is put aside; logins and Dagster's history stay.")
    ] = False,
    as_json: AsJson = False,  # noqa: ARG001 - `answering` reads it
    lang: Lang = "en",  # noqa: ARG001 - the same
) -> Answer:
    """Make a home from a backup, sealed with the key of this environment."""
    from hr_pipeline.operations.restoring import restore

    work = workplace()
    restored = restore(work, file, _key(work, key_env), replacing=replacing)
    document = {"home": str(work.home), "replaced": str(restored.aside) if restored.aside else None, **asdict(restored.facts)}

    def show(to: "Console") -> None:
        from hr_pipeline.cli.terminal import say

        say(to, f"Restored into {work.home}")
        say(to, _contents(document), style="dim")
        if restored.aside:
            say(to, f"What was there before: {restored.aside} (people's data; delete it once a night went through)", style="yellow")
        say(to, "Next: hr-pipeline verify")

    return Answer(document, show)


def _contents(document: dict[str, Any]) -> str:
    from hr_pipeline.cli.terminal import alone

    made = alone(datetime.fromisoformat(document["made_at"]))
    newest = f", the newest {document['newest_run_id']}" if document["newest_run_id"] else ""
    return f"{document['accounts']} accounts, {document['sync_runs']} sync runs{newest}, {document['snapshots']} snapshots, as of {made}"


def _show_checks(to: "Console", checks: Sequence["Check"]) -> None:
    from hr_pipeline.cli.terminal import Column, say, show_table

    columns = [Column("Looked at"), Column("How many"), Column("Not as they must be", elastic=True)]
    show_table(to, columns, [(LABELS[one.name], f"{one.looked_at:,}", ", ".join(one.found) or "none") for one in checks])
    if any(one.found for one in checks):
        say(to, "Next: change nothing, and put the last verified backup in its place: hr-pipeline restore FILE --replace", style="yellow")


def _key(work: "Workplace", variable: str | None) -> str | None:
    """The key in a variable that is named.

    Raises:
        Refusal: `ENVIRONMENT_INCOMPLETE` when it is not set.
    """
    if variable is None:
        return None
    if not (key := work.environment.given.get(variable)):
        raise Refusal(Code.ENVIRONMENT_INCOMPLETE, variables=variable[:63])
    return key
