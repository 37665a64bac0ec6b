"""What PayFit's answers look like, for the OpenAPI document. Contract: contracts/payfit.md. May import: nothing of ours."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Shape(BaseModel):
    """Named in camel case on the wire."""

    model_config = ConfigDict(alias_generator=to_camel)


class CompanyShape(Shape):
    """A company."""

    id: str
    name: str
    country: str
    nb_active_contracts: int


class FrenchCompanyShape(CompanyShape):
    """A French company."""

    siren: str
    siret: str


class EmailShape(Shape):
    """An e-mail: professional, personal or unknown."""

    type: str
    email: str


class PhoneShape(Shape):
    """A phone number as somebody typed it."""

    type: str
    phone_number: str


class ContractMention(Shape):
    """A contract as a collaborator shows it. `status` is an open set."""

    id: str
    start_date: str
    end_date: str | None
    status: str


class CollaboratorShape(Shape):
    """A person of the company. Keys of a scope that the credential lacks are absent."""

    id: str
    matricule: str | None
    first_name: str | None
    last_name: str | None
    birth_name: str | None
    birth_date: str | None = None
    gender: str | None = None
    nationality: str | None = None
    emails: list[EmailShape]
    phone_numbers: list[PhoneShape] | None = None
    manager_id: str | None
    team_name: str | None
    termination_date: str | None
    contracts: list[ContractMention] | None = None


class ContractShape(Shape):
    """A contract. The last three keys come with the time-information scope."""

    contract_id: str
    company_id: str
    collaborator_id: str
    job_name: str
    status: str
    start_date: str
    end_date: str | None
    contact_email: str | None
    standard_weekly_hours: float | None = None
    full_time_equivalent: float | None = None
    is_full_time: bool | None = None


class Meta(Shape):
    """Where the next page is; null at the end."""

    next_page_token: str | None
    count: int


class Collaborators(Shape):
    """A page of collaborators."""

    collaborators: list[CollaboratorShape]
    meta: Meta


class Contracts(Shape):
    """A page of contracts."""

    contracts: list[ContractShape]
    meta: Meta
