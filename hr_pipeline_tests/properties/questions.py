"""Questions as the oracle sees them: what may be answered, how long an answer counts, what is asked again.

May import: `model`, `memory`.
"""

from datetime import date
from typing import Any

from hr_pipeline_tests.properties.memory import Memory
from hr_pipeline_tests.properties.model import Account, Answer, Key, Place, Question, about, has_left, named
from hr_pipeline_tests.properties.night import Night

LEAVE = ("exclude", "defer")
MOVE = ("transfer", "create", *LEAVE)
USUAL = ("link", "create", *LEAVE)


class Questions(Memory):
    """Conflicts and what people say to them."""

    def resolve(self, question: Question, choice: str, account: Account | None, on: date) -> str | None:
        """Somebody answers; returns the code of a refusal."""
        if choice not in possible(question.code, linked=question.key in self.links):
            return "CHOICE_REFUSED"
        now = {name: value for a in question.candidates if a in self.accounts for name, value in about(a, a.values).items()}
        if question.candidates and now != {name: value for name, value in question.parts.items() if not isinstance(name, str)}:
            return "CONFLICT_CHANGED"
        chosen = None
        if choice in ("link", "transfer"):
            chosen = account or (question.candidates[0] if len(question.candidates) == 1 else None)
            if chosen is None or not self._is_eligible(question, choice, chosen, on):
                return "ACCOUNT_REFUSED"
        if choice in ("link", "create", "transfer"):
            holders = [a for a in question.candidates if a.values["email"] == question.email and a is not chosen]
            if any(not has_left(a.values, on) for a in holders):
                return "ACCOUNT_REFUSED"
        self.answers = [a for a in self.answers if a.key != question.key]
        if question.excludes and question.key not in self.excluded_anew:  # the answer that this one replaces
            self.excluded.discard(question.key)
        question.excludes = choice == "exclude"
        if choice == "exclude":
            self.excluded.add(question.key)
            self.excluded_anew.discard(question.key)
        else:
            self.answers.append(Answer(question.key, question.code, choice, chosen, question.inputs, question))
        question.state = "deferred" if choice == "defer" else "decided"
        return None

    def _is_eligible(self, question: Question, choice: str, account: Account, on: date) -> bool:
        """Whether the account may become this employee's."""
        mine = self.firms[question.key[0]]
        decided = {(q.key, q.code) for q in self.questions if q.state == "decided" and q.key != question.key}
        if any(a.account is account and a.choice in ("link", "transfer") and (a.key, a.code) in decided for a in self.answers):
            return False
        if choice == "transfer":
            return account.company != mine.company and self.same_group(mine, account.company)
        is_free = account.key is None or has_left(account.values, on) or account.key in self.absent
        return account.company == mine.company and is_free

    def answer(self, night: Night, place: Place) -> Answer | None:
        """What was said before about tonight's question."""
        key, code = (place[0], night.person(place)["external_id"]), night.verdicts[place][1]
        inputs = frozenset(parts(night, place).items())
        return next((a for a in self.answers if (a.key, a.code, a.inputs) == (key, code, inputs)), None)

    def _ask(self, night: Night, letter: str, *, applied: bool, older: bool) -> None:
        """Tonight's questions: new ones, those asked again, those no longer asked."""
        asked: dict[tuple[Key, str], list[Place]] = {}
        for place, (outcome, code) in night.verdicts.items():
            if place[0] == letter and outcome == "conflict":
                asked.setdefault(((letter, night.person(place)["external_id"]), str(code)), []).append(place)
        for place, (_, answer) in night.answered.items():
            if place[0] == letter and applied and night.verdicts[place][0] in ("created", "linked", "transferred"):
                self.answers = [a for a in self.answers if a is not answer]
        if not older:  # an older list asks nothing: newer ones have settled it, or ask it themselves
            for (key, code), places in asked.items():
                self._ask_again(night, key, code, places, settles=applied)
            still = {(q.key, q.code) for q in self.questions if q.key[0] != letter or (q.state == "decided" and not applied)} | asked.keys()
            waiting = [a.question for place, a in night.waiting.items() if place[0] == letter and applied and a]
            for question in waiting:  # decided, until its day
                question.state = "decided"
            self.questions = [q for q in self.questions if (q.key, q.code) in still and q not in waiting] + waiting

    def _ask_again(self, night: Night, key: Key, code: str, places: list[Place], *, settles: bool) -> None:
        inputs: frozenset[Any] = frozenset()
        for place in places:
            inputs ^= frozenset(parts(night, place).items())
        known = next((q for q in self.questions if (q.key, q.code) == (key, code)), None)
        if known is None:
            known = Question(key, code, None, {}, inputs, [])
            self.questions.append(known)
            if any((a.key, a.code, a.choice, a.inputs) == (key, code, "defer", inputs) for a in self.answers):
                known.state = "deferred"
        elif settles and (known.inputs != inputs or known.state == "decided"):
            known.state = "open"
        if settles:  # a held run takes no answer back
            self.answers = [a for a in self.answers if a.key != key or (a.choice == "defer" and (a.code != code or a.inputs == inputs))]
        if settles or known.state == "open":
            known.inputs, known.parts, known.email = inputs, parts(night, places[0]), night.person(places[0])["email"]
        known.candidates = list(dict.fromkeys(a for place in places for a in night.candidates.get(place, [])))


def possible(code: str, *, linked: bool) -> tuple[str, ...]:
    """What may be answered to a question."""
    if linked or code.startswith("DUPLICATE_") or code == "ALREADY_LINKED":
        return LEAVE
    return MOVE if code in ("TRANSFER", "EMAIL_IN_OTHER_COMPANY") else USUAL


def parts(night: Night, place: Place) -> dict[Any, Any]:
    """What a question rests on: the employee, and each account it could be about, with the values that linked people bring tonight."""
    p = night.person(place)
    known = {"email": p["email"], "name": named(p), "birth_date": p["birth_date"], "number": p["employee_number"]}
    if night.verdicts[place][1] == "TRANSFER":
        known["start_date"] = p["start_date"]
    for account in night.candidates.get(place, []):
        known |= night.about(account)
    return known
