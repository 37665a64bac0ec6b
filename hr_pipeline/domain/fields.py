"""The platform's fields: the closed list a mapping may fill, their types, and the values providers send for them.

Source: synchronisation.md §9. May import: nothing of ours.
"""

from dataclasses import dataclass
from enum import StrEnum


class FieldType(StrEnum):
    """Types of platform and provider fields."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    LANGUAGE = "language"
    DATE = "date"  # civil date
    DECIMAL = "decimal"  # exact; never a binary float
    HOURS = "hours"  # `HH:MM` or decimal hours, kept as decimal hours
    PERCENTAGE = "percentage"  # 27.50 means 27.5 %
    CHOICE = "choice"


class Group(StrEnum):
    """Which of the provider's lists a field comes from."""

    IDENTITY = "identity"
    PAY = "pay"
    COMPONENT = "component"


@dataclass(frozen=True, slots=True)
class Field:
    """One platform field."""

    name: str
    type: FieldType
    group: Group
    mandatory: bool = False


FIELDS: tuple[Field, ...] = (
    Field("external_id", FieldType.TEXT, Group.IDENTITY, mandatory=True),
    Field("first_name", FieldType.TEXT, Group.IDENTITY, mandatory=True),
    Field("last_name", FieldType.TEXT, Group.IDENTITY, mandatory=True),
    Field("email", FieldType.EMAIL, Group.IDENTITY, mandatory=True),
    Field("start_date", FieldType.DATE, Group.IDENTITY, mandatory=True),
    Field("employee_number", FieldType.TEXT, Group.IDENTITY),
    Field("birth_name", FieldType.TEXT, Group.IDENTITY),
    Field("language", FieldType.LANGUAGE, Group.IDENTITY),
    Field("phone", FieldType.PHONE, Group.IDENTITY),
    Field("birth_date", FieldType.DATE, Group.IDENTITY),
    Field("exit_date", FieldType.DATE, Group.IDENTITY),
    Field("relation", FieldType.CHOICE, Group.IDENTITY),
    Field("gross_amount", FieldType.DECIMAL, Group.PAY),
    Field("currency", FieldType.CHOICE, Group.PAY),
    Field("pay_type", FieldType.CHOICE, Group.PAY),
    Field("weekly_hours", FieldType.HOURS, Group.PAY),
    Field("reference_hours", FieldType.HOURS, Group.PAY),
    Field("work_regime_pct", FieldType.PERCENTAGE, Group.PAY),
    Field("employer_contribution_pct", FieldType.PERCENTAGE, Group.PAY),
    Field("effective_from", FieldType.DATE, Group.PAY),
    Field("effective_to", FieldType.DATE, Group.PAY),
    Field("component_code", FieldType.TEXT, Group.COMPONENT),
    Field("component_label", FieldType.TEXT, Group.COMPONENT),
    Field("component_amount", FieldType.DECIMAL, Group.COMPONENT),
    Field("component_currency", FieldType.CHOICE, Group.COMPONENT),
    Field("component_frequency", FieldType.CHOICE, Group.COMPONENT),
    Field("component_from", FieldType.DATE, Group.COMPONENT),
    Field("component_to", FieldType.DATE, Group.COMPONENT),
)

BY_NAME = {field.name: field for field in FIELDS}
MANDATORY = tuple(field.name for field in FIELDS if field.mandatory)

# What an account keeps of a person, in the order of the store's columns. `external_id` lives on the link, `relation` decides the scope.
ACCOUNT_FIELDS = (
    "email",
    "first_name",
    "last_name",
    "birth_name",
    "language",
    "phone",
    "birth_date",
    "start_date",
    "exit_date",
    "employee_number",
)


@dataclass(frozen=True, slots=True)
class ProviderField:
    """One field a provider sends, flattened: what a mapping may name on its right-hand side."""

    name: str
    type: FieldType
    group: Group
    description: str = ""
    required: bool = False  # absent from every row of a snapshot means that the provider changed
