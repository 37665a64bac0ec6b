"""Which codes the product itself came to while the tests ran: not those that a test merely names.

Three places, each only the product's own doing: refusals that the package makes (an audit event, with the package as its caller), codes in
the stores that syncs left behind, and codes in what commands print. May import: `hr_pipeline`, `people`.
"""

import os
import re
import sys
from pathlib import Path

import duckdb

from hr_pipeline.domain.codes import Code
from hr_pipeline_tests.people import MADE_UP

PACKAGE = "hr_pipeline."
PRINTED = re.compile(r'"(?:code|held_by|cause)":\s*"([A-Z_]+)"')
STORES = frozenset({"hr_pipeline.duckdb", "store.duckdb"})  # of commands, Dagster and offices; of small platforms
ELSEWHERE = ("plan_row",)  # repeats the outcomes, without the rule that tells made-up problems

_reached: set[str] = set()


def listen() -> None:
    """Hear of every refusal from now on. Can't be undone, costs a comparison per event."""
    sys.addaudithook(_heard)


def note_printed(output: str) -> None:
    """Take down the codes of a command's JSON."""
    _reached.update(PRINTED.findall(output))


def reached(stores: Path) -> set[str]:
    """The codes come to so far, those in the stores under a folder included."""
    found = set(_reached)
    with duckdb.connect() as engine:
        for folder, _, names in os.walk(stores):
            for name in STORES.intersection(names):
                found |= _of_store(engine, Path(folder, name))
    return found & set(Code)


def never_reached(found: set[str]) -> list[str]:
    """Codes that nothing came to."""
    return sorted(set(map(str, Code)) - found)


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if event == "hr_pipeline.refusal":
        maker = sys._getframe(2)  # 0: here, 1: `Refusal.__init__`
        if str(maker.f_globals.get("__name__", "")).startswith(PACKAGE):
            _reached.add(str(arguments[0]))


def _of_store(engine: duckdb.DuckDBPyConnection, path: Path) -> set[str]:
    """Codes in any column of that name, but for those that tests gave to made-up people; none of a store that can't be opened as it is (encrypted, or spoilt on purpose)."""
    try:
        engine.execute(f"ATTACH '{path}' AS kept (READ_ONLY)")
    except duckdb.Error:
        return set()
    try:
        columns = (
            "SELECT table_name, list(column_name) FROM duckdb_columns() WHERE database_name = 'kept' AND schema_name = 'main' GROUP BY ALL"
        )
        tables = {name: names for name, names in engine.execute(columns).fetchall() if "code" in names and name not in ELSEWHERE}
        found: set[str] = set()
        for name, names in tables.items():
            own = f" WHERE rule IS DISTINCT FROM '{MADE_UP}'" if "rule" in names else ""
            found |= {code for (code,) in engine.execute(f'SELECT DISTINCT code FROM kept."{name}"{own}').fetchall() if code}
        return found
    finally:
        engine.execute("DETACH kept")
