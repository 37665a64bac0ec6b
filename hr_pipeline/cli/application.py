"""The application: every command under its name. Commands of later issues are not announced. May import: this room."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from hr_pipeline.cli import (
    accounts,
    attention,
    conflicts,
    connect,
    connections,
    deciding,
    doctor,
    employee,
    exclusions,
    mapping,
    missing,
    plans,
    reports,
    requests,
    safekeeping,
    sandbox,
    snapshots,
    sync,
    undo,
    upcoming,
)


class _InReadingOrder(TyperGroup):
    """Help lists commands as one meets them: `connect` first, though typer puts groups last."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names in the order of the help."""
        return sorted(super().list_commands(ctx), key=lambda name: name != "connect")


app = typer.Typer(
    name="hr-pipeline",
    cls=_InReadingOrder,
    help="Synchronises employees from Securex and PayFit into the platform: one named outcome for each of them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(connect.app, name="connect", rich_help_panel="Connections")
connections.register(app, "Connections")
mapping.register(app, "Connections")
doctor.register(app, "Connections")
plans.register(app, "Syncs")
sync.register(app, "Syncs")
requests.register(app, "Syncs")
reports.register(app, "Syncs")
attention.register(app, "Syncs")
snapshots.register(app, "Syncs")
undo.register(app, "Syncs")
employee.register(app, "People")
conflicts.register(app, "People")
deciding.register(app, "People")
accounts.register(app, "People")
exclusions.register(app, "People")
missing.register(app, "People")
upcoming.register(app, "People")
safekeeping.register(app, "Keeping it safe")
sandbox.register(app, "Trying it out")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            typer.echo(version("hr-pipeline"))
        except PackageNotFoundError:
            typer.echo("not installed")
        raise typer.Exit


@app.callback()
def hr_pipeline(
    _version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Synchronises employees from Securex and PayFit into the platform: one named outcome for each of them."""
