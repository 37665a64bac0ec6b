"""Backup files: one archive of the store, its landing files and a list of digests that proves each of them; whole or not there at all.

What belongs in one and when one is made is `operations.backing_up`'s. May import: `domain`, `private_files`.
"""

import json
import os
import re
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any, Self, cast

from hr_pipeline.adapters.private_files import FILE_MODE, PartFile, create_private_folder, room_needed, sweep_parts
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

FORMAT = 1
MANIFEST = "manifest.json"
STORE = "hr_pipeline.duckdb"
CREDENTIALS_KEY = "keys/credentials.key"
SUFFIX = ".backup"
CHUNK = 1024 * 1024

# A path in an archive is one of these and nothing else, so that none leads out of the folder it is unpacked in.
_SURROGATE = r"[a-z0-9][a-z0-9-]{0,62}"
_PLACES = re.compile(rf"{re.escape(STORE)}|{re.escape(CREDENTIALS_KEY)}|landing/{_SURROGATE}/{_SURROGATE}\.parquet")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a backup says of itself. `encrypted`: its store, landing files and credentials open with HR_PIPELINE_STORE_KEY only."""

    made_at: str
    encrypted: bool
    sync_runs: int
    newest_run_id: str | None
    accounts: int
    snapshots: int


class BackupWriter:
    """A backup on its way. Leaving the `with` block before `finish` leaves nothing behind."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> Self:
        """Open the hidden file.

        Raises:
            Refusal: `FILE_EXISTS`; `INVALID_FILE` when its folder can't be written to.
            Transient: `DISK_FULL`.
        """
        if os.path.lexists(self._path):
            raise self._taken()
        try:
            with room_needed():
                create_private_folder(self._path.parent)
                sweep_parts(self._path.parent)
                self._part = PartFile(self._path)
        except OSError:
            raise Refusal(Code.INVALID_FILE, file=self._path.name[:63], expected="a file in a folder that can be written to") from None
        self._archive = tarfile.open(fileobj=self._part.file, mode="w", format=tarfile.PAX_FORMAT)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing unless `finish` was reached."""
        self._part.discard()

    def add(self, name: str, source: Path) -> None:
        """Take a file up under a name.

        Raises:
            FileNotFoundError: It is gone.
            Transient: `DISK_FULL`.
        """
        with source.open("rb") as file, room_needed():
            info = _entry(name, source.stat().st_size)
            read = _Digesting(file)
            self._archive.addfile(info, cast("IO[bytes]", read))
            self._entries[name] = {"bytes": info.size, "sha256": read.digest.hexdigest()}

    def finish(self, facts: Facts) -> int:
        """Make the backup durable and visible; returns its bytes.

        Raises:
            Refusal: `FILE_EXISTS` when there is a file of that name by now: a backup is never replaced.
            Transient: `DISK_FULL`.
        """
        manifest = json.dumps({"format": FORMAT, **asdict(facts), "entries": self._entries}).encode()
        with room_needed():
            self._archive.addfile(_entry(MANIFEST, len(manifest)), BytesIO(manifest))
            self._archive.close()
            size = self._part.file.tell()
            published = self._part.publish_new()
        if not published:
            raise self._taken()
        return size

    def _taken(self) -> Refusal:
        return Refusal(Code.FILE_EXISTS, file=self._path.name[:63])


class _Digesting:
    """A file that digests what is read of it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = sha256()

    def read(self, size: int = -1) -> bytes:
        """As the file's."""
        chunk = self._file.read(size)
        self.digest.update(chunk)
        return chunk


def _entry(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, FILE_MODE
    return info


def unpacked_backup(path: Path, folder: Path) -> Facts:
    """Unpack a backup into a folder of its own, each file proven by its digest, and tell what it says of itself.

    Raises:
        Refusal: `INVALID_FILE` when there is none to read, or it is not a whole and unchanged backup.
        Transient: `DISK_FULL`.
    """
    try:
        if not path.is_file():  # a pipe would be waited for
            raise FileNotFoundError(path)
        with room_needed(), path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as archive:
            manifest = _manifest(archive)
            facts = _facts(manifest)
            for name, told in manifest["entries"].items():
                _unpack(archive, name, told, folder)
            return facts
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError, AttributeError, EOFError, OverflowError, RecursionError):
        raise Refusal(Code.INVALID_FILE, file=path.name[:63] or None, expected="a whole file made by `hr-pipeline backup`") from None


def _manifest(archive: tarfile.TarFile) -> Mapping[str, Any]:
    manifest: Mapping[str, Any] = json.loads(_member(archive, MANIFEST).read())
    if manifest["format"] != FORMAT or STORE not in manifest["entries"]:
        raise ValueError(MANIFEST)
    return manifest


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """A plain file of the archive: no link that leads in a circle, no holes that fill a disk."""
    member = archive.getmember(name)
    file = archive.extractfile(member) if member.isreg() and not member.issparse() else None
    if file is None:
        raise ValueError(name)
    return file


def _facts(manifest: Mapping[str, Any]) -> Facts:
    facts = Facts(**{name: manifest[name] for name in Facts.__dataclass_fields__})
    counts = (facts.sync_runs, facts.accounts, facts.snapshots)
    good = type(facts.encrypted) is bool and all(type(count) is int and 0 <= count < 2**63 for count in counts)
    named = facts.newest_run_id is None or re.fullmatch(r"r[0-9]{1,19}", facts.newest_run_id)
    if not (good and named) or datetime.fromisoformat(facts.made_at).isoformat(timespec="seconds") != facts.made_at:
        raise ValueError(MANIFEST)
    return facts


def _unpack(archive: tarfile.TarFile, name: str, told: Mapping[str, Any], folder: Path) -> None:
    if not _PLACES.fullmatch(name):
        raise ValueError(name)
    target = folder / name
    create_private_folder(target.parent)
    read = _Digesting(_member(archive, name))
    with _new_file(target) as file:
        shutil.copyfileobj(cast("IO[bytes]", read), file, CHUNK)
    if read.digest.hexdigest() != told["sha256"]:
        raise ValueError(name)


@contextmanager
def _new_file(path: Path) -> Iterator[IO[bytes]]:
    part = PartFile(path)
    try:
        yield part.file
        part.publish()
    finally:
        part.discard()
