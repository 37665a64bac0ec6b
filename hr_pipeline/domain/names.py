"""Whether two people's names agree, or contradict each other: evidence about a pair of candidates, never a reason to look for pairs.

Whole populations are paired by `text.name_key` and `text.email_key`; these functions judge the few pairs that came of it, as plain
functions of strings, or of Arrow columns (`contradictions`, `likenesses`) for an engine that hands whole vectors over. Source:
synchronisation.md §3.5. May import: `text`.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import pyarrow as pa

from hr_pipeline.domain.text import folded as _folded

# Millions of pairs are made of few names: what one name, or two parts, say is worked out once.
_once = lru_cache(maxsize=2**17)
folded = _once(_folded)

_BETWEEN_TOKENS = re.compile(r"[^\w]+|_")
_SHORTEST_PREFIX = 3  # Ben, Benjamin
_LEAST_ADDED = 3  # … but Paul, Paula and Simon, Simone are two people
_SHORTEST_WITH_TYPO = 5  # Jan, Jon and Anna, Anne are two people
_SHORTEST_WITH_TWO_TYPOS = 8
_SHORTEST_TELLING_TOKEN = 3  # `de` alone proves nothing


def names_agree(
    first_a: str | None, last_a: str | None, birth_a: str | None, first_b: str | None, last_b: str | None, birth_b: str | None
) -> bool:
    """The same first name, and a last or birth name in common, folded: the strong evidence that a transfer asks for."""
    first = folded(first_a or "")
    return bool(first) and first == folded(first_b or "") and bool(_last_names(last_a, birth_a) & _last_names(last_b, birth_b))


def names_contradict(
    first_a: str | None, last_a: str | None, birth_a: str | None, first_b: str | None, last_b: str | None, birth_b: str | None
) -> bool:
    """Whether two people who share an e-mail address are clearly two people by their names.

    They don't contradict when a name is missing, when both names are the same (folded, birth name too, first and last swapped, or cut
    elsewhere: `Jean` + `Pierre Dupont`), or when each part is compatible: one's words are among the other's (`Jean`, `Jean-Pierre`; `Smet`,
    `De Smet`), an initial or a short form (`J.`, `Alex`), or, in one part only, a typing mistake. A different first name under
    one family name contradicts: couples share addresses.
    """
    lasts_a, lasts_b = _last_names(last_a, birth_a), _last_names(last_b, birth_b)
    if not folded(first_a or "") or not folded(first_b or "") or not lasts_a or not lasts_b:
        return False
    if names_agree(first_a, last_a, birth_a, first_b, last_b, birth_b) or _swapped_or_cut(first_a, last_a, first_b, last_b):
        return False
    first_fits, first_typo = _compatible_first(first_a or "", first_b or "")
    if not first_fits:
        return True
    fits = [_compatible_last(a, b) for a in (last_a, birth_a) if a for b in (last_b, birth_b) if b]
    return not any(fit and not (typo and first_typo) for fit, typo in fits)


def names_alike(
    first_a: str | None,
    last_a: str | None,
    birth_a: str | None,
    first_b: str | None,
    last_b: str | None,
    birth_b: str | None,
    *,
    same_birth_date: bool | None,
) -> bool:
    """Whether two people's names are close enough to ask if they are one: a likely twin (docs/matching.md, `SIMILAR_NAME`).

    Born on the same day, one part that may be one person's is enough: who marries keeps the first name, who is called otherwise the
    last one. Where a birth date is unknown the names must not contradict each other and have a part in common, or the same
    letters exchanged or divided elsewhere. People born on different days are two people. `same_birth_date` is None where either is unknown.
    """
    lasts_a, lasts_b = _last_names(last_a, birth_a), _last_names(last_b, birth_b)
    if same_birth_date is False or not folded(first_a or "") or not folded(first_b or "") or not lasts_a or not lasts_b:
        return False
    if _swapped_or_cut(first_a, last_a, first_b, last_b):
        return True
    if same_birth_date:
        fits = [_compatible_last(a, b)[0] for a in (last_a, birth_a) if a for b in (last_b, birth_b) if b]
        return _compatible_first(first_a or "", first_b or "")[0] or any(fits)
    in_common = folded(first_a or "") == folded(first_b or "") or bool(lasts_a & lasts_b)
    return in_common and not names_contradict(first_a, last_a, birth_a, first_b, last_b, birth_b)


def contradictions(*columns: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`names_contradict` for six columns of strings, in the order of its parameters; each distinct pair is judged once."""
    return _judged(names_contradict, columns)


def likenesses(*columns: pa.Array | pa.ChunkedArray) -> pa.Array:
    """`names_alike` for six columns of strings and one of booleans; each distinct pair is judged once."""
    return _judged(lambda *row: names_alike(*row[:6], same_birth_date=row[6]), columns)


def _judged(judge: Callable[..., bool], columns: Sequence[pa.Array | pa.ChunkedArray]) -> pa.Array:
    judged: dict[tuple[Any, ...], bool] = {}
    rows = list(zip(*(column.to_pylist() for column in columns), strict=True))
    for row in rows:
        if row not in judged:
            judged[row] = judge(*row)
    return pa.array([judged[row] for row in rows], pa.bool_())


def _last_names(last: str | None, birth: str | None) -> set[str]:
    return {key for name in (last, birth) if (key := folded(name or ""))}


@_once
def _tokens(name: str) -> tuple[str, ...]:
    """Folded words of a name: `Jean-Pierre` → jean, pierre; an apostrophe ties (`D'Hondt` → dhondt)."""
    tied = re.sub("['’ʼ`´]", "", unicodedata.normalize("NFC", name))
    return tuple(key for word in _BETWEEN_TOKENS.split(tied) if (key := folded(word)))


def _swapped_or_cut(first_a: str | None, last_a: str | None, first_b: str | None, last_b: str | None) -> bool:
    """The same words, first and last exchanged or divided elsewhere."""
    fa, la, fb, lb = (folded(name or "") for name in (first_a, last_a, first_b, last_b))
    return not {fa + la, la + fa}.isdisjoint({fb + lb, lb + fb})


@_once
def _compatible_first(a: str, b: str) -> tuple[bool, bool]:
    """Whether two first names may be one person's, and whether only as a typing mistake."""
    words_a, words_b = _tokens(a), _tokens(b)
    if folded(a) == folded(b) or _among(words_a, words_b) or _short_form(folded(a), folded(b)):
        return True, False
    if words_a and words_b and (len(words_a[0]) == 1 or len(words_b[0]) == 1) and words_a[0][0] == words_b[0][0]:
        return True, False  # an initial
    one, other = sorted((folded(a), folded(b)), key=len)
    return not other.startswith(one) and _mistyped(one, other), True


@_once
def _compatible_last(a: str, b: str) -> tuple[bool, bool]:
    """Whether two last names may be one person's, and whether only as a typing mistake."""
    if folded(a) == folded(b) or _among(_tokens(a), _tokens(b)):
        return True, False
    return _mistyped(folded(a), folded(b)), True


def _among(words_a: tuple[str, ...], words_b: tuple[str, ...]) -> bool:
    """All words of one are words of the other, and one of them tells something."""
    fewer, more = sorted((set(words_a), set(words_b)), key=len)
    return fewer <= more and any(len(word) >= _SHORTEST_TELLING_TOKEN for word in fewer)


def _short_form(a: str, b: str) -> bool:
    one, other = sorted((a, b), key=len)
    return len(one) >= _SHORTEST_PREFIX and len(other) - len(one) >= _LEAST_ADDED and other.startswith(one)


def _mistyped(a: str, b: str) -> bool:
    """One letter wrong, missing, added or exchanged with its neighbour; two in a long name."""
    shortest = min(len(a), len(b))
    if shortest < _SHORTEST_WITH_TYPO:
        return False
    return _distance(a, b) <= (2 if shortest >= _SHORTEST_WITH_TWO_TYPOS else 1)


def _distance(a: str, b: str) -> int:
    """Edits between two words, an exchange of neighbours counting as one (optimal string alignment)."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        last, before, row = before, row, [i]
        for j, other in enumerate(b, start=1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                steps = min(steps, last[j - 2] + 1)
            row.append(steps)
    return row[-1]
