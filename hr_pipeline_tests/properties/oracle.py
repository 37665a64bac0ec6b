"""The rules of synchronisation.md once more, in plain Python over a handful of people: what the set-based SQL is compared with.

One world at a time: a few connections, their accounts, what people say and do, one night after the other. `night` decides, this
module writes. May import: `model`, `night`, `reversing`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from hr_pipeline_tests.properties.model import FIELDS, Account, Ended, Frozen, Key, Person, Place, Run, content
from hr_pipeline_tests.properties.night import Night
from hr_pipeline_tests.properties.reversing import Reversing

TIED = ("created", "linked", "transferred")


class Oracle(Reversing):
    """One world's platform."""

    def nights(self, listed: Mapping[str, Sequence[Person]], on: date, pulled: Mapping[str, int]) -> list[Night]:
        """Decide and apply one batch; held connections that others count on for an address come after them, in a night of their own."""
        night, seals = self._decided(listed, on, pulled, {})
        if not (apart := night.withheld()):
            return [self._applied(night, seals, pulled)]
        groups = ({letter: people for letter, people in listed.items() if (letter in apart) is held} for held in (False, True))
        return [one for group in groups for one in self.nights(group, on, pulled)]

    def night(
        self, listed: Mapping[str, Sequence[Person]], on: date, pulled: Mapping[str, int], settled: Mapping[str, Frozen | None] | None
    ) -> Night:
        """Decide and apply plans approved, or released (None), alone. `pulled` orders the snapshots of one day."""
        return self._applied(*self._decided(listed, on, pulled, settled or {}), pulled)

    def _decided(
        self, listed: Mapping[str, Sequence[Person]], on: date, pulled: Mapping[str, int], settled: Mapping[str, Frozen | None]
    ) -> tuple[Night, dict[str, Any]]:
        """The night, with the seals by which releases were found."""
        older = {of for of in listed if self._newest.get(of) and (on, pulled[of]) < self._newest[of][-1]}
        known, back, rows = dict(settled), frozenset[str](), frozenset[str]()
        seals: dict[str, Any] = {}
        while True:
            night = Night(self, listed, on, older, known, back, rows).decide()
            released = {
                letter: None for letter in night.holds if any(f.seal == night.plans[letter].seal for f in self.releases.get(letter, ()))
            }
            seals = {**{letter: night.plans[letter].seal for letter in released}, **seals}
            held = {
                letter
                for letter in night.holds
                if any(p[0] == letter and v[0] in ("linked", "transferred") for p, v in night.planned.items())
            }
            some = {p[0] for p, v in night.planned.items() if v[0] == "held" and self.releases.get(p[0])}
            if released.keys() <= known.keys() and held - released.keys() <= back and some <= rows:
                return night, seals
            known, back, rows = {**released, **known}, back | held - released.keys(), rows | some

    def _applied(self, night: Night, seals: Mapping[str, Any], pulled: Mapping[str, int]) -> Night:
        listed = night.listed
        for letter in listed:
            if letter not in night.holds:
                freed = {place for place in night.becoming if place[0] == letter}
                used = [
                    f
                    for f in self.releases.get(letter, ())
                    if f.seal == seals.get(letter)
                    or (f in night.released_rows(letter) and any(night.row(p, "held") in f.rows for p in freed))
                ]
                self.releases[letter] = [f for f in self.releases.get(letter, ()) if f not in used]
        self._now += 1
        found, absent = {account: account.state() for account in self.accounts}, dict(self.absent)
        self._written = {letter: set() for letter in listed}
        for place in night.verdicts:
            if place[0] not in night.holds:
                self._write(night, place)
        for letter in listed:
            self._remember(night, letter, pulled[letter])
            if letter not in night.holds:
                wrote = self._written[letter]
                left = {account: account.state() for account in wrote}
                here = {key: frozen for key, frozen in absent.items() if key[0] == letter}
                self.runs[letter] = Run(letter, self._now, {a: found.get(a) for a in wrote}, left, here, letter not in night.older)
        return night

    def _write(self, night: Night, place: Place) -> None:
        p, key = night.person(place), (place[0], night.person(place)["external_id"])
        outcome = night.verdicts[place][0]
        if outcome in TIED and place in night.bereft:
            holder = night.bereft[place]
            holder.touched["email"] = self._now
            self._written[place[0]].add(holder)
            holder.values, holder.version = {**holder.values, "email": None}, holder.version + 1
            holder.synced, holder.edited = dict(holder.values), False
        if place in night.becoming and outcome in ("updated", "unchanged"):
            account, values = night.becoming[place]
            account.write(values, p["gross_amount"], self._now)
            if outcome == "updated":
                self._written[place[0]].add(account)
            account.taken = content(p)
        elif outcome in ("linked", "transferred"):
            self._tie(night, place, key, outcome)
        elif outcome == "created":
            account = Account(self.firms[place[0]].company, {name: p.get(name) for name in FIELDS}, key, p["gross_amount"])
            account.synced, account.edited, account.paid, account.taken = dict(account.values), False, 1, content(p)
            account.created_on = night.on
            self.accounts.append(account)
            self.links[key] = account
            self._written[place[0]].add(account)

    def _tie(self, night: Night, place: Place, key: Key, outcome: str) -> None:
        """An account gets this employee; whoever it was before is over."""
        account, p = night.tied[place], night.person(place)
        taken_from = account.key
        if account.key:
            del self.links[account.key]
            last = max(account.values["start_date"], p["start_date"] - timedelta(days=1))
            reason = "transfer" if outcome == "transferred" else "rehire"
            self.ended[account.key] = Ended(account, reason, account.values["exit_date"] or last)
        account.write(night.tied_values(place), p["gross_amount"], self._now, afresh=outcome == "transferred")
        account.touched["link"] = self._now
        if taken_from and taken_from[0] != place[0]:  # the fields are the new connection's from now on, changed or not
            account.touched |= dict.fromkeys([*FIELDS, "pay"], self._now)
        self._written[place[0]].add(account)
        account.company, account.key, account.taken = self.firms[place[0]].company, key, content(p)
        self.links[key] = account

    def _remember(self, night: Night, letter: str, pulled: int) -> None:
        """What the next night has to know."""
        applied, older = letter not in night.holds, letter in night.older
        if night.holds.get(letter) == "SNAPSHOT_EMPTY":
            self.waiting.pop(letter, None)
            return
        self._ask(night, letter, applied=applied, older=older)
        self.waiting.pop(letter, None)
        if not applied or any(v == ("held", "HELD_GROSS") for p, v in night.verdicts.items() if p[0] == letter):
            self.waiting[letter] = night.plans[letter]
        if applied and not older:
            self._newest.setdefault(letter, []).append((night.on, pulled))
            self._miss(night, letter)
        if not older:
            people = night.listed[letter]
            self.had_people = self.had_people | {letter} if people else self.had_people - {letter}
            places = {place for place, v in night.verdicts.items() if place[0] == letter and v[0] == "out_of_scope"}
            self.out_of_scope = {k for k in self.out_of_scope if k[0] != letter} | {
                (letter, night.person(p)["external_id"]) for p in places
            }

    def _miss(self, night: Night, letter: str) -> None:
        """Absences last until somebody is listed again or tied anew."""
        gone = {key: frozen for key, frozen in night.absent.items() if key[0] == letter}
        self.absent = {key: frozen for key, frozen in self.absent.items() if key[0] != letter} | gone
        self.accepted = {k for k in self.accepted if k in self.absent} | (gone.keys() if letter in night.settled_plans else set())
