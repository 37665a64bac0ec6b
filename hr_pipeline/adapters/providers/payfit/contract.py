"""PayFit's contract: every address, path, scope, field name and unit, in this one place.

From PayFit's public documentation and public clients, never tried with a live key. Source: contracts/payfit.md. May import: `domain`.
"""

from hr_pipeline.adapters.providers.listing import Listing
from hr_pipeline.domain.fields import FieldType, Group, ProviderField
from hr_pipeline.domain.mapping import FieldMapping, FieldRule, Transform

NAME = "payfit"
COUNTRY = "FR"  # where a company's own answer does not say

# Addresses and credentials
BASE_URL = "https://partner-api.payfit.com"
OAUTH_URL = "https://oauth.payfit.com"
ADDRESSES = {"base_url": "PAYFIT_BASE_URL", "oauth_url": "PAYFIT_OAUTH_URL"}  # secret → variable of the operator
AUTHORIZE, TOKEN, INTROSPECT = "/authorize", "/token", "/introspect"  # below OAUTH_URL
SCOPES = (  # never one that writes
    "collaborators:read",
    "collaborators:contracts:read",
    "collaborators:personal:read",
    "contracts:read",
    "contracts:time-information:read",
)
REQUESTS_PER_SECOND = 40.0  # for all connections together: 50 per client application are allowed
IN_FLIGHT = 16

# Paging: ?maxResults=50&nextPageToken=… → {<list>, meta: {nextPageToken, count}}
LARGEST_PAGE = 50
PAGE_SIZE, CURSOR, META, COUNT = "maxResults", "nextPageToken", "meta", "count"
IN_PROGRESS = "includeInProgressContracts"

# A company
COMPANY, COMPANY_FR = "/companies/{company}", "/companies-fr/{company}"
COMPANY_ID, COMPANY_NAME, COMPANY_COUNTRY, COMPANY_SIREN = "id", "name", "country", "siren"

# Lists of one company. The name of a list is also its key in the answer.
COLLABORATORS = Listing("collaborators", "/companies/{company}/collaborators", ("id", "firstName", "lastName", "emails", "contracts"))
CONTRACTS = Listing("contracts", "/companies/{company}/contracts", ("collaboratorId", "startDate"))
CONTRACT_COMPANY = "companyId"

# One person by their id, listed or not. OUR ASSUMPTION, after the list's own path: it is not in the public documentation. So nothing is
# concluded from a 404 unless somebody who is listed was found the same way (`adapters.looking_up`).
COLLABORATOR = "/companies/{company}/collaborators/{person}"
PERSON_ID, TERMINATION = "id", "terminationDate"

# Collaborator: plain keys are provider fields of the same name, the three lists are flattened.
PLAIN = ("id", "matricule", "firstName", "lastName", "birthName", "birthDate", "terminationDate", "teamName")
EMAILS, EMAIL, PHONES, PHONE, CONTRACTS_OF = "emails", "email", "phoneNumbers", "phoneNumber", "contracts"
KIND, KINDS = "type", ("professional", "personal", "unknown")  # any other kind counts as unknown; the first of a kind wins
START, END = "startDate", "endDate"
EMAIL_FIELDS = tuple(f"email.{kind}" for kind in KINDS)
PHONE_FIELDS = tuple(f"phone.{kind}" for kind in KINDS)
CONTRACT_FIELDS = ("contract.startDate", "contract.endDate", "relation")
IDENTITY_FIELDS = (*PLAIN, *EMAIL_FIELDS, *PHONE_FIELDS, *CONTRACT_FIELDS)

# Contract: JSON key → provider field. Work time comes only with the time-information scope.
COLLABORATOR_ID = "collaboratorId"
PAY = {
    "standardWeeklyHours": ProviderField("standardWeeklyHours", FieldType.DECIMAL, Group.PAY, "Q, decimal hours"),
    "fullTimeEquivalent": ProviderField("fullTimeEquivalent", FieldType.DECIMAL, Group.PAY, "a fraction: 1 is full time"),
    START: ProviderField("contract.startDate", FieldType.DATE, Group.PAY, "first day of this contract", required=True),
    END: ProviderField("contract.endDate", FieldType.DATE, Group.PAY, "last day of this contract"),
}

FIELDS = (
    ProviderField("id", FieldType.TEXT, Group.IDENTITY, "opaque; kept by a rehire", required=True),
    ProviderField("matricule", FieldType.TEXT, Group.IDENTITY, "typed by an administrator, optional, not surely unique"),
    ProviderField("firstName", FieldType.TEXT, Group.IDENTITY, required=True),
    ProviderField("lastName", FieldType.TEXT, Group.IDENTITY, required=True),
    ProviderField("birthName", FieldType.TEXT, Group.IDENTITY),
    ProviderField("birthDate", FieldType.DATE, Group.IDENTITY),
    ProviderField("terminationDate", FieldType.DATE, Group.IDENTITY, "last day"),
    ProviderField("teamName", FieldType.TEXT, Group.IDENTITY),
    *(ProviderField(name, FieldType.EMAIL, Group.IDENTITY, "first of its kind", required=True) for name in EMAIL_FIELDS),
    *(ProviderField(name, FieldType.PHONE, Group.IDENTITY, "first of its kind") for name in PHONE_FIELDS),
    ProviderField("contract.startDate", FieldType.DATE, Group.IDENTITY, "of the contract that counts on the date", required=True),
    ProviderField("contract.endDate", FieldType.DATE, Group.IDENTITY, "of the same contract; null when a later one follows"),
    ProviderField(
        "relation", FieldType.CHOICE, Group.IDENTITY, "derived: `employee` with any contract, else `administrator`", required=True
    ),
    *PAY.values(),
)

DEFAULT_MAPPING = FieldMapping(
    {
        "external_id": FieldRule(("id",)),
        "first_name": FieldRule(("firstName",), (Transform.STRIP,)),
        "last_name": FieldRule(("lastName",), (Transform.STRIP,)),
        "email": FieldRule(("email.professional", "email.personal"), (Transform.STRIP,)),
        "start_date": FieldRule(("contract.startDate",)),
        "employee_number": FieldRule(("matricule",), (Transform.STRIP,)),
        "birth_name": FieldRule(("birthName",), (Transform.STRIP,)),
        "phone": FieldRule(("phone.professional", "phone.personal"), (Transform.STRIP,)),
        "birth_date": FieldRule(("birthDate",)),
        "exit_date": FieldRule(("terminationDate", "contract.endDate"), may_clear=True),  # a rehire clears it
        "relation": FieldRule(("relation",)),
        "weekly_hours": FieldRule(("standardWeeklyHours",)),
        "work_regime_pct": FieldRule(("fullTimeEquivalent",), (Transform.FRACTION_TO_PERCENTAGE,)),
        "effective_from": FieldRule(("contract.startDate",)),
        "effective_to": FieldRule(("contract.endDate",)),
    }
)
