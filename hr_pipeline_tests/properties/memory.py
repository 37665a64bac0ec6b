"""What the oracle remembers of one world, and what HR does to it on the platform: people typed in, fields edited.

May import: `model`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from hr_pipeline_tests.properties.model import FIELDS, LOCKED, Account, Answer, Ended, Firm, Frozen, Key, Question, Run


class Memory:
    """Accounts, links and everything that was said. Connections are given in the order of their creation."""

    def __init__(self, firms: Mapping[str, Firm]) -> None:
        self.firms = firms
        self.accounts: list[Account] = []
        self.links: dict[Key, Account] = {}
        self.ended: dict[Key, Ended] = {}
        self.excluded: set[Key] = set()
        self.excluded_anew: set[Key] = set()  # by a person apart from a question, the last time
        self.absent: dict[Key, bool] = {}  # linked and not listed; whether they were out of scope before
        self.accepted: set[Key] = set()  # of those, whom a person accepted as missing
        self.out_of_scope: set[Key] = set()  # in the last run of their connection
        self.questions: list[Question] = []
        self.answers: list[Answer] = []
        self.waiting: dict[str, Frozen] = {}  # the newest plan of a connection, when it was held, whole or in rows
        self.releases: dict[str, list[Frozen]] = {}  # that still count
        self.had_people: set[str] = set()
        self.runs: dict[str, Run] = {}  # the newest run of a connection that was applied
        self._newest: dict[str, list[tuple[date, int]]] = {}  # snapshots applied that were the newest, in their order
        self._now = 0
        self._written: dict[str, set[Account]] = {}

    def same_group(self, firm: Firm, company: str) -> bool:
        """Whether the company is of the firm's group."""
        return firm.group is not None and firm.group in {f.group for f in self.firms.values() if f.company == company}

    def type_in(self, company: str, **values: Any) -> Account | None:
        """HR types somebody in, unless the address is known."""
        if values.get("email") and any(a.values["email"] == values["email"] for a in self.accounts):
            return None
        self.accounts.append(Account(company, {**dict.fromkeys(FIELDS), **values}))
        return self.accounts[-1]

    def edit(self, account: Account, field: str, value: Any) -> str | None:
        """HR edits a field; returns the code of a refusal."""
        if account.key and field in LOCKED:
            return "FIELD_LOCKED"
        if field == "email" and value and any(a.values["email"] == value for a in self.accounts if a is not account):
            return "EMAIL_TAKEN"
        self._now += 1
        if account.values[field] != value:
            account.touched[field] = self._now
        account.values[field] = value
        account.version += 1
        account.edited, account.taken = True, None
        return None
