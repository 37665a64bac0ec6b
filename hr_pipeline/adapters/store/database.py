"""Opening the store: one writer at a time, waiting with the holder's name, encrypted when a key is set, migrated forward.

Holds no statement of the domain: those are files under `sql/`. Sources: design/store.md (one writer, encryption), quality.md
(files 0600, external access off). May import: `domain`, `private_files`.
"""

import os
import re
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from hr_pipeline.adapters.private_files import create_private_folder
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient

SQL = resources.files("hr_pipeline.adapters.store") / "sql"
MIGRATIONS = resources.files("hr_pipeline.adapters.store") / "migrations"
STORAGE_VERSION = "v1.5.0"  # a file of a newer default can't be opened by 1.5 again
WAL_LIMIT = "1GB"  # no checkpoint in the middle of a run; `checkpoint` follows once the status is durable
SPILL = "spill"  # folder of what DuckDB moves out of memory
PARQUET_KEY = "stage"  # under which a key is known to the Parquet reader and writer
CANARY = "hr_pipeline: DuckDB promises nothing about hash() across versions"

_one_at_a_time = threading.RLock()  # DuckDB's file lock is per process


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
        """Fold the write-ahead log into the file. Called after the status is durable, never before."""
        self._connection.execute("CHECKPOINT store")


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
    def stamp(self) -> str:
        """Changes whenever something was written, and only then: who looked at this stamp need not open the store to find nothing new."""
        files = (self.path, self.path.with_name(f"{self.path.name}.wal"))
        return " ".join(f"{file.stat().st_mtime_ns}-{file.stat().st_size}" for file in files if file.exists())

    @contextmanager
    def opened(self) -> Iterator[Database]:
        """The open store, migrated. Held only for short set-based steps, never during HTTP.

        An interrupt may come between any two steps of this. Whoever tells of it keeps these frames for a while, and a connection in one of
        them would keep the file from everybody: it is closed before anybody hears of it.

        Raises:
            Transient: `STORE_LOCKED`, naming the process that holds the file.
            Permanent: `STORE_KEY_REFUSED`; `STORE_UNREADABLE`, now or when a damaged block is come upon.
        """
        with _one_at_a_time, _private_files():
            connection: duckdb.DuckDBPyConnection | None = None
            try:
                try:
                    connection = self._attached()
                    database = Database(connection)
                    _migrate(database)
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
def room_for_stores() -> Iterator[None]:
    """Say in the project's words that the disk filled up under a store.

    Raises:
        Transient: `DISK_FULL`.
    """
    try:
        yield
    except (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException) as error:
        if re.search(r"No space left|disk.*full|max_temp", str(error), re.IGNORECASE):
            raise Transient(Code.DISK_FULL) from None
        raise


def engine(key: str | None) -> duckdb.DuckDBPyConnection:
    """A bare in-memory DuckDB with the project's settings; with a key, able to write encrypted files.

    Raises:
        Permanent: `STORE_KEY_REFUSED` when a key is set and the extension that encrypts is not installed.
    """
    connection = duckdb.connect(":memory:")
    connection.execute("SET TimeZone = 'Europe/Brussels'; SET preserve_insertion_order = false; SET enable_progress_bar = false")
    if key:
        connection.execute("SET temp_file_encryption = true")
        connection.execute(f"LOAD {_quoted(str(_encryption_extension()))}")
        connection.execute(f"PRAGMA add_parquet_key('{PARQUET_KEY}', '{sha256(key.encode()).hexdigest()[:32]}')")
    return connection


def closed(connection: duckdb.DuckDBPyConnection) -> None:
    """Close a connection, and let go of the files it has attached.

    A statement that was interrupted half-way keeps all of them, closed or not, until another statement begins.
    """
    with suppress(duckdb.Error):
        connection.execute("SELECT 1")
    connection.close()


def attached(connection: duckdb.DuckDBPyConnection, path: Path, key: str | None, name: str) -> None:
    """Attach a store's file under a name, which makes it when it is not there.

    Raises:
        Transient: `STORE_LOCKED`, naming the process that holds the file.
        Permanent: `STORE_KEY_REFUSED`, `STORE_UNREADABLE`.
    """
    try:
        connection.execute(f"ATTACH {_quoted(str(path))} AS {name} ({_attach_options(key)})")
    except duckdb.Error as error:
        raise _attach_refusal(error, path) from None


@contextmanager
def _private_files() -> Iterator[None]:
    """DuckDB makes its write-ahead log and spilled files itself, with whatever the umask allows."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def confined(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """Let SQL touch no file outside these folders, for the life of the connection. What memory can't hold goes to the last of them."""
    names = ", ".join(_quoted(str(folder.resolve())) for folder in folders)
    connection.execute(f"SET temp_directory = {_quoted(str(folders[-1].resolve() / SPILL))}")
    connection.execute(f"SET allowed_directories = [{names}]; SET enable_external_access = false; SET lock_configuration = true")


def _attach_options(key: str | None) -> str:
    options = f"STORAGE_VERSION '{STORAGE_VERSION}'"
    return f"{options}, ENCRYPTION_KEY {_quoted(key)}" if key else options


def _encryption_extension() -> Path:
    try:
        package = resources.files("duckdb_extension_httpfs")
    except ModuleNotFoundError:
        raise Permanent(Code.STORE_KEY_REFUSED, reason="extension") from None
    path = Path(str(package)) / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
    if not path.is_file():
        raise Permanent(Code.STORE_KEY_REFUSED, reason="extension")
    return path


def _attach_refusal(error: duckdb.Error, path: Path) -> Refusal:
    text = str(error)
    if "lock" in text and (found := re.search(r"PID (\d+)", text)):
        return Transient(Code.STORE_LOCKED, pid=found.group(1), store=path.name)
    if "already attached" in text:
        return Transient(Code.STORE_LOCKED, pid="this process", store=path.name)
    if "encrypt" in text.casefold() or "without a key" in text:
        return Permanent(Code.STORE_KEY_REFUSED, reason="key", store=path.name)
    return Permanent(Code.STORE_UNREADABLE, file=path.name)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _migrate(database: Database) -> None:
    """Bring the schema forward, one transaction per migration; an applied migration is never edited.

    Raises:
        Permanent: `STORE_UNREADABLE` when the store is newer than this program or a migration was edited.
    """
    database.run("CREATE TABLE IF NOT EXISTS migration (version INTEGER NOT NULL, name VARCHAR NOT NULL, digest VARCHAR NOT NULL)")
    applied = {row["version"]: row["digest"] for row in database.rows("SELECT version, digest FROM migration")}
    known = sorted(MIGRATIONS.iterdir(), key=lambda file: file.name)
    files = {int(file.name[:4]): file for file in known if file.name.endswith(".sql")}
    digests = {version: sha256(file.read_bytes()).hexdigest() for version, file in files.items()}
    if any(digests.get(version) != digest for version, digest in applied.items()):
        raise Permanent(Code.STORE_UNREADABLE, file="migrations", reason="newer")
    for version in sorted(files.keys() - applied.keys()):
        with database.transaction():
            database.run(files[version].read_text(encoding="utf-8"))
            database.run("INSERT INTO migration VALUES (?, ?, ?)", [version, files[version].name, digests[version]])
    if files.keys() - applied.keys():
        database.run(statement("reporting_views"))
    _check_hashes(database)


def _check_hashes(database: Database) -> None:
    """Make stored hashes anew when DuckDB's hash() has changed under them; then everybody is compared once, column by column."""
    kept = database.value("SELECT hash FROM engine_canary")
    now = database.value("SELECT hash(?)", [CANARY])
    if kept == now:
        return
    with database.transaction():
        if kept is not None:
            database.run("UPDATE link SET row_hash = 0")
            database.run(statement("account_hashes_anew"))
        database.run("DELETE FROM engine_canary")
        database.run("INSERT INTO engine_canary VALUES (?)", [now])
