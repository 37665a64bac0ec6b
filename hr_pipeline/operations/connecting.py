"""Activation: look the company up at the provider, count who takes part, and register the connection.

Which company is meant is `domain.activation`'s question, secrets are `adapters.credentials`'. Nothing is written unless everything went
well. Source: synchronisation.md §2. May import: `adapters`, `domain`, this room.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from hr_pipeline.adapters.credentials import credential_key, sealed
from hr_pipeline.adapters.oauth_loopback import OAuthLoopback
from hr_pipeline.adapters.providers.payfit.consent import authorisation_url, granted_consent
from hr_pipeline.adapters.providers.protocol import Session
from hr_pipeline.adapters.store.connections import (
    add_connection,
    change_connection,
    change_mapping,
    connection_of_company,
    stored_connection,
    stored_connections,
)
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.domain.activation import Employer, matched_company
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Connection, Settings, connection_id_for
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.domain.vat import comparable_vat
from hr_pipeline.operations.asking import Activation, Request, checked_request, provider_named, settings_asked
from hr_pipeline.operations.counting import Census, Counted, Subject, census
from hr_pipeline.operations.pulling import Progress
from hr_pipeline.operations.requesting import ring
from hr_pipeline.operations.settings import refuse_during_a_sync
from hr_pipeline.operations.workplace import Workplace

__all__ = ["CONSENT_SECONDS", "PARTNER", "Activated", "Activation", "connect", "connect_with_consent", "disconnect"]

log = logging.getLogger(__name__)

PARTNER = {"kind": "partner"}
CONSENT_SECONDS = 600.0

# Of a provider that could not be asked or understood. Activation has one code for everything it does not know (§2).
_NOT_OF_ACTIVATION = (Code.PROVIDER_UNAVAILABLE, Code.PROVIDER_CHANGED, Code.SNAPSHOT_INCOMPLETE)

CredentialFor = Callable[[str], dict[str, str]]  # connection id → what the store keeps


@dataclass(frozen=True, slots=True)
class Activated:
    """A connection that takes part, and what it counts.

    Attributes:
        census: Who takes part; None when the company is ours to read but its list could not be read whole just now.
        uncounted: Why, then.
        known: It was connected before; the same connection was taken up again.
    """

    connection: Connection
    census: Census | None
    uncounted: Refusal | None
    known: bool

    @property
    def problems(self) -> list[Counted]:
        """What to expect of the first sync."""
        return self.census.problems() if self.census else []


def connect(work: Workplace, asked: Activation, credential: Mapping[str, str], progress: Progress | None = None) -> Activated:
    """Connect with the partner's own credential, or with a key in an environment variable.

    Args:
        work: Where.
        asked: What.
        credential: `{"kind": "partner"}` or `{"kind": "env", "variable": …}`; kept as it is.
        progress: Told of pages counted.

    Raises:
        Refusal: A code of the activation table, or what is wrong with the command's own values, files and variables; `ALREADY_RUNNING`
            when settings or mapping would change under a sync.
    """
    checked = checked_request(work.providers[asked.provider], asked, vat_is_due=credential["kind"] == "partner")
    secrets = work.environment.secrets_for(asked.provider, credential)
    return _activated(work, checked, secrets, lambda _: dict(credential), progress)


def connect_with_consent(
    work: Workplace,
    asked: Activation,
    tell: Callable[[str], None],
    progress: Progress | None = None,
    consent_seconds: float = CONSENT_SECONDS,
) -> Activated:
    """Connect PayFit by asking the company's administrator, whose browser brings the code back to this machine.

    The token is kept as an envelope that only this connection can open.

    Args:
        work: Where.
        asked: What; the company that consents must be the one named, if one is.
        tell: Shown the address to open.
        progress: Told of pages counted.
        consent_seconds: How long the consent is waited for.

    Raises:
        Refusal: As `connect`; `CREDENTIAL_REFUSED` when consent is refused or does not come.
    """
    checked = checked_request(work.providers[asked.provider], asked, vat_is_due=False)
    application = work.environment.secrets_for(asked.provider, PARTNER)
    with OAuthLoopback() as loopback, provider_named(asked.provider):
        tell(authorisation_url(application, redirect_uri=loopback.redirect_uri, state=loopback.state))
        code = loopback.authorisation_code(consent_seconds)
        consent = granted_consent(application, code=code, redirect_uri=loopback.redirect_uri)
    key = credential_key(work.home, work.store.key)
    secrets = {**application, "token": consent.token}
    return _activated(work, checked, secrets, lambda connection_id: sealed(consent.token, connection_id, key), progress)


def disconnect(work: Workplace, connection_id: str) -> Connection:
    """Stop a connection: it takes part in no sync until its company is connected again. Everything it wrote stays.

    Raises:
        Refusal: `UNKNOWN_CONNECTION`.
    """
    with work.store.opened() as database:
        stopped = replace(stored_connection(database, connection_id).connection, active=False)
        change_connection(database, stopped)
    return stopped


def _activated(
    work: Workplace, checked: Request, secrets: Mapping[str, str], credential_for: CredentialFor, progress: Progress | None
) -> Activated:
    """Look up and count with the store closed, then register."""
    asked, provider = checked.asked, work.providers[checked.asked.provider]
    session = provider.session(secrets)
    try:
        with provider_named(asked.provider):
            company = matched_company(
                _companies(session, asked.provider),
                vat=checked.vat,
                company_id=asked.company_id,
                name=checked.name,
                one_company_credential="token" in secrets,
            )
        theirs = checked.vat.canonical if checked.vat else comparable_vat(company.vat_number, company.country)
        if theirs is None:
            raise Refusal(Code.VAT_MISSING, company=checked.name)
        counted, uncounted = _counted(work, session, checked, company, progress)
    finally:
        session.close()
    with work.store.opened() as database:
        connection, known = _registered(work, database, checked, company, theirs, credential_for)
    ring(work)  # so that a running deployment lists it
    return Activated(connection, counted, uncounted, known)


def _companies(session: Session, provider: str) -> list[Employer]:
    """The companies that the credential opens.

    Raises:
        Refusal: `CREDENTIAL_REFUSED`; `INTERNAL_ERROR`, with its `cause`, for a provider that can't be asked or understood.
    """
    try:
        return list(session.companies())
    except Refusal as refusal:
        if refusal.code not in _NOT_OF_ACTIVATION:
            raise
        correlation_id = uuid4().hex[:12]
        log.error("activation at %s failed: %s (%s)", provider, refusal.code, correlation_id)
        raise Refusal(Code.INTERNAL_ERROR, correlation_id=correlation_id, cause=refusal) from None


def _counted(
    work: Workplace, session: Session, checked: Request, company: Employer, progress: Progress | None
) -> tuple[Census | None, Refusal | None]:
    """Who takes part. A list that can't be read just now doesn't stand in the way of the activation, a credential does."""
    asked, provider = checked.asked, work.providers[checked.asked.provider]
    with work.store.opened() as database:
        known = connection_of_company(database, asked.provider, company.company_id)
    mapping = checked.mapping or (known.mapping if known else provider.default_mapping)
    settings = settings_asked(known.connection.settings if known else Settings(), asked)
    connection_id = known.connection_id if known else connection_id_for(asked.provider, checked.name, company.company_id)
    try:
        subject = Subject(connection_id, company.company_id, mapping, settings, work.today)
        return census(session, provider, subject, progress), None
    except Refusal as refusal:
        if refusal.code not in _NOT_OF_ACTIVATION:
            raise
        return None, refusal


def _registered(
    work: Workplace, database: Database, checked: Request, company: Employer, vat: str, credential_for: CredentialFor
) -> tuple[Connection, bool]:
    """The connection as the store has it now, and whether it had it before. Looked up again: others connect too."""
    asked, provider = checked.asked, work.providers[checked.asked.provider]
    known = connection_of_company(database, asked.provider, company.company_id)
    if known is None:
        connection_id = _free_id(database, connection_id_for(asked.provider, checked.name, company.company_id))
        connection = Connection(
            connection_id=connection_id,
            provider=asked.provider,
            company=checked.name,
            vat_number=vat,
            provider_company_id=company.company_id,
            settings=settings_asked(Settings(), asked),
            credential=credential_for(connection_id),
            group=asked.group,
        )
        add_connection(database, connection, checked.mapping or provider.default_mapping, work.clock())
    else:
        before, connection_id = known.connection, known.connection_id
        credential, settings = credential_for(connection_id), settings_asked(before.settings, asked)
        if settings != before.settings or checked.mapping not in (None, known.mapping):
            refuse_during_a_sync(database, known)
        change_connection(
            database, replace(before, settings=settings, credential=credential, group=asked.group or before.group, active=True)
        )
        if checked.mapping is not None:
            change_mapping(database, connection_id, checked.mapping)
    return stored_connection(database, connection_id).connection, known is not None


def _free_id(database: Database, wanted: str) -> str:
    """The id, with a number behind it while another company has it."""
    taken = {one.connection_id for one in stored_connections(database)}
    number, connection_id = 1, wanted
    while connection_id in taken:
        number += 1
        connection_id = f"{wanted[: 62 - len(str(number))].rstrip('-')}-{number}"
    return connection_id
