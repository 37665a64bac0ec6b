"""Landing files: the raw answers of one pull as they came, one Parquet file per snapshot, whole or not there at all.

Columns, digests and seal are `landing_format`'s; what pages say is the providers'. A row group holds pages of one resource in the
order they arrived. May import: `domain`, `landing_format`, `private_files`, `providers.protocol`.
"""

import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from hmac import compare_digest
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from hr_pipeline.adapters.encryption import InvalidTag
from hr_pipeline.adapters.landing_format import KEY_MARK, SCHEMA, Place, Seal, content_hash, page_digest, seal_for
from hr_pipeline.adapters.private_files import PartFile, create_private_folder, room_needed, sweep_parts
from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import checked_connection_id
from hr_pipeline.domain.refusals import Permanent, Refusal
from hr_pipeline.domain.repeating import repeated_id

# Pages of a resource wait in memory until they have this many bytes: what bounds memory while landing, and while reading.
GROUP_BYTES = 2 * 1024 * 1024
GROUPS_KEPT = 4  # pages arrive nearly in order, so reading in order goes back and forth between neighbours


@dataclass(frozen=True, slots=True)
class Landed:
    """A snapshot on disk. `bytes` counts the bodies as received, before any compression."""

    path: Path
    content_hash: str
    pages: int
    bytes: int


class LandingFile:
    """Where one pull puts its pages. `add` may be called from any number of threads.

    Leaving the `with` block before `finish` leaves nothing behind.
    """

    def __init__(self, path: Path, seal: Seal) -> None:
        self._path = path
        self._seal = seal
        self._lock = threading.Lock()
        self._waiting: dict[str, list[tuple[int, bytes, bytes]]] = {}
        self._waiting_bytes: dict[str, int] = {}
        self._digests: dict[Place, bytes] = {}
        self._bytes = 0
        self._ended: BaseException | None = None

    def __enter__(self) -> Self:
        """Open the hidden file the pages go to.

        Raises:
            Transient: `DISK_FULL`.
        """
        with room_needed():
            create_private_folder(self._path.parent)
            sweep_parts(self._path.parent)
            self._part = PartFile(self._path)
        self._writer = pq.ParquetWriter(
            self._part.file,
            SCHEMA.with_metadata({KEY_MARK: self._seal.mark}),
            compression="none" if self._seal.key else "zstd",  # what is sealed was compressed before
            use_dictionary=False,
            write_statistics=False,  # they would repeat bodies in the footer
            write_page_checksum=True,
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Leave nothing unless `finish` was reached."""
        with self._lock:
            self._ended = self._ended or ValueError("the landing file is closed")
            self._writer.is_open = False  # else its finaliser would write a footer
            self._part.discard()

    def add(self, page: Page) -> None:
        """Keep one page.

        Raises:
            Transient: `DISK_FULL`.
            ValueError: The same page twice, or a page after the end.
        """
        place = (page.resource, page.number)
        digest = page_digest(page)
        row = (page.number, self._seal.closed("digest", place, digest), self._seal.closed("body", place, page.body))
        with self._lock, self._usable():
            if place in self._digests:
                raise ValueError(f"page {page.number} of {page.resource} landed twice")
            self._digests[place] = digest
            self._bytes += len(page.body)
            self._waiting.setdefault(page.resource, []).append(row)
            self._waiting_bytes[page.resource] = self._waiting_bytes.get(page.resource, 0) + len(row[2])
            if self._waiting_bytes[page.resource] >= GROUP_BYTES:
                self._write(page.resource)

    def finish(self) -> Landed:
        """Make the snapshot durable and visible, whole.

        Raises:
            Transient: `DISK_FULL`; nothing is left.
        """
        with self._lock, self._usable():
            for resource in sorted(self._waiting):
                self._write(resource)
            with room_needed():
                self._writer.close()
                self._part.publish()
            self._ended = ValueError("the landing file is finished")
        return Landed(self._path, content_hash(self._digests), len(self._digests), self._bytes)

    def _write(self, resource: str) -> None:
        self._waiting_bytes.pop(resource)
        numbers, digests, bodies = zip(*self._waiting.pop(resource), strict=True)
        columns = [pa.array([resource] * len(numbers)), pa.array(numbers, pa.int32()), pa.array(digests), pa.array(bodies)]
        with room_needed():
            self._writer.write_batch(pa.record_batch(columns, schema=SCHEMA))

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """A failed write spoils the file: every later call meets the same failure, so that no other thread finishes it."""
        if self._ended is not None:
            raise self._ended
        try:
            yield
        except BaseException as error:
            self._ended = error
            raise


def landing(home: Path, connection_id: str, snapshot_id: str, key: str | None) -> LandingFile:
    """A landing file for `with`; `key` is the store key, or None for a file in clear.

    Raises:
        Refusal: `UNKNOWN_CONNECTION` or `UNKNOWN_SNAPSHOT` when an id has not the form of one.
    """
    return LandingFile(landing_path(home, connection_id, snapshot_id), seal_for(snapshot_id, key))


def landing_path(home: Path, connection_id: str, snapshot_id: str) -> Path:
    """Where a snapshot lands. Both ids are surrogates of a closed form, so a path never leaves the home.

    Raises:
        Refusal: `UNKNOWN_CONNECTION` or `UNKNOWN_SNAPSHOT`.
    """
    if repeated_id(snapshot_id) is None:
        raise Refusal(Code.UNKNOWN_SNAPSHOT)
    return home / "landing" / checked_connection_id(connection_id) / f"{snapshot_id}.parquet"


def landed_pages(path: Path, key: str | None, expected_hash: str) -> Iterator[Page]:
    """The pages of a landed snapshot in the order (resource, number), each proven before it is handed out.

    A few row groups are in memory at a time. The file is opened when the first page is asked for.

    Raises:
        Permanent: `STORE_KEY_REFUSED` when it was sealed with another key or none is given; `STORE_UNREADABLE` when it is gone, cut,
            changed, or not the snapshot that has this hash.
    """
    name = f"{path.parent.name}/{path.stem}"
    with _readable(name):
        parquet = pq.ParquetFile(path, page_checksum_verification=True, pre_buffer=False)  # it is on this machine
    with parquet:
        with _readable(name):
            seal = _opening_seal(parquet, path.stem, key, name)
            index = _index(parquet, seal)
            digests = {place: digest for place, (digest, _, _) in index.items()}
            if not compare_digest(content_hash(digests), expected_hash):
                raise Permanent(Code.STORE_UNREADABLE, file=name)
            bodies = _kept_bodies(parquet)
        for place in sorted(index):
            digest, group, row = index[place]
            with _readable(name):
                page = Page(*place, seal.opened("body", place, bodies(group)[row].as_py()))
                if page_digest(page) != digest:
                    raise Permanent(Code.STORE_UNREADABLE, file=name)
            yield page


def _opening_seal(parquet: pq.ParquetFile, snapshot_id: str, key: str | None, name: str) -> Seal:
    mark = (parquet.schema_arrow.metadata or {})[KEY_MARK]
    seal = seal_for(snapshot_id, key) if mark else Seal(snapshot_id)
    if mark != seal.mark:
        raise Permanent(Code.STORE_KEY_REFUSED, reason="key", store=name)
    return seal


def _index(parquet: pq.ParquetFile, seal: Seal) -> dict[Place, tuple[bytes, int, int]]:
    """Digest, row group and row of each page; read without touching the bodies."""
    index = {}
    for group in range(parquet.num_row_groups):
        columns = parquet.read_row_group(group, columns=["resource", "number", "digest"], use_threads=False).to_pydict()
        for row, (resource, number, digest) in enumerate(zip(*columns.values(), strict=True)):
            index[resource, number] = (seal.opened("digest", (resource, number), digest), group, row)
    return index


def _kept_bodies(parquet: pq.ParquetFile) -> Callable[[int], "pa.ChunkedArray[pa.BinaryScalar]"]:
    @lru_cache(maxsize=GROUPS_KEPT)
    def bodies(group: int) -> "pa.ChunkedArray[pa.BinaryScalar]":
        return parquet.read_row_group(group, columns=["body"], use_threads=False).column("body")

    return bodies


@contextmanager
def _readable(name: str) -> Iterator[None]:
    """Whatever a damaged file makes the libraries say, one sentence; they quote bytes, so nothing of it is kept."""
    try:
        yield
    except (OSError, pa.ArrowException, InvalidTag, zlib.error, ValueError, LookupError, TypeError, OverflowError, MemoryError):
        raise Permanent(Code.STORE_UNREADABLE, file=name) from None


def delete_landed(home: Path, connection_id: str, snapshot_id: str) -> None:
    """Remove a kept snapshot; one already gone is fine.

    Raises:
        Refusal: `UNKNOWN_CONNECTION` or `UNKNOWN_SNAPSHOT`.
    """
    landing_path(home, connection_id, snapshot_id).unlink(missing_ok=True)


def sweep_landing(home: Path) -> int:
    """Remove what killed pulls left behind; the number of files removed. Pulls still going are not disturbed."""
    return sum(sweep_parts(folder) for folder in (home / "landing").glob("*/"))
