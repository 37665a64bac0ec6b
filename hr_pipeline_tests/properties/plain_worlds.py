"""Small worlds without an oracle, for `test_undoing`: five connections, accounts typed in, and nights that change what providers list.

Names, addresses and ids come from small pools, so that people meet. May import: `hr_pipeline`, `people`, the oracle's model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from hr_pipeline.domain.connections import Settings
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import person
from hr_pipeline_tests.properties.model import Firm
from hr_pipeline_tests.small_platform import FIRST_NIGHT

# Two connections of one company, another company of its group, two strangers with settings of their own.
FIRMS: Mapping[str, Firm] = {
    "a": Firm("Alpha", group="Holding"),
    "b": Firm("Alpha", group="Holding"),
    "c": Firm("Beta", group="Holding"),
    "d": Firm("Gamma", unique_numbers=True),
    "e": Firm("Delta", links_on_birth_date=True),
}
SETTINGS_OF: Mapping[str, Settings] = {
    letter: replace(SETTINGS, employee_number_unique=firm.unique_numbers, link_on_birth_date=firm.links_on_birth_date)
    for letter, firm in FIRMS.items()
}

Listed = list[dict[str, Any]]


@dataclass(frozen=True)
class Edit:
    """One thing that happens at a provider or at HR between two nights.

    `who` counts through those listed; for `again`, somebody listed anywhere or typed in who now comes to this provider too, through them all.
    """

    kind: str  # hire, again, change, leave, exclude, include
    letter: str
    who: int = 0
    name: str = ""
    value: Any = None
    person: Mapping[str, Any] = field(default_factory=dict)
    external_id: str | None = None


@dataclass(frozen=True)
class World:
    """Accounts typed in by company, and the edits of each night with how many days it is after the first one."""

    typed_in: tuple[tuple[str, Mapping[str, Any]], ...]
    nights: tuple[tuple[int, tuple[Edit, ...]], ...]

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Short: Hypothesis prints whole examples."""
        printer.text(f"World of {len(self.nights)} nights")

    def told(self) -> list[tuple[date, dict[str, Listed], set[tuple[str, str]]]]:
        """Each night: its date, whom each connection lists, and who is excluded from it on."""
        listed: dict[str, Listed] = {letter: [] for letter in FIRMS}
        excluded: set[tuple[str, str]] = set()
        nights = []
        for days, edits in self.nights:
            for edit in edits:
                _happen(edit, listed, excluded, [dict(values) for _, values in self.typed_in])
            nights.append((FIRST_NIGHT + timedelta(days=days), {letter: list(people) for letter, people in listed.items()}, set(excluded)))
        return nights


def _happen(edit: Edit, listed: dict[str, Listed], excluded: set[tuple[str, str]], typed_in: Listed) -> None:
    people = listed[edit.letter]
    known = [*typed_in, *(one for everybody in listed.values() for one in everybody)]
    if edit.kind == "hire":
        people.append(_with_id({**edit.person}, edit, people))
    elif edit.kind == "again" and known:
        again = {name: value for name, value in known[edit.who % len(known)].items() if value is not None}
        people.append(_with_id({**edit.person, **again, "external_id": None, edit.name: edit.value}, edit, people))
    elif people:
        one = people[edit.who % len(people)]
        if edit.kind == "change":
            people[edit.who % len(people)] = {**one, edit.name: edit.value}
        elif edit.kind == "leave":
            people.remove(one)
        elif edit.kind == "exclude":
            excluded.add((edit.letter, one["external_id"]))
        elif edit.kind == "include":
            excluded.discard((edit.letter, one["external_id"]))


def _with_id(one: dict[str, Any], edit: Edit, people: Listed) -> dict[str, Any]:
    """The person under the provider's next id, or one that is taken; at an address of their own unless another is given."""
    taken = [int(other["external_id"]) for other in people]
    number = edit.external_id or str(max(taken, default=0) + 1)
    return {**one, "external_id": number, "email": one["email"] or f"{edit.letter}{number}@example.com"}


def rarely(common: Any, rare: Any) -> st.SearchStrategy[Any]:
    """One in thirteen; from the middle of the range, where Hypothesis does not look first."""
    return st.integers(0, 12).map(lambda n: rare if n == 7 else common)


EMAILS = st.sampled_from(
    [f"{name}@example.com" for name in ("ana", "bob", "cil", "dirk", "eva", "fons", "gust", "hilde", "ivo", "jef", "kim", "lou")]
)
FIRST_NAMES = st.sampled_from(["Ana", "Zoé", "Zoe", "Bob"])
LAST_NAMES = st.sampled_from(["Peeters", "Lefèvre-Martin", "Lefevre Martin", "Maes"])
BIRTH_NAMES = st.sampled_from([None, None, None, "Maes", "Peeters"])
BIRTH_DATES = st.sampled_from([None, date(1990, 5, 17), date(1990, 5, 17), date(1991, 1, 1)])
EXITS = st.sampled_from([None, None, FIRST_NIGHT - timedelta(days=9), FIRST_NIGHT + timedelta(days=1)])
NUMBERS = st.sampled_from([None, "1", "2", "3"])
GROSSES = st.sampled_from([Decimal("3000.00"), Decimal("3000.01"), Decimal("3900.00"), Decimal("3900.02"), Decimal("5200.00")])
REJECTS = rarely(None, "FIELD_INVALID")
IN_SCOPE = rarely(common=True, rare=False)
LETTERS = st.sampled_from("abcde")

VALUES: Mapping[str, st.SearchStrategy[Any]] = {
    "email": EMAILS,
    "first_name": FIRST_NAMES,
    "last_name": LAST_NAMES,
    "birth_name": BIRTH_NAMES,
    "birth_date": BIRTH_DATES,
    "exit_date": EXITS,
    "employee_number": NUMBERS,
    "gross_amount": GROSSES,
    "reject_code": REJECTS,
    "in_scope": IN_SCOPE,
}


@st.composite
def hires(draw: st.DrawFn, kind: str = "hire") -> Edit:
    """Somebody at a provider who was not there: new to the world, or known from elsewhere with one thing different."""
    values = {name: draw(strategy) for name, strategy in VALUES.items()}
    values["email"] = draw(st.one_of(st.none(), EMAILS))
    one = {**person("x"), **values, "reject_field": "phone"}
    differs = (
        draw(st.sampled_from(["email", "birth_date", "last_name", "gross_amount", "employee_number"]))
        if kind == "again"
        else "gross_amount"
    )
    return Edit(kind, draw(LETTERS), draw(st.integers(0, 30)), differs, values[differs], one, draw(rarely(None, "1")))


@st.composite
def changes(draw: st.DrawFn) -> Edit:
    """Another value; mostly of what decides."""
    name = draw(st.sampled_from([*VALUES, "email", "email", "email", "exit_date", "gross_amount", "gross_amount"]))
    return Edit("change", draw(LETTERS), draw(st.integers(0, 5)), name, draw(VALUES[name]))


others = st.builds(Edit, st.sampled_from(["leave", "leave", "leave", "exclude", "include"]), LETTERS, st.integers(0, 5))
accounts = st.builds(
    lambda letter, first, last, birth: (letter, {"first_name": first, "last_name": last, "birth_date": birth}),
    st.sampled_from("aceee"),
    FIRST_NAMES,
    LAST_NAMES,
    BIRTH_DATES,
)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A first night of hires, then nights of everything; now and then the snapshot of a day gone by."""
    typed = draw(st.lists(accounts, min_size=3, max_size=6))
    emails = draw(st.lists(st.one_of(st.none(), EMAILS), min_size=len(typed), max_size=len(typed)))
    known = [None if email in emails[:i] else email for i, email in enumerate(emails)]
    steps = st.integers(0, 9).map(lambda n: -3 if n == 6 else 1)
    edits_of_a_day = st.lists(st.one_of(hires(), hires(kind="again"), changes(), changes(), others), min_size=4, max_size=10)
    later = draw(st.lists(st.tuples(steps, edits_of_a_day), min_size=2, max_size=2))
    nights: list[tuple[int, tuple[Edit, ...]]] = [
        (0, tuple(draw(st.lists(st.one_of(hires(), hires(), hires(kind="again")), min_size=6, max_size=12))))
    ]
    for step, edits in later:
        nights.append((max(days for days, _ in nights) + step, tuple(edits)))
    return World(tuple((letter, {**values, "email": email}) for (letter, values), email in zip(typed, known, strict=True)), tuple(nights))


def connection(world: int, letter: str) -> str:
    return f"securex-w{world}-{letter}"


def world_name(world: int) -> str:
    return f"w{world}"


def vat(world: int, letter: str) -> str:
    """One number per company: connections `a` and `b` share theirs."""
    return f"BE{world:04d}{ord('a' if letter == 'b' else letter):06d}"


def text(values: Any) -> dict[str, str | None]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


EXAMPLES = settings(
    max_examples=8,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],  # worlds are told apart by their number, which says more than what shrinking would take minutes to find
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
