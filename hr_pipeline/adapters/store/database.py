"""An open store and its statements: each is a file under `sql/`, values only ever travel as parameters.

Holds no statement of the domain. How a store is opened: `opening`. May import: `engine`.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import resources
from typing import Any

import duckdb
import pyarrow as pa

from hr_pipeline.adapters.store.engine import is_of_no_room, room_for_stores

log = logging.getLogger(__name__)

SQL = resources.files("hr_pipeline.adapters.store") / "sql"


@cache
def statement(name: str) -> str:
    """The SQL of `sql/NAME.sql`."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


class Database:
    """An open store. Statements come from `sql/`; values only ever travel as parameters."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def run(self, sql: str, parameters: Sequence[object] | dict[str, object] | None = None) -> None:
        """Execute a statement for its effect."""
        self._connection.execute(sql, parameters)

    def rows(self, sql: str, parameters: Sequence[object] | dict[str, object] | None = None) -> list[dict[str, Any]]:
        """Rows of a small answer, as dictionaries."""
        answer = self._connection.execute(sql, parameters)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def value(self, sql: str, parameters: Sequence[object] | dict[str, object] | None = None) -> Any:
        """First column of the first row, or None."""
        row = self._connection.execute(sql, parameters).fetchone()
        return row[0] if row else None

    def table(self, sql: str, parameters: Sequence[object] | dict[str, object] | None = None) -> pa.Table:
        """A large answer as an Arrow table."""
        return self._connection.execute(sql, parameters).to_arrow_table()

    @contextmanager
    def with_frame(self, name: str, frame: pa.Table) -> Iterator[None]:
        """Make an Arrow table readable as `name` for a while."""
        self._connection.register(name, frame)
        try:
            yield
        finally:
            self._connection.unregister(name)

    def fill(self, name: str, frame: pa.Table) -> None:
        """Make a temporary table of an Arrow table."""
        with self.with_frame(f"{name}_in", frame):
            self.run(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM {name}_in")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing.

        Raises:
            Transient: `DISK_FULL`; nothing was written.
        """
        self._connection.begin()
        try:
            with room_for_stores():
                yield
                self._connection.commit()
        except BaseException:
            self._roll_back()
            raise

    @contextmanager
    def rehearsal(self) -> Iterator[None]:
        """A transaction that never commits: to see what would follow from a change."""
        self._connection.begin()
        try:
            yield
        finally:
            self._roll_back()

    def _roll_back(self) -> None:
        try:
            self._connection.rollback()
        except duckdb.Error:  # the engine has already rolled back (a fatal error closes the transaction)
            return

    def checkpoint(self) -> None:
        """Fold the write-ahead log into the file, for whoever needs the file alone to hold everything.

        Raises:
            Transient: `DISK_FULL`. What was committed stays in the log; this connection takes no more statements.
        """
        with room_for_stores():
            self._connection.execute("CHECKPOINT store")

    def fold_log(self) -> None:
        """As `checkpoint`, for whoever is done, and the last thing they do: their status is durable, so a log that stays is no failure of theirs.

        Whoever opens the store next reads it with its log.
        """
        try:
            self._connection.execute("CHECKPOINT store")
        except duckdb.InterruptException:
            raise
        except duckdb.Error as error:
            why = "the disk is full" if is_of_no_room(error) else type(error).__name__
            log.warning("The store's write-ahead log could not be folded into its file: %s. Nothing is lost; a later sync folds it.", why)
