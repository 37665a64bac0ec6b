"""The closed list of faults, how one is ordered (`NAME[=VALUE][*TIMES][:TARGET…]`), and the board that counts their hits.

What each does to an answer is in `effects`; those about credentials are asked for by `securex`, `payfit` and `oauth`.
May import: `companies`.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hr_pipeline.sandbox.companies import Company, ProviderName


class Fault(StrEnum):
    """What can go wrong on demand."""

    REFUSED = "refused"
    RESET = "reset"
    TRUNCATED = "truncated"
    TRUNCATED_JSON = "truncated_json"
    HTML = "html"
    SERVER_ERRORS = "server_errors"
    UNAVAILABLE = "unavailable"
    DRIP = "drip"
    SILENT = "silent"
    TOO_MANY_REQUESTS = "too_many_requests"
    FORBIDDEN = "forbidden"
    REDIRECT = "redirect"
    BOMB = "bomb"
    NAN = "nan"
    DUPLICATE_KEYS = "duplicate_keys"
    DEEP_NESTING = "deep_nesting"
    LONE_SURROGATE = "lone_surrogate"
    NUL = "nul"
    EMPTY_LIST = "empty_list"
    TOTAL_LIES = "total_lies"
    REPEATED_CURSOR = "repeated_cursor"
    ROW_INSERTED = "row_inserted_between_pages"
    ROW_DELETED = "row_deleted_between_pages"
    TOKEN_EXPIRES = "token_expires_at_page"  # noqa: S105 - the name of a fault
    PRIMARY_KEY_REVOKED = "primary_key_revoked"
    CREDENTIAL_REVOKED = "credential_revoked"
    OTHER_COMPANY_KEY = "other_company_key"
    SCOPE_LOST = "scope_lost"
    RENAMED_FIELD = "renamed_field"
    RETYPED_FIELD = "retyped_field"
    EMAILS_ALL_NULL = "emails_all_null"
    FOREIGN_ROWS = "foreign_rows"
    PAY_X12 = "pay_x12"
    PAY_X100 = "pay_x100"
    CENTS = "cents"
    COMMA_AMOUNTS = "comma_amounts"
    AMBIGUOUS_VAT = "ambiguous_vat"
    INACTIVE_EMPLOYER = "inactive_employer"
    UNLISTED_KNOWN = "unlisted_known"
    NO_SINGLE_READS = "no_single_reads"


@dataclass(frozen=True, slots=True)
class Spec:
    """One fault: what it does, to which resources, and the defaults of its order. `form` is the pattern of a VALUE, if it takes one."""

    what: str
    resources: frozenset[str]
    value: str = ""
    form: str = ""
    times: int | None = None  # strikes before it is over; None: always
    from_page: int = 1
    provider: ProviderName | None = None  # None: both


PEOPLE = frozenset({"workers", "collaborators"})
LISTS = PEOPLE | {"remunerations", "salary-components", "contracts"}
DATA = LISTS | {"employers", "company"}
DOORS = frozenset({"token", "introspect", "authorize"})  # of no provider's call limit, and struck only when they are named
CREDENTIAL = DATA | {"token", "introspect"}
SINGLES = frozenset({"worker", "collaborator"})  # one person by their id; struck by other faults only when they are named
EMPLOYERS = frozenset({"employers"})
PAY = frozenset({"remunerations"})
SHARE, NUMBER = r"0?\.\d+|[01]", r"\d+(\.\d+)?"

SPECS: dict[Fault, Spec] = {
    Fault.REFUSED: Spec("the address handed out in the environment refuses connections (a hit is one address handed out)", frozenset()),
    Fault.RESET: Spec("the connection is reset before any byte", DATA),
    Fault.TRUNCATED: Spec("VALUE of the announced bytes arrive, then the connection ends", DATA, "0.5", SHARE),
    Fault.TRUNCATED_JSON: Spec("a well-framed answer whose JSON stops at VALUE of its length", DATA, "0.5", SHARE),
    Fault.HTML: Spec("an HTML page with status 200", DATA),
    Fault.SERVER_ERRORS: Spec("500, 502, 503 and 504 in turn, for ever", DATA),
    Fault.UNAVAILABLE: Spec("503, then fine", DATA, times=2),
    Fault.DRIP: Spec("one byte every VALUE seconds", DATA, "1", NUMBER),
    Fault.SILENT: Spec("the request is read, nothing ever comes back", DATA),
    Fault.TOO_MANY_REQUESTS: Spec(
        "429 with a Retry-After of this form, then fine", DATA, "seconds", "seconds|date|garbage|negative|huge|none", times=2
    ),
    Fault.FORBIDDEN: Spec("403; at Securex the gateway's exhausted quota", DATA),
    Fault.REDIRECT: Spec("302 to `/elsewhere` on this server, which counts who follows", DATA),
    Fault.BOMB: Spec("25 MB of blanks in 25 kB of gzip", DATA),
    Fault.NAN: Spec("a NaN in the JSON", DATA),
    Fault.DUPLICATE_KEYS: Spec("the list's key a second time, with an empty list", LISTS),
    Fault.DEEP_NESTING: Spec("a list 100 000 levels deep", DATA),
    Fault.LONE_SURROGATE: Spec("half a surrogate pair in the first last name of the page", PEOPLE),
    Fault.NUL: Spec("a NUL in the first last name of the page", PEOPLE),
    Fault.EMPTY_LIST: Spec("an empty list, total 0", LISTS),
    Fault.TOTAL_LIES: Spec("announces three more rows than there are", LISTS),
    Fault.REPEATED_CURSOR: Spec(
        "PayFit: the page's own token comes back as the next one; Securex: the page before comes again", LISTS, from_page=2
    ),
    Fault.ROW_INSERTED: Spec("from page 2 on, a person was inserted before: one row comes twice", PEOPLE, from_page=2),
    Fault.ROW_DELETED: Spec("from page 2 on, a person before is gone: one row never comes", PEOPLE, from_page=2),
    Fault.TOKEN_EXPIRES: Spec(
        "the access token in use expires when page VALUE of a list is asked for; API keys never expire", LISTS, "2", NUMBER, times=1
    ),
    Fault.PRIMARY_KEY_REVOKED: Spec("401 for the primary subscription key", DATA, provider=ProviderName.SECUREX),
    Fault.CREDENTIAL_REVOKED: Spec(
        "credential refused everywhere; PayFit's introspection says VALUE", CREDENTIAL, "inactive", "inactive|401|403"
    ),
    Fault.OTHER_COMPANY_KEY: Spec("the key belongs to the next PayFit company", DATA | {"introspect"}, provider=ProviderName.PAYFIT),
    Fault.SCOPE_LOST: Spec("the keys of the personal and time-information scopes are absent (a whole list refused: `forbidden`)", LISTS),
    Fault.RENAMED_FIELD: Spec("the field VALUE is called `VALUENew`", LISTS, "lastName", r"\w+"),
    Fault.RETYPED_FIELD: Spec("the field VALUE is an object", LISTS, "lastName", r"\w+"),
    Fault.EMAILS_ALL_NULL: Spec("nobody has an e-mail", PEOPLE | {"contracts"}),
    Fault.FOREIGN_ROWS: Spec("up to three rows of the next PayFit company on page 1", frozenset({"collaborators", "contracts"})),
    Fault.PAY_X12: Spec("gross amounts times 12", PAY),
    Fault.PAY_X100: Spec("gross amounts times 100", PAY),
    Fault.CENTS: Spec("gross amounts in cents, without a decimal point", PAY),
    Fault.COMMA_AMOUNTS: Spec("gross amounts written `3.250,50`", PAY),
    Fault.AMBIGUOUS_VAT: Spec("a second employer with the first one's VAT number", EMPLOYERS),
    Fault.INACTIVE_EMPLOYER: Spec("the first employer is not active", EMPLOYERS),
    Fault.UNLISTED_KNOWN: Spec(
        "asked for alone, who is no longer listed is still known (with VALUE as their last day)", SINGLES, "", r"\d{4}-\d{2}-\d{2}"
    ),
    Fault.NO_SINGLE_READS: Spec("404 for anybody asked for alone", SINGLES),
}


@dataclass(frozen=True, slots=True)
class Call:
    """One request, as faults see it. `company` is the one the credential opens, or None where there is none."""

    provider: ProviderName
    resource: str
    company: Company | None = None
    page: int = 1
    cursor: str | None = None

    @property
    def labels(self) -> frozenset[str]:
        """What an order may target: provider, resource, company id and company name."""
        own = (self.company.company_id, self.company.name) if self.company else ()
        return frozenset((self.provider.value, self.resource, *own))


@dataclass(frozen=True, slots=True)
class Order:
    """A fault that somebody asked for. All targets must be among a call's labels; naming a resource widens the fault to it."""

    fault: Fault
    value: str
    times: int | None
    targets: frozenset[str]

    def concerns(self, call: Call) -> bool:
        """Whether this call is one that the fault strikes."""
        spec = SPECS[self.fault]
        return (
            call.page >= spec.from_page
            and spec.provider in (None, call.provider)
            and (call.resource in spec.resources or call.resource in self.targets)
            and self.targets <= call.labels
        )


def ordered(text: str) -> Order:
    """The order a text asks for: `html`, `truncated=0.35:payfit`, `unavailable*3:Studio Kermadec:collaborators`.

    Raises:
        ValueError: Not of that form, no such fault, or not a value it takes.
    """
    form = re.fullmatch(r"([a-z0-9_]+)(?:=([^*:]+))?(?:\*(\d+))?((?::[^:]+)*)", text)
    if form is None or form[1] not in SPECS:
        raise ValueError(f"unknown fault {text.split(':')[0]!r}; known: {', '.join(Fault)}")
    fault = Fault(form[1])
    spec = SPECS[fault]
    if form[2] and not re.fullmatch(spec.form, form[2]):
        raise ValueError(f"the fault {fault.value} takes {spec.form or 'no value'}, not {form[2]!r}")
    return Order(fault, form[2] or spec.value, int(form[3]) if form[3] else spec.times, frozenset(filter(None, form[4].split(":"))))


class FaultBoard:
    """The orders in force, how often each struck, and when one is over. Used from the server's own thread only."""

    def __init__(self, orders: Iterable[str], hits: Counter[str]) -> None:
        self.orders = tuple(ordered(text) for text in orders)
        self.hits = hits
        self._strikes: Counter[int] = Counter()

    def strike(self, fault: Fault, call: Call) -> Order | None:
        """The order that strikes this call with this fault; counted as a hit."""
        for position, order in enumerate(self.orders):
            spent = order.times is not None and self._strikes[position] >= order.times
            if order.fault is fault and not spent and order.concerns(call):
                self._strikes[position] += 1
                self.hits[fault.value] += 1
                return order
        return None
