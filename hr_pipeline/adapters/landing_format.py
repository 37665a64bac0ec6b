"""What a landing file holds: its columns, the digests that prove it, and how pages are sealed when a store key is set.

Writes and reads nothing: that is `landing`. May import: `domain`, `encryption`, `providers.protocol`.
"""

import zlib
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import pyarrow as pa

from hr_pipeline.adapters.encryption import derived_key, key_mark, opened_box, sealed_box
from hr_pipeline.adapters.providers.protocol import Page

KEY_MARK = b"hr_pipeline.key"  # of the file's metadata; empty when the file is in clear

# `digest` is more than a reader of the pages needs: a few bytes a page prove the whole file before any body is read.
_COLUMNS: "list[pa.Field[Any]]" = [
    pa.field("resource", pa.string(), nullable=False),
    pa.field("number", pa.int32(), nullable=False),
    pa.field("digest", pa.binary(), nullable=False),
    pa.field("body", pa.binary(), nullable=False),
]
SCHEMA = pa.schema(_COLUMNS)

Place = tuple[str, int]  # resource and number: what a page is called within its snapshot


def page_digest(page: Page) -> bytes:
    """SHA-256 of a page: its resource, its number and its bytes."""
    head = f"{len(page.resource)}:{page.resource}:{page.number}:".encode()
    return sha256(head + page.body).digest()


def content_hash(digests: dict[Place, bytes]) -> str:
    """SHA-256 over the pages' digests in the order (resource, number): the same whatever the order of arrival, key or layout."""
    return sha256(b"".join(digests[place] for place in sorted(digests))).hexdigest()


@dataclass(frozen=True, slots=True)
class Seal:
    """Closes and opens what belongs to one page of one snapshot; without a key it passes everything through.

    Digests are sealed too: the digest of a page whose every value but one is known would give that one away.
    """

    snapshot_id: str
    key: bytes | None = field(default=None, repr=False)
    mark: bytes = b""  # says which store key closed a file; empty without one

    def closed(self, column: str, place: Place, plain: bytes) -> bytes:
        """Compressed, then AES-256-GCM, bound to the snapshot, the column and the page."""
        if self.key is None:
            return plain
        return sealed_box(self.key, zlib.compress(plain), self._associated(column, place))

    def opened(self, column: str, place: Place, box: bytes) -> bytes:
        """What `closed` was given.

        Raises:
            InvalidTag: A changed byte, or a box from elsewhere.
        """
        if self.key is None:
            return box
        return zlib.decompress(opened_box(self.key, box, self._associated(column, place)))

    def _associated(self, column: str, place: Place) -> bytes:
        resource, number = place
        return f"{self.snapshot_id}/{column}/{number}/{resource}".encode()


def seal_for(snapshot_id: str, store_key: str | None) -> Seal:
    """The seal of one snapshot. One key each: random nonces stay far from their birthday bound however many snapshots there are."""
    if not store_key:
        return Seal(snapshot_id)
    return Seal(snapshot_id, derived_key(store_key, f"landing/{snapshot_id}"), key_mark(derived_key(store_key, "landing")).encode())
