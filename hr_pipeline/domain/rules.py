"""The rules an employee's data can break, and where one was broken: rows, field, rule, never a value.

Not here: judging (`parsing` and its kinds, `schemas`) or the PROBLEMS table (`validate`). May import: `codes`.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from hr_pipeline.domain.codes import Code

Mask: TypeAlias = npt.NDArray[np.bool_]
Rows: TypeAlias = npt.NDArray[np.int64]  # positions in a table, ascending

LONGEST_TEXT = 200  # characters of any name, number or id


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong or odd: its words for PROBLEMS, its code, and whether it rejects the person."""

    text: str
    code: Code = Code.FIELD_INVALID
    blocking: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that some rows break in one field."""

    field: str | None
    rule: Rule
    rows: Rows

    def moved(self, rows: Rows) -> "Finding":
        """The same finding told of other rows (a pay row's of its person's)."""
        return Finding(self.field, self.rule, rows)


MISSING = Rule("missing", Code.FIELD_MISSING)
EMAIL_MISSING = Rule("missing", Code.EMAIL_MISSING)

# What parsing can't read. Everything that can be read is judged by `schemas`.
NOT_SINGLE = Rule("not a single value")
CONTROL_CHARACTERS = Rule("has control characters")
TOO_LONG = Rule(f"longer than {LONGEST_TEXT} characters")
NOT_EMAIL = Rule("not an e-mail address")
NOT_PHONE = Rule("not a phone number")
NOT_VALID_PHONE = Rule("not a valid phone number")
NO_PREFIX = Rule("no international prefix, and the connection has no region", Code.PHONE_NO_PREFIX, blocking=False)
NOT_LANGUAGE = Rule("not an ISO 639-1 language", Code.LANGUAGE_UNKNOWN, blocking=False)
NOT_DATE = Rule("not a civil date (YYYY-MM-DD)")
NOT_AMOUNT = Rule("not a plain decimal amount")
TOO_MANY_DECIMALS = Rule("more than two decimals")
NOT_HOURS = Rule("not hours (HH:MM or plain decimal hours)")
NOT_PERCENTAGE = Rule("not a plain decimal percentage")

# Between the pay rows of one person.
PARTIAL = Rule("given for only some of the simultaneous occupations")
DIFFERS = Rule("differs between simultaneous occupations")
HOURLY_ADDED = Rule("hourly amounts of simultaneous occupations added up", Code.PAY_UNUSUAL, blocking=False)
PERIOD_CONTRADICTED = Rule("simultaneous occupations that do not fit together", Code.PAY_CONTRADICTORY, blocking=False)
NO_PAY_ROW = Rule("no pay row", Code.PAY_MISSING, blocking=False)
NO_VALID_PAY_ROW = Rule("no pay row valid on the date", Code.PAY_MISSING, blocking=False)
PAY_ORPHAN = Rule("pay without a person", Code.PAY_ORPHAN, blocking=False)
COMPONENT_ORPHAN = Rule("salary component without a person", Code.PAY_ORPHAN, blocking=False)
