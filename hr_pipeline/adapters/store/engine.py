"""DuckDB as this project uses it: its settings, files attached and let go of, encrypted when a key is set, confined to our folders.

What it says of a file that can't be had becomes a refusal here. Sources: design/store.md (encryption, one writer), quality.md (external
access off). May import: `domain`.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import sha256
from importlib import resources
from pathlib import Path

import duckdb

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient

STORAGE_VERSION = "v1.5.0"  # a file of a newer default can't be opened by 1.5 again
SPILL = "spill"  # folder of what DuckDB moves out of memory
PARQUET_KEY = "stage"  # under which a key is known to the Parquet reader and writer

# How DuckDB says it, wherever it meets it: ENOSPC, EDQUOT, EFBIG (as `private_files`), and its own limit of what it may spill.
_NO_ROOM = re.compile(r"No space left|quota exceeded|File too large|disk.*full|max_temp", re.IGNORECASE)


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


def attached(connection: duckdb.DuckDBPyConnection, path: Path, key: str | None, name: str) -> None:
    """Attach a store's file under a name, which makes it when it is not there.

    Raises:
        Transient: `STORE_LOCKED`, naming the process that holds the file; `DISK_FULL`.
        Permanent: `STORE_KEY_REFUSED`, `STORE_UNREADABLE`.
    """
    try:
        connection.execute(f"ATTACH {_quoted(str(path))} AS {name} ({_attach_options(key)})")
    except duckdb.Error as error:
        raise _attach_refusal(error, path) from None


def closed(connection: duckdb.DuckDBPyConnection) -> None:
    """Close a connection, and let go of the files it has attached.

    A statement that was interrupted half-way keeps all of them, closed or not, until another statement begins.
    """
    with suppress(duckdb.Error):
        connection.execute("SELECT 1")
    connection.close()


def confined(connection: duckdb.DuckDBPyConnection, folders: Sequence[Path]) -> None:
    """Let SQL touch no file outside these folders, for the life of the connection. What memory can't hold goes to the last of them."""
    names = ", ".join(_quoted(str(folder.resolve())) for folder in folders)
    connection.execute(f"SET temp_directory = {_quoted(str(folders[-1].resolve() / SPILL))}")
    connection.execute(f"SET allowed_directories = [{names}]; SET enable_external_access = false; SET lock_configuration = true")


@contextmanager
def room_for_stores() -> Iterator[None]:
    """Say in the project's words that the disk filled up under a store: under a statement, a commit or a checkpoint.

    Raises:
        Transient: `DISK_FULL`.
    """
    try:
        yield
    except duckdb.Error as error:
        if is_of_no_room(error):
            raise Transient(Code.DISK_FULL) from None
        raise


def is_of_no_room(error: duckdb.Error) -> bool:
    """Whether the disk was full. To be asked before anything else: what that leaves behind in memory, DuckDB calls an invalidated database."""
    kinds = (duckdb.IOException, duckdb.FatalException, duckdb.OutOfMemoryException, duckdb.TransactionException)
    return isinstance(error, kinds) and bool(_NO_ROOM.search(str(error)))


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
    if is_of_no_room(error):
        return Transient(Code.DISK_FULL)
    if "lock" in text and (found := re.search(r"PID (\d+)", text)):
        return Transient(Code.STORE_LOCKED, pid=found.group(1), store=path.name)
    if "already attached" in text:
        return Transient(Code.STORE_LOCKED, pid="this process", store=path.name)
    if "encrypt" in text.casefold() or "without a key" in text:
        return Permanent(Code.STORE_KEY_REFUSED, reason="key", store=path.name)
    return Permanent(Code.STORE_UNREADABLE, file=path.name)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
