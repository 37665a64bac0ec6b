"""Conformed people on their way to the plan: one Parquet part per range of connections, each row with its hash.

The part lives in the run's own folder for the minutes between validation and apply, 0600, encrypted when a key is set, and is
removed with the run. Hashing once here is what makes a night cheap (design/store.md). May import: `domain`, `private_files`,
`engine`, `database`.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hr_pipeline.adapters.private_files import create_private_folder, room_needed
from hr_pipeline.adapters.store.database import statement
from hr_pipeline.adapters.store.engine import PARQUET_KEY, confined, engine, room_for_stores
from hr_pipeline.domain.frames import Conformed

TABLES = ("employees", "components", "problems", "periods")


@dataclass(frozen=True, slots=True)
class StagedCounts:
    """What one connection's snapshot amounts to: people, their pay rows, and people with pay valid on the date."""

    employees: int = 0
    pay_rows: int = 0
    with_pay: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """The folder of one run's parts. `key` encrypts them; it comes from HR_PIPELINE_STORE_KEY."""

    folder: Path
    key: str | None = field(default=None, repr=False)

    @room_needed()
    @room_for_stores()
    def write(self, part: int, conformed: Conformed, numbers: Mapping[str, int]) -> dict[str, StagedCounts]:
        """Write one part: all employees, components, problems and periods of some connections. Returns their counts by connection id.

        Args:
            part: Number of the part within the run.
            conformed: Schemas of `domain.frames`.
            numbers: connection id → connection number of the store.

        Raises:
            Transient: `DISK_FULL`.
        """
        create_private_folder(self.folder)
        connection = engine(self.key)
        try:
            confined(connection, (self.folder,))
            connection.execute(
                "CREATE TABLE numbers AS SELECT unnest(?) AS connection_id, unnest(?)::INTEGER AS connection_no",
                [list(numbers), list(numbers.values())],
            )
            for name, frame in zip(TABLES, (conformed.employees, conformed.components, conformed.problems, conformed.periods), strict=True):
                connection.register(f"{name}_in", frame)
                target = self.path(part, name)
                options = f", ENCRYPTION_CONFIG {{footer_key: '{PARQUET_KEY}'}}" if self.key else ""
                connection.execute(
                    f"COPY ({statement(f'staged_{name}')}) TO '{_escaped(target)}' (FORMAT parquet, COMPRESSION lz4_raw{options})"
                )
                target.chmod(0o600)
            counted = connection.execute(
                "SELECT connection_id, count(*), coalesce(sum(pay_rows), 0), count(*) FILTER (has_pay)"
                f" FROM {self.source(part, 'employees')} JOIN numbers USING (connection_no) GROUP BY ALL"
            ).fetchall()
        finally:
            connection.close()
        return {
            **dict.fromkeys(numbers, StagedCounts()),
            **{name: StagedCounts(int(people), int(rows), int(paid)) for name, people, rows, paid in counted},
        }

    def path(self, part: int, table: str) -> Path:
        """File of one table of one part."""
        return self.folder / f"{part:05d}-{table}.parquet"

    def source(self, part: int, table: str) -> str:
        """SQL that reads one table of one part."""
        options = f", encryption_config = {{footer_key: '{PARQUET_KEY}'}}" if self.key else ""
        return f"read_parquet('{_escaped(self.path(part, table))}'{options})"

    def remove(self) -> None:
        """Delete the parts: they hold people's data and are needed no longer."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")
