"""The first half of a night as the oracle sees it: everybody up to the point where accounts are matched (synchronisation.md §3.1 to §3.4).

Decides only; `oracle` writes. May import: `model`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from hr_pipeline_tests.properties.model import (
    Account,
    Answer,
    Frozen,
    Key,
    Person,
    Place,
    Verdict,
    content,
    has_left,
    moved_too_far,
    taken_over,
)

if TYPE_CHECKING:
    from hr_pipeline_tests.properties.oracle import Oracle

Listed = Mapping[str, Sequence[Person]]


class LinkedNight:
    """Excluded, out of scope, rejected, duplicate, linked, moved away; and who is missing.

    `settled`: plans that were approved, or released (None); `held_back`: connections whose run will be held, so that nobody is on the way
    to them; `rows_released`: those of which some held rows may have been released.
    """

    def __init__(
        self,
        world: "Oracle",
        listed: Listed,
        on: date,
        older: set[str],
        settled: Mapping[str, Frozen | None],
        held_back: frozenset[str],
        rows_released: frozenset[str],
    ) -> None:
        self.world, self.listed, self.on, self.older = world, listed, on, older
        self.settled_plans, self.held_back, self.rows_released = settled, held_back, rows_released
        self.verdicts: dict[Place, Verdict] = {}
        self.planned: dict[Place, Verdict] = {}  # before anything was held
        self.becoming: dict[Place, tuple[Account, dict[str, Any]]] = {}  # linked people and the values they get
        self.after: dict[Account, dict[str, Any]] = {}  # values of accounts once the linked are in
        self.gone: set[Account] = set()
        self.expected: set[Account] = set()  # of those gone, who may be
        self.absent: dict[Key, bool] = {}  # under which links, and whether they were out of scope before
        self.unlinked: list[Place] = []
        self.tied: dict[Place, Account] = {}
        self.candidates: dict[Place, list[Account]] = {}
        self.holder: dict[Place, Account | None] = {}  # of the address, where the address decides
        self.answered: dict[Place, tuple[str, Answer | None]] = {}  # choice carried out tonight; None: by itself
        self.waiting: dict[Place, Answer | None] = {}  # … on its day
        self.bereft: dict[Place, Account] = {}  # closed accounts that lose their address
        self.is_moving = False  # some decision is carried out, or some transfer happens by itself
        self.holds: dict[str, str] = {}
        self.plans: dict[str, Frozen] = {}
        self._about: dict[Account, dict[Any, Any]] = {}  # before anything is written
        for letter in listed:
            self._judge(letter)
        self._compare_linked()

    def person(self, place: Place) -> Person:
        return self.listed[place[0]][place[1]]

    def now(self, account: Account) -> dict[str, Any]:
        return self.after.get(account, account.values)

    def has_left(self, account: Account) -> bool:
        return has_left(self.now(account), self.on)

    def _judge(self, letter: str) -> None:
        """Excluded, out of scope, rejected, duplicate; then linked, moved away, or neither."""
        world, people = self.world, self.listed[letter]
        if not people and letter in world.had_people:
            self.holds[letter] = "SNAPSHOT_EMPTY"
            return
        contest = [p for p in people if p["in_scope"] and (letter, p["external_id"]) not in world.excluded]
        shared = {name: Counter(p[name] for p in contest if p[name] is not None) for name in ("email", "employee_number")}
        shared["external_id"] = Counter(p["external_id"] for p in people)  # also of those out of scope: whose the pay is can't be told
        for row, p in enumerate(people):
            place, key = (letter, row), (letter, p["external_id"])
            if key in world.excluded:
                self.verdicts[place] = ("excluded", "EXCLUDED")
            elif not p["in_scope"]:
                self.verdicts[place] = ("out_of_scope", "OUT_OF_SCOPE")
            elif p["reject_code"]:
                self.verdicts[place] = ("rejected", p["reject_code"])
            elif shared["external_id"][p["external_id"]] > 1:
                self.verdicts[place] = ("conflict", "DUPLICATE_EXTERNAL_ID")
            elif shared["email"][p["email"]] > 1:
                self.verdicts[place] = ("conflict", "DUPLICATE_EMAIL")
            elif world.firms[letter].unique_numbers and shared["employee_number"][p["employee_number"]] > 1:
                self.verdicts[place] = ("conflict", "DUPLICATE_EMPLOYEE_NUMBER")
            elif key not in world.links:
                if self._works_elsewhere(letter, p):
                    self.verdicts[place] = ("unchanged", None)
                else:
                    self.unlinked.append(place)
            elif letter in self.older or world.links[key].taken == content(p):
                self.verdicts[place] = ("unchanged", None)
            else:
                account = world.links[key]
                self.becoming[place] = (account, taken_over(account.values, p))
        if letter not in self.older:
            self._miss(letter, {p["external_id"] for p in people})

    def _works_elsewhere(self, letter: str, p: Person) -> bool:
        """Still listed for an employment that is over, by somebody who is at work under another link."""
        ended = self.world.ended.get((letter, p["external_id"]))
        if ended is None or ended.account.key is None or ended.account not in self.world.accounts or p["start_date"] > ended.ended_on:
            return False
        return not has_left(ended.account.values, self.on) and ended.account.key not in self.world.absent

    def _miss(self, letter: str, named: set[str]) -> None:
        world = self.world
        for (of, external_id), account in world.links.items():
            if of == letter and external_id not in named:
                self.gone.add(account)
                frozen = world.absent.get((of, external_id), (of, external_id) in world.out_of_scope)
                self.absent[of, external_id] = frozen
                if has_left(account.values, self.on) or (of, external_id) in world.excluded or frozen:
                    self.expected.add(account)

    def _compare_linked(self) -> None:
        """Held, in conflict about an address, updated or unchanged."""
        for place, (account, _) in self.becoming.items():
            if moved_too_far(account.gross, self.person(place)["gross_amount"]) and not self._is_released(place):
                self.verdicts[place] = ("held", "HELD_GROSS")
        self._refuse_addresses()
        self._waive_addresses()
        for place, (account, values) in self.becoming.items():
            if place not in self.verdicts:
                changed = {name for name in values if values[name] != account.values[name]}
                drifted = account.edited and account.synced and any(account.values[name] != account.synced[name] for name in changed)
                same = not changed and self.person(place)["gross_amount"] == account.gross
                self.verdicts[place] = ("unchanged", None) if same else ("updated", "DRIFT_CORRECTED" if drifted else None)
                self.after[account] = values

    def _waive_addresses(self) -> None:
        """Whoever has left and whose address somebody else got does not ask for it back."""
        for place, (account, values) in self.becoming.items():
            refused = self.verdicts.get(place, ("", None))[0] == "conflict"
            if refused and account.values["email"] is None and has_left(values, self.on):
                self.becoming[place] = (account, {**values, "email": None})
                del self.verdicts[place], self.candidates[place]

    def _refuse_addresses(self) -> None:
        """Again and again: who wants the address of somebody who keeps it, or the same one as somebody else who may have it."""
        moves = {place: (a, v) for place, (a, v) in self.becoming.items() if a.values["email"] != v["email"]}
        while True:
            open_moves = {place: move for place, move in moves.items() if place not in self.verdicts}
            letting_go = {id(account) for account, _ in open_moves.values()}
            refused: dict[Place, list[Account]] = {}
            for place, (account, values) in open_moves.items():
                keepers = [
                    a for a in self.world.accounts if a is not account and a.values["email"] == values["email"] and id(a) not in letting_go
                ]
                rivals = [a for other, (a, v) in open_moves.items() if other != place and v["email"] == values["email"]]
                if keepers or rivals:
                    refused[place] = keepers + rivals
            if not refused:
                return
            for place, others in refused.items():
                account, values = moves[place]
                same = any(a.company == account.company for a in others)
                self.verdicts[place] = ("conflict", "EMAIL_SHARED" if same else "EMAIL_IN_OTHER_COMPANY")
                self.candidates[place] = [a for a in self.world.accounts if a is not account and a.values["email"] == values["email"]]

    def _is_released(self, place: Place) -> bool:
        """Whether a person released the row; who released a whole run spoke of its guards."""
        return any(self.row(place, "held") in plan.rows for plan in self.released_rows(place[0]))

    def released_rows(self, letter: str) -> list[Frozen]:
        """Plans of which a person released the held rows."""
        return [plan for plan in self.world.releases.get(letter, ()) if letter in self.rows_released and plan.code == "HELD_GROSS"]

    def row(self, place: Place, outcome: str) -> tuple[Any, ...]:
        """What an approval is bound to: the person as listed, the decision, and the account as it was."""
        p = self.person(place)
        account = self.becoming[place][0] if place in self.becoming else self.tied.get(place)
        moved = place in self.answered and self.answered[place][0] == "transfer"
        about = (id(account), account.version, 0 if moved else account.paid) if account else (None, 0, 0)
        return (p["external_id"], content(p), outcome, *about)
