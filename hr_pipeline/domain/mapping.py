"""A field mapping: which provider field fills which platform field of one connection, and the check made when it is saved.

Not here: applying transforms to frames (`conform`), the words of a rule (`mapping_rules`, handed on from here), reading a
file (`mapping_document`). Source: synchronisation.md §1 and §9. May import: `codes`, `fields`, `phrases`, `refusals` and those two.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.fields import BY_NAME, FIELDS, MANDATORY, Group, ProviderField
from hr_pipeline.domain.mapping_document import document_from_text, rules_of_document
from hr_pipeline.domain.mapping_rules import (
    ALSO_TAKES,
    COMPANIONS,
    TRANSFORM_TYPES,
    FieldRule,
    KnownKind,
    MappingProblem,
    Policy,
    ProblemKind,
    Transform,
)
from hr_pipeline.domain.phrases import Phrase
from hr_pipeline.domain.refusals import Refusal

__all__ = [
    "ALSO_TAKES",
    "COMPANIONS",
    "TRANSFORM_TYPES",
    "FieldMapping",
    "FieldRule",
    "KnownKind",
    "MappingProblem",
    "Policy",
    "ProblemKind",
    "Transform",
    "checked_mapping",
    "document_from_text",
    "listed_mapping",
    "mapping_from_document",
    "mapping_problems",
]


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """Platform field → rule, for one connection."""

    rules: Mapping[str, FieldRule]

    def of_group(self, group: Group) -> dict[str, FieldRule]:
        """The rules of one group, in the order of `FIELDS`."""
        return {f.name: self.rules[f.name] for f in FIELDS if f.group is group and f.name in self.rules}

    def governing(self, name: str) -> FieldRule | None:
        """The rule that a platform field obeys: its own. A work regime that is worked out from the hours (Q/S) goes with the hours."""
        if name == "work_regime_pct" and name not in self.rules and "reference_hours" in self.rules:
            return self.rules.get("weekly_hours")
        return self.rules.get(name)

    def policy(self, name: str) -> Policy:
        """Policy of a platform field; an unmapped field belongs to the platform."""
        rule = self.governing(name)
        return rule.policy if rule else Policy.NEVER

    def digest(self) -> str:
        """SHA-256 (hex) of what the mapping says; the order of its fields doesn't matter, the order of sources does."""
        text = json.dumps(self.as_document(), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def as_document(self) -> dict[str, object]:
        """JSON-ready form, accepted back by `from_document`."""
        named = [f.name for f in FIELDS if f.name in self.rules]
        return {"fields": {name: self.rules[name].as_document() for name in [*named, *sorted(self.rules.keys() - set(named))]}}

    @classmethod
    def from_document(cls, document: object) -> "FieldMapping":
        """The mapping that a document says: `{"fields": {...}}` or bare, each rule in full, or just its source or list of sources.

        Raises:
            Refusal: `MAPPING_REFUSED` with everything unreadable in it. Whether the fields exist is `checked_mapping`'s question.
        """
        rules, problems = rules_of_document(document)
        if problems:
            raise _refused(problems, ())
        return cls(rules)


def mapping_problems(mapping: FieldMapping, provider_fields: Sequence[ProviderField]) -> list[MappingProblem]:
    """Everything wrong with a mapping for a provider, at once; empty when it can be used."""
    problems: list[MappingProblem] = []
    for name, rule in mapping.rules.items():
        if name in BY_NAME:
            problems += _rule_problems(name, rule, provider_fields)
        else:
            problems.append(MappingProblem(ProblemKind.UNKNOWN_PLATFORM_FIELD, name))
    problems += [MappingProblem(ProblemKind.MANDATORY_UNMAPPED, name) for name in MANDATORY if name not in mapping.rules]
    needed = {(n, field) for field, companions in COMPANIONS.items() if field in mapping.rules for n in companions}
    problems += [MappingProblem(ProblemKind.COMPANION_UNMAPPED, n, field) for n, field in sorted(needed) if n not in mapping.rules]
    return problems


def checked_mapping(mapping: FieldMapping, provider_fields: Sequence[ProviderField]) -> FieldMapping:
    """The mapping itself when it can be used.

    Raises:
        Refusal: `MAPPING_REFUSED` with `problems` and, in `known`, what exists instead.
    """
    if problems := mapping_problems(mapping, provider_fields):
        raise _refused(problems, provider_fields)
    return mapping


def mapping_from_document(document: object, provider_fields: Sequence[ProviderField]) -> FieldMapping:
    """Read and checked in one go, so that what can't be read and what can't be used are told together.

    Raises:
        Refusal: `MAPPING_REFUSED`, as `checked_mapping`.
    """
    rules, unreadable = rules_of_document(document)
    mapping = FieldMapping(rules)
    if any(p.key is ProblemKind.NOT_A_MAPPING and not p.field for p in unreadable):
        raise _refused(unreadable, provider_fields)
    told = {p.field for p in unreadable}
    # A rule that was read in part would be blamed twice, or for what was left out of it.
    unusable = [
        p
        for p in mapping_problems(mapping, provider_fields)
        if not (p.field in told and p.key in (ProblemKind.WRONG_TYPE, ProblemKind.TRANSFORM_TYPE, ProblemKind.NO_SOURCE))
    ]
    if unreadable or unusable:
        raise _refused([*unreadable, *unusable], provider_fields)
    return mapping


def listed_mapping(mapping: FieldMapping, provider_fields: Sequence[ProviderField]) -> dict[str, object]:
    """The mapping's document with types beside each field, for a person; still accepted back as a file."""
    types = {(f.group, f.name): str(f.type) for f in provider_fields}
    rows: dict[str, object] = {}
    for f in FIELDS:
        if rule := mapping.rules.get(f.name):
            about = {"type": str(f.type), "group": str(f.group), "mandatory": f.mandatory}
            rows[f.name] = {**rule.as_document(), **about, "source_types": [types.get((f.group, s)) for s in rule.sources]}
    return {"fields": rows}


def _rule_problems(name: str, rule: FieldRule, provider_fields: Sequence[ProviderField]) -> list[MappingProblem]:
    """What is wrong with one rule of a platform field that exists."""
    target = BY_NAME[name]
    problems = [] if rule.sources else [MappingProblem(ProblemKind.NO_SOURCE, name)]
    for source in rule.sources:
        named = [f for f in provider_fields if f.name == source]
        of_group = [f for f in named if f.group is target.group]
        if not named:
            problems.append(MappingProblem(ProblemKind.UNKNOWN_PROVIDER_FIELD, name, source))
        elif not of_group:
            problems.append(MappingProblem(ProblemKind.WRONG_GROUP, name, source, target.group))
        elif problem := _type_problem(name, rule.transforms, of_group[0]):
            problems.append(problem)
    if target.mandatory and rule.policy is Policy.NEVER:
        problems.append(MappingProblem(ProblemKind.MANDATORY_NEVER, name))
    if target.mandatory and rule.may_clear:
        problems.append(MappingProblem(ProblemKind.MANDATORY_CLEARS, name))
    return problems


def _type_problem(name: str, transforms: tuple[Transform, ...], source: ProviderField) -> MappingProblem | None:
    """The first step at which the types don't fit, from the provider's field to the platform's."""
    current = source.type
    for transform in transforms:
        taken = TRANSFORM_TYPES[transform]
        if current not in taken:
            return MappingProblem(ProblemKind.TRANSFORM_TYPE, name, f"{transform} ({source.name}: {current})", ", ".join(taken))
        current = taken[current]
    wanted = BY_NAME[name].type
    if current is wanted or current in ALSO_TAKES.get(wanted, ()):
        return None
    return MappingProblem(ProblemKind.WRONG_TYPE, name, f"{source.name} ({current})", wanted)


def _refused(problems: Sequence[MappingProblem], provider_fields: Sequence[ProviderField]) -> Refusal:
    """The refusal that tells every problem, and lists what exists wherever a name was not known."""
    kinds = {p.key for p in problems}
    known: list[Phrase] = []
    if ProblemKind.UNKNOWN_PLATFORM_FIELD in kinds or ProblemKind.NOT_A_MAPPING in kinds:
        known.append(Phrase(KnownKind.PLATFORM_FIELDS, {"names": ", ".join(f.name for f in FIELDS)}))
    if provider_fields:
        names = ", ".join(f"{f.name} ({f.group}, {f.type})" for f in provider_fields)
        known.append(Phrase(KnownKind.PROVIDER_FIELDS, {"names": names}))
    if kinds & {ProblemKind.UNKNOWN_TRANSFORM, ProblemKind.TRANSFORM_TYPE, ProblemKind.WRONG_TYPE}:
        known.append(Phrase(KnownKind.TRANSFORMS, {"names": ", ".join(Transform)}))
    if ProblemKind.UNKNOWN_POLICY in kinds:
        known.append(Phrase(KnownKind.POLICIES, {"names": ", ".join(Policy)}))
    return Refusal(Code.MAPPING_REFUSED, problems=tuple(problems), known=tuple(known))
