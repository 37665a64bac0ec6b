"""Whether what somebody typed may stand on a raw page: what tells, far cheaper than to decode it, that nobody on it can be meant.

It may say yes where nobody is, never no where somebody is. May import: `adapters`, `domain`.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import orjson

from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.domain.text import folded
from hr_pipeline.domain.whom import Whom

Mentions = Callable[[Page], bool]

_ESCAPED_ASCII = re.compile(rb"\\u00[2-7]", re.IGNORECASE)  # JSON may write any letter so
_ESCAPE = re.compile(rb"\\(?:u[0-9a-f]{4}(?:\\u[0-9a-f]{4})*|.)", re.IGNORECASE | re.DOTALL)
_NOT_ASCII = re.compile(rb"[\x80-\xff]+")
_LOWERED = bytes(range(256)).lower()
_FOLDED_AWAY = bytes(byte for byte in range(128) if not chr(byte).isalnum())


def mentions_of(who: Whom) -> Mentions | None:
    """Whether a page may mention somebody; None where no page can be ruled out (letters beyond ASCII in what is no name).

    An id, number or address stands on the page as it is, whatever its case and whatever is done to it on the way, but for the letters that
    JSON escapes; names stand there with accents, apostrophes and capitals.
    """
    if who.is_name:
        return lambda page: who.may_stand_in(folded_page(page.body))
    if not who.text.isascii():
        return None
    sought = who.text.lower().encode()
    return lambda page: sought in page.body.lower() or has_escaped_ascii(page)


def has_escaped_ascii(page: Page) -> bool:
    """Whether letters that need no escape are escaped, so that no text can be looked for as it is."""
    return _ESCAPED_ASCII.search(page.body) is not None


def folded_page(body: bytes) -> str:
    """All of a page as `domain.text.folded` would leave it, keys and values run together."""
    plain = _ESCAPE.sub(_unescaped, body) if b"\\" in body else body
    return _NOT_ASCII.sub(_folded_run, plain.translate(_LOWERED, _FOLDED_AWAY)).decode(errors="replace")


def _unescaped(found: re.Match[bytes]) -> bytes:
    """What a run of escapes stands for; nothing for one that is no letter, or half of one."""
    try:
        text: str = orjson.loads(b'"%b"' % found.group())
    except orjson.JSONDecodeError:
        return b""
    return text.encode() if found.group()[1:2] in b"uU" else b""


def _folded_run(found: re.Match[bytes]) -> bytes:
    return _folded(found.group())


@lru_cache(maxsize=10_000)
def _folded(run: bytes) -> bytes:
    """Letters beyond ASCII as they are compared. Neighbours are folded together, for marks in a row may change places."""
    return folded(run.decode(errors="ignore")).encode()
