"""`make bench`: every stage of a sync beside its floor, in ratios; `extraction`: pulling over HTTP beside what latency allows;
`matching`: precision and recall of what is proposed for whom, on generated people; `dagster`: Dagster's own cost at size; `employee`: how
long it takes to look somebody up.

May import: this room.
"""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from hr_pipeline_tests.benchmarks.extraction import extraction_table, serve
from hr_pipeline_tests.benchmarks.looking import looked_up
from hr_pipeline_tests.benchmarks.matching import matched, matching_table
from hr_pipeline_tests.benchmarks.measuring import taken
from hr_pipeline_tests.benchmarks.requests import measured_waits, waits_table
from hr_pipeline_tests.benchmarks.runs import TRIALS, Bench
from hr_pipeline_tests.benchmarks.tables import growth_table, rivals_table, size_table, target_line
from hr_pipeline_tests.benchmarks.workshop import Workshop

DRAWN, COPIED, RECONCILED = (1_000, 100_000), (1_000_000,), (10_000_000,)


def main(arguments: list[str] | None = None) -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m hr_pipeline_tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--largest", type=int, default=COPIED[-1], help="leave out larger sizes (1000, 100000, 1000000; 10000000 for plan and apply alone)"
    )
    parser.add_argument("--folder", type=Path, help="work there instead of in a temporary folder")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("extraction", help="wall time of pulls against a local server with 50 ms latency")
    judging = commands.add_parser("matching", help="precision and recall of proposals, by kind of variation; wrong automatic links")
    for name, default in (("companies", 10), ("each", 10), ("seed", 7)):
        judging.add_argument(f"--{name}", type=int, default=default)
    sizing = commands.add_parser("dagster", help="pages, ticks and nights with years of history in the instance")
    sizing.add_argument("--connections", type=_numbers, default=[500, 5_000], help="sizes, as 500,5000")
    sizing.add_argument("--nights", type=int, default=400)
    sizing.add_argument("--storage", choices=("sqlite", "postgres"), default="sqlite")
    sizing.add_argument("--small", type=_numbers, default=[100, 1_000], help="sizes of which only one night is measured")
    asking = commands.add_parser("requests", help="seconds from a request to the start of its run, with a real daemon")
    asking.add_argument("--times", type=int, default=10)
    looking = commands.add_parser("employee", help="seconds of `hr-pipeline employee WHO`, by what is typed")
    for name, default in (("people", 100_000), ("times", 5)):
        looking.add_argument(f"--{name}", type=int, default=default)
    serving = commands.add_parser("serve")
    for name in ("employees", "companies"):
        serving.add_argument(name, type=int)
    trial = commands.add_parser("trial")
    for name, kind in (("name", str), ("shop", Path), ("employees", int), ("night", int), ("repetitions", int)):
        trial.add_argument(name, type=kind)
    given = parser.parse_args(arguments)
    if given.command == "trial":
        measure = taken(TRIALS[given.name](Workshop(given.shop, given.employees), given.night), given.repetitions)
        sys.stdout.write(json.dumps(asdict(measure)) + "\n")
    elif given.command == "serve":
        serve(given.employees, given.companies)
    elif given.command == "extraction":
        Console().print(extraction_table())
    elif given.command == "requests":
        with TemporaryDirectory(prefix="hr-pipeline-bench-") as folder:
            Console().print(waits_table(measured_waits(Path(folder), given.times)))
    elif given.command == "employee":
        with TemporaryDirectory(prefix="hr-pipeline-bench-") as folder:
            Console().print(looked_up(given.folder or Path(folder), given.people, given.times))
    elif given.command == "dagster":
        from hr_pipeline_tests.benchmarks.dagster_size import measure  # Dagster takes a second to load

        with TemporaryDirectory(prefix="hr-pipeline-bench-") as folder:
            measure(given.folder or Path(folder), given.connections, given.nights, given.storage, small=given.small)
    elif given.command == "matching":
        with TemporaryDirectory(prefix="hr-pipeline-bench-") as folder:
            match(Path(folder), given.companies, given.each, given.seed)
    else:
        with TemporaryDirectory(prefix="hr-pipeline-bench-") as folder:
            bench(given.folder or Path(folder), given.largest)


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",") if number]


def match(folder: Path, companies: int, each: int, seed: int) -> None:
    """Print what was proposed; fails when somebody was linked to somebody else's account."""
    found = matched(folder, companies, each, seed)
    console = Console(width=120)
    console.print(matching_table(found))
    wrong = found.total.wrongly_linked
    console.print(f"Wrong automatic links: {wrong}", style="bold red" if wrong else "bold green")
    sys.exit(1 if wrong else 0)


def bench(folder: Path, largest: int) -> None:
    """All sizes up to one; tables as they come, on stdout."""
    console, status = Console(width=160), Console(stderr=True)
    with status.status("…") as spinner:
        sizes, drawn = [], None
        for employees in (size for size in DRAWN if size <= largest):
            drawn = Bench(folder / str(employees), employees, spinner.update)
            sizes.append(drawn.drawn(repetitions=5 if employees < 10_000 else 3, reconciles=15))
            console.print(size_table(sizes[-1]))
            if employees == DRAWN[-1]:
                console.print(target_line(sizes[-1]), style="bold")
                drawn.rivals()
                console.print(rivals_table(sizes[-1]))
        for employees in (size for size in (*COPIED, *RECONCILED) if drawn and size <= largest):
            further = Bench(folder / str(employees), employees, spinner.update)
            sizes.append(further.copied(drawn.shop) if employees in COPIED else further.reconciled(drawn.shop))
            console.print(size_table(sizes[-1]))
        if len(sizes) > 1:
            console.print(growth_table(sizes))


if __name__ == "__main__":
    main()
