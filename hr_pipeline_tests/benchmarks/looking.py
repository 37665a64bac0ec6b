"""`employee`: seconds of the whole command, from the shell and back, on a platform of so many people after two nights.

May import: `hr_pipeline`, this room.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from rich.table import Table

from hr_pipeline_tests.benchmarks.measuring import Laps
from hr_pipeline_tests.benchmarks.whole import NIGHTS, Whole
from hr_pipeline_tests.benchmarks.workshop import Workshop


def looked_up(folder: Path, employees: int, times: int) -> Table:
    """Seconds of the command by what is typed, beside those of a command that only opens the store."""
    shop = Workshop(folder, employees)
    for night in NIGHTS:
        shop.write_pages(night)
    whole = Whole(shop, 1)
    whole.ready()
    whole.run(Laps())
    table = Table(title=f"hr-pipeline employee WHO: {employees:,} people of {len(shop.firms):,} companies")
    for heading in ("typed", "seconds", "fastest", "of CPU"):
        table.add_column(heading, justify="left" if heading == "typed" else "right")
    variables = {**os.environ, **whole.given, "HR_PIPELINE_HOME": str(folder / "whole")}
    for said, arguments in _asked(whole):
        taken = [_seconds(arguments, variables) for _ in range(times)]
        walls, cpus = zip(*taken, strict=True)
        table.add_row(said, f"{median(walls):.2f}", f"{min(walls):.2f}", f"{min(cpus):.2f}")
    return table


def _asked(whole: Whole) -> Iterator[tuple[str, tuple[str, ...]]]:
    with whole.workplace(2).store.opened() as database:
        [one] = database.rows("SELECT account_no, email, first_name, last_name FROM account_version ORDER BY version_no DESC LIMIT 1")
    yield "(the list of accounts of one company, to compare)", ("accounts", "--company", "Company 1")
    yield "an account's id", ("employee", f"a{one['account_no']}")
    yield "an e-mail address", ("employee", one["email"])
    yield "a full name", ("employee", f"{one['first_name']} {one['last_name']}")
    yield "a name that nobody has", ("employee", "zorglub")


def _seconds(arguments: tuple[str, ...], variables: dict[str, str]) -> tuple[float, float]:
    """Of the clock, and of the CPU."""
    before, start = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-m", "hr_pipeline.cli", *arguments, "--json"], env=variables, capture_output=True, check=False)
    wall, after = time.perf_counter() - start, os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system
