"""The decision order of synchronisation.md §3 as stories: one per rule, per code, and per pair of rules whose order matters.

May import: `gallery`, `people`.
"""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hr_pipeline_tests.gallery import SETTINGS, Company, Night, Story
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import CLEARABLE, FIRST_NIGHT

ANA = person("ana", "Ana", "Peeters")
BOB = person("bob", "Bob", "Janssens")
GONE = FIRST_NIGHT - timedelta(days=30)
UNIQUE_NUMBERS = {"a": Company(settings=replace(SETTINGS, employee_number_unique=True))}


def rejected(one: dict[str, object], code: str = "FIELD_INVALID", field: str = "birth_date") -> dict[str, object]:
    """The person with something wrong."""
    return {**one, "reject_code": code, "reject_field": field}


FIRST: dict[str, Story] = {
    "a new employee is created": Story([Night([ANA])], {"ana": "created"}),
    "somebody known is unchanged": Story([Night([ANA]), Night([ANA])], {"ana": "unchanged"}),
    "a changed value updates": Story([Night([ANA]), Night([{**ANA, "language": "fr"}])], {"ana": "updated"}),
    "an excluded employee is never created": Story(
        [Night([ANA, BOB], left_out={"ana": None})], {"ana": "excluded EXCLUDED", "bob": "created"}
    ),
    "an excluded linked employee freezes": Story(
        [Night([ANA]), Night([{**ANA, "last_name": "Maes"}], left_out={"ana": None})], {"ana": "excluded EXCLUDED"}
    ),
    "an employee included again takes part": Story(
        [Night([ANA], left_out={"ana": None}), Night([ANA], taken_in=["ana"])], {"ana": "created"}
    ),
    "an exclusion holds on its last day": Story([Night([ANA], left_out={"ana": FIRST_NIGHT})], {"ana": "excluded EXCLUDED"}),
    "an exclusion ends after its last day": Story([Night([ANA], left_out={"ana": FIRST_NIGHT}), Night([ANA])], {"ana": "created"}),
    "somebody excluded may be as wrong as they like": Story([Night([rejected(ANA)], left_out={"ana": None})], {"ana": "excluded EXCLUDED"}),
    "somebody out of scope is never created": Story([Night([{**ANA, "in_scope": False}])], {"ana": "out_of_scope OUT_OF_SCOPE"}),
    "somebody out of scope may be as wrong as they like": Story(
        [Night([rejected({**ANA, "in_scope": False})])], {"ana": "out_of_scope OUT_OF_SCOPE"}
    ),
    "an exclusion is told before the scope": Story(
        [Night([{**ANA, "in_scope": False}], left_out={"ana": None})], {"ana": "excluded EXCLUDED"}
    ),
    "somebody who leaves the scope keeps what they have": Story(
        [Night([ANA]), Night([{**ANA, "in_scope": False, "last_name": "Maes"}])], {"ana": "out_of_scope OUT_OF_SCOPE"}
    ),
    "one invalid employee fails alone": Story([Night([rejected(ANA), BOB])], {"ana": "rejected FIELD_INVALID", "bob": "created"}),
    "an employee without an e-mail is rejected": Story(
        [Night([rejected({**ANA, "email": None}, "EMAIL_MISSING", "email"), BOB])], {"ana": "rejected EMAIL_MISSING", "bob": "created"}
    ),
    "an employee without an external id is rejected": Story(
        [Night([rejected(person(None, email="nobody@example.com"), "FIELD_MISSING", "external_id"), BOB])],
        {"None": "rejected FIELD_MISSING", "bob": "created"},
    ),
    "a rejected employee keeps the link and comes back unchanged": Story(
        [Night([ANA, BOB]), Night([rejected(ANA), BOB]), Night([ANA, BOB])], {"ana": "unchanged", "bob": "unchanged"}
    ),
    "a rejection is told before a duplicate, and still contests it": Story(
        [Night([rejected({**ANA, "email": "same@example.com"}), {**BOB, "email": "same@example.com"}, person("cil")])],
        {"ana": "rejected FIELD_INVALID", "bob": "conflict DUPLICATE_EMAIL", "cil": "created"},
    ),
    "two employees with one external id are both conflicts": Story(
        [Night([ANA, {**BOB, "external_id": "ana"}, person("cil")])], {"ana": "conflict DUPLICATE_EXTERNAL_ID", "cil": "created"}
    ),
    "two employees with one e-mail are both conflicts": Story(
        [Night([{**ANA, "email": "same@example.com"}, {**BOB, "email": " SAME@example.com"}])],
        {"ana": "conflict DUPLICATE_EMAIL", "bob": "conflict DUPLICATE_EMAIL"},
    ),
    "of two with one external id and one e-mail the id is told": Story(
        [Night([{**ANA, "email": "same@example.com"}, {**BOB, "external_id": "ana", "email": "same@example.com"}])],
        {"ana": "conflict DUPLICATE_EXTERNAL_ID"},
    ),
    "two employees may share a number that nobody called unique": Story(
        [Night([{**ANA, "employee_number": "7"}, {**BOB, "employee_number": "7"}])], {"ana": "created", "bob": "created"}
    ),
    "two employees who share a number that is unique are both conflicts": Story(
        [Night([{**ANA, "employee_number": "7"}, {**BOB, "employee_number": "7"}])],
        {"ana": "conflict DUPLICATE_EMPLOYEE_NUMBER", "bob": "conflict DUPLICATE_EMPLOYEE_NUMBER"},
        UNIQUE_NUMBERS,
    ),
    "excluding one of two who share an e-mail settles it": Story(
        [Night([{**ANA, "email": "same@example.com"}, {**BOB, "email": "same@example.com"}], left_out={"bob": None})],
        {"ana": "created", "bob": "excluded EXCLUDED"},
    ),
    "excluding one of three who share an e-mail does not": Story(
        [
            Night(
                [{**ANA, "email": "same@example.com"}, {**BOB, "email": "same@example.com"}, person("cil", email="same@example.com")],
                left_out={"bob": None},
            )
        ],
        {"ana": "conflict DUPLICATE_EMAIL", "bob": "excluded EXCLUDED", "cil": "conflict DUPLICATE_EMAIL"},
    ),
    "an administrator who shares an e-mail out of scope does not contest it": Story(
        [Night([ANA, {**BOB, "email": "ana@example.com", "in_scope": False}])], {"ana": "created", "bob": "out_of_scope OUT_OF_SCOPE"}
    ),
    "a linked employee whose e-mail another one now has too is a conflict like the other": Story(
        [Night([ANA, BOB]), Night([ANA, {**BOB, "email": "ana@example.com"}])],
        {"ana": "conflict DUPLICATE_EMAIL", "bob": "conflict DUPLICATE_EMAIL"},
    ),
    "an employee without any pay is created": Story(
        [
            Night(
                [{**ANA, "has_pay": False, "pay_rows": 0, "gross_amount": None, "currency": None, "pay_type": None, "effective_from": None}]
            )
        ],
        {"ana": "created"},
    ),
    "somebody missing is not in the outcomes": Story([Night([ANA, BOB]), Night([ANA])], {"ana": "unchanged"}),
    "somebody missing who comes back is unchanged": Story(
        [Night([ANA, BOB]), Night([ANA]), Night([ANA, BOB])], {"ana": "unchanged", "bob": "unchanged"}
    ),
    "an employee whose exit date passed and who returns under the same id is updated": Story(
        [Night([{**ANA, "exit_date": GONE}, BOB]), Night([BOB]), Night([{**ANA, "exit_date": None}, BOB])],
        {"ana": "updated", "bob": "unchanged"},
        {"a": Company(mapping=CLEARABLE)},
    ),
    "a person whose gross moves by more than the limit is held, alone": Story(
        [Night([ANA, BOB]), Night([{**ANA, "gross_amount": Decimal("3900.01")}, BOB])], {"ana": "held HELD_GROSS", "bob": "unchanged"}
    ),
    "a person whose gross moves by just the limit is updated": Story(
        [Night([ANA, BOB]), Night([{**ANA, "gross_amount": Decimal("3900.00")}, BOB])], {"ana": "updated", "bob": "unchanged"}
    ),
    "a gross that falls by just the limit is updated, one cent more holds": Story(
        [Night([ANA, BOB]), Night([{**ANA, "gross_amount": Decimal("2100.00")}, {**BOB, "gross_amount": Decimal("2099.99")}])],
        {"ana": "updated", "bob": "held HELD_GROSS"},
    ),
    "nobody listed at the first sync is nobody's outcome": Story([Night([])], {}),
    "birth dates alone tie nobody": Story(
        [
            Night(
                [{**ANA, "birth_date": date(1990, 1, 1)}],
                typed_in=[{"email": None, "first_name": "Bo", "last_name": "Maes", "birth_date": "1990-01-01"}],
            )
        ],
        {"ana": "created"},
    ),
}
