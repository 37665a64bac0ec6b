"""Securex's contract: every address, path, field name and unit, in this one place.

OUR ASSUMPTION: only the authentication is public. Paths, fields, units and paging are shaped after the closest documented Belgian
payroll APIs, so that the real contract replaces them by editing this module alone. Source: contracts/securex.md. May import: `domain`.
"""

from hr_pipeline.adapters.providers.listing import Listing
from hr_pipeline.domain.fields import FieldType, Group, ProviderField
from hr_pipeline.domain.mapping import FieldMapping, FieldRule, Transform

NAME = "securex"
COUNTRY = "BE"

# Authentication, which is public
TOKEN_URL = "https://logon.securex.eu/adfs/oauth2/token"  # noqa: S105 - production; an address
ADDRESSES = {
    "base_url": "SECUREX_BASE_URL",
    "token_url": "SECUREX_TOKEN_URL",
}  # secret → variable of the operator; the API's own host is not public
KEY_HEADER = "Ocp-Apim-Subscription-Key"
KEY_REFUSED = b"subscription key"  # in a 401 of the gateway about the key, not of the API about the token
QUOTA_REFUSED = b"quota"  # in a 403 of the gateway
REQUESTS_PER_SECOND = None  # not public: the number in flight and the gateway's 429s set the pace
IN_FLIGHT = 16

# Paging (assumed): ?page=1&pageSize=200 → {items, page, pageSize, totalCount}
PAGE, PAGE_SIZE, ITEMS, TOTAL = "page", "pageSize", "items", "totalCount"
LARGEST_PAGE = 200

# Lists, assumed
EMPLOYERS = Listing("employers", "/employers", ("employerId", "vatNumber", "name"))
WORKERS = Listing("workers", "/employers/{employer}/workers", ("workerId", "firstName", "lastName", "email", "startDate"))
REMUNERATIONS = Listing(
    "remunerations", "/employers/{employer}/remunerations", ("workerId", "payType", "grossAmount", "currency", "validFrom")
)
COMPONENTS = Listing(
    "salary-components", "/employers/{employer}/salary-components", ("workerId", "code", "amount", "currency", "frequency", "validFrom")
)

# One worker by their id, listed or not; assumed as the lists are. Nothing is concluded from a 404 unless somebody who is listed was found
# the same way (`adapters.looking_up`).
WORKER = "/employers/{employer}/workers/{person}"
LAST_DAY, OPEN_END = "endDate", "9999-12-31"

# An employer
EMPLOYER_ID, EMPLOYER_NAME, EMPLOYER_VAT, EMPLOYER_ACTIVE = "employerId", "name", "vatNumber", "active"

# JSON key → provider field, per list. Remunerations and components are tied to a worker by WORKER_ID.
WORKER_ID = "workerId"
IDENTITY = {
    "workerId": ProviderField("workerId", FieldType.TEXT, Group.IDENTITY, "unique within one employer", required=True),
    "employeeNumber": ProviderField("employeeNumber", FieldType.TEXT, Group.IDENTITY),
    "firstName": ProviderField("firstName", FieldType.TEXT, Group.IDENTITY, required=True),
    "lastName": ProviderField("lastName", FieldType.TEXT, Group.IDENTITY, required=True),
    "birthDate": ProviderField("birthDate", FieldType.DATE, Group.IDENTITY),
    "email": ProviderField("email", FieldType.EMAIL, Group.IDENTITY, required=True),
    "language": ProviderField("language", FieldType.CHOICE, Group.IDENTITY, "F, N, D or E"),
    "startDate": ProviderField("startDate", FieldType.DATE, Group.IDENTITY, required=True),
    "endDate": ProviderField("endDate", FieldType.DATE, Group.IDENTITY, "last day; 9999-12-31 is open"),
}
RELATION = ProviderField("relation", FieldType.CHOICE, Group.IDENTITY, "always `employee`: derived, Securex lists nobody else")
PAY = {
    "occupation": ProviderField("occupation", FieldType.CHOICE, Group.PAY, "1 or 2: two may run at the same time"),
    "payType": ProviderField("payType", FieldType.CHOICE, Group.PAY, "monthly or hourly", required=True),
    "grossAmount": ProviderField("grossAmount", FieldType.DECIMAL, Group.PAY, "per period of payType", required=True),
    "currency": ProviderField("pay.currency", FieldType.CHOICE, Group.PAY, "ISO 4217", required=True),
    "weeklyHours": ProviderField("weeklyHours", FieldType.HOURS, Group.PAY, "Q, as HH:MM"),
    "referenceWeeklyHours": ProviderField("referenceWeeklyHours", FieldType.HOURS, Group.PAY, "S, as HH:MM"),
    "employerContributionPercentage": ProviderField("employerContributionPercentage", FieldType.PERCENTAGE, Group.PAY, "27.50 is 27.5 %"),
    "validFrom": ProviderField("pay.validFrom", FieldType.DATE, Group.PAY, "first day", required=True),
    "validTo": ProviderField("pay.validTo", FieldType.DATE, Group.PAY, "last day; 9999-12-31 is open"),
}
COMPONENT = {
    "code": ProviderField("component.code", FieldType.TEXT, Group.COMPONENT, required=True),
    "label": ProviderField("component.label", FieldType.TEXT, Group.COMPONENT),
    "amount": ProviderField("component.amount", FieldType.DECIMAL, Group.COMPONENT, "per period of frequency", required=True),
    "currency": ProviderField("component.currency", FieldType.CHOICE, Group.COMPONENT, "ISO 4217", required=True),
    "frequency": ProviderField("component.frequency", FieldType.CHOICE, Group.COMPONENT, "monthly, yearly or once", required=True),
    "validFrom": ProviderField("component.validFrom", FieldType.DATE, Group.COMPONENT, "first day", required=True),
    "validTo": ProviderField("component.validTo", FieldType.DATE, Group.COMPONENT, "last day; 9999-12-31 is open"),
}
FIELDS = (*IDENTITY.values(), RELATION, *PAY.values(), *COMPONENT.values())

DEFAULT_MAPPING = FieldMapping(
    {
        "external_id": FieldRule(("workerId",)),
        "first_name": FieldRule(("firstName",), (Transform.STRIP,)),
        "last_name": FieldRule(("lastName",), (Transform.STRIP,)),
        "email": FieldRule(("email",), (Transform.STRIP,)),
        "start_date": FieldRule(("startDate",)),
        "employee_number": FieldRule(("employeeNumber",), (Transform.STRIP,)),
        "language": FieldRule(("language",), (Transform.LANGUAGE_LETTER,)),
        "birth_date": FieldRule(("birthDate",)),
        "exit_date": FieldRule(("endDate",), (Transform.OPEN_END,), may_clear=True),  # a rehire clears it
        "relation": FieldRule(("relation",)),
        "gross_amount": FieldRule(("grossAmount",)),
        "currency": FieldRule(("pay.currency",)),
        "pay_type": FieldRule(("payType",)),
        "weekly_hours": FieldRule(("weeklyHours",)),
        "reference_hours": FieldRule(("referenceWeeklyHours",)),
        "employer_contribution_pct": FieldRule(("employerContributionPercentage",)),
        "effective_from": FieldRule(("pay.validFrom",)),
        "effective_to": FieldRule(("pay.validTo",), (Transform.OPEN_END,)),
        "component_code": FieldRule(("component.code",)),
        "component_label": FieldRule(("component.label",)),
        "component_amount": FieldRule(("component.amount",)),
        "component_currency": FieldRule(("component.currency",)),
        "component_frequency": FieldRule(("component.frequency",)),
        "component_from": FieldRule(("component.validFrom",)),
        "component_to": FieldRule(("component.validTo",), (Transform.OPEN_END,)),
    }
)
