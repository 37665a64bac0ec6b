"""How measures are shown: ratios beside their floors. Employees per second tell of this machine only.

May import: this room.
"""

import itertools
from dataclasses import dataclass

from rich.table import Table

from hr_pipeline_tests.benchmarks.measuring import Measure
from hr_pipeline_tests.benchmarks.runs import FIRST, NIGHT, Results
from hr_pipeline_tests.benchmarks.whole import NIGHTS

TARGET = 3


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a size's table: a trial (the first of these that was taken), its parts, and the floor's."""

    label: str
    trials: tuple[str, ...]
    parts: tuple[str, ...]
    floors: tuple[str, ...]
    floor: str
    nightly: bool = True  # False: the same work every night


READ = "the same bytes read from Parquet"
JOINED = "hash join of the same keys + the same Parquet read"
LINES = (
    Line("land", ("Land",), (), (), READ, nightly=False),
    Line("decode", ("Decode",), (), (), "orjson over the same pages", nightly=False),
    Line("validate", ("ValidateAndKeep", "Validate"), (), (), "the same frames read from Parquet", nightly=False),
    Line("stage", ("StageParts",), (), (), "the staged Parquet read", nightly=False),
    Line("plan", ("Reconcile",), ("plan",), (), JOINED),
    Line("apply", ("Reconcile",), ("apply",), (), JOINED),
    Line("plan + apply", ("Reconcile",), ("plan", "apply"), (), JOINED),
    Line("checkpoint", ("Reconcile",), ("checkpoint",), (), JOINED),
)
STEPS = ("pull", "conform", "reconcile", "publish")


def size_table(results: Results) -> Table:
    """Every stage of one size."""
    table = Table(title=f"{results.employees:,} employees in {results.connections:,} connections", title_justify="left", title_style="bold")
    table.add_column("stage")
    for label in ("first sync", "1 % night"):
        table.add_column(f"{label}\nemployees/s", justify="right")
        table.add_column("\n× floor", justify="right", style="bold")
        table.add_column("\npeak MB", justify="right")
    table.add_column("\nfloor, measured beside it", style="dim")
    for line in LINES:
        nights = (FIRST, NIGHT) if line.nightly else (FIRST,)
        found = [
            next((results.measures[name, night] for name in line.trials if (name, night) in results.measures), None) for night in nights
        ]
        if any(found):
            cells = [cell for measure in found for cell in (_cells(measure, line.parts, line.floors) if measure else ("", "", ""))]
            table.add_row(line.label, *cells, *([] if line.nightly else ["same work", "", ""]), line.floor)
    if whole := results.measures.get(("Whole", FIRST)):
        table.add_section()
        for step in STEPS:
            cells = [cell for label in NIGHTS.values() for cell in _cells(whole, (f"{label}: {step}",), (f"{label}: orjson",))]
            table.add_row(f"whole run: {step}", *cells, "orjson over the same pages")
        cells = [c for label in NIGHTS.values() for c in _cells(whole, tuple(f"{label}: {step}" for step in STEPS), (f"{label}: orjson",))]
        table.add_row("whole run, without HTTP", *cells, "orjson over the same pages", style="bold")
    return table


def rivals_table(results: Results) -> Table:
    """What else could be written, beside plan and apply."""
    table = Table(title=f"Instead of plan + apply, {results.employees:,} employees", title_justify="left", title_style="bold")
    for name in ("script", "rows measured", "first sync: times slower", "1 % night: times slower", "peak MB"):
        table.add_column(name, justify="left" if name == "script" else "right")
    labels = {
        "RowByRow": "an upsert per row (SQLite, one transaction)",
        "PandasMerge": "pandas merge, differences written to DuckDB",
        "DltMerge": "dlt merge into DuckDB (upsert)",
    }
    for trial, label in labels.items():
        measures = [results.measures[trial, night] for night in (FIRST, NIGHT)]
        slower = [
            _per_person(m) / _per_person(results.measures["Reconcile", n], "plan", "apply")
            for n, m in zip((FIRST, NIGHT), measures, strict=True)
        ]
        table.add_row(label, f"{measures[0].employees:,}", *(f"{ratio:.1f}" for ratio in slower), f"{max(m.peak() for m in measures):,}")
    return table


def growth_table(sizes: list[Results]) -> Table:
    """How time and memory grow with the number of people."""
    table = Table(title="Growth", title_justify="left", title_style="bold")
    for name in ("people", "what", "× people", "× time", "× peak memory"):
        table.add_column(name, justify="left" if name == "what" else "right")
    for smaller, larger in itertools.pairwise(sizes):
        for trial, night, label in (
            ("Reconcile", FIRST, "plan + apply, first sync"),
            ("Reconcile", NIGHT, "plan + apply, 1 % night"),
            ("Whole", FIRST, "whole run, both nights"),
        ):
            if (trial, night) in smaller.measures and (trial, night) in larger.measures:
                before, after = smaller.measures[trial, night], larger.measures[trial, night]
                parts = ("plan", "apply") if trial == "Reconcile" else ()
                table.add_row(
                    f"{smaller.employees:,} → {larger.employees:,}",
                    label,
                    f"{larger.employees / smaller.employees:.0f}",
                    f"{after.seconds(*parts) / before.seconds(*parts):.1f}",
                    f"{after.peak() / before.peak():.1f}",
                )
    return table


def target_line(results: Results) -> str:
    """What was promised of a night, and what it came to."""
    ratio = results.measures["Reconcile", NIGHT].ratio(("plan", "apply"))
    people = f"{results.employees:,} employees in {results.connections} connections, 1 % night"
    verdict = "within" if ratio <= TARGET else "over"
    return f"{people}: plan + apply = {ratio:.2f} × (bare DuckDB hash join of the same keys + the same Parquet read); {verdict} the target of {TARGET}"


def _cells(measure: Measure, parts: tuple[str, ...], floors: tuple[str, ...]) -> tuple[str, str, str]:
    return f"{measure.employees / measure.seconds(*parts):,.0f}", f"{measure.ratio(parts, floors):.1f}", f"{measure.peak(*parts):,}"


def _per_person(measure: Measure, *parts: str) -> float:
    return measure.seconds(*parts) / measure.employees
