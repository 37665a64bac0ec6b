"""The small protocol a payroll provider fulfils: look a company up, pull a complete snapshot, flatten its pages.

A further provider is one module with such an object and one line in `providers/__init__.py` (guide: docs/adding-a-provider.md).
May import: `domain`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol, runtime_checkable

from hr_pipeline.domain.absences import Sighting
from hr_pipeline.domain.activation import Employer
from hr_pipeline.domain.fields import ProviderField
from hr_pipeline.domain.frames import ProviderFrames
from hr_pipeline.domain.mapping import FieldMapping

Company = Employer  # the domain decides which one is meant (`activation.matched_company`)


@dataclass(frozen=True, slots=True)
class Page:
    """One raw answer: the resource it belongs to, its number in that resource (from 1), and the bytes as they came."""

    resource: str
    number: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Pulled:
    """What one complete pull amounted to. Only a pull that is proven complete returns one."""

    pages: int
    employees: int
    pay_records: int
    components: int


class PageSink(Protocol):
    """Where a pull hands its pages as they arrive (the landing file). Thread-safe."""

    def add(self, page: Page) -> None:
        """Keep one page."""


class Session(Protocol):
    """One authenticated conversation with a provider on behalf of one credential. Closed by its owner."""

    def companies(self) -> Sequence[Company]:
        """Companies this credential opens.

        Raises:
            Permanent: `CREDENTIAL_REFUSED`, `PROVIDER_CHANGED`.
            Transient: `PROVIDER_UNAVAILABLE`.
        """

    def pull(self, company_id: str, sink: PageSink, until: float | None = None) -> Pulled:
        """Hand every page of one company to the sink and prove that they are all there.

        Args:
            company_id: The provider's id of the company.
            sink: Called from the calling thread, a page at a time.
            until: Monotonic instant (`time.monotonic`) after which nothing is asked or awaited any more.

        Raises:
            Permanent: `CREDENTIAL_REFUSED`, `COMPANY_MISMATCH`, `PROVIDER_CHANGED`.
            Transient: `PROVIDER_UNAVAILABLE`, `SNAPSHOT_INCOMPLETE`.
        """

    def close(self) -> None:
        """Release connections."""


@runtime_checkable
class SingleReader(Protocol):
    """A session that can be asked for one person by their id. Not every provider offers it."""

    def sighting(self, company_id: str, external_id: str, until: float | None = None) -> Sighting:
        """Whether the provider knows this person, listed or not, and their last day where it says one. `GONE` for a 404.

        Raises:
            Permanent: `CREDENTIAL_REFUSED`, `PROVIDER_CHANGED`.
            Transient: `PROVIDER_UNAVAILABLE`.
        """


class Provider(Protocol):
    """A payroll provider."""

    @property
    def name(self) -> str:
        """`securex`, `payfit`: what connection ids start with."""

    @property
    def country(self) -> str:
        """ISO 3166-1 alpha-2: whose VAT rules hold where a number has no prefix."""

    @property
    def fields(self) -> tuple[ProviderField, ...]:
        """Everything a mapping may name; the columns of `frames`, by group."""

    @property
    def default_mapping(self) -> FieldMapping:
        """The mapping of a new connection."""

    def session(self, secrets: Mapping[str, str]) -> Session:
        """A conversation with these secrets (a token, or the partner's client id, secret and subscription keys).

        Raises:
            Permanent: `ENVIRONMENT_INCOMPLETE`, `ADDRESS_REFUSED`, `CREDENTIAL_REFUSED`.
        """

    def frames(self, connection_id: str, pages: Iterable[Page], on: date) -> ProviderFrames:
        """Flatten landed pages into provider fields, as text, as they stand on a civil date. Pure.

        Given only some of the pages, the identity of people on them is what it is given all: one page says it, under their id.

        Raises:
            Permanent: `PROVIDER_CHANGED` when a required field is in no row, or a page has not the contract's shape.
        """
