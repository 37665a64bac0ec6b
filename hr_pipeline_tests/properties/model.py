"""What the oracle knows: companies, accounts, questions, frozen plans; and the small rules about one person or a pair of people.

Every mapped field is `always` except the birth name (`first_sync`) and the language (`never`); only the exit date may be cleared. May
import: `hr_pipeline.domain.names` (the judgement of two names has tests of its own).
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from hr_pipeline.domain.names import names_contradict

Person = Mapping[str, Any]
Place = tuple[str, int]  # connection and row
Verdict = tuple[str, str | None]  # outcome and code
Key = tuple[str, str | None]  # connection and external id

FIELDS = ("email", "first_name", "last_name", "birth_name", "birth_date", "start_date", "exit_date", "employee_number", "language")
LOCKED = tuple(name for name in FIELDS if name not in ("birth_name", "language"))
OK = ("created", "linked", "updated", "unchanged", "transferred")
WRITTEN = ("created", "linked", "updated", "transferred")


@dataclass(frozen=True)
class Firm:
    """What the rules ask of a connection. `most_missing`: the guard's floor, None without a guard."""

    company: str
    group: str | None = None
    unique_numbers: bool = False
    links_on_birth_date: bool = False
    automatic_transfer: bool = False
    reviewed: bool = False
    most_missing: int | None = None


@dataclass(frozen=True)
class Ended:
    """An employment that is over for its connection: whose it was, why it ended (`transfer`, `rehire`), and its last day."""

    account: "Account"
    reason: str
    ended_on: date


@dataclass(eq=False)
class Account:
    """A person on the platform; `key` holds their link. Versions count what was written, so that an approval can be told to be stale."""

    company: str
    values: dict[str, Any]
    key: Key | None = None
    gross: Decimal | None = None
    version: int = 1
    paid: int = 0
    synced: dict[str, Any] | None = None  # as the last sync that wrote left them
    edited: bool = True  # on the platform, since
    taken: str | None = None  # the provider's row as it was taken over; None: to be looked at again
    created_on: date | None = None  # date of the snapshot that brought them
    touched: dict[str, int] = field(default_factory=dict)  # field, `pay` or `link` → when it was changed last

    def write(self, values: Mapping[str, Any], gross: Decimal, now: int, *, afresh: bool = False) -> None:
        """What a sync takes over."""
        self.touched |= {name: now for name in values if values[name] != self.values[name]}
        if values != self.values:
            self.values, self.synced, self.edited = dict(values), dict(values), False
            self.version += 1
        if gross != self.gross or afresh:
            self.gross = gross
            self.paid += 1
            self.touched["pay"] = now

    def state(self) -> "State":
        """As it is now."""
        return State(self.company, self.key, self.gross, self.paid, dict(self.values), dict(self.touched))


@dataclass(frozen=True)
class State:
    """An account at one moment."""

    company: str
    key: Key | None
    gross: Decimal | None
    paid: int
    values: dict[str, Any]
    touched: dict[str, int]


@dataclass(frozen=True)
class Run:
    """A sync run that was applied: what it found and left of the accounts it wrote (None: not there yet), and the absences it found."""

    letter: str
    at: int
    found: dict[Account, State | None]
    left: dict[Account, State]
    absent: dict[Key, bool]
    was_newest: bool


@dataclass(eq=False)
class Question:
    """A conflict: what it rests on part by part, and the accounts it could be about."""

    key: Key
    code: str
    email: str | None
    parts: dict[str, Any]
    inputs: frozenset[Any]
    candidates: list[Account]
    state: str = "open"
    asked: int = 1
    excludes: bool = False  # as it was answered last


@dataclass(eq=False)
class Answer:
    """What somebody said to a question: it counts while the inputs are these."""

    key: Key
    code: str
    choice: str
    account: Account | None
    inputs: frozenset[Any]
    question: Question


@dataclass(frozen=True)
class Frozen:
    """A plan that waits: for which snapshot, the decisions that an approval is bound to, and all of it, which a release is bound to."""

    letter: str
    on: date
    code: str
    rows: frozenset[tuple[Any, ...]]
    seal: frozenset[tuple[Any, ...]]


def taken_over(old: Person, p: Person, *, tied: bool = False) -> dict[str, Any]:
    """The provider wins; only an exit date may be cleared. The birth name is set once; the language is the platform's."""
    values = {name: p[name] if p[name] is not None or name == "exit_date" else old[name] for name in LOCKED}
    birth_name = (p["birth_name"] or old["birth_name"]) if tied else (old["birth_name"] or p["birth_name"])
    return {**values, "birth_name": birth_name, "language": old["language"]}


def moved_too_far(before: Decimal | None, after: Decimal) -> bool:
    """More than thirty per cent."""
    return before is not None and abs(after - before) * 10 > before * 3


def names(one: Person) -> tuple[str | None, str | None, str | None]:
    """First, last and birth name."""
    return one["first_name"], one["last_name"], one["birth_name"]


def keys(one: Person) -> set[tuple[str, str]]:
    """The full names somebody goes by, folded."""
    first, last, birth = (folded(name) if name else "" for name in names(one))
    return {(first, name) for name in (last, birth) if name}


def folded(name: str) -> str:
    """Without accents, case, hyphens, apostrophes and spaces."""
    return "".join(c for c in unicodedata.normalize("NFD", name).casefold() if c.isalnum())


def same_name(one: Person, other: Person) -> bool:
    """A full name in common."""
    return bool(keys(one) & keys(other))


def contradict(one: Person, other: Person) -> bool:
    """Clearly two people."""
    return not same_name(one, other) and names_contradict(*names(one), *names(other))


def births_agree(one: Person, other: Person) -> bool:
    """Not two birth dates."""
    return len({one["birth_date"], other["birth_date"]} - {None}) < 2


def has_left(one: Person, on: date) -> bool:
    """Whether the last day has gone by."""
    return one["exit_date"] is not None and one["exit_date"] < on


def about(account: Account, now: Person) -> dict[Any, Any]:
    """The parts of an account with these values that a question rests on."""
    held_by = account.key[0] if account.key else None
    values = {"email": now["email"], "name": named(now), "birth_date": now["birth_date"]}
    return {(id(account), name): value for name, value in {**values, "link": (account.company, held_by)}.items()}


def named(one: Person) -> Any:
    """The name as it is compared."""
    return tuple(folded(one[name] or "") for name in ("first_name", "last_name", "birth_name"))


def content(p: Person) -> str:
    """Everything a provider says of somebody."""
    return repr(sorted((name, repr(value)) for name, value in p.items()))
