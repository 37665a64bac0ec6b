"""One person twice, written differently; or two people who look like one: the cases that matching is measured on.

Names are the sandbox's invented ones, drawn unevenly as names are; everything follows from the random source given. May import: `hr_pipeline`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from string import ascii_lowercase

from hr_pipeline.sandbox.names import FIRST_NAMES, LAST_NAMES, slug

LANGUAGES = "FFFFNNNNNDE"
STEMS = [
    "Aal",
    "Ber",
    "Bos",
    "Cam",
    "Dam",
    "Eek",
    "Frei",
    "Gal",
    "Hoek",
    "Ijs",
    "Kam",
    "Lan",
    "Maal",
    "Nol",
    "Oos",
    "Pol",
    "Ries",
    "Slag",
    "Til",
    "Uyt",
    "Vel",
    "Wes",
    "Zand",
]
ENDINGS = [
    "aert",
    "beke",
    "bosch",
    "court",
    "donck",
    "eghem",
    "ghys",
    "houdt",
    "ières",
    "kens",
    "laer",
    "mans",
    "neuve",
    "oir",
    "rath",
    "sen",
    "tilleul",
    "veld",
    "wael",
]
PARTICLES = ("De", "Van", "Le", "Van den")
SECOND_NAMES = ("Marie", "Pierre", "Luc", "Jan")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as one side knows them."""

    first_name: str
    last_name: str
    birth_date: date | None
    email: str | None
    birth_name: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An employee, and the account there is for them, or of somebody like them.

    Attributes:
        is_one: The account is the employee's own.
        has_left: The account is of somebody who was synchronised and has left.
    """

    employee: Person
    account: Person | None = None
    is_one: bool = True
    has_left: bool = False


class Drawing:
    """Draws people and what is done to their names."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self._drawn = 0

    def person(self) -> Person:
        """Somebody new: a common name more often than a rare one, an address of their own."""
        language = self.random.choice(LANGUAGES)
        first, last = self.random.choice(FIRST_NAMES[language])[0], self._last_name(language)
        born = date(1961, 1, 1) + timedelta(days=self.random.randrange(40 * 365))
        return Person(first, last, born, self.address(first, last))

    def address(self, first: str, last: str) -> str:
        """An e-mail address that nobody else has."""
        self._drawn += 1
        return f"{slug(first)}.{slug(last)}.{self._drawn}@people.example"

    def other(self, known: str, names: Callable[[Person], str]) -> str:
        """Another name than a known one."""
        return next(name for name in iter(lambda: names(self.person()), None) if slug(name) != slug(known))

    def mistyped(self, name: str) -> str:
        """One letter wrong, left out, doubled or exchanged with the next."""
        places = [i for i, letter in enumerate(name) if letter.isalpha() and i]
        place = self.random.choice(places[:-1] or places)
        letter = name[place]
        wrong = self.random.choice([c for c in ascii_lowercase if c != letter.casefold()])
        kind = self.random.choice(["wrong", "left out", "doubled", "exchanged"])
        if kind == "exchanged" and (place + 1 >= len(name) or name[place + 1] == letter or not name[place + 1].isalpha()):
            kind = "wrong"
        middle = {"wrong": wrong, "left out": "", "doubled": letter * 2, "exchanged": name[place + 1 : place + 2] + letter}[kind]
        return name[:place] + middle + name[place + (2 if kind == "exchanged" else 1) :]

    def part_more_or_less(self, one: Person) -> Person:
        """Without a part of a double name; else with one more."""
        if "-" in one.first_name:
            return replace(one, first_name=one.first_name.split("-")[0])
        if " " in one.last_name:
            return replace(one, last_name=one.last_name.rsplit(" ", 1)[1])
        if self.random.random() < 0.5:
            return replace(one, first_name=f"{one.first_name}-{self.random.choice(SECOND_NAMES)}")
        return replace(one, last_name=f"{self.random.choice(PARTICLES)} {one.last_name}")

    def born_perhaps(self, one: Person) -> Person:
        """HR types a birth date in now and then."""
        return one if self.random.random() < 0.5 else replace(one, birth_date=None)

    def _last_name(self, language: str) -> str:
        """Early names are common; a third of the people have a rare one."""
        if self.random.random() < 1 / 3:
            return self.random.choice(STEMS) + self.random.choice(ENDINGS)
        names = LAST_NAMES[language]
        return names[int(len(names) * self.random.random() ** 1.5)][0]


def plain(name: str) -> str:
    """As an old program writes it: capitals, neither accents nor signs."""
    return "".join(c for c in slug(name)).upper()


def _own(change: Callable[[Drawing, Person], Person], *, born: bool | None = None, email: str = "none") -> Callable[[Drawing], Case]:
    """An employee whose account is their own, changed.

    Args:
        change: What is different about the account.
        born: Whether the account knows the birth date; None: now and then.
        email: Of the account: the "same", "another", or "none".
    """

    def case(draw: Drawing) -> Case:
        employee = draw.person()
        account = change(draw, employee)
        account = {True: account, False: replace(account, birth_date=None), None: draw.born_perhaps(account)}[born]
        emails = {"same": employee.email, "another": draw.address("private", account.last_name), "none": None}
        return Case(employee, replace(account, email=emails[email]))

    return case


def _married(draw: Drawing, one: Person) -> Person:
    return replace(one, last_name=draw.other(one.last_name, lambda person: person.last_name))


def _exchanged(_: Drawing, one: Person) -> Person:
    return replace(one, first_name=one.last_name, last_name=one.first_name)


def _shortened(draw: Drawing, one: Person) -> Person:
    short = one.first_name[:4] if len(one.first_name) > 6 and draw.random.random() < 0.5 else f"{one.first_name[0]}."
    return replace(one, first_name=short)


def _everyday(draw: Drawing, one: Person) -> Person:
    return replace(one, first_name=draw.other(one.first_name, lambda person: person.first_name))


def _mistyped_birth(draw: Drawing, one: Person) -> Person:
    assert one.birth_date is not None
    return replace(one, birth_date=one.birth_date + timedelta(days=draw.random.choice([-10, -1, 1, 10, 30])))


def _mistyped_last(draw: Drawing, one: Person) -> Person:
    return replace(one, last_name=draw.mistyped(one.last_name))


def _mistyped_first(draw: Drawing, one: Person) -> Person:
    return replace(one, first_name=draw.mistyped(one.first_name))


def _married_with_birth_name(draw: Drawing) -> Case:
    before = draw.person()
    after = replace(_married(draw, before), birth_name=before.last_name)
    return Case(after, draw.born_perhaps(replace(before, email=None)))


def _hired_again(change: Callable[[Drawing, Person], Person]) -> Callable[[Drawing], Case]:
    def case(draw: Drawing) -> Case:
        before = draw.person()
        after = change(draw, before)
        return Case(replace(after, email=draw.address(after.first_name, after.last_name)), before, has_left=True)

    return case


def _stranger(change: Callable[[Drawing, Person], Person], *, born: bool) -> Callable[[Drawing], Case]:
    """Somebody else, named alike, born on another day."""

    def case(draw: Drawing) -> Case:
        employee, other = draw.person(), draw.person()
        account = replace(change(draw, employee), email=other.email, birth_date=other.birth_date if born else None)
        return Case(employee, account, is_one=False)

    return case


def _family_address(draw: Drawing) -> Case:
    employee = draw.person()
    spouse = replace(_everyday(draw, employee), email=employee.email, birth_date=draw.person().birth_date)
    return Case(employee, spouse if draw.random.random() < 0.5 else _married(draw, spouse), is_one=False)


def _recycled_address(draw: Drawing) -> Case:
    before, employee = draw.person(), draw.person()
    return Case(replace(employee, email=before.email), before, is_one=False, has_left=True)


VARIATIONS: Mapping[str, Callable[[Drawing], Case]] = {
    "same e-mail and name": _own(lambda _, one: one, email="same"),
    "same e-mail, capitals without accents": _own(
        lambda _, one: replace(one, first_name=plain(one.first_name), last_name=plain(one.last_name)), email="same"
    ),
    "same e-mail, mistyped name": _own(_mistyped_last, email="same"),
    "same e-mail, married name": _own(_married, email="same"),
    "same name, another e-mail": _own(lambda _, one: one, email="another"),
    "capitals without accents": _own(lambda _, one: replace(one, first_name=plain(one.first_name), last_name=plain(one.last_name))),
    "same name, mistyped birth date": _own(_mistyped_birth, born=True),
    "mistyped last name": _own(_mistyped_last),
    "mistyped first name": _own(_mistyped_first),
    "both mistyped, birth date known": _own(lambda draw, one: _mistyped_first(draw, _mistyped_last(draw, one)), born=True),
    "both mistyped, birth date unknown": _own(lambda draw, one: _mistyped_first(draw, _mistyped_last(draw, one)), born=False),
    "mistyped name and birth date": _own(lambda draw, one: _mistyped_birth(draw, _mistyped_last(draw, one)), born=True),
    "first and last name exchanged": _own(_exchanged),
    "a part more or less": _own(Drawing.part_more_or_less),
    "short first name or initial": _own(_shortened),
    "another first name, birth date known": _own(_everyday, born=True),
    "married name, birth name sent": _married_with_birth_name,
    "married name, birth date known": _own(_married, born=True),
    "married name, birth date unknown": _own(_married, born=False),
    "hired again": _hired_again(lambda _, one: one),
    "hired again, mistyped": _hired_again(_mistyped_last),
    "hired again, married name": _hired_again(_married),
    "nobody known": lambda draw: Case(draw.person()),
    "namesake, another birth date": _stranger(lambda _, one: one, born=True),
    "similar name, another birth date": _stranger(_mistyped_last, born=True),
    "similar name, birth date unknown": _stranger(_mistyped_last, born=False),
    "address of the family": _family_address,
    "recycled address": _recycled_address,
}
