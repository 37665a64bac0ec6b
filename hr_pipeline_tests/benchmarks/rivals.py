"""What somebody would otherwise write for the same task, as trials: bring one table in step with tonight's people.

Each does less than plan and apply: no decisions, no outcomes, no history, nothing held. May import: `hr_pipeline`, this room.
"""

import os
import shutil
import sqlite3
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa

from hr_pipeline_tests.benchmarks.measuring import Laps
from hr_pipeline_tests.benchmarks.workshop import Workshop

KEY = ("connection_id", "external_id")
COLUMNS = (
    *KEY, "email", "first_name", "last_name", "birth_name", "language", "phone", "birth_date", "start_date", "exit_date", "employee_number",
    "gross_amount", "currency", "pay_type", "weekly_hours", "reference_hours", "work_regime_pct", "employer_contribution_pct", "effective_from",
)  # fmt: skip
ROWS_ONE_BY_ONE = 20_000


class _Rival:
    """Shared by all: tonight's and last night's people, and where the table is."""

    def __init__(self, shop: Workshop, night: int) -> None:
        self.shop, self.night = shop, night
        self.tonight = self.people(night)
        self.employees = self.tonight.num_rows
        self.folder = shop.folder / type(self).__name__

    def people(self, night: int) -> pa.Table:
        """Valid people of a night, the columns a platform keeps."""
        return self.shop.conformed(night).employees.filter(pa.compute.field("reject_code").is_null()).select(COLUMNS)

    def ready(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        if self.night > 1:
            self.merge(self.people(1))

    def run(self, lap: Laps) -> None:
        lap.timed("merge", lambda: self.merge(self.tonight))

    def floor(self, lap: Laps) -> None:
        return

    def merge(self, people: pa.Table) -> None:
        raise NotImplementedError


class RowByRow(_Rival):
    """A loop with an upsert per employee: SQLite, one transaction, primary key. On the first rows only."""

    def people(self, night: int) -> pa.Table:
        return super().people(night).slice(0, ROWS_ONE_BY_ONE)

    def merge(self, people: pa.Table) -> None:
        names, marks = ", ".join(COLUMNS), ", ".join("?" * len(COLUMNS))
        changes = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[len(KEY) :])
        with sqlite3.connect(self.folder / "people.sqlite") as connection:
            connection.execute(f"CREATE TABLE IF NOT EXISTS people ({names}, PRIMARY KEY ({', '.join(KEY)}))")
            for row in people.to_pylist():
                values = [_stored(row[name]) for name in COLUMNS]
                connection.execute(f"INSERT INTO people VALUES ({marks}) ON CONFLICT DO UPDATE SET {changes}", values)
        connection.close()


class PandasMerge(_Rival):
    """Read the table, merge tonight's frame with it, write who is new or differs: pandas, on a DuckDB table."""

    def merge(self, people: pa.Table) -> None:
        with duckdb.connect(self.folder / "people.duckdb") as connection:
            tonight = connection.execute("FROM people").df()
            if not connection.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'platform'").fetchone()[0]:  # type: ignore[index]
                connection.execute("CREATE TABLE platform AS FROM people")
                return
            known = connection.execute("FROM platform").df()
            both = tonight.merge(known, on=list(KEY), how="left", suffixes=("", "_before"), indicator=True)
            differs = both["_merge"] == "left_only"
            for name in COLUMNS[len(KEY) :]:
                now, before = both[name], both[f"{name}_before"]
                differs |= (now != before) & ~(now.isna() & before.isna())
            written = both.loc[differs, list(COLUMNS)]
            connection.execute(f"DELETE FROM platform USING written WHERE {' AND '.join(f'platform.{key} = written.{key}' for key in KEY)}")
            connection.execute("INSERT INTO platform FROM written")
            del written


class DltMerge(_Rival):
    """dlt: an Arrow table loaded into DuckDB with `merge`, strategy upsert, by primary key."""

    def merge(self, people: pa.Table) -> None:
        os.environ.update(
            {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL", "DLT_DATA_DIR": str(self.folder / "dlt")}
        )
        import dlt

        destination = dlt.destinations.duckdb(str(self.folder / "people.duckdb"))
        pipeline = dlt.pipeline("bench", pipelines_dir=str(self.folder / "pipelines"), destination=destination, dataset_name="platform")
        merge: Any = {"disposition": "merge", "strategy": "upsert"}
        pipeline.run(people, table_name="people", write_disposition=merge, primary_key=list(KEY))


def _stored(value: object) -> object:
    return value if value is None or isinstance(value, str | int) else str(value) if isinstance(value, Decimal) else value.isoformat()  # type: ignore[attr-defined]
