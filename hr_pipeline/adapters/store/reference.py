"""The reporting views' columns as the schema itself says them, without opening anybody's store, and what each means.

May import: `database`, `migrating`.
"""

import tomllib
from functools import cache
from importlib import resources

import duckdb

from hr_pipeline.adapters.store.database import statement
from hr_pipeline.adapters.store.migrating import MIGRATIONS


@cache
def column_meanings() -> dict[str, dict[str, str]]:
    """View → column → what it means, as `columns.toml` says."""
    text = (resources.files("hr_pipeline.adapters.store") / "columns.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def reporting_columns() -> dict[str, dict[str, str]]:
    """View → column → DuckDB type, in order; told by an empty store in memory, once: making it takes a tenth of a second."""
    connection = duckdb.connect(":memory:")
    try:
        for file in sorted(MIGRATIONS.iterdir(), key=lambda file: file.name):
            if file.name.endswith(".sql"):
                connection.execute(file.read_text(encoding="utf-8"))
        connection.execute(statement("reporting_views"))
        columns: dict[str, dict[str, str]] = {}
        found = connection.execute(
            "SELECT table_name, column_name, data_type FROM duckdb_columns()"
            " WHERE schema_name = 'reporting' ORDER BY table_name, column_index"
        )
        for view, column, kind in found.fetchall():
            columns.setdefault(view, {})[column] = kind
        return columns
    finally:
        connection.close()
