"""Bytes of an answer to a JSON document, refusing everything that two readers could understand differently.

Bodies are never quoted in a fault. May import: `domain`.
"""

import json
import re
import zlib
from collections.abc import Iterable

import orjson

from hr_pipeline.domain.pull_faults import PullFault

_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class BadBodyError(Exception):
    """A body that can't be used. `CUT_SHORT` may be whole next time, every other fault stays."""

    def __init__(self, fault: PullFault) -> None:
        self.fault = fault
        super().__init__(fault)


def unpacked(chunks: Iterable[bytes], encoding: str, limit: int) -> bytes:
    """The decoded body, never holding more than `limit` bytes of it.

    Args:
        chunks: As they come off the wire.
        encoding: `Content-Encoding`; only gzip is asked for.
        limit: Most decoded bytes; one more is a fault.

    Raises:
        BadBodyError: `TOO_LARGE`, `CUT_SHORT` or `NOT_JSON` (an encoding that nobody asked for, or not what it says).
    """
    coding = encoding.strip().lower()
    if coding not in ("", "identity", "gzip"):
        raise BadBodyError(PullFault.NOT_JSON)
    gzip = zlib.decompressobj(wbits=31) if coding == "gzip" else None
    body = bytearray()
    for chunk in chunks:
        try:
            body += gzip.decompress(chunk, limit + 1 - len(body)) if gzip else chunk
        except zlib.error:
            raise BadBodyError(PullFault.NOT_JSON) from None
        if len(body) > limit:
            raise BadBodyError(PullFault.TOO_LARGE)
    if gzip and not gzip.eof:
        raise BadBodyError(PullFault.CUT_SHORT)
    return bytes(body)


def strict_document(body: bytes) -> object:
    """The document a body holds.

    orjson already refuses NaN and infinities, lone surrogates, raw control characters, bad UTF-8 and anything after the end. Beside
    that: an escaped NUL, a key given twice, and nesting beyond what can be written again (254 levels).

    Raises:
        BadBodyError: `CUT_SHORT`, `HTML`, `NOT_JSON`, `NUL`, `TOO_DEEP`, `DUPLICATE_KEY`.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadBodyError(_fault_of(body, error)) from None
    if b"\\u0000" in body and _ESCAPED_NUL.search(body):
        raise BadBodyError(PullFault.NUL)
    try:
        again = orjson.dumps(document)
    except orjson.JSONEncodeError:
        raise BadBodyError(PullFault.TOO_DEEP) from None
    # The same bytes written again: no key was lost on the way. Blanks and escapes ask for more.
    if again != body and _may_have_duplicate_key(body, document) and _has_duplicate_key(body):
        raise BadBodyError(PullFault.DUPLICATE_KEY)
    return document


def _fault_of(body: bytes, error: orjson.JSONDecodeError) -> PullFault:
    if body.lstrip()[:1] == b"<":
        return PullFault.HTML
    if "depth limit" in error.msg:
        return PullFault.TOO_DEEP
    try:
        text = body.decode()
    except UnicodeDecodeError as broken:
        return PullFault.CUT_SHORT if broken.reason == "unexpected end of data" else PullFault.NOT_JSON
    return PullFault.CUT_SHORT if error.pos >= len(text) else PullFault.NOT_JSON


def _may_have_duplicate_key(body: bytes, document: object) -> bool:
    """False only when there is none: as many `":` in the bytes as keys in the document, and no key with a blank before its colon."""
    return any(blank in body for blank in (b" :", b"\t:", b"\n:", b"\r:")) or body.count(b'":') != _keys(document)


def _keys(value: object) -> int:
    if isinstance(value, dict):
        return len(value) + sum(_keys(v) for v in value.values() if isinstance(v, dict | list))
    return sum(map(_keys, value)) if isinstance(value, list) else 0


def _has_duplicate_key(body: bytes) -> bool:
    try:
        json.loads(body, object_pairs_hook=_distinct)
    except _SameKeyTwiceError:
        return True
    return False


class _SameKeyTwiceError(Exception):
    """Ends the exact check."""


def _distinct(pairs: list[tuple[str, object]]) -> None:
    if len(pairs) != len(dict(pairs)):
        raise _SameKeyTwiceError
