"""The reporting views' columns as the schema itself says them, without opening anybody's store.

May import: `database`.
"""

import duckdb

from hr_pipeline.adapters.store.database import MIGRATIONS, statement


def reporting_columns() -> dict[str, dict[str, str]]:
    """View → column → DuckDB type, in order; told by an empty store in memory."""
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
