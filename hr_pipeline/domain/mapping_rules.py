"""The words of a field mapping: transforms with the types they take and give, policies, one field's rule, and what can be wrong.

Not here: the mapping of a connection and its check (`mapping`), its document form (`mapping_document`). Source:
synchronisation.md §1 and §9. May import: `fields`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from hr_pipeline.domain.fields import FieldType


class Policy(StrEnum):
    """Whose value stands in a mapped field."""

    ALWAYS = "always"  # the provider's: the platform's field is locked
    FIRST_SYNC = "first_sync"  # set once from the provider, later platform edits kept
    NEVER = "never"  # the platform's: mapped for the record, never written


class Transform(StrEnum):
    """The closed list. A value a transform can't turn is left as it is, and validation names it."""

    STRIP = "strip"  # blanks at both ends removed, runs of blanks made one
    LOWER = "lower"
    UPPER = "upper"
    TITLE = "title"  # DUPONT → Dupont
    DIGITS = "digits"  # 00-42/B → 0042
    LANGUAGE_LETTER = "language_letter"  # F, N, D, E → fr, nl, de, en
    PERCENTAGE = "percentage"  # a bare number is declared to be in per cent already: 27.50 → 27.50
    FRACTION_TO_PERCENTAGE = "fraction_to_percentage"  # 0.8 → 80
    OPEN_END = "open_end"  # 9999-12-31 → no end


_SAME_TEXT = {t: t for t in (FieldType.TEXT, FieldType.EMAIL, FieldType.PHONE, FieldType.LANGUAGE, FieldType.CHOICE)}

# What each transform takes and what that becomes; a type that isn't there is refused.
TRANSFORM_TYPES: Mapping[Transform, Mapping[FieldType, FieldType]] = MappingProxyType(
    {
        Transform.STRIP: _SAME_TEXT,
        Transform.LOWER: _SAME_TEXT,
        Transform.UPPER: _SAME_TEXT,
        Transform.TITLE: {FieldType.TEXT: FieldType.TEXT},
        Transform.DIGITS: {FieldType.TEXT: FieldType.TEXT},
        Transform.LANGUAGE_LETTER: dict.fromkeys((FieldType.TEXT, FieldType.CHOICE, FieldType.LANGUAGE), FieldType.LANGUAGE),
        Transform.PERCENTAGE: {FieldType.DECIMAL: FieldType.PERCENTAGE, FieldType.PERCENTAGE: FieldType.PERCENTAGE},
        Transform.FRACTION_TO_PERCENTAGE: {FieldType.DECIMAL: FieldType.PERCENTAGE},
        Transform.OPEN_END: {FieldType.DATE: FieldType.DATE},
    }
)

# Types a platform field takes beside its own. Everything else goes through a transform or is refused.
ALSO_TAKES: Mapping[FieldType, tuple[FieldType, ...]] = MappingProxyType(
    {FieldType.TEXT: (FieldType.CHOICE,), FieldType.HOURS: (FieldType.DECIMAL,)}
)

# A mapped field that means nothing without its companions: pay without a period or currency can't be read.
COMPANIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "gross_amount": ("currency", "pay_type", "effective_from"),
        "weekly_hours": ("effective_from",),
        "component_amount": ("component_code", "component_currency", "component_frequency"),
    }
)

# Keys that the listing of a mapping adds for the reader; taken back in a file and ignored.
INFORMATIVE = frozenset({"type", "group", "mandatory", "source_types"})


class ProblemKind(StrEnum):
    """What can be wrong with a mapping; each has a sentence in the catalogue's phrases."""

    NOT_A_MAPPING = "not_a_mapping"
    UNKNOWN_PLATFORM_FIELD = "unknown_platform_field"
    UNKNOWN_PROVIDER_FIELD = "unknown_provider_field"
    WRONG_GROUP = "wrong_group"
    WRONG_TYPE = "wrong_type"
    UNKNOWN_TRANSFORM = "unknown_transform"
    TRANSFORM_TYPE = "transform_type"
    UNKNOWN_POLICY = "unknown_policy"
    UNKNOWN_KEY = "unknown_key"
    NOT_YES_OR_NO = "not_yes_or_no"
    NO_SOURCE = "no_source"
    MANDATORY_UNMAPPED = "mandatory_unmapped"
    MANDATORY_NEVER = "mandatory_never"
    MANDATORY_CLEARS = "mandatory_clears"
    COMPANION_UNMAPPED = "companion_unmapped"


class KnownKind(StrEnum):
    """Lists of what exists, shown beside the problems; each has a sentence in the catalogue's phrases."""

    PLATFORM_FIELDS = "platform_fields"
    PROVIDER_FIELDS = "provider_fields"
    TRANSFORMS = "transforms"
    POLICIES = "policies"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one platform field is filled: the first source that isn't empty wins, then the transforms in order."""

    sources: tuple[str, ...]
    transforms: tuple[Transform, ...] = ()
    policy: Policy = Policy.ALWAYS
    may_clear: bool = False  # the policy's half of "clearing needs two consents"

    def as_document(self) -> dict[str, object]:
        """JSON-ready form."""
        return {
            "sources": list(self.sources),
            "transforms": [str(t) for t in self.transforms],
            "policy": str(self.policy),
            "may_clear": self.may_clear,
        }


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """One thing wrong with a mapping. Rendered by `messages` as the phrase `key` with `params`."""

    key: ProblemKind
    field: str = ""
    found: str = ""
    expected: str = ""

    @property
    def params(self) -> dict[str, object]:
        """Values for the phrase's placeholders."""
        return {"field": self.field, "found": self.found, "expected": self.expected}

    def __str__(self) -> str:
        return " ".join(part for part in (self.key.replace("_", " "), self.field, self.found) if part)
