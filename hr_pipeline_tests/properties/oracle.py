"""The rules of synchronisation.md §3 once more, in plain Python over a handful of people: what the set-based SQL is compared with.

One world at a time: a few connections, their accounts, one night after the other. Every mapped field is `always` and only the exit date
may be cleared. May import: `hr_pipeline.domain.names` (the judgement of two names has tests of its own).
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from hr_pipeline.domain.names import names_contradict

Person = Mapping[str, Any]
Place = tuple[str, int]  # connection and row
Verdict = tuple[str, str | None]  # outcome and code

FIELDS = ("email", "first_name", "last_name", "birth_name", "birth_date", "exit_date", "employee_number")


@dataclass(frozen=True)
class Firm:
    """What the rules ask of a connection."""

    company: str
    group: str | None = None
    unique_numbers: bool = False
    links_on_birth_date: bool = False


@dataclass(eq=False)
class Account:
    """A person on the platform; `connection` holds their link."""

    company: str
    values: dict[str, Any]
    connection: str | None = None
    gross: Decimal | None = None


@dataclass
class _Night:
    """What a night knows on its way to the decisions."""

    on: date
    listed: Mapping[str, Sequence[Person]]
    verdicts: dict[Place, Verdict] = field(default_factory=dict)
    becoming: dict[Place, tuple[Account, dict[str, Any]]] = field(default_factory=dict)  # linked people and the values they get
    after: dict[Account, dict[str, Any]] = field(default_factory=dict)  # values of accounts once the linked are in
    gone: set[Account] = field(default_factory=set)
    unlinked: list[Place] = field(default_factory=list)
    tied: dict[Place, Account] = field(default_factory=dict)

    def person(self, place: Place) -> Person:
        return self.listed[place[0]][place[1]]

    def now(self, account: Account) -> dict[str, Any]:
        return self.after.get(account, account.values)

    def has_left(self, account: Account) -> bool:
        last_day = self.now(account)["exit_date"]
        return last_day is not None and last_day < self.on


class Oracle:
    """One world's platform. Connections are given in the order of their creation."""

    def __init__(self, firms: Mapping[str, Firm]) -> None:
        self.firms = firms
        self.accounts: list[Account] = []
        self.links: dict[tuple[str, str], Account] = {}
        self.excluded: set[tuple[str, str]] = set()
        self._newest: dict[str, date] = {}

    def type_in(self, company: str, **values: Any) -> None:
        """HR types somebody in."""
        self.accounts.append(Account(company, {**dict.fromkeys(FIELDS), **values}))

    def night(self, listed: Mapping[str, Sequence[Person]], on: date) -> dict[Place, Verdict]:
        """Decide and apply one batch."""
        n = _Night(on, listed)
        for connection in listed:
            self._judge(n, connection)
        self._compare_linked(n)
        self._match_emails(n)
        self._match_names(n)
        self._settle_rivals(n)
        self._apply(n)
        for connection in listed:
            self._newest[connection] = max(on, self._newest.get(connection, on))
        return n.verdicts

    def _judge(self, n: _Night, connection: str) -> None:
        """Excluded, out of scope, rejected, duplicate; then linked or not."""
        people = n.listed[connection]
        older = on_before(n.on, self._newest.get(connection))
        contest = [p for p in people if p["in_scope"] and (connection, p["external_id"]) not in self.excluded]
        shared = {name: Counter(p[name] for p in contest if p[name] is not None) for name in ("external_id", "email", "employee_number")}
        for row, p in enumerate(people):
            place, key = (connection, row), (connection, p["external_id"])
            if key in self.excluded:
                n.verdicts[place] = ("excluded", "EXCLUDED")
            elif not p["in_scope"]:
                n.verdicts[place] = ("out_of_scope", "OUT_OF_SCOPE")
            elif p["reject_code"]:
                n.verdicts[place] = ("rejected", p["reject_code"])
            elif shared["external_id"][p["external_id"]] > 1:
                n.verdicts[place] = ("conflict", "DUPLICATE_EXTERNAL_ID")
            elif shared["email"][p["email"]] > 1:
                n.verdicts[place] = ("conflict", "DUPLICATE_EMAIL")
            elif self.firms[connection].unique_numbers and shared["employee_number"][p["employee_number"]] > 1:
                n.verdicts[place] = ("conflict", "DUPLICATE_EMPLOYEE_NUMBER")
            elif key not in self.links:
                n.unlinked.append(place)
            elif older:
                n.verdicts[place] = ("unchanged", None)
            else:
                account = self.links[key]
                n.becoming[place] = (account, taken_over(account.values, p))
        if not older:
            named = {p["external_id"] for p in people}
            n.gone |= {account for (of, external_id), account in self.links.items() if of == connection and external_id not in named}

    def _compare_linked(self, n: _Night) -> None:
        """Held, in conflict about an address, updated or unchanged."""
        for place, (account, _) in n.becoming.items():
            if moved_too_far(account.gross, n.person(place)["gross_amount"]):
                n.verdicts[place] = ("held", "HELD_GROSS")
        self._refuse_addresses(n)
        for place, (account, values) in n.becoming.items():
            if place not in n.verdicts:
                changed = values != account.values or n.person(place)["gross_amount"] != account.gross
                n.verdicts[place] = ("updated" if changed else "unchanged", None)
                n.after[account] = values

    def _refuse_addresses(self, n: _Night) -> None:
        """Again and again: who wants the address of somebody who keeps it, or the same one as somebody else who may have it."""
        moves = {place: (a, v) for place, (a, v) in n.becoming.items() if a.values["email"] != v["email"]}
        while True:
            open_moves = {place: move for place, move in moves.items() if place not in n.verdicts}
            letting_go = {id(account) for account, _ in open_moves.values()}
            refused: dict[Place, bool] = {}
            for place, (account, values) in open_moves.items():
                keepers = [
                    a for a in self.accounts if a is not account and a.values["email"] == values["email"] and id(a) not in letting_go
                ]
                rivals = [a for other, (a, v) in open_moves.items() if other != place and v["email"] == values["email"]]
                if keepers or rivals:
                    refused[place] = any(a.company == account.company for a in keepers + rivals)
            if not refused:
                return
            n.verdicts |= {place: ("conflict", "EMAIL_SHARED" if same else "EMAIL_IN_OTHER_COMPANY") for place, same in refused.items()}

    def _match_emails(self, n: _Night) -> None:
        for place in n.unlinked:
            p = n.person(place)
            for account in self.accounts:
                if n.now(account)["email"] == p["email"]:
                    left = n.has_left(account) or account in n.gone
                    code = self._email_code(place[0], p, account.company, n.now(account), linked=account.connection is not None, left=left)
                    n.verdicts[place] = ("conflict", code) if code else ("linked", None)
                    if not code:
                        n.tied[place] = account

    def _email_code(self, connection: str, p: Person, company: str, other: Mapping[str, Any], *, linked: bool, left: bool) -> str | None:
        """§3.5: what the holder of the address is to the employee; None when they are one person."""
        mine = self.firms[connection]
        same_company = company == mine.company
        same_group = mine.group is not None and mine.group in {f.group for f in self.firms.values() if f.company == company}
        if not same_company and not same_group:
            return "EMAIL_IN_OTHER_COMPANY"
        same_name = bool(keys(p) & keys(other))
        if not same_name and names_contradict(*names(p), *names(other)):
            return "EMAIL_SHARED"
        if not linked:
            return None if same_company else "EMAIL_IN_OTHER_COMPANY"
        if same_company:
            return "REHIRE" if left else "ALREADY_LINKED"
        births = {p["birth_date"], other["birth_date"]} - {None}
        return "TRANSFER" if same_name and len(births) < 2 else "EMAIL_IN_OTHER_COMPANY"

    def _match_names(self, n: _Night) -> None:
        spoken_for = set(n.tied.values())
        candidates = {place: self._namesakes(n, place, spoken_for) for place in n.unlinked if place not in n.verdicts}
        twins = {place: self._twins(n, place, found) for place, found in candidates.items() if self.firms[place[0]].links_on_birth_date}
        wanted = Counter(id(a) for found in twins.values() for a in found)
        for place, found in twins.items():
            if len(found) == 1 and wanted[id(found[0])] == 1:
                n.verdicts[place] = ("linked", None)
                n.tied[place] = found[0]
        tied = set(n.tied.values())
        for place, found in candidates.items():
            left = [a for a in found if a not in tied]
            if place in n.verdicts:
                continue
            if not left:
                n.verdicts[place] = ("created", None)
            elif any(a in left for a in twins.get(place, [])):
                n.verdicts[place] = ("conflict", "AMBIGUOUS_CANDIDATES")
            else:
                n.verdicts[place] = ("conflict", "SAME_NAME" if any(self._free(n, a) for a in left) else "REHIRE")

    def _namesakes(self, n: _Night, place: Place, spoken_for: set[Account]) -> list[Account]:
        """Accounts of the company that go by the employee's name and that nobody works under."""
        p, company = n.person(place), self.firms[place[0]].company
        of_name = [a for a in self.accounts if a.company == company and keys(p) & keys(n.now(a)) and a not in spoken_for]
        return [a for a in of_name if a.connection is None or n.has_left(a) or a in n.gone]

    def _twins(self, n: _Night, place: Place, candidates: list[Account]) -> list[Account]:
        born = n.person(place)["birth_date"]
        return [a for a in candidates if born is not None and self._free(n, a) and a.values["birth_date"] == born]

    def _free(self, n: _Night, account: Account) -> bool:
        return account.connection is None and not n.has_left(account)

    def _settle_rivals(self, n: _Night) -> None:
        """One address in several connections, and somebody gets it tonight: the others meet that person's account."""
        order = list(self.firms)
        arrivals = sorted(n.unlinked, key=lambda place: (n.verdicts[place][0] != "linked", order.index(place[0]), place[1]))
        winners: dict[str, Place] = {}
        for place in arrivals:
            if n.verdicts[place][0] in ("created", "linked"):
                winners.setdefault(n.person(place)["email"], place)
        for place in arrivals:
            p = n.person(place)
            first = winners.get(p["email"], place)
            if first != place:
                w = n.person(first)
                left = w["exit_date"] is not None and w["exit_date"] < n.on
                code = self._email_code(place[0], p, self.firms[first[0]].company, w, linked=True, left=left)
                n.verdicts[place] = ("conflict", code)
                n.tied.pop(place, None)

    def _apply(self, n: _Night) -> None:
        for place, (outcome, _) in n.verdicts.items():
            p, key = n.person(place), (place[0], n.person(place)["external_id"])
            if outcome == "updated":
                account, values = n.becoming[place]
                account.values, account.gross = values, p["gross_amount"]
            elif outcome == "linked":
                account = n.tied[place]
                account.values, account.gross, account.connection = taken_over(account.values, p), p["gross_amount"], place[0]
                self.links[key] = account
            elif outcome == "created":
                account = Account(self.firms[place[0]].company, {name: p[name] for name in FIELDS}, place[0], p["gross_amount"])
                self.accounts.append(account)
                self.links[key] = account


def on_before(on: date, newest: date | None) -> bool:
    """Whether newer facts were applied already."""
    return newest is not None and on < newest


def taken_over(old: Mapping[str, Any], p: Person) -> dict[str, Any]:
    """The provider wins; only an exit date may be cleared."""
    return {name: p[name] if p[name] is not None or name == "exit_date" else old[name] for name in FIELDS}


def moved_too_far(before: Decimal | None, after: Decimal) -> bool:
    """More than thirty per cent."""
    return before is not None and abs(after - before) * 10 > before * 3


def names(one: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """First, last and birth name."""
    return one["first_name"], one["last_name"], one["birth_name"]


def keys(one: Mapping[str, Any]) -> set[tuple[str, str]]:
    """The full names somebody goes by, folded."""
    first, last, birth = (folded(name) if name else "" for name in names(one))
    return {(first, name) for name in (last, birth) if name}


def folded(name: str) -> str:
    """Without accents, case, hyphens, apostrophes and spaces."""
    return "".join(c for c in unicodedata.normalize("NFD", name).casefold() if c.isalnum())
