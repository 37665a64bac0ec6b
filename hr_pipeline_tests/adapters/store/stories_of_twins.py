"""Likely twins: people whose names differ a little, or by half where the birth date is the same (docs/matching.md) as stories.

May import: `gallery`, `people`.
"""

from datetime import date, timedelta

from hr_pipeline_tests.adapters.store.stories_of_names import BIRTH, BY_BIRTH_DATE, GONE, typed
from hr_pipeline_tests.gallery import Company, Night, Person, Story
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import CLEARABLE, FIRST_NIGHT

OTHER_BIRTH = date(1991, 1, 1)
ASKED, CREATED = "conflict SIMILAR_NAME", "created"


def meets(
    account: tuple[str, str], employee: tuple[str, str], outcome: str, *, births: tuple[date | None, date | None] = (None, None)
) -> Story:
    """An account typed in with this name meets an employee with that one."""
    listed = person("x", *employee, birth_date=births[1])
    return Story([Night([listed], typed_in=[typed(*account, birth=births[0])])], {"x": outcome})


SAME = (BIRTH, BIRTH)
ELSE = (BIRTH, OTHER_BIRTH)

TWINS: dict[str, Story] = {
    "a letter mistyped in the last name is a likely twin": meets(("Zoé", "Peeters"), ("Zoé", "Peters"), ASKED),
    "a letter mistyped in the first name is a likely twin": meets(("Benoît", "Peeters"), ("Benoti", "Peeters"), ASKED),
    "a part more in the first name is a likely twin": meets(("Jean", "Dupont"), ("Jean-Pierre", "Dupont"), ASKED),
    "a part less in the last name is a likely twin": meets(("Ine", "De Smet"), ("Ine", "Smet"), ASKED),
    "a short first name is a likely twin": meets(("Alex", "Dupont"), ("Alexandre", "Dupont"), ASKED),
    "an initial is a likely twin": meets(("J.", "Dupont"), ("Jan", "Dupont"), ASKED),
    "first and last name exchanged are a likely twin": meets(("Dupont", "Pierre"), ("Pierre", "Dupont"), ASKED),
    "names divided elsewhere are a likely twin": meets(("Jean", "Pierre Dupont"), ("Jean Pierre", "Dupont"), ASKED),
    "names divided elsewhere and exchanged are a likely twin": meets(("Dupont Jean", "Pierre"), ("Jean Pierre", "Dupont"), ASKED),
    "a married name born on the same day is a likely twin": meets(("Zoé", "Peeters"), ("Zoé", "Claes"), ASKED, births=SAME),
    "another first name born on the same day is a likely twin": meets(("Robert", "Claes"), ("Bob", "Claes"), ASKED, births=SAME),
    "typing mistakes in both names born on the same day are a likely twin": meets(
        ("Benoti", "Peters"), ("Benoît", "Peeters"), ASKED, births=SAME
    ),
    "a married name is another person when a birth date is unknown": meets(
        ("Zoé", "Peeters"), ("Zoé", "Claes"), CREATED, births=(BIRTH, None)
    ),
    "typing mistakes in both names are another person when no birth date is known": meets(
        ("Benoti", "Peters"), ("Benoît", "Peeters"), CREATED
    ),
    "another first name is another person when no birth date is known": meets(("Robert", "Claes"), ("Bob", "Claes"), CREATED),
    "a similar name born on another day is another person": meets(("Zoé", "Peters"), ("Zoé", "Peeters"), CREATED, births=ELSE),
    "exchanged names born on another day are another person": meets(("Dupont", "Pierre"), ("Pierre", "Dupont"), CREATED, births=ELSE),
    "different names born on the same day are different people": meets(("Ana", "Maes"), ("Bob", "Claes"), CREATED, births=SAME),
    "short names that differ by a letter are different people": meets(("Jan", "Claes"), ("Jon", "Claes"), CREATED),
    "a last name of signs alone is nobody's twin": meets(("Zoé", "-"), ("Zoé", "Claes"), CREATED, births=SAME),
}

PETERS = person("old", "Zoé", "Peters")
PEETERS = person("new", "Zoé", "Peeters")


def after(before: Person, then: list[Person], expected: dict[str, str], **company: object) -> Story:
    """Somebody is listed one night; on the next, these."""
    return Story([Night([before]), Night(then)], expected, {"a": Company(**company)} if company else {"a": Company()})  # type: ignore[arg-type]


KNOWN: dict[str, Story] = {
    "a similar name that works there is another person": after(PETERS, [PETERS, PEETERS], {"old": "unchanged", "new": CREATED}),
    "a similar name that left is a likely twin": after(
        {**PETERS, "exit_date": GONE}, [{**PETERS, "exit_date": GONE}, PEETERS], {"old": "unchanged", "new": ASKED}
    ),
    "a similar name that leaves today is another person": after(
        {**PETERS, "exit_date": FIRST_NIGHT + timedelta(days=1)},
        [{**PETERS, "exit_date": FIRST_NIGHT + timedelta(days=1)}, PEETERS],
        {"old": "unchanged", "new": CREATED},
    ),
    "a similar name that is missing is a likely twin": after(PETERS, [PEETERS], {"new": ASKED}),
    "a similar name whose exit is learnt tonight is a likely twin": after(
        PETERS, [{**PETERS, "exit_date": GONE}, PEETERS], {"old": "updated", "new": ASKED}
    ),
    "a similar name that comes back tonight is another person": after(
        {**PETERS, "exit_date": GONE}, [{**PETERS, "exit_date": None}, PEETERS], {"old": "updated", "new": CREATED}, mapping=CLEARABLE
    ),
    "a name that becomes similar tonight is a likely twin": after(
        {**PETERS, "last_name": "Claes", "exit_date": GONE}, [{**PETERS, "exit_date": GONE}, PEETERS], {"old": "updated", "new": ASKED}
    ),
    "a name that stops being similar tonight is another person": after(
        {**PETERS, "exit_date": GONE}, [{**PETERS, "last_name": "Claes", "exit_date": GONE}, PEETERS], {"old": "updated", "new": CREATED}
    ),
    "two new people of similar names are two people": Story([Night([PETERS, PEETERS])], {"old": CREATED, "new": CREATED}),
    "somebody who is new and has left is nobody's namesake on that day": Story(
        [
            Night(
                [{**PEETERS, "external_id": "old", "email": "old@example.com", "exit_date": GONE}, PEETERS],
                typed_in=[typed("Zoé", "Peters")],
            )
        ],
        {"old": ASKED, "new": ASKED},
    ),
    "who is new and has left, and who bears the name and is asked about another, decide the same again": Story(
        [
            Night(
                [
                    {**PEETERS, "external_id": "old", "email": "old@example.com", "exit_date": GONE, "birth_date": OTHER_BIRTH},
                    {**PEETERS, "birth_date": BIRTH},
                ],
                typed_in=[typed("Zoé", "Peters", birth=BIRTH)],
            )
        ],
        {"old": CREATED, "new": ASKED},
    ),
    "a similar name in another company is nobody's": Story(
        [Night({"a": [], "b": [PEETERS]}, typed_in=[typed("Zoé", "Peters")])],
        {"b:new": CREATED},
        {"a": Company(group="Holding"), "b": Company(group="Holding")},
    ),
    "a similar name of another connection of the company is a likely twin": Story(
        [Night({"a": [{**PETERS, "exit_date": GONE}], "b": []}), Night({"a": [{**PETERS, "exit_date": GONE}], "b": [PEETERS]})],
        {"a:old": "unchanged", "b:new": ASKED},
        {"a": Company(firm="Brasserie"), "b": Company(firm="Brasserie")},
    ),
    "the same name is asked about before a similar one": Story(
        [Night([PEETERS], typed_in=[typed("Zoé", "Peeters"), typed("Zoé", "Peters")])], {"new": "conflict SAME_NAME"}
    ),
    "a similar name that somebody's e-mail ties tonight is nobody's twin": Story(
        [Night([PETERS, PEETERS], typed_in=[typed("Zoé", "Peters", "old@example.com")])], {"old": "linked", "new": CREATED}
    ),
    "a similar name that somebody's birth date ties tonight is nobody's twin": Story(
        [Night([{**PETERS, "birth_date": BIRTH}, PEETERS], typed_in=[typed("Zoé", "Peters", birth=BIRTH)])],
        {"old": "linked", "new": CREATED},
        BY_BIRTH_DATE,
    ),
    "a similar name is never linked by the birth date": Story(
        [Night([{**PEETERS, "birth_date": BIRTH}], typed_in=[typed("Zoé", "Peters", birth=BIRTH)])], {"new": ASKED}, BY_BIRTH_DATE
    ),
    "adding the e-mail to the likely twin links them": Story(
        [
            Night([PEETERS], typed_in=[typed("Zoé", "Peters", "z@example.com")]),
            Night([PEETERS], edited={"z@example.com": {"email": "new@example.com"}}),
        ],
        {"new": "linked"},
    ),
}
