"""Securex as a provider: opening a session, and its pages as frames.

Its contract, which is OUR ASSUMPTION but for the authentication, is in `contract`; the conversation in `session`.
May import: `domain`, `adapters.http`, its neighbours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from hr_pipeline.adapters.http import Pace, Patience, checked_address, header_value
from hr_pipeline.adapters.providers.proof import changed, page_rows
from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline.adapters.providers.securex import contract as c
from hr_pipeline.adapters.providers.securex.session import SecurexAccess, SecurexSession
from hr_pipeline.adapters.providers.text_tables import TextTable, flat_rows
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Relation
from hr_pipeline.domain.fields import ProviderField
from hr_pipeline.domain.frames import ProviderFrames
from hr_pipeline.domain.mapping import FieldMapping
from hr_pipeline.domain.pull_faults import PullFault
from hr_pipeline.domain.refusals import Permanent

_REQUIRED = frozenset(f.name for f in c.FIELDS if f.required) | {"employee_ref"}


@dataclass(frozen=True, slots=True)
class Securex:
    """The provider. One instance per process, so that its sessions share one pace."""

    name: str = c.NAME
    country: str = c.COUNTRY
    fields: tuple[ProviderField, ...] = c.FIELDS
    default_mapping: FieldMapping = c.DEFAULT_MAPPING
    patience: Patience = field(default_factory=Patience)
    pace: Pace = field(default_factory=lambda: Pace(c.REQUESTS_PER_SECOND))

    def session(self, secrets: Mapping[str, str]) -> SecurexSession:
        """A conversation with the partner's credential.

        Args:
            secrets: `base_url`, `token_url` (default: production), `client_id`, `client_secret`, `subscription_key`,
                `subscription_key_secondary` (optional).

        Raises:
            Permanent: `ENVIRONMENT_INCOMPLETE`, `ADDRESS_REFUSED`, `CREDENTIAL_REFUSED` (a key that can't be one).
        """
        if missing := [key for key in ("base_url", "client_id", "client_secret", "subscription_key") if not secrets.get(key)]:
            raise Permanent(Code.ENVIRONMENT_INCOMPLETE, provider=c.NAME, variables=", ".join(f"SECUREX_{key.upper()}" for key in missing))
        base_url, token_url = (
            checked_address(secrets.get(key) or c.TOKEN_URL, provider=c.NAME, setting=variable) for key, variable in c.ADDRESSES.items()
        )
        keys = (secrets["subscription_key"], secrets.get("subscription_key_secondary"))
        access = SecurexAccess(
            base_url=base_url,
            token_url=token_url,
            client_id=secrets["client_id"],
            client_secret=secrets["client_secret"],
            subscription_keys=tuple(header_value(key, provider=c.NAME) for key in keys if key),
        )
        return SecurexSession(access, self.pace, self.patience)

    def frames(self, connection_id: str, pages: Iterable[Page], on: date) -> ProviderFrames:  # noqa: ARG002 - rows carry their own dates
        """Workers, remunerations and salary components as text.

        Raises:
            Permanent: `PROVIDER_CHANGED`.
        """
        names = [f.name for f in c.IDENTITY.values()]
        kinds = {
            c.WORKERS.resource: (TextTable(connection_id, names, {c.RELATION.name: Relation.EMPLOYEE}), tuple(c.IDENTITY), names),
            c.REMUNERATIONS.resource: _tied_table(connection_id, c.PAY),
            c.COMPONENTS.resource: _tied_table(connection_id, c.COMPONENT),
        }
        for page in pages:
            if page.resource not in kinds:
                raise changed(c.NAME, page.resource, PullFault.SHAPE, expected=", ".join(kinds))
            table, keys, names = kinds[page.resource]
            table.add(*flat_rows(page_rows(c.NAME, page, c.ITEMS), keys, names))
        for resource, (table, _, _) in kinds.items():
            if missing := table.absent_everywhere(_REQUIRED):
                raise changed(c.NAME, resource, PullFault.KEYS_MISSING, keys=", ".join(missing))
        identity, pay, components = (kinds[listing.resource][0].table() for listing in (c.WORKERS, c.REMUNERATIONS, c.COMPONENTS))
        return ProviderFrames(identity, pay, components)


def _tied_table(connection_id: str, fields: Mapping[str, ProviderField]) -> tuple[TextTable, tuple[str, ...], list[str]]:
    """A table of rows that belong to a worker, with its JSON keys and its columns."""
    names = ["employee_ref", *(f.name for f in fields.values())]
    return TextTable(connection_id, names), (c.WORKER_ID, *fields), names
