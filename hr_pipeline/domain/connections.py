"""A connection: one company's activated link to one provider, with its settings and guards' limits.

Source: synchronisation.md (vocabulary), §6 and §7; interfaces.md (options of `connect`). May import: `codes`, `refusals`, `repeating`.
"""

import re
import unicodedata
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.repeating import repeated_id


class Review(StrEnum):
    """When a sync stops after its plan until somebody approves it."""

    FIRST = "first"
    ALWAYS = "always"
    NEVER = "never"


class Relation(StrEnum):
    """What ties a listed person to the company."""

    EMPLOYEE = "employee"
    ADMINISTRATOR = "administrator"  # listed without any contract


class CloseMissing(StrEnum):
    """What is enough to close somebody whom the provider no longer lists, without asking a person."""

    NEVER = "never"
    LOOKED_UP = "looked_up"  # asked for them alone, the provider knows nobody, or gives a last day that has passed
    ABSENT = "absent"  # enough complete snapshots in a row did not list them


MOST_MISSING_RUNS = 365


@dataclass(frozen=True, slots=True)
class Limits:
    """Guards' limits: a share in per cent of the people concerned, with a floor in heads that keeps small companies usable.

    A guard holds when the count is above max(floor, share). Source: synchronisation.md §6.
    """

    missing_pct: Decimal = Decimal(20)
    missing_floor: Decimal = Decimal(2)
    new_pct: Decimal = Decimal(50)
    new_floor: Decimal = Decimal(10)
    pay_changed_pct: Decimal = Decimal(25)
    pay_changed_floor: Decimal = Decimal(3)
    pay_factor_pct: Decimal = Decimal(50)
    column_emptied_pct: Decimal = Decimal(50)
    rejected_pct: Decimal = Decimal(40)
    gross_pct: Decimal = Decimal(30)

    def with_values(self, pairs: dict[str, str]) -> "Limits":
        """These limits with some replaced, each given as text (`missing_pct=35`).

        Raises:
            Refusal: `UNKNOWN_LIMIT` or `INVALID_SETTING`.
        """
        known = {f.name for f in fields(self)}
        values: dict[str, Decimal] = {}
        for name, text in pairs.items():
            if name not in known:
                raise Refusal(Code.UNKNOWN_LIMIT, limit=name, known=", ".join(sorted(known)))
            try:
                number = Decimal(text)
            except InvalidOperation:
                number = Decimal(-1)
            if not number.is_finite() or number < 0:
                raise Refusal(Code.INVALID_SETTING, setting=name, expected="a number from 0 up")
            values[name] = number
        return replace(self, **values)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a company chose for its connection."""

    review: Review = Review.FIRST
    region: str | None = None  # ISO 3166-1 alpha-2 for national phone numbers; never guessed
    relations: tuple[Relation, ...] = (Relation.EMPLOYEE,)
    employee_number_unique: bool = False
    link_on_birth_date: bool = False
    automatic_transfer: bool = False
    missing_runs: int = 3  # days in a row with complete snapshots without somebody, before a person or a rule may conclude something
    close_missing: CloseMissing = CloseMissing.NEVER
    limits: Limits = field(default_factory=Limits)

    def as_document(self) -> dict[str, object]:
        """JSON-ready form; limits as text, since they are decimals."""
        document = asdict(self)
        document["limits"] = {name: str(value) for name, value in document["limits"].items()}
        return document

    @classmethod
    def from_document(cls, document: dict[str, object]) -> "Settings":
        """The settings that `as_document` wrote; a setting it does not know yet keeps its default."""
        limits = document.get("limits") or {}
        relations = document.get("relations")
        region = document.get("region")
        return cls(
            review=Review(str(document.get("review", Review.FIRST))),
            region=str(region) if region else None,
            relations=tuple(Relation(str(r)) for r in relations) if isinstance(relations, list | tuple) else (Relation.EMPLOYEE,),
            employee_number_unique=bool(document.get("employee_number_unique", False)),
            link_on_birth_date=bool(document.get("link_on_birth_date", False)),
            automatic_transfer=bool(document.get("automatic_transfer", False)),
            missing_runs=int(str(document.get("missing_runs", 3))),
            close_missing=CloseMissing(str(document.get("close_missing", CloseMissing.NEVER))),
            limits=Limits().with_values({str(k): str(v) for k, v in limits.items()} if isinstance(limits, dict) else {}),
        )


@dataclass(frozen=True, slots=True)
class Connection:
    """One company's activated link to one provider. Everything is isolated by it.

    `credential` is never a secret: the name of an environment variable, or an AES-GCM envelope bound to the connection id.
    """

    connection_id: str
    provider: str
    company: str
    vat_number: str | None
    provider_company_id: str
    settings: Settings
    credential: dict[str, str]
    group: str | None = None
    active: bool = True


def connection_id_for(provider: str, company: str, provider_company_id: str) -> str:
    """Readable id of a connection: `securex-brasserie-duvel-1042`. Stable for one provider company."""
    unaccented = unicodedata.normalize("NFKD", f"{company[:40]} {provider_company_id[-8:]}".casefold()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", unaccented).strip("-")
    return f"{provider}-{words}"[:63].rstrip("-")


def checked_connection_id(text: str) -> str:
    """The id when it has the form of one.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`; such an id can't exist.
    """
    if repeated_id(text) is None:
        raise Refusal(Code.UNKNOWN_CONNECTION)
    return text
