"""Small worlds for property tests: four connections of three companies, people who come, change and go, and what HR does meanwhile.

A world is a program: rounds of steps, each round ending with a night. Steps name people, accounts and questions by a number that counts
through those there are. Names, addresses and ids come from small pools, so that people meet. May import: `hr_pipeline`, the oracle's model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from hr_pipeline_tests.properties.model import Firm, Person
from hr_pipeline_tests.small_platform import FIRST_NIGHT

LETTERS = "abcd"
LISTED = ("external_id", "email", "first_name", "last_name", "birth_name", "birth_date", "start_date", "exit_date", "employee_number")


@dataclass(frozen=True)
class Step:
    """One thing that happens. `who` and `which` count through whoever the kind is about, `value` picks from pools."""

    kind: str
    letter: str
    who: int
    which: int
    value: int


@dataclass(frozen=True)
class Round:
    """Steps of a day, then the night: which connections, and for those a day gone by instead of today (0: none, else counted back)."""

    steps: tuple[Step, ...]
    letters: str
    back: int = 0


@dataclass(frozen=True)
class World:
    """Companies' settings, accounts typed in before, and the rounds."""

    number: int
    firms: tuple[tuple[str, Firm], ...]
    typed_in: tuple[tuple[str, int], ...]  # connection of the company, values
    rounds: tuple[Round, ...]


EMAILS = tuple(f"{name}@example.com" for name in ("ana", "bob", "cil", "dirk", "eva", "fons", "gust", "hilde", "ivo", "jef", "kim", "lou"))
STARTS = (date(2024, 1, 1), date(2024, 1, 1), FIRST_NIGHT - timedelta(days=40), FIRST_NIGHT, FIRST_NIGHT + timedelta(days=4))
POOLS: Mapping[str, tuple[Any, ...]] = {
    "email": (*(None,) * 12, *EMAILS),
    "first_name": ("Ana", "Zoé", "Zoe", "Bob"),
    "last_name": ("Peeters", "Lefèvre-Martin", "Lefevre Martin", "Maes"),
    "birth_name": (None, None, None, "Maes", "Peeters"),
    "birth_date": (None, date(1990, 5, 17), date(1990, 5, 17), date(1991, 1, 1)),
    "start_date": STARTS,
    "exit_date": (*(None,) * 6, FIRST_NIGHT - timedelta(days=9), FIRST_NIGHT + timedelta(days=1), FIRST_NIGHT + timedelta(days=3)),
    "employee_number": (None, "1", "2", "3"),
    "gross_amount": tuple(Decimal(text) for text in ("3000.00", "3000.01", "3900.00", "3900.02", "5200.00")),
    "broken": (*("",) * 30, "birth_date", "email", "last_name"),
    "in_scope": (*(True,) * 12, False, *(True,) * 12),
}
CHANGED = (*POOLS, "email", "email", "email", "exit_date", "gross_amount", "gross_amount", "start_date")
EDITED = ("email", "email", "birth_name", "birth_name", "language", "last_name", "birth_date", "exit_date")


def picked(number: int) -> dict[str, Any]:
    """One value of every pool."""
    values = {}
    for name, pool in POOLS.items():
        number, place = divmod(number, len(pool))
        values[name] = pool[place]
    if values["exit_date"] and number % 7:
        values["start_date"] = STARTS[0]
    return values


def judged(one: Mapping[str, Any]) -> Person:
    """The person as the oracle knows them: what is broken about them told as a code."""
    code = {"": None, "birth_date": "FIELD_INVALID", "email": "EMAIL_MISSING", "last_name": "FIELD_MISSING"}[one["broken"]]
    if not code and one["exit_date"] and one["exit_date"] < one["start_date"]:
        code = "FIELD_INVALID"
    return {**one, "reject_code": code, "email": None if one["broken"] == "email" else one["email"]}


def told(one: Mapping[str, Any]) -> dict[str, Any]:
    """The person as a provider tells of them: text."""
    texts = {name: one[name].isoformat() if isinstance(one[name], date) else one[name] for name in LISTED}
    if one["broken"]:
        texts[one["broken"]] = "1990-13-45" if one["broken"] == "birth_date" else None
    pay = {"gross_amount": str(one["gross_amount"]), "currency": "EUR", "pay_type": "monthly", "effective_from": "2024-01-01"}
    return {
        **texts,
        "language": "nl",
        "relation": "employee" if one["in_scope"] else "administrator",
        "pay": [pay] if one["in_scope"] else [],
    }


class Providers:
    """Whom the providers of one world list."""

    def __init__(self) -> None:
        self.listed: dict[str, list[dict[str, Any]]] = {letter: [] for letter in LETTERS}
        self.left: list[dict[str, Any]] = []
        self._ids = dict.fromkeys(LETTERS, 0)

    def happen(self, step: Step) -> None:
        """A step at a provider; nothing when nobody is there to whom it could happen."""
        getattr(self, f"_{step.kind}")(step, self.listed[step.letter])

    def _hire(self, step: Step, people: list[dict[str, Any]]) -> None:
        self._add(step, people, picked(step.value))

    def _again(self, step: Step, people: list[dict[str, Any]]) -> None:
        """Somebody known, from here or elsewhere, comes too, with one thing different."""
        known = [*self.left, *(one for everybody in self.listed.values() for one in everybody)]
        if known:
            name = ("email", "birth_date", "last_name", "start_date", "gross_amount", "gross_amount")[step.which % 6]
            values = picked(step.value)
            same = {**known[step.who % len(known)], "broken": "", "in_scope": True, "exit_date": None}
            differs = {name: values[name]} if name != "email" or values[name] else {"email": None}
            self._add(step, people, {**same, **differs})

    def _move(self, step: Step, people: list[dict[str, Any]]) -> None:
        """Somebody goes to another provider: at an end here or not yet, with the old address or a new one."""
        if people:
            one = people[step.who % len(people)]
            there = self.listed[LETTERS[(LETTERS.index(step.letter) + 1 + step.value % 3) % 4]]
            start = FIRST_NIGHT + timedelta(days=step.value % 7)
            email = one["email"] if step.which % 3 else None
            ending = {0: {}, 1: {"exit_date": start - timedelta(days=1)}, 2: {"exit_date": start + timedelta(days=2)}}[step.value % 5 % 3]
            self._replace(people, one, ending)
            moved = {**one, "email": email, "start_date": start, "exit_date": None, "broken": "", "in_scope": True}
            self._add(Step("hire", next(k for k, v in self.listed.items() if v is there), step.who, step.which, step.value), there, moved)
            if step.which % 4 == 3:
                self._leave(step, people)

    def _change(self, step: Step, people: list[dict[str, Any]]) -> None:
        if people:
            name = CHANGED[step.which % len(CHANGED)]
            value = picked(step.value)[name]
            one = people[step.who % len(people)]
            self._replace(people, one, {name: value if value is not None or name != "email" else one["email"]})

    def _swap(self, step: Step, people: list[dict[str, Any]]) -> None:
        """Two people exchange addresses."""
        if len(people) > 1:
            one, other = people[step.who % len(people)], people[(step.who + 1) % len(people)]
            self._replace(people, one, {"email": other["email"]})
            self._replace(people, other, {"email": one["email"]})

    def _renumber(self, step: Step, people: list[dict[str, Any]]) -> None:
        """The provider gives somebody another id."""
        if people:
            self._replace(people, people[step.who % len(people)], {"external_id": self._next_id(step.letter)})

    def _leave(self, step: Step, people: list[dict[str, Any]]) -> None:
        if people:
            self.left.append(people.pop(step.who % len(people)))

    def _recycle(self, step: Step, people: list[dict[str, Any]]) -> None:
        """Somebody new at the address of somebody who left."""
        if self.left:
            self._add(step, people, {**picked(step.value), "email": self.left[step.who % len(self.left)]["email"], "broken": ""})

    def _add(self, step: Step, people: list[dict[str, Any]], one: Mapping[str, Any]) -> None:
        """Under the provider's next id, rarely one that is taken; at an address of their own unless another is given."""
        number = "1" if step.value % 29 == 7 else self._next_id(step.letter)
        email = None if step.value % 8 and any(other["email"] == one["email"] for other in people) else one["email"]
        people.append({**one, "external_id": number, "email": email or f"{step.letter}{number}@example.com"})

    def _next_id(self, letter: str) -> str:
        self._ids[letter] += 1
        return str(self._ids[letter])

    def _replace(self, people: list[dict[str, Any]], one: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        people[next(i for i, other in enumerate(people) if other is one)] = {**one, **values}


AT_PROVIDERS = (
    "hire",
    "again",
    "again",
    "move",
    "move",
    "move",
    "change",
    "change",
    "change",
    "swap",
    "renumber",
    "leave",
    "leave",
    "recycle",
)
AT_HR = ("type_in", "edit", "edit", "exclude", "include", "include", *("resolve",) * 8, "approve", "approve", "release", "release", "undo")


def world(number: int, seed: int, rounds: int) -> World:
    """Settings, people typed in, a first night of hires, then nights of everything; now and then the snapshot of a day gone by."""
    dice = Random(seed)
    firms = {
        "a": Firm("Alpha", "Holding", automatic_transfer=dice.random() < 0.3, most_missing=0 if dice.random() < 0.2 else None),
        "b": Firm("Alpha", "Holding", links_on_birth_date=dice.random() < 0.5, most_missing=0 if dice.random() < 0.3 else None),
        "c": Firm("Beta", "Holding", automatic_transfer=dice.random() < 0.4, reviewed=dice.random() < 0.3),
        "d": Firm("Gamma", "Holding" if dice.random() < 0.5 else None, unique_numbers=dice.random() < 0.5),
    }
    typed = tuple((dice.choice("aacd"), dice.getrandbits(32)) for _ in range(dice.randint(2, 4)))
    days = [Round(_steps(dice, ("hire", "hire", "hire", "again"), 6, 11), LETTERS)]
    for _ in range(rounds - 1):
        letters = "".join(letter for letter in LETTERS if dice.random() < 0.9)
        back = dice.randint(1, 3) if dice.random() < 0.12 else 0
        days.append(Round(_steps(dice, AT_PROVIDERS, 1, 5) + _steps(dice, AT_HR, 1, 5), letters, back))
    return World(number, tuple(firms.items()), typed, tuple(days))


def _steps(dice: Random, kinds: tuple[str, ...], least: int, most: int) -> tuple[Step, ...]:
    some = range(dice.randint(least, most))
    return tuple(Step(dice.choice(kinds), dice.choice(LETTERS), dice.randrange(97), dice.randrange(97), dice.getrandbits(32)) for _ in some)
