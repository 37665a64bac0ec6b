"""Whether two names agree or contradict each other, for people who share an e-mail address. All invented."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hr_pipeline.domain.names import contradictions, likenesses, names_agree, names_alike, names_contradict

Person = tuple[str | None, str | None, str | None]

SAME = [
    (("Zoé", "Lefèvre", None), ("zoe", "LEFEVRE", None)),
    (("Zoé", "Lefèvre", "Martin"), ("Zoé", "Martin", None)),  # known by the birth name
    (("Zoé", "Martin", None), ("Zoé", "Lefèvre-Martin", None)),
    (("Lefèvre", "Zoé", None), ("Zoé", "Lefèvre", None)),  # exchanged
    (("Jean", "Pierre Dupont", None), ("Jean Pierre", "Dupont", None)),  # cut elsewhere
    (("Jean", "Dupont", None), ("Jean-Pierre", "Dupont", None)),
    (("Wim", "De Smet", None), ("Wim", "Smet", None)),
    (("J.", "Dupont", None), ("Jean", "Dupont", None)),
    (("Alex", "Dupont", None), ("Alexandre", "Dupont", None)),
    (("Philippe", "Dupont", None), ("Phillipe", "Dupont", None)),
    (("Els", "Janssens", None), ("Els", "Janssen", None)),
    (("Els", "Vermuelen", None), ("Els", "Vermeulen", None)),  # neighbours exchanged
    ((None, None, None), ("Els", "Vermeulen", None)),  # an account without a name contradicts nothing
    (("Els", "", None), ("Els", "Vermeulen", None)),
]
DIFFERENT = [
    (("Marc", "Dupont", None), ("Sophie", "Dupont", None)),  # a couple that shares an address
    (("Paul", "Dupont", None), ("Paula", "Dupont", None)),
    (("Simon", "Dupont", None), ("Simone", "Dupont", None)),
    (("Jan", "Peeters", None), ("Jon", "Peeters", None)),
    (("Els", "Vermeulen", None), ("Els", "Maes", None)),
    (("Els", "Maes", None), ("An", "Peeters", None)),
    (("Wim", "De", None), ("Wim", "De Smet", None)),  # a particle proves nothing
    (("Philipe", "Vermuelen", None), ("Philippe", "Vermeulen", None)),  # two mistakes in two parts
    (("Marc", "Dupont", None), ("Mаrc", "Dupont", None)),  # a Cyrillic а is another letter, in a word too short for a mistake
]

parts = st.one_of(st.none(), st.text(st.sampled_from("abeéE -'"), max_size=8))
people = st.tuples(parts, parts, parts)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_names_of_one_person_do_not_contradict(one: Person, other: Person) -> None:
    assert not names_contradict(*one, *other)
    assert not names_contradict(*other, *one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_names_of_two_people_contradict(one: Person, other: Person) -> None:
    assert names_contradict(*one, *other)
    assert names_contradict(*other, *one)


@pytest.mark.parametrize(
    ("one", "other", "agree"), [(*SAME[0], True), (*SAME[1], True), (*SAME[3], False), (*SAME[5], False), (*SAME[12], False)]
)
def test_strong_evidence_is_the_same_first_name_and_a_last_or_birth_name_in_common(one: Person, other: Person, agree: bool) -> None:
    assert names_agree(*one, *other) is agree


@given(people, people)
def test_the_order_of_the_two_does_not_matter(one: Person, other: Person) -> None:
    assert names_contradict(*one, *other) == names_contradict(*other, *one)
    assert names_agree(*one, *other) == names_agree(*other, *one)


@given(people)
def test_nobody_contradicts_themselves(person: Person) -> None:
    assert not names_contradict(*person, *person)


@given(people, people)
def test_names_that_agree_never_contradict(one: Person, other: Person) -> None:
    assert not (names_agree(*one, *other) and names_contradict(*one, *other))


@settings(deadline=None)  # the first call loads Arrow
@given(st.lists(st.tuples(people, people), max_size=6))
def test_columns_are_judged_row_by_row(pairs: list[tuple[Person, Person]]) -> None:
    rows = [one + other for one, other in pairs]
    columns = [pa.array([row[i] for row in rows], pa.string()) for i in range(6)]
    assert contradictions(*columns).to_pylist() == [names_contradict(*row) for row in rows]


ZOE: Person = ("Zoé", "Peeters", None)

# Names, names, and whether somebody should be asked when the birth date is the same, unknown on a side, or another.
ALIKE = [
    (ZOE, ZOE, True, True),
    (ZOE, ("Zoe", "Peters", None), True, True),  # a letter
    (("Jean", "De Smet", None), ("Jean-Pierre", "De Smet", None), True, True),  # a part more
    (("Jean", "De Smet", None), ("Jean", "Smet", None), True, True),
    (("Jean", "De Smet", None), ("Jean-Pierre", "Smet", None), True, False),  # nothing the same: only born on one day
    (("Peeters", "Zoé", None), ZOE, True, True),  # exchanged
    (("Jean", "Pierre Dupont", None), ("Jean Pierre", "Dupont", None), True, True),  # divided elsewhere
    (("Dupont Jean", "Pierre", None), ("Jean Pierre", "Dupont", None), True, True),  # … and exchanged
    (("Pierre Dupont", "Jean", None), ("Jean Pierre", "Dupont", None), True, True),
    (ZOE, ("Zoé", "Claes", None), True, False),  # a married name
    (ZOE, ("Zoé", "Claes", "Peeters"), True, True),  # … with the birth name
    (("Robert", "Claes", None), ("Bob", "Claes", None), True, False),  # a name of every day
    (("Benoti", "Peters", None), ("Benoît", "Peeters", None), True, False),  # two mistakes
    (("Ana", "Maes", None), ("Bob", "Claes", None), False, False),
    (("", "Peeters", None), ZOE, False, False),  # half a name is like anybody's
    (("Zoé", None, None), ZOE, False, False),
]


@pytest.mark.parametrize(("one", "other", "same_day", "unknown"), ALIKE)
def test_likeness_asks_less_of_people_born_on_the_same_day(one: Person, other: Person, same_day: bool, unknown: bool) -> None:
    assert names_alike(*one, *other, same_birth_date=True) is same_day
    assert names_alike(*one, *other, same_birth_date=None) is unknown


@given(people, people)
def test_people_born_on_different_days_are_never_alike(one: Person, other: Person) -> None:
    assert not names_alike(*one, *other, same_birth_date=False)


@given(people, people, st.sampled_from([True, False, None]))
def test_likeness_does_not_depend_on_the_order_of_the_two(one: Person, other: Person, same: bool | None) -> None:
    assert names_alike(*one, *other, same_birth_date=same) == names_alike(*other, *one, same_birth_date=same)


@given(people, people)
def test_who_is_alike_without_a_birth_date_is_alike_with_one(one: Person, other: Person) -> None:
    assert names_alike(*one, *other, same_birth_date=True) or not names_alike(*one, *other, same_birth_date=None)


@settings(deadline=None)
@given(st.lists(st.tuples(people, people, st.sampled_from([True, False, None])), max_size=6))
def test_likenesses_are_judged_row_by_row(pairs: list[tuple[Person, Person, bool | None]]) -> None:
    columns = [pa.array([(one + other)[i] for one, other, _ in pairs], pa.string()) for i in range(6)]
    same = pa.array([same for *_, same in pairs], pa.bool_())
    assert likenesses(*columns, same).to_pylist() == [names_alike(*one, *other, same_birth_date=same) for one, other, same in pairs]
