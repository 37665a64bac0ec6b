"""Generated people, drawn lazily: any slice of any list on any night is computed from (seed, company, position) alone.

A million employees therefore cost nothing until a page is asked for. May import: `companies`, `names`, `people`.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from hr_pipeline.sandbox.companies import MASK, Company, ProviderName, Resource, mixed, opaque_id
from hr_pipeline.sandbox.names import FIRST_NAMES, LAST_NAMES
from hr_pipeline.sandbox.people import Collaborator, Component, Contract, Pay, Row, Worker

TRAITS = 10
FIRST_WORKER = 100_000  # id of the first generated worker of a company
CYCLE = 100  # one generated person in a hundred changes each night
LANGUAGES = {ProviderName.SECUREX: "FFFFFFFFFNNNNNNNNNDE", ProviderName.PAYFIT: "FFFFFFFFFFFFFFFFFNDE"}
HOURS = (("38:00", 100), ("38:00", 100), ("38:00", 100), ("30:24", 80), ("28:30", 75), ("19:00", 50))
NEXT_HOURS = {"38:00": ("30:24", 80, 100), "30:24": ("28:30", 75, 80), "28:30": ("30:24", 80, 75), "19:00": ("22:48", 60, 50)}
SHARES = ((35.0, 1.0), (35.0, 1.0), (28.0, 0.8), (17.5, 0.5))
CONTRIBUTIONS = ("25.00", "27.50", "30.57", "32.00")
LAST_DAY, NEXT_MONTH = "2025-01-31", "2025-02-01"  # of those who leave; first day of what changes
HIRED = date.fromisoformat(NEXT_MONTH).toordinal()


class Change(IntEnum):
    """What happens to a generated person on their night."""

    PAY = 0  # a raise at Securex, a change of surname at PayFit (which knows no salary)
    EXIT = 1
    EMAIL = 2
    REGIME = 3


class Population(Protocol):
    """The people of one company."""

    def count(self, resource: Resource, night: int, *, in_progress: bool = True) -> int:
        """Rows of a list on a night."""

    def rows(self, resource: Resource, night: int, start: int, stop: int, *, in_progress: bool = True) -> list[Row]:
        """Fresh rows `start` to `stop` (exclusive) of a list; fewer at its end."""

    def active_contracts(self, night: int) -> int:
        """Contracts of a PayFit company that run."""

    def alone(self, ref: str, night: int, *, unlisted: bool = False) -> "Worker | Collaborator | None":
        """The person of this id as the provider knows them on a night; `unlisted`: also who is no longer listed."""


def draws(seed: int, company: int, start: int, stop: int) -> list[tuple[int, ...]]:
    """`TRAITS` hashed numbers for each position, the same whatever slice they are asked in (splitmix64, vectorised)."""
    base = mixed((seed << 20) ^ company)
    x: npt.NDArray[np.uint64] = np.arange(start * TRAITS, stop * TRAITS, dtype=np.uint64) + np.uint64(base & (MASK >> 1))
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return [tuple(row) for row in (x >> np.uint64(8)).reshape(-1, TRAITS).tolist()]


@dataclass(frozen=True, slots=True)
class Generated:
    """Plain people of one company: valid, with distinct e-mails, and a change once in a hundred nights.

    Attributes:
        size: People on night 1.
        changing: Whether nights change anything (the written companies' own plain people never do).
        administrators: How many of the first positions have no contract (PayFit).
    """

    company: Company
    size: int
    seed: int
    changing: bool = True
    administrators: int = 0

    def people(self, night: int) -> int:
        """Everybody listed on a night: one hire in 400 each night, and nobody disappears."""
        return self.size + (night - 1) * (self.size // 400) * self.changing

    def count(self, resource: Resource, night: int, *, in_progress: bool = True) -> int:  # noqa: ARG002 - nobody here is pending
        """Rows of a list on a night."""
        return self._first_row(resource)(self.people(night))

    def rows(self, resource: Resource, night: int, start: int, stop: int, *, in_progress: bool = True) -> list[Row]:  # noqa: ARG002
        """Fresh rows `start` to `stop` of a list: the people they belong to are found by bisection, then drawn."""
        first_row = self._first_row(resource)
        everybody = range(self.people(night))
        stop = min(stop, self.count(resource, night))
        if start >= stop:
            return []
        first = bisect_right(everybody, start, key=first_row) - 1
        rows = list(
            chain.from_iterable(RENDERED[resource](p) for p in self.drawn(night, first, bisect_left(everybody, stop, key=first_row)))
        )
        return rows[start - first_row(first) :][: stop - start]

    def active_contracts(self, night: int) -> int:
        """Contracts that run: one for each person, but for administrators and those who left."""
        return self.count(Resource.CONTRACTS, night) - self.changes(2, night)[Change.EXIT]

    def changes(self, first_night: int, last_night: int) -> Counter[Change]:
        """How many people change, by kind, between two nights (both included; at most one cycle of nights)."""
        if not self.changing or last_night < first_night:
            return Counter()
        index = np.arange(self.administrators, self.size)
        phase = (index + self._shift) % CYCLE
        phase[phase < 2] += CYCLE
        struck = index[(phase >= first_night) & (phase <= last_night)]
        kinds = (struck // CYCLE + self.company.number) % len(Change)
        return Counter({kind: int((kinds == kind).sum()) for kind in Change})

    def drawn(self, night: int, start: int, stop: int) -> Sequence[Worker | Collaborator]:
        """The people at these positions, as they stand on a night."""
        worn = zip(range(start, stop), draws(self.seed, self.company.number, start, stop), strict=True)
        if self.company.provider is ProviderName.SECUREX:
            return [self._worker(index, traits, self._change(index, night)) for index, traits in worn]
        return [self._collaborator(index, traits, self._change(index, night)) for index, traits in worn]

    def alone(self, ref: str, night: int, *, unlisted: bool = False) -> Worker | Collaborator | None:  # noqa: ARG002 - everybody is listed
        """The person of this id, found by the way ids are made."""
        if self.company.provider is ProviderName.SECUREX:
            index = int(ref) - FIRST_WORKER if ref.isascii() and ref.isdigit() and len(ref) < 12 else -1
        else:
            index = next((i for i in range(self.people(night)) if opaque_id(1, self.company.number, i) == ref), -1)
        return self.drawn(night, index, index + 1)[0] if 0 <= index < self.people(night) else None

    @property
    def _shift(self) -> int:
        return mixed(self.company.number) % CYCLE

    def _change(self, index: int, night: int) -> Change | None:
        if not self.changing or index >= self.size:
            return None
        phase = (index + self._shift) % CYCLE
        struck = phase if phase >= 2 else phase + CYCLE
        return Change((index // CYCLE + self.company.number) % len(Change)) if struck <= night else None

    def _first_row(self, resource: Resource) -> Callable[[int], int]:
        """Position of a person's first row in a list; of the whole list's end for the first position after the last person."""
        if resource is Resource.REMUNERATIONS:
            return lambda index: index + (index + 17) // 25  # the eighth of each 25 holds two occupations
        if resource is Resource.COMPONENTS:
            return lambda index: (index + 4) // 5
        if resource is Resource.CONTRACTS:
            return lambda index: max(0, index - self.administrators)
        return lambda index: index

    def _name(self, index: int, traits: tuple[int, ...]) -> tuple[str, str, str, str]:
        """Language, first name, last name, and the e-mail's part before the @. A hire's double name is theirs alone."""
        language = LANGUAGES[self.company.provider][traits[0] % 20]
        first, plain_first = FIRST_NAMES[language][traits[1] % len(FIRST_NAMES[language])]
        lasts = LAST_NAMES[language]
        last, plain_last = lasts[traits[2] % len(lasts)]
        if index >= self.size:
            hire, pool = index - self.size, LAST_NAMES["F"] + LAST_NAMES["N"]
            last = f"{pool[hire % len(pool)][0]}-{pool[hire // len(pool) % len(pool)][0]}"
        return language, first, last, f"{plain_first}.{plain_last}.{index}"

    def _worker(self, index: int, traits: tuple[int, ...], change: Change | None) -> Worker:
        language, first, last, local = self._name(index, traits)
        started = HIRED if index >= self.size else 730_000 + traits[4] % 8_500
        start, twice = day(started), index % 25 == 7
        hours, share = HOURS[0 if twice else traits[6] % len(HOURS)]
        gross = (220_000 + traits[5] % 430 * 1_000) * share // 100
        if change is Change.PAY:
            gross = gross * 103 // 100
        if change is Change.REGIME:
            hours, part, whole = NEXT_HOURS[hours]
            gross = gross * part // whole
        valid_from = NEXT_MONTH if change in (Change.PAY, Change.REGIME) else start
        contribution = CONTRIBUTIONS[traits[7] % len(CONTRIBUTIONS)]
        hourly = index % 25 == 3
        pays = [
            Pay(
                euros(gross // 164 if hourly else gross),
                valid_from,
                hours,
                kind="hourly" if hourly else "monthly",
                contribution=contribution,
            )
        ]
        if twice:
            pays = [replace(pays[0], hours="19:00"), replace(pays[0], hours="15:12", occupation=2, gross=euros(gross // 3))]
        email = f"{local}.b@{self.company.domain}" if change is Change.EMAIL else f"{local}@{self.company.domain}"
        return Worker(
            ref=str(FIRST_WORKER + index),
            first=first,
            last=last,
            email=email.title() if index % 10 == 1 else email,
            born=None if index % 17 == 5 else day(started - 7_000 - traits[3] % 9_000),
            start=start,
            end=LAST_DAY if change is Change.EXIT else None,
            language=language,
            pays=tuple(pays),
            components=(Component("MV01", "Chèques-repas", euros(10_000 + traits[8] % 60 * 100), start),) if index % 5 == 0 else (),
        )

    def _collaborator(self, index: int, traits: tuple[int, ...], change: Change | None) -> Collaborator:
        _, first, last, local = self._name(index, traits)
        company, left = self.company.number, change is Change.EXIT
        started = HIRED if index >= self.size else 733_000 + traits[4] % 5_700
        hours, share = SHARES[traits[6] % len(SHARES)]
        if change is Change.REGIME:
            hours, share = (28.0, 0.8) if share == 1 else (35.0, 1.0)
        end, status = (LAST_DAY, "ARCHIVED") if left else (None, "ACTIVE")
        current = Contract(opaque_id(2, company, index), day(started), end, status, hours, share)
        former = Contract(opaque_id(3, company, index), day(started - 900), day(started - 200), "ARCHIVED")
        contracts = (former, current) if index % 20 == 11 and index < self.size else (current,)
        mark = ".b" if change is Change.EMAIL else ""
        emails = [("personal", f"{local}{mark}@{self.company.domain.split('.')[0]}.example.org")]
        if index % 4:
            emails.insert(0, ("professional" if index % 9 else "unknown", f"{local}{mark}@{self.company.domain}"))
        number = f"{traits[8] % 10_000:04d}"
        phone = f"+33 1 99 00 {number[:2]} {number[2:]}" if index % 3 else f"01 99 00 {number[:2]} {number[2:]}"
        return Collaborator(
            ref=opaque_id(1, company, index),
            first=first,
            last=last + "-Durand" if change is Change.PAY else last,
            emails=tuple(emails),
            born=None if index % 17 == 5 else day(started - 8_000 - traits[3] % 9_000),
            contracts=() if index < self.administrators else contracts,
            company=self.company.company_id,
            birth_name=last if change is Change.PAY else None,
            matricule=None if index % 6 == 0 else f"{index:05d}",
            gender=(None, "woman", "man")[traits[9] % 3],
            nationality=None if index % 13 == 0 else "FR",
            phones=() if index % 7 == 0 else (("personal" if index % 2 else "professional", phone),),
            manager=opaque_id(1, company, 0) if index else None,
            team=("Ops", "Atelier", None)[traits[9] % 3],
            termination=end,
        )


RENDERED: dict[Resource, Callable[[Any], list[Row]]] = {
    Resource.WORKERS: Worker.identity_rows,
    Resource.REMUNERATIONS: Worker.pay_rows,
    Resource.COMPONENTS: Worker.component_rows,
    Resource.COLLABORATORS: Collaborator.identity_rows,
    Resource.CONTRACTS: Collaborator.contract_rows,
}


@lru_cache(maxsize=65_536)
def day(ordinal: int) -> str:
    """ISO date of a proleptic ordinal (730 000 is in 1999)."""
    return date.fromordinal(ordinal).isoformat()


def euros(cents: int) -> str:
    """A decimal string, as the contract writes amounts."""
    return f"{cents // 100}.{cents % 100:02d}"
