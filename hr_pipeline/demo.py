"""The demo: the sandbox on loopback, its companies connected, one night through Dagster, and what came of it.

Every call is the next night. `--ui` leaves the sandbox running and opens Dagster on it. Real connections are never touched: a home that
holds one is refused. May import: `sandbox`, `operations`, `adapters`, `cli`, `defs.launching`, `domain`.
"""

import argparse
import os
import socket
import sys
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hr_pipeline.adapters.store.connections import stored_connections
from hr_pipeline.adapters.store.reports import outcomes, sync_runs
from hr_pipeline.cli.answers import said
from hr_pipeline.cli.sync import counted, standing
from hr_pipeline.cli.terminal import NARROWEST_CODE, Column, console, paragraph, say, show_table
from hr_pipeline.domain.codes import Code, Owner
from hr_pipeline.domain.connections import Review
from hr_pipeline.domain.messages import owner_label
from hr_pipeline.domain.outcomes import NOK, Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.connecting import Activated, Activation, connect
from hr_pipeline.operations.editing import import_people
from hr_pipeline.operations.explaining import explained_outcome, explained_run
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline.sandbox import Sandbox, SandboxOptions, write_platform_accounts
from hr_pipeline.sandbox.companies import Company

if TYPE_CHECKING:
    from rich.console import Console


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one night of the demo; 1 when it was refused."""
    parser = argparse.ArgumentParser(prog="python -m hr_pipeline.demo", description="One night of the demo, or Dagster's UI on it.")
    parser.add_argument("--ui", action="store_true", help="open Dagster on the demo instead of ending")
    parser.add_argument("--port", type=int, default=3000, help="port of the UI")
    parser.add_argument("--check", action="store_true", help="only say whether the home is a demo's")
    options = parser.parse_args(arguments)
    to = console()
    try:
        if options.ui:
            _refuse_taken_port(options.port)
        work = Workplace.current()
        nights = _nights(work)
        another = not (options.ui and nights)  # the UI shows what is there
        with Sandbox(SandboxOptions(night=nights + another or 1)) as sandbox:
            if options.check:
                _refuse_real_companies(work, sandbox)
                return 0
            os.environ.update(sandbox.environment)  # so that Dagster, its processes and the commands find the sandbox
            if another:
                _night(Workplace.current(), sandbox, to)
            if options.ui:
                _serve(options.port, to)
    except Refusal as refusal:
        message = said(refusal, "en")
        sys.stderr.write(f"Error: {message.message} ({message.code})\nNext: {message.next}\n")
        return 1
    return 0


def _nights(work: Workplace) -> int:
    """How many nights this home has seen."""
    with work.store.opened() as database:
        return int(
            database.value(
                "SELECT coalesce(max(runs), 0) FROM (SELECT count(*) AS runs FROM sync_run WHERE trigger = 'nightly' GROUP BY connection_no)"
            )
        )


def _night(work: Workplace, sandbox: Sandbox, to: "Console") -> None:
    from hr_pipeline.defs.launching import run_sync

    say(to, f"Night {sandbox.night}: PayFit and Securex on {sandbox.address}", style="bold")
    ids = _connected(work, sandbox, to)
    run_id = run_sync([(connection_id, work.today) for connection_id in ids], Trigger.NIGHTLY)
    with work.store.opened() as database:
        runs = [explained_run(run, "en") for run in reversed(sync_runs(database, dagster_run_id=run_id))]
        attention = [
            (run, explained_outcome(row, "en", run["provider"], run))
            for run in runs
            for row in outcomes(database, int(run["sync_run_id"][1:]))
            if row["outcome"] in NOK
        ]
    say(to, "")
    columns = [Column("Run"), Column("Company"), Column("Status"), Column("Employees", identity=True, narrowest=NARROWEST_CODE)]
    rows = [(r["sync_run_id"], r["company"], standing(r, waits=True), r["code"] or r["note"] or counted(r["counts"])) for r in runs]
    show_table(to, columns, rows)
    say(to, "")
    _show_failed([run for run in runs if run["code"]], to)
    _show_attention(attention, to)
    say(to, "")
    say(to, f"See one company whole:  hr-pipeline outcomes {runs[0]['sync_run_id']}")
    say(to, "Decide about conflicts: hr-pipeline conflicts")
    say(to, "See what lies ahead:    hr-pipeline upcoming")
    say(to, "See it in Dagster:      make ui")
    say(to, "The next night:         make demo")


def _show_failed(failed: Sequence[dict[str, Any]], to: "Console") -> None:
    """The companies that were not synchronised, why, and who does what about it."""
    if not failed:
        return
    say(to, f"{len(failed)} {'company was' if len(failed) == 1 else 'companies were'} not synchronised", style="bold")
    for run in failed:
        say(to, f"  {run['company']}")
        say(to, f"    {run['code']} {run['sync_run_id']}", style="yellow")
        paragraph(to, f"{owner_label(Owner(run['owner']), 'en')}: {run['message']} {run['next']}", indent=" " * 6)
    say(to, "")


def _show_attention(attention: Sequence[tuple[dict[str, Any], dict[str, Any]]], to: "Console") -> None:
    """Who needs somebody to act, by company and code, with the ids the provider gave them."""
    say(to, f"{len(attention)} employees need attention", style="bold")
    company = None
    for (name, code, owner, next_step), group in groupby(
        attention, key=lambda one: (one[0]["company"], one[1]["code"], one[1]["owner"], one[1]["next"])
    ):
        if name != company:
            say(to, f"  {name}")
            company = name
        say(to, f"    {code}", ", ".join(str(row["external_id"]) for _, row in group), style="yellow")
        paragraph(to, f"{owner_label(Owner(owner), 'en')}: {next_step}", indent=" " * 6)


def connected_company(work: Workplace, company: Company) -> Activated:
    """A company of the sandbox, connected, without a review of its first sync."""
    asked = Activation(
        provider=str(company.provider),
        name=company.name,
        vat=company.vat,
        company_id=company.company_id,
        group=company.group,
        review=Review.NEVER,
    )
    return connect(work, asked, {"kind": "env", "variable": company.key_env} if company.key_env else {"kind": "partner"})


def _refuse_real_companies(work: Workplace, sandbox: Sandbox) -> dict[str | None, str]:
    """Connection ids by VAT number, all of the sandbox's companies.

    Raises:
        Refusal: `INVALID_SETTING` when the home holds others.
    """
    with work.store.opened() as database:
        before = {one.connection.vat_number: one.connection_id for one in stored_connections(database)}
    if before.keys() - {company.vat for company in sandbox.companies}:
        raise Refusal(
            Code.INVALID_SETTING,
            setting="HR_PIPELINE_HOME",
            expected="a folder of its own for the demo, since this one holds real companies",
        )
    return before


def _connected(work: Workplace, sandbox: Sandbox, to: "Console") -> list[str]:
    """The sandbox's companies, connected; connecting them again changes nothing.

    Raises:
        Refusal: `INVALID_SETTING` when the home holds other companies.
    """
    before = _refuse_real_companies(work, sandbox)
    if len(before) == len(sandbox.companies):
        return list(before.values())
    ids = []
    for company in sandbox.companies:
        activated = connected_company(work, company)
        census = activated.census
        say(
            to,
            f"  connected {activated.connection.connection_id}",
            f"({census.in_scope.num_rows} employees, {census.pay_records} pay records)"
            if census
            else "(its list could not be read whole just now)",
        )
        ids.append(activated.connection.connection_id)
    with tempfile.TemporaryDirectory() as folder:
        people = Path(folder) / "platform_accounts.csv"
        write_platform_accounts(people)
        import_people(work, people.read_bytes(), people.name)
    return ids


def _refuse_taken_port(port: int) -> None:
    """Before anything is started that would have to be stopped again.

    Raises:
        Refusal: `INVALID_SETTING` when something listens there.
    """
    with socket.socket() as asked:
        if asked.connect_ex(("127.0.0.1", port)) == 0:
            raise Refusal(
                Code.INVALID_SETTING, setting="PORT", expected=f"a port that nothing listens on, unlike {port}: make ui PORT={port + 1}"
            )


def _serve(port: int, to: "Console") -> None:
    from hr_pipeline.defs.launching import serve_ui

    say(to, f"Dagster: http://127.0.0.1:{port}/assets/sync_run  (Ctrl-C ends it)", style="bold")
    serve_ui(port)


if __name__ == "__main__":
    sys.exit(main())
