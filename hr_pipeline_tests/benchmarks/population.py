"""The companies of a benchmark and the pages their providers would send, night after night.

People are the sandbox's own; only what a large platform has and a small sandbox has not is added: companies of very different sizes, and
people who vanish from a list. May import: `hr_pipeline`.
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
from hr_pipeline.sandbox.population import Generated
from hr_pipeline.sandbox.world import generated_company

FIRST_NIGHT = date(2026, 3, 2)
SEED = 7
HEADCOUNTS = (900, 440, 120, 120, 60, 120, 60, 60, 60, 60)  # of ten companies in a row: most are small, most people work for large ones
BLOCK = 500  # companies drawn; beyond them the same people work for other companies, under other addresses
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
    def company(self) -> Company:
        """As the sandbox plays it; the same again every `BLOCK` companies."""
        return generated_company(self.number % BLOCK, SEED)

    @property
    def connection_id(self) -> str:
        """Id of its connection."""
        return f"{self.company.provider.value}-{self.number:06d}"

    @property
    def connection(self) -> Connection:
        """Its connection: nobody reviews, national phone numbers are read."""
        provider = self.company.provider
        settings = Settings(review=Review.NEVER, region=REGIONS[provider])
        return Connection(self.connection_id, provider.value, f"Company {self.number}", None, str(self.number), settings, {"kind": "partner"})

    def people(self) -> Generated:
        """Its people. At PayFit the first one is an administrator without a contract."""
        return Generated(self.company, self.headcount, SEED, administrators=int(self.company.provider is ProviderName.PAYFIT))

    def pages(self, night: int) -> Iterator[Page]:
        """Everything a pull of one night would land."""
        block = self.number // BLOCK
        for page in _drawn_pages(self.number % BLOCK, self.headcount, night):
            yield Page(page.resource, page.number, page.body.replace(b".example", b".b%d.example" % block)) if block else page


def firms(employees: int) -> list[Firm]:
    """Companies that have so many employees together on the first night; about two hundred each."""
    found: list[Firm] = []
    for number in count():
        left = employees - sum(HEADCOUNTS) * (number // len(HEADCOUNTS)) - sum(HEADCOUNTS[: number % len(HEADCOUNTS)])
        if left <= 0:
            return found
        found.append(Firm(number, min(left, HEADCOUNTS[number % len(HEADCOUNTS)])))
    return found


def night_date(night: int) -> date:
    """Civil date of a night."""
    return FIRST_NIGHT + timedelta(days=night - 1)


@cache
def _drawn_pages(number: int, headcount: int, night: int) -> tuple[Page, ...]:
    firm = Firm(number, headcount)
    people, (resources, size) = firm.people(), LISTS[firm.company.provider]
    return tuple(page for resource in resources for page in _list_pages(people, resource, night, size))


def _list_pages(people: Generated, resource: Resource, night: int, size: int) -> Iterator[Page]:
    rows = people.rows(resource, night, 0, people.count(resource, night))
    if night > 1:
        gone = {row_owner(row) for row in people.rows(_people_of(resource), 1, 0, people.size)[VANISHING::VANISHING]}
        rows = [row for row in rows if row_owner(row) not in gone]
    for number, start in enumerate(range(0, max(len(rows), 1), size), start=1):
        listed = rows[start : start + size]
        if people.company.provider is ProviderName.SECUREX:
            document = {"items": listed, "page": number, "pageSize": size, "totalCount": len(rows)}
        else:
            document = {resource.value: listed, "meta": {"nextPageToken": None, "count": len(listed)}}
        yield Page(resource.value, number, orjson.dumps(document))


def _people_of(resource: Resource) -> Resource:
    return Resource.COLLABORATORS if resource is Resource.CONTRACTS else resource if resource is Resource.COLLABORATORS else Resource.WORKERS


def row_owner(row: dict[str, object]) -> object:
    """The provider's id of the person a row is about."""
    return row.get("workerId") or row.get("collaboratorId") or row["id"]
