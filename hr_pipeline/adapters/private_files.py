"""Files and folders only their owner can read, and files that appear whole or not at all.

Knows nothing of what is in them. May import: `domain`.
"""

import errno
import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Transient

FOLDER_MODE = 0o700
FILE_MODE = 0o600
PART = ".part"

# EFBIG is what a process meets at its own file size limit: no room either.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)

_OURS = re.compile(rf"\..+\.\d+-[0-9a-f]{{8}}{re.escape(PART)}")  # as `PartFile` calls them: a folder may hold other people's


class PartFile:
    """A file on its way: hidden beside its final place, locked for as long as its writer lives.

    The lock, not the process id in the name, tells whether the writer is alive: ids are used again, and differ between containers
    that share a folder.
    """

    def __init__(self, final: Path) -> None:
        self.final = final
        self.path, self.file = _locked_new_file(final)

    def publish(self) -> None:
        """Make everything written durable and give the file its final name, replacing what had it."""
        self._make_durable()
        self.path.rename(self.final)
        sync_folder(self.final.parent)
        self.file.close()

    def publish_new(self) -> bool:
        """As `publish`, but when another process was first its file stays and this one is discarded: False."""
        self._make_durable()
        try:
            _give_new_name(self.path, self.final)
        except FileExistsError:
            return False
        finally:
            self.discard()
        sync_folder(self.final.parent)
        return True

    def _make_durable(self) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())

    def discard(self) -> None:
        """Leave nothing. May follow anything, a failed write and `publish` included."""
        self.path.unlink(missing_ok=True)
        with suppress(OSError):  # bytes still buffered when the disk is full
            self.file.close()


def _give_new_name(path: Path, final: Path) -> None:
    """Give a file a second name that nobody has: by a link, or where the disk knows none (exFAT, some shares) by taking the name first.

    Raises:
        FileExistsError: Somebody has it.
    """
    try:
        final.hardlink_to(path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(final, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE))
        path.rename(final)


def _locked_new_file(final: Path) -> tuple[Path, BinaryIO]:
    while True:
        path = final.with_name(f".{final.name}.{os.getpid()}-{secrets.token_hex(4)}{PART}")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, FILE_MODE)
        os.fchmod(descriptor, FILE_MODE)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.fstat(descriptor).st_nlink:
            return path, os.fdopen(descriptor, "wb")
        os.close(descriptor)  # a sweep came between creation and lock, and took it for a dead one's


def sweep_parts(folder: Path) -> int:
    """Remove the part files of writers that died; the number removed. Those of living writers stay."""
    return sum(_swept(path) for path in folder.glob(f".*{PART}") if _OURS.fullmatch(path.name) and path.is_file() and not path.is_symlink())


def _swept(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:  # published or swept a moment ago
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def create_private_folder(path: Path) -> None:
    """Make a folder and its missing parents, 0700 whatever the umask. What exists keeps its permissions."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
        folder.chmod(FOLDER_MODE)
        sync_folder(folder.parent)


@contextmanager
def held_folder(path: Path) -> Iterator[None]:
    """A private folder that `folder_is_held` tells of for as long as the block lasts and its process lives. It is the owner's to remove."""
    while True:
        create_private_folder(path)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino:
            break
        os.close(descriptor)  # a sweep came between creation and lock
    try:
        yield
    finally:
        os.close(descriptor)


def folder_is_held(path: Path) -> bool:
    """Whether somebody who lives holds the folder."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # gone a moment ago, or no folder
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def sync_folder(path: Path) -> None:
    """Make names given or taken away in a folder durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def room_needed() -> Iterator[None]:
    """Say a full disk in the project's words.

    Raises:
        Transient: `DISK_FULL`.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise Transient(Code.DISK_FULL) from None
        raise
