"""E-mail addresses that change, move and meet: §3.4 and §3.5 as stories.

May import: `gallery`, `people`.
"""

from datetime import date, timedelta
from decimal import Decimal

from hr_pipeline_tests.adapters.store.stories_of_order import rejected
from hr_pipeline_tests.gallery import Company, Night, Story
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT

ANA = person("ana", "Ana", "Peeters")
BOB = person("bob", "Bob", "Janssens")
CIL = person("cil", "Cil", "Maes")
GONE = FIRST_NIGHT - timedelta(days=30)
BIRTH = date(1990, 5, 17)
OTHER_BIRTH = date(1991, 5, 17)

STRANGERS = {"a": Company(), "b": Company()}
GROUP = {"a": Company(group="Holding"), "b": Company(group="Holding")}
ONE_FIRM = {"a": Company(firm="Brasserie"), "b": Company(firm="Brasserie")}


def at(one: dict[str, object], email: str) -> dict[str, object]:
    """The person with another address."""
    return {**one, "email": f"{email}@example.com"}


CHANGES: dict[str, Story] = {
    "a changed e-mail updates and never re-matches": Story(
        [Night([ANA]), Night([at(ANA, "new")], typed_in=[{"email": "other@example.com", "first_name": "Ana", "last_name": "Peeters"}])],
        {"ana": "updated"},
    ),
    "a changed e-mail that an unlinked account has is a conflict": Story(
        [Night([ANA]), Night([at(ANA, "hr")], typed_in=[{"email": "hr@example.com", "first_name": "Ana", "last_name": "Peeters"}])],
        {"ana": "conflict EMAIL_SHARED"},
    ),
    "a changed e-mail that somebody missing has is a conflict": Story(
        [Night([ANA, BOB]), Night([at(ANA, "bob")])], {"ana": "conflict EMAIL_SHARED"}
    ),
    "a changed e-mail that an excluded employee has is a conflict": Story(
        [Night([ANA, BOB]), Night([at(ANA, "bob"), at(BOB, "new")], left_out={"bob": None})],
        {"ana": "conflict EMAIL_SHARED", "bob": "excluded EXCLUDED"},
    ),
    "a changed e-mail that a rejected employee keeps is a conflict": Story(
        [Night([ANA, BOB]), Night([at(ANA, "bob"), rejected(at(BOB, "new"))])],
        {"ana": "conflict EMAIL_SHARED", "bob": "rejected FIELD_INVALID"},
    ),
    "a changed e-mail that a held employee keeps is a conflict": Story(
        [Night([ANA, BOB]), Night([at(ANA, "bob"), {**at(BOB, "new"), "gross_amount": Decimal("9000.00")}])],
        {"ana": "conflict EMAIL_SHARED", "bob": "held HELD_GROSS"},
    ),
    "a new employee does not get the e-mail that a held one keeps": Story(
        [Night([ANA]), Night([{**at(ANA, "new"), "gross_amount": Decimal("9000.00")}, at(BOB, "ana")])],
        {"ana": "held HELD_GROSS", "bob": "conflict EMAIL_SHARED"},
    ),
    "a new employee may have the e-mail that a held one wanted": Story(
        [Night([ANA]), Night([{**ANA, "email": "new@example.com", "gross_amount": Decimal("9000.00")}, CIL])],
        {"ana": "held HELD_GROSS", "cil": "created"},
    ),
    "swapped e-mails both succeed": Story(
        [Night([ANA, BOB]), Night([at(ANA, "bob"), at(BOB, "ana")])], {"ana": "updated", "bob": "updated"}
    ),
    "three e-mails going round all succeed": Story(
        [Night([ANA, BOB, CIL]), Night([at(ANA, "bob"), at(BOB, "cil"), at(CIL, "ana")])],
        {"ana": "updated", "bob": "updated", "cil": "updated"},
    ),
    "a chain of e-mail moves succeeds": Story(
        [Night([ANA, BOB, CIL]), Night([at(ANA, "bob"), at(BOB, "cil"), at(CIL, "free")])],
        {"ana": "updated", "bob": "updated", "cil": "updated"},
    ),
    "a chain whose end does not move stops the whole chain": Story(
        [Night([ANA, BOB, CIL]), Night([at(ANA, "bob"), at(BOB, "cil"), rejected(at(CIL, "free"))])],
        {"ana": "conflict EMAIL_SHARED", "bob": "conflict EMAIL_SHARED", "cil": "rejected FIELD_INVALID"},
    ),
    "a chain whose end is held stops the whole chain": Story(
        [Night([ANA, BOB, CIL]), Night([at(ANA, "bob"), at(BOB, "cil"), {**at(CIL, "free"), "gross_amount": Decimal("9000.00")}])],
        {"ana": "conflict EMAIL_SHARED", "bob": "conflict EMAIL_SHARED", "cil": "held HELD_GROSS"},
    ),
    "a swap of which one side is held keeps both as they are": Story(
        [Night([ANA, BOB]), Night([{**at(ANA, "bob"), "gross_amount": Decimal("9000.00")}, at(BOB, "ana")])],
        {"ana": "held HELD_GROSS", "bob": "conflict EMAIL_SHARED"},
    ),
    "an e-mail moves from a linked employee to a new one": Story(
        [Night([ANA]), Night([at(ANA, "new"), at(BOB, "ana")])], {"ana": "updated", "bob": "created"}
    ),
    "an e-mail moves to a new employee of another company": Story(
        [Night({"a": [ANA]}), Night({"a": [at(ANA, "new")], "b": [at(BOB, "ana")]})], {"a:ana": "updated", "b:bob": "created"}, STRANGERS
    ),
    "an e-mail moves to a linked employee of another company": Story(
        [Night({"a": [ANA], "b": [BOB]}), Night({"a": [at(ANA, "new")], "b": [at(BOB, "ana")]})],
        {"a:ana": "updated", "b:bob": "updated"},
        STRANGERS,
    ),
    "a changed e-mail that another company's employee has is a conflict": Story(
        [Night({"a": [ANA], "b": [BOB]}), Night({"a": [ANA], "b": [at(BOB, "ana")]})],
        {"a:ana": "unchanged", "b:bob": "conflict EMAIL_IN_OTHER_COMPANY"},
        STRANGERS,
    ),
    "two linked employees of two companies who get one new e-mail are both conflicts": Story(
        [Night({"a": [ANA], "b": [BOB]}), Night({"a": [at(ANA, "new")], "b": [at(BOB, "new")]})],
        {"a:ana": "conflict EMAIL_IN_OTHER_COMPANY", "b:bob": "conflict EMAIL_IN_OTHER_COMPANY"},
        STRANGERS,
    ),
    "a linked and a new employee who get one new e-mail in one company are both conflicts": Story(
        [Night([ANA]), Night([at(ANA, "new"), at(BOB, "new")])], {"ana": "conflict DUPLICATE_EMAIL", "bob": "conflict DUPLICATE_EMAIL"}
    ),
    "an e-mail that a linked employee of another company gets tonight is not for a new one": Story(
        [Night({"a": [ANA]}), Night({"a": [at(ANA, "new")], "b": [at(BOB, "new")]})],
        {"a:ana": "updated", "b:bob": "conflict EMAIL_IN_OTHER_COMPANY"},
        STRANGERS,
    ),
    "another way to write the same e-mail is no move": Story(
        [Night([ANA]), Night([{**ANA, "email": "ANA@example.com"}])], {"ana": "updated"}
    ),
    "another way to write an e-mail meets the account that has it": Story(
        [
            Night(
                [{**ANA, "email": "Ana@example.com"}], typed_in=[{"email": "aNA@example.com", "first_name": "Ana", "last_name": "Peeters"}]
            )
        ],
        {"ana": "linked"},
    ),
    "a letter that only looks alike is another e-mail": Story(
        [
            Night(
                [{**BOB, "email": "\u0430na@example.com"}],
                typed_in=[{"email": "ana@example.com", "first_name": "Ana", "last_name": "Peeters"}],
            )
        ],
        {"bob": "created"},
    ),
}

TYPED_ANA = {"email": "ana@example.com", "first_name": "Ana", "last_name": "Peeters"}

CORRELATED: dict[str, Story] = {
    "an unlinked account with the same e-mail is linked": Story([Night([ANA], typed_in=[TYPED_ANA])], {"ana": "linked"}),
    "names that do not contradict are linked": Story(
        [Night([ANA], typed_in=[{**TYPED_ANA, "first_name": "A.", "last_name": "Peeters-Maes"}])], {"ana": "linked"}
    ),
    "names that clearly differ are a conflict": Story([Night([at(BOB, "ana")], typed_in=[TYPED_ANA])], {"bob": "conflict EMAIL_SHARED"}),
    "two connections of one company that list one person are one account and a question": Story(
        [Night({"a": [ANA]}), Night({"a": [ANA], "b": [{**ANA, "external_id": "x"}]})],
        {"a:ana": "unchanged", "b:x": "conflict ALREADY_LINKED"},
        ONE_FIRM,
    ),
    "two connections of one company that list one new person in one night": Story(
        [Night({"a": [ANA], "b": [{**ANA, "external_id": "x"}]})], {"a:ana": "created", "b:x": "conflict ALREADY_LINKED"}, ONE_FIRM
    ),
    "a rejected employee keeps the account from a second external id": Story(
        [Night([ANA]), Night([rejected(at(ANA, "new")), {**ANA, "external_id": "ana2"}])],
        {"ana": "rejected FIELD_INVALID", "ana2": "conflict ALREADY_LINKED"},
    ),
    "another external id after an exit is a rehire": Story(
        [Night([{**ANA, "exit_date": GONE}]), Night([rejected({**at(ANA, "new"), "exit_date": GONE}), {**ANA, "external_id": "ana2"}])],
        {"ana": "rejected FIELD_INVALID", "ana2": "conflict REHIRE"},
    ),
    "another external id while the old one is gone is a rehire": Story(
        [Night([ANA, BOB]), Night([{**ANA, "external_id": "ana2"}, BOB])], {"ana2": "conflict REHIRE", "bob": "unchanged"}
    ),
    "an e-mail of another company is a conflict, whatever the names": Story(
        [Night({"a": [ANA]}), Night({"a": [ANA], "b": [ANA]})],
        {"a:ana": "unchanged", "b:ana": "conflict EMAIL_IN_OTHER_COMPANY"},
        STRANGERS,
    ),
    "an unlinked account of another company is never linked": Story(
        [Night({"a": [], "b": [ANA]}, typed_in=[TYPED_ANA])], {"b:ana": "conflict EMAIL_IN_OTHER_COMPANY"}, STRANGERS
    ),
    "an unlinked account of another company of the group is never linked": Story(
        [Night({"a": [], "b": [ANA]}, typed_in=[TYPED_ANA])], {"b:ana": "conflict EMAIL_IN_OTHER_COMPANY"}, GROUP
    ),
    "two companies that list one new e-mail in one night": Story(
        [Night({"a": [ANA], "b": [ANA]})], {"a:ana": "created", "b:ana": "conflict EMAIL_IN_OTHER_COMPANY"}, STRANGERS
    ),
    "two companies of a group that list one new person in one night": Story(
        [Night({"a": [ANA], "b": [ANA]})], {"a:ana": "created", "b:ana": "conflict TRANSFER"}, GROUP
    ),
    "two companies of a group that list one new e-mail for two names in one night": Story(
        [Night({"a": [ANA], "b": [at(BOB, "ana")]})], {"a:ana": "created", "b:bob": "conflict EMAIL_SHARED"}, GROUP
    ),
    "two companies of a group that list one new person with two birth dates in one night": Story(
        [Night({"a": [{**ANA, "birth_date": BIRTH}], "b": [{**ANA, "birth_date": OTHER_BIRTH}]})],
        {"a:ana": "created", "b:ana": "conflict EMAIL_IN_OTHER_COMPANY"},
        GROUP,
    ),
    "strong evidence within a group is a transfer": Story(
        [Night({"a": [{**ANA, "birth_date": BIRTH}]}), Night({"a": [], "b": [{**ANA, "birth_date": BIRTH}]})],
        {"b:ana": "conflict TRANSFER"},
        GROUP,
    ),
    "a birth date that one side lacks does not weaken a transfer": Story(
        [Night({"a": [ANA]}), Night({"a": [ANA], "b": [{**ANA, "birth_date": BIRTH}]})],
        {"a:ana": "unchanged", "b:ana": "conflict TRANSFER"},
        GROUP,
    ),
    "another birth date within a group is weak evidence": Story(
        [
            Night({"a": [{**ANA, "birth_date": BIRTH}]}),
            Night({"a": [{**ANA, "birth_date": BIRTH}], "b": [{**ANA, "birth_date": OTHER_BIRTH}]}),
        ],
        {"a:ana": "unchanged", "b:ana": "conflict EMAIL_IN_OTHER_COMPANY"},
        GROUP,
    ),
    "another first name within a group is a shared address": Story(
        [Night({"a": [ANA]}), Night({"a": [ANA], "b": [at(BOB, "ana")]})], {"a:ana": "unchanged", "b:bob": "conflict EMAIL_SHARED"}, GROUP
    ),
    "a similar name within a group is weak evidence": Story(
        [Night({"a": [ANA]}), Night({"a": [ANA], "b": [{**ANA, "last_name": "Peeters-Maes"}]})],
        {"a:ana": "unchanged", "b:ana": "conflict EMAIL_IN_OTHER_COMPANY"},
        GROUP,
    ),
    "adding the e-mail on the platform resolves a shared name": Story(
        [
            Night([ANA], typed_in=[{"email": "private@example.com", "first_name": "Ana", "last_name": "Peeters"}]),
            Night([ANA], edited={"private@example.com": {"email": "ana@example.com"}}),
        ],
        {"ana": "linked"},
    ),
}
