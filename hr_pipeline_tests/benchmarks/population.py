"""The companies of a benchmark and the pages their providers would send, night after night.

People are the sandbox's own; only what a large platform has and a small sandbox has not is added: companies of very different sizes, and
people who vanish from a list. Beyond `BLOCK` companies the same people work for further companies, under further addresses.
May import: `hr_pipeline`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import count

import orjson

from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.domain.connections import Connection, Review, Settings
from hr_pipeline.sandbox.companies import Company, ProviderName, Resource
from hr_pipeline.sandbox.people import Row
from hr_pipeline.sandbox.population import Generated
from hr_pipeline.sandbox.world import generated_company

FIRST_NIGHT = date(2026, 3, 2)
SEED = 7
HEADCOUNTS = (900, 440, 120, 120, 60, 120, 60, 60, 60, 60)  # of ten companies in a row: most are small, most people work for large ones
BLOCK = 500
BLOCK_PEOPLE = sum(HEADCOUNTS) * BLOCK // len(HEADCOUNTS)
VANISHING = 433  # one position in so many is listed on the first night only
LISTS = {
    ProviderName.SECUREX: ((Resource.WORKERS, Resource.REMUNERATIONS, Resource.COMPONENTS), 200),
    ProviderName.PAYFIT: ((Resource.COLLABORATORS, Resource.CONTRACTS), 50),
}
REGIONS = {ProviderName.SECUREX: "BE", ProviderName.PAYFIT: "FR"}


@dataclass(frozen=True, slots=True)
class Firm:
    """One company of the benchmark."""

    number: int
    headcount: int

    @property
    def block(self) -> int:
        """Which copy of the drawn companies it belongs to; 0 for themselves."""
        return self.number // BLOCK

    @property
    def company(self) -> Company:
        """As the sandbox plays it."""
        return _drawn_company(self.number % BLOCK)

    @property
    def connection_id(self) -> str:
        """Id of its connection."""
        return f"{self.company.provider.value}-{self.number:06d}"

    @property
    def connection(self) -> Connection:
        """Its connection: nobody reviews, national phone numbers are read."""
        provider = self.company.provider
        settings = Settings(review=Review.NEVER, region=REGIONS[provider])
        return Connection(
            self.connection_id, provider.value, f"Company {self.number}", None, str(self.number), settings, {"kind": "partner"}
        )

    def pages(self, night: int) -> list[tuple[Page, int]]:
        """Everything a pull of one night would land, each page with its number of rows."""
        drawn = _drawn_pages(self.number % BLOCK, self.headcount, night)
        return [(Page(p.resource, p.number, in_block(p.body, self.block)), rows) for p, rows in drawn]


def firms(employees: int) -> list[Firm]:
    """Companies that have so many employees together on the first night; about two hundred each."""
    found: list[Firm] = []
    left = employees
    for number in count():
        if left <= 0:
            return found
        found.append(Firm(number, min(left, HEADCOUNTS[number % len(HEADCOUNTS)])))
        left -= found[-1].headcount
    return found


def night_date(night: int) -> date:
    """Civil date of a night."""
    return FIRST_NIGHT + timedelta(days=night - 1)


def in_block(text: bytes, block: int) -> bytes:
    """The same text with the addresses of another block; `workshop.copied` does it in SQL."""
    return text.replace(b".example", b".b%d.example" % block) if block else text


@cache
def _drawn_company(number: int) -> Company:
    return generated_company(number, SEED)


@cache
def _drawn_pages(number: int, headcount: int, night: int) -> tuple[tuple[Page, int], ...]:
    company = _drawn_company(number)
    people = Generated(company, headcount, SEED, administrators=int(company.provider is ProviderName.PAYFIT))
    resources, size = LISTS[company.provider]
    everybody = people.rows(resources[0], 1, 0, headcount)
    gone = {_person(row) for row in everybody[VANISHING::VANISHING]} if night > 1 else set()
    return tuple(page for resource in resources for page in _list_pages(people, resource, night, size, gone))


def _list_pages(people: Generated, resource: Resource, night: int, size: int, gone: set[object]) -> Iterator[tuple[Page, int]]:
    rows = [row for row in people.rows(resource, night, 0, people.count(resource, night)) if _person(row) not in gone]
    for number, start in enumerate(range(0, max(len(rows), 1), size), start=1):
        listed = rows[start : start + size]
        if people.company.provider is ProviderName.SECUREX:
            document: Row = {"items": listed, "page": number, "pageSize": size, "totalCount": len(rows)}
        else:
            document = {resource.value: listed, "meta": {"nextPageToken": None, "count": len(listed)}}
        yield Page(resource.value, number, orjson.dumps(document)), len(listed)


def _person(row: Row) -> object:
    """The provider's id of the person a row is about."""
    return row.get("workerId") or row.get("collaboratorId") or row["id"]
