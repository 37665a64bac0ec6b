"""Copies of the store's file: as it is, while it is held; and with another key, when it is not in use.

What they are for: `operations.backing_up` and `restoring`. May import: `engine`, `opening`, `domain`.
"""

import subprocess
import sys
from pathlib import Path

from hr_pipeline.adapters.store.engine import attached, closed, engine
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Transient

# By a process of its own: closing a file lets go of every lock that this process has on it, and DuckDB's is one.
_COPY = "import shutil, sys; shutil.copyfile(sys.argv[1], sys.argv[2])"


def copy_held_store(store: Store, target: Path) -> None:
    """Copy the file of a store that this process has open and has just checkpointed: byte for byte, nobody writes meanwhile.

    Raises:
        Transient: `DISK_FULL`.
    """
    copied = subprocess.run([sys.executable, "-c", _COPY, str(store.path), str(target)], check=False, capture_output=True, umask=0o077)  # noqa: S603 - ours
    if copied.returncode:
        raise Transient(Code.DISK_FULL)


def write_with_key(source: Path, source_key: str | None, target: Path, target_key: str | None) -> None:
    """Write a store anew under another key, or without one.

    Raises:
        Permanent: `STORE_KEY_REFUSED`, `STORE_UNREADABLE`.
    """
    connection = engine(target_key or source_key)
    try:
        connection.execute("SET preserve_insertion_order = true")  # what a night joins lies in the order it was written in
        attached(connection, source, source_key, "former")
        attached(connection, target, target_key, "store")
        connection.execute("COPY FROM DATABASE former TO store; CHECKPOINT store")
    finally:
        closed(connection)
    target.chmod(0o600)
