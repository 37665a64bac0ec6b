"""PayFit as a provider: opening a session, and its pages as frames.

Its contract is in `contract`, the conversation in `session`, the OAuth consent in `consent`.
May import: `domain`, `adapters.http`, its neighbours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from hr_pipeline.adapters.http import Pace, Patience, checked_address, header_value
from hr_pipeline.adapters.providers.payfit import contract as c
from hr_pipeline.adapters.providers.payfit.flattening import collaborator_rows
from hr_pipeline.adapters.providers.payfit.session import PayfitAccess, PayfitSession
from hr_pipeline.adapters.providers.payfit.succession import successive
from hr_pipeline.adapters.providers.proof import changed, page_rows
from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.adapters.providers.text_tables import TextTable, flat_rows
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.fields import Group, ProviderField
from hr_pipeline.domain.frames import ProviderFrames
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Permanent

_REQUIRED_OF_PEOPLE = frozenset(f.name for f in c.FIELDS if f.required and f.group is Group.IDENTITY)
_REQUIRED_OF_CONTRACTS = frozenset({"employee_ref", *(f.name for f in c.PAY.values() if f.required)})
_ONLY_IN_CONTRACTS = tuple(f.name for f in c.PAY.values() if f.name not in c.IDENTITY_FIELDS)


@dataclass(frozen=True, slots=True)
class Payfit:
    """The provider. One instance per process, so that its sessions share one pace."""

    name: str = c.NAME
    country: str = c.COUNTRY
    fields: tuple[ProviderField, ...] = c.FIELDS
    default_mapping: FieldMapping = c.DEFAULT_MAPPING
    patience: Patience = field(default_factory=Patience)
    pace: Pace = field(default_factory=lambda: Pace(c.REQUESTS_PER_SECOND))

    def session(self, secrets: Mapping[str, str]) -> PayfitSession:
        """A conversation with one company's token.

        Args:
            secrets: `token` (an API key, or what an OAuth consent gave), `base_url` and `oauth_url` (default: production).

        Raises:
            Permanent: `ENVIRONMENT_INCOMPLETE`, `ADDRESS_REFUSED`, `CREDENTIAL_REFUSED` (a token that can't be one).
        """
        if not secrets.get("token"):
            raise Permanent(Code.ENVIRONMENT_INCOMPLETE, provider=c.NAME, variables="PAYFIT API key")
        base_url, oauth_url = (
            checked_address(secrets.get(key) or default, provider=c.NAME, setting=c.ADDRESSES[key])
            for key, default in (("base_url", c.BASE_URL), ("oauth_url", c.OAUTH_URL))
        )
        return PayfitSession(PayfitAccess(base_url, oauth_url, header_value(secrets["token"], provider=c.NAME)), self.pace, self.patience)

    def frames(self, connection_id: str, pages: Iterable[Page], on: date) -> ProviderFrames:
        """Collaborators and contracts as text, as they stand on a date.

        Where the snapshot has no list of contracts at all (missing scope), every person's `absent` names the fields only it holds:
        their pay is unknown, not gone.

        Raises:
            Permanent: `PROVIDER_CHANGED`.
        """
        people = TextTable(connection_id, c.IDENTITY_FIELDS)
        names = ["employee_ref", *(f.name for f in c.PAY.values())]
        contracts = TextTable(connection_id, names)
        open_to_us = False
        for page in pages:
            if page.resource == c.COLLABORATORS.resource:
                people.add(*collaborator_rows(page_rows(c.NAME, page, page.resource), on))
            elif page.resource == c.CONTRACTS.resource:
                open_to_us = True
                contracts.add(*flat_rows(page_rows(c.NAME, page, page.resource), (c.COLLABORATOR_ID, *c.PAY), names))
            else:
                raise changed(c.NAME, page.resource, PullFault.SHAPE, expected=f"{c.COLLABORATORS.resource}, {c.CONTRACTS.resource}")
        for listing, table, required in ((c.COLLABORATORS, people, _REQUIRED_OF_PEOPLE), (c.CONTRACTS, contracts, _REQUIRED_OF_CONTRACTS)):
            if missing := table.absent_everywhere(required):
                raise changed(c.NAME, listing.resource, PullFault.KEYS_MISSING, keys=", ".join(missing))
        return ProviderFrames(
            people.table(also_absent=() if open_to_us else _ONLY_IN_CONTRACTS),
            successive(contracts.table(), on),
            TextTable(connection_id, ["employee_ref"]).table(),
        )
