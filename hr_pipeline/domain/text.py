"""What two names and two e-mail addresses are compared by, for whole columns.

Accents, case, hyphens, apostrophes, spaces and punctuation fold away; letters that only look alike (Cyrillic а, Greek ο) never
do, since that would merge two people. Not here: whether an address is valid (`validation`), whether two names contradict each other
(`names`). Source: synchronisation.md §3.5 and §3.6. May import: nothing of ours.
"""

import re
import unicodedata
from collections.abc import Callable

import idna
import pyarrow as pa
import pyarrow.compute as pc

# Latin letters that no decomposition takes apart, with what people type in their place.
_LETTERS = {"ß": "ss", "ø": "o", "œ": "oe", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ħ": "h", "ŧ": "t", "ı": "i"}
_LETTER = re.compile("[" + "".join(_LETTERS) + "]")

# Accents only: combining marks of scripts where they are vowels (Devanagari, Thai …) stay, or different names would fold together.
_ACCENT = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+")
_MODIFIER_FIRST, _MODIFIER_LAST = "\u02b9", "\u02ff"  # ʹ ʻ ʼ ʽ ˈ …: letters to Unicode, apostrophes to people

SEPARATOR = "|"  # between the folded first and last name; folds away itself, so a key can't be read in two ways


def folded(text: str) -> str:
    """One name as it is compared. Idempotent; the same for NFC and NFD."""
    value = _ACCENT.sub("", unicodedata.normalize("NFKD", text)).casefold()
    value = _LETTER.sub(lambda match: _LETTERS[match.group()], _ACCENT.sub("", unicodedata.normalize("NFKD", value)))
    return "".join(c for c in value if unicodedata.category(c)[0] in "LNM" and not _MODIFIER_FIRST <= c <= _MODIFIER_LAST)


def folded_names(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`folded` for a column of strings; null stays null, and a name of punctuation alone becomes null."""
    texts = _flat(values)
    plain = pc.replace_substring_regex(pc.ascii_lower(texts), pattern="[^a-z0-9]+", replacement="")
    return _nulled(_exact_where_not_ascii(plain, texts, folded))


def name_key(first: pa.Array | pa.ChunkedArray, last: pa.Array | pa.ChunkedArray) -> pa.Array:
    """What two people's names are compared by: `first|last`, folded; null where either name is missing.

    Args:
        first: First names, `string`.
        last: Last names (or birth names), as many.
    """
    return pc.binary_join_element_wise(folded_names(first), folded_names(last), SEPARATOR)


def email_folded(text: str) -> str:
    """One e-mail address as it is compared: NFC, casefolded, without blanks or invisible characters, the domain as the DNS knows it.

    Compatibility forms of the local part are kept apart (NFC, not NFKC), and so are dots and plus tags: whether they reach
    the same person is the mail server's secret.
    """
    value = unicodedata.normalize("NFC", "".join(c for c in text if unicodedata.category(c)[0] not in "ZC"))
    local, at, domain = value.rpartition("@")
    return unicodedata.normalize("NFC", local.casefold()) + at + _ascii_domain(domain)


def email_key(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`email_folded` for a column of strings; null stays null, blank becomes null."""
    texts = _flat(values)
    plain = pc.replace_substring_regex(pc.ascii_lower(texts), pattern="[\\x00-\\x20\\x7f]+", replacement="")
    return _nulled(_exact_where_not_ascii(plain, texts, email_folded))


def _ascii_domain(domain: str) -> str:
    """Lower-case and IDNA-encoded where it can be; otherwise only lowered, and validation will refuse the address."""
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        return unicodedata.normalize("NFC", domain.lower())


def _flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array of `string`, whatever its chunks and string type."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return whole if whole.type == pa.string() else whole.cast(pa.string())


def _exact_where_not_ascii(plain: pa.Array, texts: pa.Array, exact: Callable[[str], str]) -> pa.Array:
    """`plain` where the text is ASCII, which Arrow folds as well as Python; elsewhere the exact function, once per distinct text."""
    rest = pc.fill_null(pc.invert(pc.string_is_ascii(texts)), fill_value=False)
    if not pc.any(rest).as_py():
        return plain
    distinct = texts.filter(rest).dictionary_encode()
    values = pa.array([exact(text) for text in distinct.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(plain, rest, values.take(distinct.indices))


def _nulled(values: pa.Array) -> pa.Array:
    """Null in the place of the empty text."""
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
