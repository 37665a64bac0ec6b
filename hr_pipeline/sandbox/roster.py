"""Reads the script of nights (`nights.toml`) and plays its companies: who is listed on a night, and what must become of them.

No rule of the synchronisation is here; the outcomes are written in the script. May import: `companies`, `names`, `people`, `population`.
"""

import tomllib
from collections import Counter
from dataclasses import dataclass, fields, replace
from itertools import chain
from pathlib import Path
from typing import Any

from hr_pipeline.sandbox.companies import Company, ProviderName, Resource, opaque_id
from hr_pipeline.sandbox.names import slug
from hr_pipeline.sandbox.people import Collaborator, Component, Contract, Pay, Row, Worker
from hr_pipeline.sandbox.population import RENDERED, Generated

USUAL_START, USUAL_GROSS, USUAL_CONTRACT_START = "2018-03-01", "3150.00", "2019-05-06"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a sync run must say of one employee: `rejected FIELD_INVALID email`. `missing` counts beside the snapshot's outcomes."""

    name: str
    code: str | None = None
    field: str | None = None

    def __str__(self) -> str:
        """As the script writes it."""
        return " ".join(filter(None, (self.name, self.code, self.field)))


@dataclass(frozen=True, slots=True)
class Case:
    """A person of the script, as they stand on night 1 (or when hired) and from night 2 on. Outcome None: not listed."""

    what: str
    people: tuple[Worker | Collaborator, Worker | Collaborator]
    outcomes: tuple[Outcome | None, Outcome | None]

    def listed(self, night: int) -> Worker | Collaborator | None:
        """The person as the provider lists them on a night."""
        outcome = self.outcomes[min(night, 2) - 1]
        return None if outcome is None or outcome.name == "missing" else self.people[min(night, 2) - 1]


@dataclass(frozen=True, slots=True)
class ScriptedCompany:
    """A written company: its cases, its plain people, and for night 1 and 2 the status of the sync run, its code and the fault ordered."""

    company: Company
    cases: tuple[Case, ...]
    plain: int
    statuses: tuple[tuple[str, str | None], ...]
    faults: tuple[str, ...]

    def people(self, night: int) -> int:
        """Everybody listed on a night."""
        return self.plain + sum(case.listed(night) is not None for case in self.cases)


@dataclass(frozen=True, slots=True)
class PlatformAccount:
    """Somebody HR typed in by hand before the first sync."""

    vat_number: str
    email: str
    first_name: str
    last_name: str
    birth_date: str


@dataclass(frozen=True, slots=True)
class Scripted:
    """The population of a written company: its cases first, then its plain people."""

    script: ScriptedCompany
    seed: int

    def count(self, resource: Resource, night: int, *, in_progress: bool = True) -> int:
        """Rows of a list on a night."""
        return len(self._all_rows(resource, night, in_progress))

    def rows(self, resource: Resource, night: int, start: int, stop: int, *, in_progress: bool = True) -> list[Row]:
        """Rows `start` to `stop` of a list."""
        return self._all_rows(resource, night, in_progress)[start:stop]

    def active_contracts(self, night: int) -> int:
        """Contracts that run."""
        return Counter(row["status"] for row in self._all_rows(Resource.CONTRACTS, night, True))["ACTIVE"]

    def alone(self, ref: str, night: int, *, unlisted: bool = False) -> Worker | Collaborator | None:
        """The person of this id; `unlisted`: also who is no longer listed, as they last stood."""
        known = (case.people[0] if unlisted and case.listed(night) is None else case.listed(night) for case in self.script.cases)
        plain = Generated(self.script.company, self.script.plain, self.seed, changing=False)
        return next((person for person in known if person is not None and person.ref == ref), None) or plain.alone(ref, night)

    def _all_rows(self, resource: Resource, night: int, in_progress: bool) -> list[Row]:
        listed = [person for case in self.script.cases if (person := case.listed(night)) is not None]
        plain = Generated(self.script.company, self.script.plain, self.seed, changing=False).drawn(night, 0, self.script.plain)
        shown = (p.without_in_progress() if isinstance(p, Collaborator) and not in_progress else p for p in (*listed, *plain))
        return list(chain.from_iterable(RENDERED[resource](person) for person in shown))


def worker(company: Company, entry: dict[str, Any]) -> tuple[Worker, Worker]:
    """A Securex worker on both nights."""
    start = entry.get("start", USUAL_START)
    usual = {
        "ref": str(entry.pop("id")),
        "email": f"{slug(entry['first'])}.{slug(entry['last'])}@{company.domain}",
        "start": start,
        "pays": [{"gross": USUAL_GROSS, "start": start or USUAL_START}],
    }
    then = _with_nulls(entry.pop("then", {}))
    night_1 = Worker(**_typed(usual | _with_nulls(entry)))
    return night_1, replace(night_1, **_typed(then))


def collaborator(company: Company, entry: dict[str, Any]) -> tuple[Collaborator, Collaborator]:
    """A PayFit collaborator on both nights. A contract keeps its id as long as it keeps its place."""
    index = entry.pop("id")
    usual = {
        "ref": opaque_id(8, company.number, index),
        "emails": [["professional", f"{slug(entry['first'])}.{slug(entry['last'])}@{company.domain}"]],
        "contracts": [{"start": USUAL_CONTRACT_START}],
        "company": company.company_id,
        "matricule": f"F{index:03d}",
    }
    then = _with_nulls(entry.pop("then", {}))

    def identified(values: dict[str, Any]) -> dict[str, Any]:
        contracts = values.get("contracts", [])
        numbered = [{"ref": opaque_id(9, company.number, index * 100 + place)} | contract for place, contract in enumerate(contracts)]
        return _typed(values | ({"contracts": numbered} if "contracts" in values else {}))

    night_1 = Collaborator(**identified(usual | _with_nulls(entry)))
    return night_1, replace(night_1, **identified(then))


def outcome(text: str) -> Outcome | None:
    """`rejected FIELD_INVALID email` as an outcome; an empty text is nobody listed."""
    return Outcome(*text.split()) if text else None


def scripted_company(number: int, entry: dict[str, Any]) -> ScriptedCompany:
    """One `[[company]]` of the script."""
    provider = ProviderName(entry["provider"])
    company = Company(
        provider=provider,
        number=number,
        name=entry["name"],
        vat=entry["vat"],
        company_id=entry.get("id") or opaque_id(0, number, 0),
        domain=entry["domain"],
        group=entry.get("group"),
    )
    person = worker if provider is ProviderName.SECUREX else collaborator
    cases = []
    for written in entry["cases"]:
        what, (first, second) = written.pop("what"), written.pop("nights")
        cases.append(Case(what, person(company, written), (outcome(first), outcome(second))))
    statuses = tuple((status, code or None) for status, _, code in (text.partition(" ") for text in entry["status"]))
    return ScriptedCompany(company, tuple(cases), entry["plain"], statuses, tuple(entry.get("faults", ("", ""))))


def script() -> tuple[tuple[ScriptedCompany, ...], tuple[PlatformAccount, ...]]:
    """The whole script: companies in the order they are connected, and the people typed in before.

    Raises:
        TypeError: The script names a key that a person has not.
    """
    document = tomllib.loads((Path(__file__).parent / "nights.toml").read_text(encoding="utf-8"))
    companies = tuple(scripted_company(number, entry) for number, entry in enumerate(document["company"]))
    return companies, tuple(PlatformAccount(**entry) for entry in document["platform_account"])


def _with_nulls(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry whose empty texts are nulls."""
    return {key: None if value == "" else value for key, value in entry.items()}


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """Lists of tables as the dataclasses they stand for, lists of pairs as tuples."""
    kinds: dict[str, type[Pay | Component | Contract]] = {"pays": Pay, "components": Component, "contracts": Contract}
    typed = {key: tuple(kinds[key](**part) for part in value) if key in kinds else value for key, value in values.items()}
    return {key: tuple(map(tuple, value)) if key in ("emails", "phones") else value for key, value in typed.items()}


ROSTER, PLATFORM_ACCOUNTS = script()
HEADCOUNT = sum(company.people(1) for company in ROSTER)
PLATFORM_ACCOUNT_COLUMNS = tuple(column.name for column in fields(PlatformAccount))
