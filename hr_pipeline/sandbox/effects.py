"""What a fault does to the content of an answer: to its document, or to its bytes. Two tables of small functions.

How an answer travels is in `travel`. May import: `companies`, `faults`, `people`, `world`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hr_pipeline.sandbox.companies import Resource
from hr_pipeline.sandbox.faults import Call, Fault, Order
from hr_pipeline.sandbox.people import Row
from hr_pipeline.sandbox.world import World

Document = dict[str, Any]
LIST_KEYS = ("items", "collaborators", "contracts")
# Keys that come with a scope, by scope: contracts/payfit.md (which keys exactly is inferred).
SCOPED_KEYS: Mapping[str, frozenset[str]] = {
    "collaborators:personal:read": frozenset({"birthDate", "gender", "nationality", "phoneNumbers"}),
    "collaborators:contracts:read": frozenset({"contracts"}),
    "contracts:time-information:read": frozenset({"standardWeeklyHours", "fullTimeEquivalent", "isFullTime"}),
}
LOST_KEYS = SCOPED_KEYS["collaborators:personal:read"] | SCOPED_KEYS["contracts:time-information:read"] | {"employerContributionPercentage"}


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault at work on one call; `hit` counts the fault's strikes, this one included."""

    order: Order
    call: Call
    world: World
    night: int
    hit: int


def without_keys(rows: list[Row], keys: frozenset[str]) -> None:
    """Takes keys away: absent, not null."""
    for row in rows:
        for key in keys & row.keys():
            del row[key]


def listed(document: Document) -> list[Row]:
    """The rows of a list's document."""
    rows: list[Row] = next((document[key] for key in LIST_KEYS if key in document), [])
    return rows


def _empty_list(document: Document, _: Struck) -> None:
    listed(document).clear()
    if "meta" in document:
        document["meta"] = {"nextPageToken": None, "count": 0}
    else:
        document["totalCount"] = 0


def _total_lies(document: Document, _: Struck) -> None:
    if "meta" in document:
        document["meta"]["count"] += 3
    else:
        document["totalCount"] += 3


def _scope_lost(document: Document, _: Struck) -> None:
    without_keys(listed(document), LOST_KEYS)


def _renamed_field(document: Document, struck: Struck) -> None:
    for row in listed(document):
        if struck.order.value in row:
            row[f"{struck.order.value}New"] = row.pop(struck.order.value)


def _retyped_field(document: Document, struck: Struck) -> None:
    for row in listed(document):
        if struck.order.value in row:
            row[struck.order.value] = {"value": row[struck.order.value]}


def _emails_all_null(document: Document, _: Struck) -> None:
    for row in listed(document):
        row.update({key: [] if key == "emails" else None for key in ("email", "emails", "contactEmail") if key in row})


def _foreign_rows(document: Document, struck: Struck) -> None:
    if struck.call.company is None or struck.call.page > 1:
        return
    other = struck.world.next_to(struck.call.company)
    rows = struck.world.populations[other.company_id].rows(Resource(struck.call.resource), struck.night, 0, 3)
    listed(document).extend(rows)
    document["meta"]["count"] += len(rows)


def _repriced(form: Callable[[Decimal], str]) -> "DocumentFault":
    def reprice(document: Document, _: Struck) -> None:
        for row in listed(document):
            row["grossAmount"] = form(Decimal(row["grossAmount"]))

    return reprice


def _ambiguous_vat(document: Document, struck: Struck) -> None:
    document["totalCount"] += 1
    if struck.call.page == 1:
        listed(document).append(listed(document)[0] | {"employerId": "999999"})


def _inactive_employer(document: Document, struck: Struck) -> None:
    if struck.call.page == 1:
        listed(document)[0]["active"] = False


DocumentFault = Callable[[Document, Struck], None]
DOCUMENT_FAULTS: dict[Fault, DocumentFault] = {
    Fault.EMPTY_LIST: _empty_list,
    Fault.TOTAL_LIES: _total_lies,
    Fault.SCOPE_LOST: _scope_lost,
    Fault.RENAMED_FIELD: _renamed_field,
    Fault.RETYPED_FIELD: _retyped_field,
    Fault.EMAILS_ALL_NULL: _emails_all_null,
    Fault.FOREIGN_ROWS: _foreign_rows,
    Fault.PAY_X12: _repriced(lambda amount: f"{amount * 12:.2f}"),
    Fault.PAY_X100: _repriced(lambda amount: f"{amount * 100:.2f}"),
    Fault.CENTS: _repriced(lambda amount: f"{amount * 100:.0f}"),
    Fault.COMMA_AMOUNTS: _repriced(lambda amount: f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))),
    Fault.AMBIGUOUS_VAT: _ambiguous_vat,
    Fault.INACTIVE_EMPLOYER: _inactive_employer,
}

BODY_FAULTS: dict[Fault, Callable[[bytes], bytes]] = {
    Fault.NAN: lambda body: b'{"checksum":NaN,' + body[1:],
    Fault.DUPLICATE_KEYS: lambda body: (
        body[:-1] + b"," + next(f'"{k}":[]'.encode() for k in LIST_KEYS if f'"{k}":['.encode() in body) + b"}"
    ),
    Fault.LONE_SURROGATE: lambda body: body.replace(b'"lastName":"', b'"lastName":"\\ud83d', 1),
    Fault.NUL: lambda body: body.replace(b'"lastName":"', b'"lastName":"\\u0000', 1),
}
