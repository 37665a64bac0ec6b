"""The one exception that reaches a person: a code, what it is about, and nothing personal.

Raised anywhere in the project when something cannot be done; the faces (`cli`, `defs`) turn it into a sentence and a next
step through `messages`. Parameters are names, ids, counts and limits, never an employee's values. May import: `codes`.
"""

import sys

from hr_pipeline.domain.codes import Code


class Refusal(Exception):  # noqa: N818 - the project's word: most are no error of anybody's program
    """Something was refused or failed in a way we know.

    Attributes:
        code: Entry of the catalogue.
        params: Values for the placeholders of the catalogue's sentences (connection, field, limit …).
    """

    def __init__(self, code: Code, /, **params: object) -> None:
        sys.audit("hr_pipeline.refusal", code)  # heard by whoever audits this process: operators, and the tests that count what was reached
        self.code = code
        self.params = params
        super().__init__(f"{code} {params}" if params else str(code))


class Transient(Refusal):
    """May go through when tried again (time-out, 5xx, 429): the next night, or `sync` again."""


class Permanent(Refusal):
    """Will fail the same way until somebody acts (credential, changed contract, wrong company)."""
