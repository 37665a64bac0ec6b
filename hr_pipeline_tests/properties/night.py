"""One night as the oracle sees it, whole: what people decided is carried out, guards and reviews hold, and plans are frozen.

May import: `model`, `matched`.
"""

from typing import Any

from hr_pipeline_tests.properties.matched import MatchedNight
from hr_pipeline_tests.properties.model import OK, WRITTEN, Account, Answer, Frozen, Place, content, has_left, taken_over


class Night(MatchedNight):
    """The decisions of one batch of one date, and what becomes of them."""

    def decide(self) -> "Night":
        """All of it, in the order of §3, then §6 and §7."""
        self._match()
        self._carry_out()
        self._leave_to_newer_lists()
        self._hold()
        self.plans = {letter: self.frozen(letter) for letter in self.listed}
        return self

    def _leave_to_newer_lists(self) -> None:
        """An older snapshot makes nobody known."""
        for place in self.unlinked:
            if place[0] in self.older and self.verdicts[place][0] in ("created", "linked"):
                self.verdicts[place] = ("held", "PLAN_STALE")
                self.tied.pop(place, None)

    def _carry_out(self) -> None:
        """What people decided before, where the question is the same and it is still possible; transfers that happen by themselves."""
        due: list[tuple[Place, str, Account | None, Answer | None]] = []
        for place in self.unlinked:
            if self.verdicts[place][0] != "conflict" or place[0] in self.older:
                continue
            answer = self.world.answer(self, place)
            if answer and answer.choice != "defer":
                due.append((place, answer.choice, answer.account, answer))
            elif not answer and self._moves_by_itself(place):
                if self.holder.get(place):
                    due.append((place, "transfer", self.holder[place], None))
                self.is_moving = True
        order = list(self.world.firms)
        due.sort(key=lambda one: (one[3] is None, self._is_early(one[0], one[1]), order.index(one[0][0]), one[0][1]))
        taken = {a for place, a in self.tied.items() if self.verdicts[place][0] == "linked"}
        self.is_moving = self.is_moving or bool(due)
        for place, choice, account, answer in due:
            if account in taken or not self._is_possible(place, choice, account):
                continue
            if self._is_early(place, choice):
                taken.add(account)
                self.waiting[place] = answer
                self.verdicts[place] = ("unchanged", "TRANSFER_UPCOMING")
            else:
                self.answered[place] = (choice, answer)
                if account:
                    taken.add(account)
                    self.tied[place] = account
                self.verdicts[place] = ({"link": "linked", "create": "created", "transfer": "transferred"}[choice], None)
                holder = self.holder.get(place)
                if holder and holder is not account:
                    self.bereft[place] = holder
        self._let_go()

    def _is_early(self, place: Place, choice: str) -> bool:
        """A transfer to an employment that begins later waits for its day."""
        return choice == "transfer" and self.person(place)["start_date"] > self.on

    def _moves_by_itself(self, place: Place) -> bool:
        """The connection lets transfers found by the address happen, unless the employment is over; it may be known tomorrow only to whom."""
        found = self.verdicts[place][1] == "TRANSFER" and place in self.holder and self.world.firms[place[0]].automatic_transfer
        holder = self.holder.get(place)
        is_frozen = holder is not None and holder.key in self.world.excluded
        return found and not has_left(self.person(place), self.on) and not is_frozen

    def _is_possible(self, place: Place, choice: str, account: Account | None) -> bool:
        mine = self.world.firms[place[0]]
        if account and account not in self.world.accounts:
            return False
        if account and choice == "link" and (account.company != mine.company or not self._idle(account)):
            return False
        if account and choice == "transfer" and (account.company == mine.company or not self.world.same_group(mine, account.company)):
            return False
        holder = self.holder.get(place)
        return place not in self.holder or (holder is not None and (holder is account or self.has_left(holder)))

    def _let_go(self) -> None:
        """The former connection of whoever moves tonight has nothing more to say about them."""
        leaving = {
            self.tied[place] for place, (choice, _) in self.answered.items() if choice != "create" and place[0] not in self.held_back
        }
        for place, (account, _) in list(self.becoming.items()):
            if account in leaving:
                self.verdicts[place] = ("unchanged", None)
                del self.becoming[place]
        self.expected |= leaving

    def _hold(self) -> None:
        """Guards and reviews hold whole runs; an approval holds what it did not see."""
        self.planned = dict(self.verdicts)
        for letter, people in self.listed.items():
            firm = self.world.firms[letter]
            if letter in self.holds:
                continue
            plan = self.settled_plans.get(letter)
            if plan is not None:
                self._hold_unseen(letter, plan)
            is_settled = letter in self.settled_plans and (plan is None or plan.code == "HELD_MISSING")  # somebody saw that guard
            if not is_settled and firm.most_missing is not None and len(self.missed(letter)) > firm.most_missing:
                self.holds[letter] = "HELD_MISSING"
            if letter not in self.holds and firm.reviewed and people and self.settled_plans.get(letter) is None:
                self.holds[letter] = "HELD_REVIEW"
        for place, (outcome, _) in self.planned.items():
            if place[0] in self.holds and outcome in (*OK, "held"):
                self.verdicts[place] = ("held", self.holds[place[0]])

    def withheld(self) -> set[str]:
        """Held connections from whom somebody of another one, who is not held, would get an address."""
        gets = {place: self.becoming[place][1] if place in self.becoming else self.person(place) for place in self.verdicts}
        wanted = {(place[0], values["email"]) for place, values in gets.items() if self.verdicts[place][0] in WRITTEN}
        going = [(p[0], a.values["email"]) for p, (a, v) in self.becoming.items() if p[0] in self.holds and a.values["email"] != v["email"]]
        return {letter for letter, email in going if email and any(e == email and other != letter for other, e in wanted)}

    def missed(self, letter: str) -> set[Account]:
        """Who is missing without being expected to be, and whom nobody accepted as missing."""
        of_letter = {a for a in self.gone - self.expected if a.key and a.key[0] == letter}
        return {a for a in of_letter if a.key not in self.world.accepted}

    def _hold_unseen(self, letter: str, plan: Frozen) -> None:
        for place, (outcome, _) in self.planned.items():
            if place[0] == letter:
                older = letter in self.older and outcome == "unchanged"
                external_id = self.person(place)["external_id"]
                unseen = outcome in WRITTEN and self.row(place, outcome) not in plan.rows
                if unseen or (older and any(row[0] == external_id and row[2] in WRITTEN for row in plan.rows)):
                    self.verdicts[place] = ("held", "PLAN_STALE")
        self._hold_addresses_of_the_stale(letter)

    def _hold_addresses_of_the_stale(self, letter: str) -> None:
        """Who counts on an address that somebody stale keeps waits too."""
        writes = {place: v for place, v in self.verdicts.items() if v[0] in WRITTEN}
        moving = {a: values for place, (a, values) in self.becoming.items() if place in writes}
        moving |= {a: self.tied_values(place) for place, a in self.tied.items() if place in writes}
        bereft = {a for place, a in self.bereft.items() if place in writes}
        for place in writes:
            mine = self.becoming[place][0] if place in self.becoming else self.tied.get(place)
            email = self.person(place)["email"]
            others = [a for a in self.world.accounts if a is not mine and a.values["email"] == email and a not in bereft]
            if place[0] == letter and any(moving.get(a, a.values)["email"] == email for a in others):
                self.verdicts[place] = ("held", "PLAN_STALE")
                return self._hold_addresses_of_the_stale(letter)
        return None

    def tied_values(self, place: Place) -> dict[str, Any]:
        """What the account gets that somebody is tied to; a transfer takes the number of the new company, even none."""
        values = taken_over(self.tied[place].values, self.person(place), tied=True)
        moved = place in self.answered and self.answered[place][0] == "transfer"
        return {**values, "employee_number": self.person(place)["employee_number"]} if moved else values

    def frozen(self, letter: str) -> Frozen:
        """The plan as it would be approved or released."""
        rows = {place: self.row(place, verdict[0]) for place, verdict in self.planned.items() if place[0] == letter}
        seal = [(*row, self.planned[place][1]) for place, row in rows.items() if self._is_looked_at(place)]
        return Frozen(
            letter,
            self.on,
            self.holds.get(letter, "HELD_GROSS"),
            frozenset(rows.values()),
            frozenset([*seal, *((id(account),) for account in self.missed(letter)), *enumerate(map(content, self.listed[letter]))]),
        )

    def _is_looked_at(self, place: Place) -> bool:
        """Not plainly unchanged."""
        return (
            self.planned[place][0] != "unchanged"
            or place in self.becoming
            or place in self.waiting
            or (place[0], self.person(place)["external_id"]) in self.world.ended
        )
