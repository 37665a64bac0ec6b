"""Same names, birth dates and rehires: §3.6 and §3.7 as stories.

May import: `gallery`, `people`.
"""

from dataclasses import replace
from datetime import date, timedelta

from hr_pipeline_tests.gallery import SETTINGS, Company, Night, Story
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import CLEARABLE, FIRST_NIGHT

GONE = FIRST_NIGHT - timedelta(days=30)
BIRTH = date(1990, 5, 17)
ZOE = person("zoe", "Zoé", "Lefèvre-Martin")
BORN = {**ZOE, "birth_date": BIRTH}
BY_BIRTH_DATE = {"a": Company(settings=replace(SETTINGS, link_on_birth_date=True))}
TWO_OF_ONE_FIRM = {
    "a": Company(firm="Brasserie", settings=replace(SETTINGS, link_on_birth_date=True)),
    "b": Company(firm="Brasserie", settings=replace(SETTINGS, link_on_birth_date=True)),
}


def typed(first: str, last: str, email: str | None = None, birth: date | None = None) -> dict[str, str | None]:
    """Somebody HR typed in on the platform."""
    return {"first_name": first, "last_name": last, "email": email, "birth_date": birth.isoformat() if birth else None}


def namesake(first: str, last: str, birth_name: str | None = None) -> Story:
    """Zoé Lefèvre-Martin meets an account of this name."""
    listed = {**ZOE, "birth_name": birth_name} if birth_name else ZOE
    return Story([Night([listed], typed_in=[typed(first, last)])], {"zoe": "conflict SAME_NAME"})


SAME_NAMES: dict[str, Story] = {
    "the same name without an e-mail is a conflict": namesake("Zoé", "Lefèvre-Martin"),
    "the same name with another e-mail is a conflict": Story(
        [Night([ZOE], typed_in=[typed("Zoé", "Lefèvre-Martin", "private@example.com")])], {"zoe": "conflict SAME_NAME"}
    ),
    "accents fold": namesake("Zoe", "Lefevre-Martin"),
    "case folds": namesake("ZOÉ", "LEFÈVRE-MARTIN"),
    "hyphens and spaces fold": namesake("Zoé", "Lefèvre  Martin"),
    "apostrophes fold": Story([Night([person("ine", "Ine", "D'Hondt")], typed_in=[typed("Ine", "Dhondt")])], {"ine": "conflict SAME_NAME"}),
    "decomposed accents fold": namesake("Zoe\u0301", "Lefe\u0300vre-Martin"),
    "the birth name counts": namesake("Zoé", "Martin", birth_name="Martin"),
    "another first name is another person": Story([Night([ZOE], typed_in=[typed("Chloé", "Lefèvre-Martin")])], {"zoe": "created"}),
    "another last name is another person": Story([Night([ZOE], typed_in=[typed("Zoé", "Dubois")])], {"zoe": "created"}),
    "the birth name of somebody else's first name is another person": Story(
        [Night([{**ZOE, "birth_name": "Martin"}], typed_in=[typed("Chloé", "Martin")])], {"zoe": "created"}
    ),
    "a name in another company is nobody's": Story(
        [Night({"a": [], "b": [ZOE]}, typed_in=[typed("Zoé", "Lefèvre-Martin")])],
        {"b:zoe": "created"},
        {"a": Company(group="Holding"), "b": Company(group="Holding")},
    ),
    "a colleague of that name who works there is another person": Story(
        [Night([ZOE]), Night([ZOE, {**ZOE, "external_id": "zoe2", "email": "zoe2@example.com"}])], {"zoe": "unchanged", "zoe2": "created"}
    ),
    "two new namesakes are two people": Story(
        [Night([ZOE, {**ZOE, "external_id": "zoe2", "email": "zoe2@example.com"}])], {"zoe": "created", "zoe2": "created"}
    ),
    "two accounts of that name are one conflict": Story(
        [Night([ZOE], typed_in=[typed("Zoé", "Lefèvre-Martin"), typed("Zoë", "Lefevre Martin", "z@example.com")])],
        {"zoe": "conflict SAME_NAME"},
    ),
    "an equal e-mail outranks an equal name": Story(
        [Night([ZOE], typed_in=[typed("Zoé", "Lefèvre-Martin"), typed("Zoé", "Lefèvre", "zoe@example.com")])], {"zoe": "linked"}
    ),
    "an account that somebody else's e-mail takes is no namesake any more": Story(
        [
            Night(
                [ZOE, {**ZOE, "external_id": "zoe2", "email": "zoe2@example.com"}],
                typed_in=[typed("Zoé", "Lefèvre-Martin", "zoe@example.com")],
            )
        ],
        {"zoe": "linked", "zoe2": "created"},
    ),
    "a name that changes tonight is the name that counts": Story(
        [
            Night([{**ZOE, "exit_date": GONE}]),
            Night(
                [{**ZOE, "exit_date": GONE, "last_name": "Dubois"}, person("new", "Zoé", "Dubois"), person("old", "Zoé", "Lefèvre-Martin")]
            ),
        ],
        {"zoe": "updated", "new": "conflict REHIRE", "old": "created"},
    ),
    "a first name that changes changes the birth name's key too": Story(
        [
            Night([{**ZOE, "birth_name": "Martin", "exit_date": GONE}]),
            Night([{**ZOE, "first_name": "Chloé", "birth_name": "Martin", "exit_date": GONE}]),
            Night(
                [
                    {**ZOE, "first_name": "Chloé", "birth_name": "Martin", "exit_date": GONE},
                    person("new", "Chloé", "Martin"),
                    person("old", "Zoé", "Martin"),
                ]
            ),
        ],
        {"zoe": "unchanged", "new": "conflict REHIRE", "old": "created"},
    ),
}

BIRTH_DATES: dict[str, Story] = {
    "an equal birth date links nobody unless the connection says so": Story(
        [Night([BORN], typed_in=[typed("Zoé", "Lefèvre-Martin", birth=BIRTH)])], {"zoe": "conflict SAME_NAME"}
    ),
    "an equal name and birth date link where the connection says so": Story(
        [Night([BORN], typed_in=[typed("Zoe", "Lefevre Martin", birth=BIRTH)])], {"zoe": "linked"}, BY_BIRTH_DATE
    ),
    "another birth date does not link": Story(
        [Night([BORN], typed_in=[typed("Zoé", "Lefèvre-Martin", birth=date(1991, 5, 17))])], {"zoe": "conflict SAME_NAME"}, BY_BIRTH_DATE
    ),
    "an unknown birth date does not link": Story(
        [Night([BORN], typed_in=[typed("Zoé", "Lefèvre-Martin")])], {"zoe": "conflict SAME_NAME"}, BY_BIRTH_DATE
    ),
    "of two namesakes the one born that day is linked": Story(
        [Night([BORN], typed_in=[typed("Zoé", "Lefèvre-Martin", birth=BIRTH), typed("Zoé", "Lefèvre-Martin", "z@example.com")])],
        {"zoe": "linked"},
        BY_BIRTH_DATE,
    ),
    "two namesakes born that day are ambiguous": Story(
        [Night([BORN], typed_in=[typed("Zoé", "Lefèvre-Martin", birth=BIRTH), typed("Zoé", "Lefèvre-Martin", "z@example.com", BIRTH)])],
        {"zoe": "conflict AMBIGUOUS_CANDIDATES"},
        BY_BIRTH_DATE,
    ),
    "two employees for one namesake born that day are ambiguous": Story(
        [
            Night(
                [BORN, {**BORN, "external_id": "zoe2", "email": "zoe2@example.com"}],
                typed_in=[typed("Zoé", "Lefèvre-Martin", birth=BIRTH)],
            )
        ],
        {"zoe": "conflict AMBIGUOUS_CANDIDATES", "zoe2": "conflict AMBIGUOUS_CANDIDATES"},
        BY_BIRTH_DATE,
    ),
    "two connections for one namesake born that day are ambiguous": Story(
        [Night({"a": [BORN], "b": [{**BORN, "email": "zoe2@example.com"}]}, typed_in=[typed("Zoé", "Lefèvre-Martin", birth=BIRTH)])],
        {"a:zoe": "conflict AMBIGUOUS_CANDIDATES", "b:zoe": "conflict AMBIGUOUS_CANDIDATES"},
        TWO_OF_ONE_FIRM,
    ),
}

REHIRES: dict[str, Story] = {
    "the name of somebody who left is a rehire": Story(
        [Night([{**ZOE, "exit_date": GONE}]), Night([{**ZOE, "external_id": "zoe2", "email": "zoe2@example.com"}])],
        {"zoe2": "conflict REHIRE"},
    ),
    "the name of somebody who left and is still listed is a rehire": Story(
        [
            Night([{**ZOE, "exit_date": GONE}]),
            Night([{**ZOE, "exit_date": GONE}, {**ZOE, "external_id": "zoe2", "email": "zoe2@example.com"}]),
        ],
        {"zoe": "unchanged", "zoe2": "conflict REHIRE"},
    ),
    "the name of somebody whose last day is today is another person": Story(
        [
            Night([{**ZOE, "exit_date": FIRST_NIGHT + timedelta(days=1)}]),
            Night([{**ZOE, "exit_date": FIRST_NIGHT + timedelta(days=1)}, {**ZOE, "external_id": "zoe2", "email": "zoe2@example.com"}]),
        ],
        {"zoe": "unchanged", "zoe2": "created"},
    ),
    "the name of somebody missing is a rehire": Story(
        [Night([ZOE]), Night([{**ZOE, "external_id": "zoe2", "email": "zoe2@example.com"}])], {"zoe2": "conflict REHIRE"}
    ),
    "the name of somebody rehired tonight under the same id is another person": Story(
        [
            Night([{**ZOE, "exit_date": GONE}]),
            Night([{**ZOE, "exit_date": None}, {**ZOE, "external_id": "zoe2", "email": "zoe2@example.com"}]),
        ],
        {"zoe": "updated", "zoe2": "created"},
        {"a": Company(mapping=CLEARABLE)},
    ),
    "the name of somebody whose exit is learnt tonight is a rehire": Story(
        [
            Night([ZOE]),
            Night([{**ZOE, "exit_date": GONE}, {**ZOE, "external_id": "zoe2", "email": "zoe2@example.com"}]),
        ],
        {"zoe": "updated", "zoe2": "conflict REHIRE"},
    ),
    "a free namesake and one who left are one shared name": Story(
        [
            Night([{**ZOE, "exit_date": GONE}]),
            Night(
                [{**ZOE, "exit_date": GONE}, {**ZOE, "external_id": "zoe2", "email": "zoe2@example.com"}],
                typed_in=[typed("Zoé", "Lefèvre-Martin")],
            ),
        ],
        {"zoe": "unchanged", "zoe2": "conflict SAME_NAME"},
    ),
    "somebody who left and comes back under the same id is updated": Story(
        [Night([{**ZOE, "exit_date": GONE}]), Night([{**ZOE, "exit_date": None}])], {"zoe": "updated"}, {"a": Company(mapping=CLEARABLE)}
    ),
}
