"""Opening the store: one writer at a time, waited for with the holder's name, migrated, free again however its user ends.

Sources: design/store.md (one writer), quality.md (files 0600). May import: `domain`, `private_files`, `engine`, `database`, `migrating`.
"""

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from hr_pipeline.adapters.private_files import create_private_folder
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.engine import SPILL, attached, closed, confined, engine, room_for_stores
from hr_pipeline.adapters.store.migrating import migrate
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent, Refusal

WAL_LIMIT = "1GB"  # no checkpoint in the middle of a run; `Database.fold_log` follows once the status is durable

_one_at_a_time = threading.RLock()  # DuckDB's file lock is per process


@dataclass(frozen=True, slots=True)
class Store:
    """Where the store is and how to open it.

    `folders` are the only places besides the store file that SQL may read or write while it is open.
    """

    path: Path
    key: str | None = field(default=None, repr=False)
    folders: tuple[Path, ...] = ()
    patience_seconds: float = 60

    @property
    def files(self) -> tuple[Path, Path]:
        """The store, and the write-ahead log that DuckDB keeps beside it at times."""
        return self.path, self.path.with_name(f"{self.path.name}.wal")

    @property
    def stamp(self) -> str:
        """Changes whenever something was written, and only then: who looked at this stamp need not open the store to find nothing new."""
        return " ".join(f"{file.stat().st_mtime_ns}-{file.stat().st_size}" for file in self.files if file.exists())

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """The open store, migrated. Held only for short set-based steps, never during HTTP.

        An interrupt may come between any two steps of this. Whoever tells of it keeps these frames for a while, and a connection in one of
        them would keep the file from everybody: it is closed before anybody hears of it.

        Raises:
            Transient: `STORE_LOCKED`, naming the process that holds the file; `DISK_FULL`, which says nothing of the store.
            Permanent: `STORE_KEY_REFUSED`; `STORE_UNREADABLE`, now or when a damaged block is come upon.
        """
        with _one_at_a_time, _private_files():
            connection: duckdb.DuckDBPyConnection | None = None
            try:
                try:
                    with room_for_stores():
                        connection = self._attached()
                        database = Database(connection)
                        migrate(database)
                        yield database
                finally:
                    if connection is not None:
                        closed(connection)
            except (duckdb.IOException, duckdb.SerializationException, duckdb.FatalException) as error:
                if re.search(r"corrupt|checksum|deserialize|invalidated", str(error), re.IGNORECASE):
                    raise Permanent(Code.STORE_UNREADABLE, file=self.path.name) from None
                raise
            finally:
                if connection is not None:  # again: the interrupt may have come just before the first
                    closed(connection)

    def _attached(self) -> duckdb.DuckDBPyConnection:
        create_private_folder(self.path.parent)
        deadline = time.monotonic() + self.patience_seconds
        pause = 0.01
        while True:
            connection = engine(self.key)
            try:
                attached(connection, self.path, self.key, "store")
                self._make_ready(connection)
                return connection
            except BaseException as error:
                closed(connection)
                is_locked = isinstance(error, Refusal) and error.code is Code.STORE_LOCKED
                if not is_locked or time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)
            pause = min(pause * 1.5, 0.5)

    def _make_ready(self, connection: duckdb.DuckDBPyConnection) -> None:
        """What is done as soon as the store is ours."""
        self.path.chmod(0o600)
        shutil.rmtree(self.path.parent / SPILL, ignore_errors=True)  # a killed process's; the store's lock says that no other is at work
        connection.execute(f"USE store; SET wal_autocheckpoint = '{WAL_LIMIT}'")
        confined(connection, (*self.folders, self.path.parent))


@contextmanager
def _private_files() -> Iterator[None]:
    """DuckDB makes its write-ahead log and spilled files itself, with whatever the umask allows."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)
