"""The checks that the pandera schemas are made of: a rule, the field it is told of, and its vectorised test.

Not here: which field obeys which rule (`schemas`). May import: `bounds`, `rules`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa

from hr_pipeline.domain.bounds import FIRST_DATE, LAST_DATE
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.rules import Rule

Values: TypeAlias = Any  # a pandas Series with an Arrow dtype; the stubs know no operators of such a column
Verdicts: TypeAlias = Any  # the same, boolean
Frame: TypeAlias = Any  # a frame of such columns


@dataclass(frozen=True, slots=True)
class FieldCheck:
    """One named rule.

    Attributes:
        field: Platform field it is told of.
        rule: What is wrong when it fails.
        passes: Verdicts for the field's column without its nulls or, with `across`, for the whole frame, where unknown passes.
        across: Whether the test compares columns.
    """

    field: str
    rule: Rule
    passes: Callable[[Any], Verdicts]
    across: bool = False

    @property
    def name(self) -> str:
        """The check's name in pandera and in Dagster; unique within its schema."""
        return f"{self.field}: {self.rule.text}"

    def in_pandera(self) -> pandera.Check:
        """The check as pandera runs it.

        `n_failure_cases=1` keeps pandera from copying out every failing row, with all its columns: `validate` reads the verdicts
        themselves, and a million failures cost no more than one.
        """
        return pandera.Check(self.passes, name=self.name, ignore_na=not self.across, n_failure_cases=1)


@dataclass(frozen=True, slots=True)
class Judge:
    """A pandera schema and what each of its checks means to a person."""

    schema: pandera.DataFrameSchema
    checks: Mapping[str, FieldCheck]
    missing: Mapping[str, Rule]  # columns that must not be null


def judge(name: str, kinds: Mapping[str, pa.DataType], checks: Sequence[FieldCheck], missing: Mapping[str, Rule]) -> Judge:
    """The schema of these checks over these columns (name → Arrow type); a check that compares columns belongs to the frame."""
    columns = {
        column: pandera.Column(
            pd.ArrowDtype(kind),
            nullable=column not in missing,
            checks=[check.in_pandera() for check in checks if check.field == column and not check.across],
        )
        for column, kind in kinds.items()
    }
    across = [check.in_pandera() for check in checks if check.across]
    schema = pandera.DataFrameSchema(columns, checks=across, name=name, strict=True)
    return Judge(schema, {check.name: check for check in checks}, missing)


def at_most(field: str, largest: Decimal, unit: str) -> FieldCheck:
    """A hard upper bound."""
    return FieldCheck(field, Rule(f"above {largest:f} {unit}"), lambda values: values <= largest)


def above_zero(field: str) -> FieldCheck:
    """Zero and below are refused."""
    return FieldCheck(field, Rule("not above zero"), lambda values: values > Decimal(0))


def not_negative(field: str) -> FieldCheck:
    """Below zero is refused."""
    return FieldCheck(field, Rule("below zero"), lambda values: values >= Decimal(0))


def shorter_than(field: str, longest: int, rule: Rule) -> FieldCheck:
    """A bound on the number of characters."""
    return FieldCheck(field, rule, lambda values: values.str.len() <= longest)


def one_of(field: str, allowed: Sequence[str], text: str) -> FieldCheck:
    """A closed set."""
    return FieldCheck(field, Rule(text), lambda values: values.isin(list(allowed)))


def in_form(field: str, pattern: str, text: str) -> FieldCheck:
    """A regular expression that the whole value matches."""
    return FieldCheck(field, Rule(text), lambda values: values.str.fullmatch(pattern))


def within_years(field: str) -> FieldCheck:
    """Dates that a payroll can hold; a slip of the year is refused rather than stored."""
    return FieldCheck(field, Rule(f"outside {FIRST_DATE.year}-{LAST_DATE.year}"), lambda values: values.between(FIRST_DATE, LAST_DATE))


def not_before(field: str, earlier: str, text: str) -> FieldCheck:
    """Two dates in their order; equal is fine, unknown too."""
    return across(field, Rule(text), lambda frame: frame[field] >= frame[earlier])


def unusual(field: str, text: str, passes: Callable[[Any], Verdicts]) -> FieldCheck:
    """A warning about pay, over the whole frame."""
    return across(field, Rule(text, Code.PAY_UNUSUAL, blocking=False), passes)


def across(field: str, rule: Rule, passes: Callable[[Any], Verdicts]) -> FieldCheck:
    """A test of the whole frame, in which unknown passes: absence is another rule's business."""
    return FieldCheck(field, rule, lambda frame: passes(frame).fillna(value=True), across=True)
