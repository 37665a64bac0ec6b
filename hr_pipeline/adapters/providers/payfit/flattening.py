"""A collaborator as one row of text fields: e-mails and phones by kind, and the contract that counts on a date.

Names come from `contract`. May import: `domain`, `contract`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import cast

from hr_pipeline.adapters.providers.payfit import contract as c
from hr_pipeline.domain.connections import Relation

Row = tuple[object, ...]
Names = list[str] | None
Contract = Mapping[str, str | None]

_sent = itemgetter(*c.PLAIN, c.EMAILS, c.PHONES, c.CONTRACTS_OF)
_START_AND_END = c.CONTRACT_FIELDS[:2]
_KIND, _KINDS, _OTHER_KIND = c.KIND, c.KINDS, c.KINDS[-1]
_NONE_OF_ANY_KIND = (None,) * len(c.KINDS)


class _UnusualError(Exception):
    """A row the quick way can't read."""


def collaborator_rows(items: Sequence[Mapping[str, object]], on: date) -> tuple[list[Row], list[Names] | None, list[Names] | None]:
    """Values in the order of `IDENTITY_FIELDS`, and per row the fields not sent and those of a wrong type (null: none in the page).

    A page of ordinary rows is read the quick way; one unusual row sends its page the careful way.
    """
    day = on.isoformat()
    try:
        return [_ordinary(_sent(item), day) for item in items], None, None
    except (KeyError, TypeError, AttributeError, _UnusualError):
        rows, absent, retyped = zip(*(_careful(item, day) for item in items), strict=True)
        return list(rows), list(absent), list(retyped)


def counting_contract(contracts: Sequence[Contract], day: str) -> tuple[str | None, str | None]:
    """Start and end of the contract running on a day, else of the earliest to come, else of the latest that ended.

    Of two running at once the later start counts. The end is null when another contract starts after it, since nobody leaves then.
    Dates are ISO text, ends inclusive.
    """
    if len(contracts) == 1:
        return contracts[0][c.START], contracts[0].get(c.END)
    spans = [(cast(str, contract[c.START]), contract.get(c.END)) for contract in contracts]
    running = [span for span in spans if span[0] <= day and (span[1] is None or span[1] >= day)]
    coming = [span for span in spans if span[0] > day]
    if running:
        start, end = max(running, key=lambda span: span[0])
    elif coming:
        start, end = min(coming, key=lambda span: span[0])
    else:
        start, end = max(spans, key=lambda span: span[1] or "")
    return start, None if end is not None and max(span[0] for span in spans) > end else end


def _ordinary(sent: tuple[object, ...], day: str) -> Row:
    emails, phones, contracts = sent[-3:]
    if type(emails) is not list or type(phones) is not list or type(contracts) is not list:
        raise _UnusualError
    start, end = counting_contract(contracts, day) if contracts else (None, None)
    relation = Relation.EMPLOYEE if contracts else Relation.ADMINISTRATOR
    return (*sent[:-3], *_by_kind(emails, c.EMAIL), *_by_kind(phones, c.PHONE), start, end, relation)


def _by_kind(entries: Sequence[Mapping[str, object]], key: str) -> Row:
    """The first value of each kind."""
    if not entries:
        return _NONE_OF_ANY_KIND
    found: dict[object, object] = {}
    for entry in entries:
        kind = entry[_KIND]
        found.setdefault(kind if kind in _KINDS else _OTHER_KIND, entry[key])
    return tuple([found.get(kind) for kind in _KINDS])


def _careful(item: Mapping[str, object], day: str) -> tuple[Row, Names, Names]:
    """One row whatever it is made of. A list that is null counts as empty; one that can't be read is named in the third part."""
    absent = [name for name in c.PLAIN if name not in item]
    retyped: list[str] = []
    values: list[object] = [item.get(name) for name in c.PLAIN]
    for key, value, fields in ((c.EMAILS, c.EMAIL, c.EMAIL_FIELDS), (c.PHONES, c.PHONE, c.PHONE_FIELDS)):
        if key not in item:
            absent += fields
        kinds = _kinds_or_none(item.get(key), value)
        values += kinds or _NONE_OF_ANY_KIND
        retyped += fields if kinds is None else ()
    if c.CONTRACTS_OF not in item:
        return (*values, None, None, None), [*absent, *c.CONTRACT_FIELDS], retyped or None
    contracts = _listed(item[c.CONTRACTS_OF])
    if not _readable(contracts):
        return (*values, None, None, None), absent or None, [*retyped, *c.CONTRACT_FIELDS]
    known = cast(Sequence[Contract], contracts)
    start, end = counting_contract(known, day) if known else (None, None)
    return (*values, start, end, Relation.EMPLOYEE if known else Relation.ADMINISTRATOR), absent or None, retyped or None


def _kinds_or_none(entries: object, key: str) -> Row | None:
    listed = _listed(entries)
    try:
        return _by_kind(listed, key) if isinstance(listed, list) else None
    except (KeyError, TypeError):
        return None


def _listed(value: object) -> object:
    """The value, an empty list for null."""
    return [] if value is None else value


def _readable(contracts: object) -> bool:
    """Whether these are contracts with a start and, where given, an end."""
    return isinstance(contracts, list) and all(
        isinstance(contract, dict) and isinstance(contract.get(c.START), str) and isinstance(contract.get(c.END), str | None)
        for contract in contracts
    )
