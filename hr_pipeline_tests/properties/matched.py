"""The second half of a night as the oracle sees it: those without a link, by e-mail and by name (synchronisation.md §3.5 to §3.8).

May import: `model`, `linked`, and the judgement of two names (it has tests of its own).
"""

from collections import Counter
from typing import Any

from hr_pipeline.domain.names import names_alike
from hr_pipeline_tests.properties.linked import LinkedNight
from hr_pipeline_tests.properties.model import Account, Person, Place, about, births_agree, contradict, has_left, names, same_name


class MatchedNight(LinkedNight):
    """Linked, a question, or new."""

    def _match(self) -> None:
        self._match_emails()
        self._match_names()
        self._find_twins()
        self._settle_rivals()
        for account in self.world.accounts:
            self.about(account)

    def _match_emails(self) -> None:
        for place in self.unlinked:
            p = self.person(place)
            for account in self.world.accounts:
                if self.now(account)["email"] == p["email"]:
                    left = self.has_left(account) or account in self.gone
                    code = self._email_code(place[0], p, account.company, self.now(account), linked=account.key is not None, left=left)
                    self.verdicts[place] = ("conflict", code) if code else ("linked", None)
                    self.candidates[place], self.holder[place] = [account], account
                    if not code:
                        self.tied[place] = account

    def _email_code(self, letter: str, p: Person, company: str, other: Person, *, linked: bool, left: bool) -> str | None:
        """§3.5: what the holder of the address is to the employee; None when they are one person."""
        mine = self.world.firms[letter]
        same_company = company == mine.company
        if not same_company and not self.world.same_group(mine, company):
            return "EMAIL_IN_OTHER_COMPANY"
        if contradict(p, other):
            return "EMAIL_SHARED"
        if not linked:
            return None if same_company else "EMAIL_IN_OTHER_COMPANY"
        if same_company:
            return "REHIRE" if left else "ALREADY_LINKED"
        return "TRANSFER" if same_name(p, other) and births_agree(p, other) else "EMAIL_IN_OTHER_COMPANY"

    def _match_names(self) -> None:
        """§3.6 and §3.7; then somebody of that name and birth date in another company of the group."""
        spoken_for = set(self.tied.values())
        found = {place: self._namesakes(place, spoken_for) for place in self.unlinked if place not in self.verdicts}
        twins = {place: self._twins(place, some) for place, some in found.items() if self.world.firms[place[0]].links_on_birth_date}
        wanted = Counter(id(a) for some in twins.values() for a in some)
        for place, some in twins.items():
            if len(some) == 1 and wanted[id(some[0])] == 1:
                self.verdicts[place] = ("linked", None)
                self.tied[place] = some[0]
        tied = set(self.tied.values())
        for place, namesakes in found.items():
            colleagues = self._colleagues(place)
            self.candidates[place] = [*namesakes, *colleagues]
            left = [a for a in namesakes if a not in tied]
            if place in self.verdicts:
                continue
            if any(a in left for a in twins.get(place, [])):
                self.verdicts[place] = ("conflict", "AMBIGUOUS_CANDIDATES")
            elif left:
                self.verdicts[place] = ("conflict", "SAME_NAME" if any(self._free(a) for a in left) else "REHIRE")
            else:
                self.verdicts[place] = ("conflict", "TRANSFER") if colleagues else ("created", None)

    def _namesakes(self, place: Place, spoken_for: set[Account]) -> list[Account]:
        """Accounts of the company that go by the employee's name and that nobody works under."""
        p, company = self.person(place), self.world.firms[place[0]].company
        of_name = [a for a in self.world.accounts if a.company == company and same_name(p, self.now(a)) and a not in spoken_for]
        return [a for a in of_name if self._idle(a) and not self._is_new(a)]

    def _colleagues(self, place: Place) -> list[Account]:
        """Of the same name and birth date, at work in another company of the group."""
        p, mine = self.person(place), self.world.firms[place[0]]
        others = [a for a in self.world.accounts if a.company != mine.company and a.key and self.world.same_group(mine, a.company)]
        return [a for a in others if p["birth_date"] and self.now(a)["birth_date"] == p["birth_date"] and same_name(p, self.now(a))]

    def _twins(self, place: Place, candidates: list[Account]) -> list[Account]:
        born = self.person(place)["birth_date"]
        return [a for a in candidates if born is not None and self._free(a) and a.values["birth_date"] == born]

    def _free(self, account: Account) -> bool:
        return account.key is None and not self.has_left(account)

    def _idle(self, account: Account) -> bool:
        """Nobody works under it."""
        return account.key is None or self.has_left(account) or account in self.gone

    def _is_new(self, account: Account) -> bool:
        """Came with a snapshot of this very day, though with a last day gone by: those who are new in one snapshot are two people."""
        return account.key is not None and account not in self.gone and account.created_on == self.on

    def _find_twins(self) -> None:
        """Nobody is created beside somebody of the company who is alike and idle; namesakes are shown beside those born on the same day."""
        tied = set(self.tied.values())
        for place in self.unlinked:
            if place in self.holder or self.verdicts[place][1] == "TRANSFER" or self.verdicts[place][0] == "linked":
                continue
            p, company, known = self.person(place), self.world.firms[place[0]].company, self.candidates.get(place, [])
            idle = [a for a in self.world.accounts if a.company == company and a not in tied and a not in known and self._idle(a)]
            idle = [a for a in idle if not self._is_new(a)]
            alike = [a for a in idle if likely_twins(p, self.now(a))]
            if self.verdicts[place][0] == "created" and alike:
                self.verdicts[place] = ("conflict", "SIMILAR_NAME")
            elif alike:
                alike = [a for a in alike if p["birth_date"] and p["birth_date"] == self.now(a)["birth_date"]]
            self.candidates[place] = [*known, *alike]

    def _settle_rivals(self) -> None:
        """One address in several connections, and somebody gets it tonight: the others meet that person's account."""
        order = list(self.world.firms)
        arrivals = sorted(self.unlinked, key=lambda place: (self.verdicts[place][0] != "linked", order.index(place[0]), place[1]))
        winners: dict[str, Place] = {}
        for place in arrivals:
            if self.verdicts[place][0] in ("created", "linked"):
                winners.setdefault(self.person(place)["email"], place)
        for place in arrivals:
            p = self.person(place)
            first = winners.get(p["email"], place)
            if first != place:
                w = self.person(first)
                code = self._email_code(place[0], p, self.world.firms[first[0]].company, w, linked=True, left=has_left(w, self.on))
                self.verdicts[place] = ("conflict", code)
                self.tied.pop(place, None)
                self.holder[place] = self.tied.get(first)
                known = [a for a in self.candidates.get(place, []) if place not in self.holder or a is not self.holder[place]]
                self.candidates[place] = [*known, *([self.tied[first]] if first in self.tied else [])]

    def about(self, account: Account) -> dict[Any, Any]:
        """What a question rests on of an account: as it will be, under the link that it had before the night."""
        return self._about.setdefault(account, about(account, self.after.get(account, account.values)))


def likely_twins(p: Person, other: Person) -> bool:
    """§3 and docs/matching.md: two birth dates never; else as `names_alike` says."""
    if not births_agree(p, other):
        return False
    known = p["birth_date"] is not None and other["birth_date"] is not None
    return names_alike(*names(p), *names(other), same_birth_date=True if known else None)
