"""Who owns a field (§1): always, first sync, never; absent is not null; clearing needs two consents; drift; locks and provenance."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hr_pipeline.adapters.store.accounts import account_no_of, accounts, fields_of, set_field
from hr_pipeline.adapters.store.reports import outcomes
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.fields import FIELDS
from hr_pipeline.domain.mapping import FieldMapping, FieldRule, Policy
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.explaining import explained_outcome
from hr_pipeline_tests.gallery import Company, Gallery, Night, Story, own
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import CLEARABLE, EVERYTHING, Platform

ANA = person("ana", "Ana", "Peeters", phone="+3225550100", language="nl", weekly_hours=Decimal("38.00"))
TYPED = {"email": "ana@example.com", "first_name": "Ana", "last_name": "Peeters"}


def mapped(**rules: FieldRule | None) -> dict[str, Company]:
    """A company whose mapping has these rules in the place of the plain ones; None leaves a field out."""
    chosen = {**EVERYTHING.rules, **rules}
    return {"a": Company(mapping=FieldMapping({name: rule for name, rule in chosen.items() if rule is not None}))}


def ruled(name: str, policy: Policy, *, may_clear: bool = False) -> dict[str, Company]:
    return mapped(**{name: FieldRule((name,), policy=policy, may_clear=may_clear)})


def after(second: dict[str, Any], companies: dict[str, Company], outcome: str, **edited: str | None) -> Story:
    """Ana as usual in the first night; perhaps an edit on the platform; then this in the second night."""
    edits = {"ana@example.com": edited} if edited else {}
    return Story([Night([ANA]), Night([second], edited=edits)], {"ana": outcome}, companies)


@dataclass(frozen=True)
class Kept:
    """A story and the values that the account or its pay has in the end."""

    story: Story
    values: Mapping[str, object]


PLAIN = {"a": Company()}
CLEARS = {"a": Company(mapping=CLEARABLE)}

STORIES: dict[str, Kept] = {
    "always: the provider's value wins": Kept(after({**ANA, "language": "fr"}, PLAIN, "updated"), {"language": "fr"}),
    "first sync: set once": Kept(after({**ANA, "language": "fr"}, ruled("language", Policy.FIRST_SYNC), "unchanged"), {"language": "nl"}),
    "first sync: an edit on the platform is kept": Kept(
        after(ANA, ruled("language", Policy.FIRST_SYNC), "unchanged", language="de"), {"language": "de"}
    ),
    "first sync: an edit is kept when the provider changes too": Kept(
        after({**ANA, "language": "fr"}, ruled("language", Policy.FIRST_SYNC), "unchanged", language="de"), {"language": "de"}
    ),
    "first sync: a value that comes later is still set": Kept(
        Story([Night([{**ANA, "language": None}]), Night([ANA])], {"ana": "updated"}, ruled("language", Policy.FIRST_SYNC)),
        {"language": "nl"},
    ),
    "first sync: an account just linked gets the provider's value": Kept(
        Story([Night([{**ANA, "last_name": "Peeters-Maes"}], typed_in=[TYPED])], {"ana": "linked"}, ruled("last_name", Policy.FIRST_SYNC)),
        {"last_name": "Peeters-Maes", "language": "nl"},
    ),
    "never: nothing is taken over": Kept(
        after({**ANA, "language": "fr"}, ruled("language", Policy.NEVER), "unchanged"), {"language": None}
    ),
    "never: an edit on the platform is kept": Kept(
        after(ANA, ruled("language", Policy.NEVER), "unchanged", language="de"), {"language": "de"}
    ),
    "not mapped: the platform's own": Kept(after(ANA, mapped(language=None), "unchanged", language="de"), {"language": "de"}),
    "never: a linked account keeps its own": Kept(
        Story([Night([{**ANA, "birth_name": "Maes"}], typed_in=[TYPED])], {"ana": "linked"}, ruled("birth_name", Policy.NEVER)),
        {"birth_name": None},
    ),
    "null clears where the policy allows": Kept(after({**ANA, "phone": None}, CLEARS, "updated"), {"phone": None}),
    "null clears nothing where the policy does not allow": Kept(
        after({**ANA, "phone": None}, PLAIN, "unchanged"), {"phone": "+3225550100"}
    ),
    "an absent key clears nothing though the policy allows": Kept(
        after({**ANA, "phone": None, "absent": ["phone"]}, CLEARS, "unchanged"), {"phone": "+3225550100"}
    ),
    "first sync never clears later": Kept(
        after({**ANA, "phone": None}, ruled("phone", Policy.FIRST_SYNC, may_clear=True), "unchanged"), {"phone": "+3225550100"}
    ),
    "an absent key beside a change clears nothing": Kept(
        after({**ANA, "phone": None, "absent": ["phone"], "language": "fr"}, CLEARS, "updated"), {"phone": "+3225550100", "language": "fr"}
    ),
    "pay: null clears where the policy allows": Kept(after({**ANA, "weekly_hours": None}, CLEARS, "updated"), {"weekly_hours": None}),
    "pay: null clears nothing otherwise": Kept(
        after({**ANA, "weekly_hours": None}, PLAIN, "unchanged"), {"weekly_hours": Decimal("38.00")}
    ),
    "pay: an absent key clears nothing": Kept(
        after({**ANA, "weekly_hours": None, "absent": ["weekly_hours"]}, CLEARS, "unchanged"), {"weekly_hours": Decimal("38.00")}
    ),
    "pay: first sync sets once": Kept(
        after({**ANA, "weekly_hours": Decimal("20.00")}, ruled("weekly_hours", Policy.FIRST_SYNC), "unchanged"),
        {"weekly_hours": Decimal("38.00")},
    ),
    "pay: never is never taken over": Kept(after(ANA, ruled("weekly_hours", Policy.NEVER), "unchanged"), {"weekly_hours": None}),
    "pay: somebody without pay today keeps what is known": Kept(
        after({**ANA, "has_pay": False, "pay_rows": 0, "gross_amount": None, "currency": None, "pay_type": None}, CLEARS, "unchanged"),
        {"gross_amount": Decimal("3000.00")},
    ),
    "a first sync e-mail that HR replaced stays HR's": Kept(
        after(ANA, ruled("email", Policy.FIRST_SYNC), "unchanged", email="mine@example.com"), {"email": "mine@example.com"}
    ),
}


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return Gallery(Platform(tmp_path_factory.mktemp("gallery")), {title: kept.story for title, kept in STORIES.items()})


@pytest.fixture(scope="module")
def values(gallery: Gallery) -> dict[str, dict[str, Any]]:
    """Account and current pay of Ana, by title."""
    rows = gallery.platform.rows(
        "SELECT p.*, a.* FROM reporting.accounts AS a LEFT JOIN reporting.pay AS p ON p.account_id = a.account_id AND p.current"
    )
    of = {told.connections["a"]: title for title, told in gallery.told.items()}
    return {of[row["connection_id"]]: row for row in rows if row["connection_id"]}


@pytest.mark.parametrize("title", STORIES)
def test_a_field_has_the_value_its_policy_says(gallery: Gallery, values: dict[str, dict[str, Any]], title: str) -> None:
    kept, told = STORIES[title], gallery.told[title]
    expected = own(kept.values, told.connections["a"])
    assert told.outcomes == kept.story.expected
    assert {name: values[title][name] for name in expected} == expected


def test_policies_settle_in_one_night(gallery: Gallery) -> None:
    assert gallery.changed_by_relaunch == []


def warnings_of(platform: Platform, run_id: str) -> set[tuple[str, str, str | None]]:
    rows = platform.rows("SELECT external_id, code, field FROM problem WHERE 'r' || run_no = ? AND NOT blocking", [run_id])
    return {(row["external_id"], row["code"], row["field"]) for row in rows}


def test_a_blocked_clear_is_told_by_field_and_blocks_nobody(platform: Platform) -> None:
    platform.connect("securex-a")
    people = [{**person(f"w{i}"), "phone": "+3225550100", "exit_date": date(2027, 1, 31)} for i in range(4)]
    platform.night({"securex-a": people})
    run = platform.night({"securex-a": [{**people[0], "phone": None, "exit_date": None}, *people[1:]]})["securex-a"]
    assert warnings_of(platform, run.sync_run_id) == {("w0", "CLEAR_BLOCKED", "phone"), ("w0", "CLEAR_BLOCKED", "exit_date")}
    assert platform.outcomes(run)["w0"] == ("unchanged", None)


def test_a_blocked_clear_is_told_again_as_long_as_it_lasts(platform: Platform) -> None:
    platform.connect("securex-a")
    people = [{**person(f"w{i}"), "phone": "+3225550100"} for i in range(4)]
    platform.night({"securex-a": people})
    cleared = {"securex-a": [{**people[0], "phone": None}, *people[1:]]}
    told = [warnings_of(platform, platform.night(cleared)["securex-a"].sync_run_id) for _ in range(3)]
    assert told == [{("w0", "CLEAR_BLOCKED", "phone")}] * 3
    assert warnings_of(platform, platform.night({"securex-a": people})["securex-a"].sync_run_id) == set()


def drift_platform(platform: Platform) -> dict[str, Any]:
    """Ana's language belonged to the platform, HR typed one, and then the mapping gave it to the provider."""
    platform.connect("securex-a", mapping=mapped(language=FieldRule(("language",), policy=Policy.FIRST_SYNC))["a"].mapping)
    platform.night({"securex-a": [ANA]})
    return ANA


def test_an_edit_of_a_field_that_the_provider_owns_is_restored_and_told_as_drift(platform: Platform) -> None:
    ana = drift_platform(platform)
    platform.edit("ana@example.com", language="de")
    with platform.store.opened() as database:
        database.run("UPDATE connection SET mapping = ?", [as_json(EVERYTHING)])
        database.run("UPDATE link SET row_hash = 0")
    run = platform.night({"securex-a": [ana]})["securex-a"]
    assert platform.outcomes(run) == {"ana": ("updated", "DRIFT_CORRECTED")}
    assert platform.account_of("securex-a", "ana")["language"] == "nl"


def test_a_drift_names_the_fields_that_were_restored_and_no_others(platform: Platform) -> None:
    free = {name: FieldRule((name,), policy=Policy.FIRST_SYNC) for name in ("language", "phone")}
    platform.connect("securex-a", mapping=mapped(**free)["a"].mapping)
    platform.night({"securex-a": [ANA]})
    platform.edit("ana@example.com", language="de", phone="+3225550199")
    with platform.store.opened() as database:
        database.run("UPDATE connection SET mapping = ?", [as_json(EVERYTHING)])
    run = platform.night({"securex-a": [{**ANA, "last_name": "Maes"}]})["securex-a"]
    with platform.store.opened() as database:
        (row,) = outcomes(database, run.run_no)
    assert (row["code"], row["field"]) == ("DRIFT_CORRECTED", "language, phone")
    assert set(row["changed"]) == {"language", "phone", "last_name"}
    said = [explained_outcome(row, lang, "securex")["message"] for lang in ("fr", "nl", "en")]
    assert all("phone" in sentence or "téléphone" in sentence or "telefoon" in sentence for sentence in said)
    assert "_" not in "".join(said)


def test_a_change_at_the_provider_after_an_edit_of_a_free_field_is_no_drift(platform: Platform) -> None:
    ana = drift_platform(platform)
    platform.edit("ana@example.com", language="de")
    run = platform.night({"securex-a": [{**ana, "last_name": "Maes"}]})["securex-a"]
    assert platform.outcomes(run) == {"ana": ("updated", None)}
    assert platform.account_of("securex-a", "ana")["language"] == "de"


def test_a_change_at_the_provider_after_a_plain_link_is_no_drift(platform: Platform) -> None:
    platform.connect("securex-a")
    platform.typed_in("securex-a", [TYPED])
    listed = {**person("ana", "Ana", "Peeters"), "start_date": None}
    platform.night({"securex-a": [listed]})
    run = platform.night({"securex-a": [{**listed, "last_name": "Peeters-Maes"}]})["securex-a"]
    assert platform.outcomes(run) == {"ana": ("updated", None)}


def as_json(mapping: FieldMapping) -> str:
    import json

    return json.dumps(mapping.as_document())


def test_a_locked_field_is_refused_with_its_owner_and_where_to_change_it(platform: Platform) -> None:
    platform.connect("securex-a")
    platform.night({"securex-a": [ANA]})
    before = platform.data()
    with pytest.raises(Refusal) as refused:
        platform.edit("ana@example.com", language="de")
    assert refused.value.code is Code.FIELD_LOCKED
    assert refused.value.params == {"field": "language", "provider": "securex", "source": "language", "connection": "securex-a"}
    assert platform.data() == before


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("external_id", "x", Code.UNKNOWN_FIELD),
        ("gross_amount", "1", Code.UNKNOWN_FIELD),
        ("birth_date", "31/12/1990", Code.INVALID_DATE),
        ("email", "BOB@example.com", Code.EMAIL_TAKEN),
    ],
)
def test_an_edit_that_cannot_be_is_refused_and_changes_nothing(platform: Platform, field: str, value: str, code: Code) -> None:
    free = mapped(birth_date=None, email=FieldRule(("email",), policy=Policy.FIRST_SYNC))["a"].mapping
    platform.connect("securex-a", mapping=free)
    platform.night({"securex-a": [ANA, person("bob", "Bob", "Maes")]})
    before = platform.data()
    with pytest.raises(Refusal) as refused:
        platform.edit("ana@example.com", **{field: value})
    assert refused.value.code is code
    assert "31/12/1990" not in str(refused.value)
    assert platform.data() == before


def test_an_unknown_account_is_refused_without_repeating_an_address(platform: Platform) -> None:
    platform.connect("securex-a")
    for reference in ("a99", "nobody@example.com"):
        with platform.store.opened() as database, pytest.raises(Refusal) as refused:
            account_no_of(database, reference)
        assert refused.value.code is Code.UNKNOWN_ACCOUNT
        assert "nobody" not in str(refused.value)


def test_every_field_says_its_value_owner_policy_source_and_the_run_that_set_it(platform: Platform) -> None:
    rules = {
        **EVERYTHING.rules,
        "phone": FieldRule(("mobile", "phone"), policy=Policy.FIRST_SYNC),
        "language": FieldRule(("lang",), policy=Policy.NEVER),
    }
    rules.pop("birth_name")
    platform.connect("securex-a", mapping=FieldMapping(rules))
    platform.night({"securex-a": [ANA]})
    platform.edit("ana@example.com", phone="+3225550199")
    platform.night({"securex-a": [{**ANA, "last_name": "Maes", "gross_amount": Decimal("3100.00")}]})
    with platform.store.opened() as database:
        told = {row["field"]: row for row in fields_of(database, account_no_of(database, "ana@example.com"))}
    locked = {"owner": "securex", "policy": "always", "locked": True, "change_at": "securex"}
    free = {"locked": False, "change_at": "platform"}
    expected = {
        "first_name": {"value": "Ana", "source": "first_name", "set_by": "r1", **locked},
        "last_name": {"value": "Maes", "source": "last_name", "set_by": "r2", **locked},
        "gross_amount": {"value": "3100.00", "source": "gross_amount", "set_by": "r2", **locked},
        "phone": {
            "value": "+3225550199",
            "owner": "securex",
            "policy": "first_sync",
            "source": "mobile / phone",
            "set_by": "platform",
            **free,
        },
        "language": {"value": None, "owner": "platform", "policy": "never", "source": "lang", "set_by": None, **free},
        "birth_name": {"value": None, "owner": "platform", "policy": "not mapped", "source": None, "set_by": None, **free},
    }
    assert {name: {key: told[name][key] for key in row} for name, row in expected.items()} == expected
    asked = {f.name for f in FIELDS} & told.keys()
    assert asked == set(told)


def test_an_account_nobody_synchronises_belongs_to_the_platform(platform: Platform) -> None:
    platform.connect("securex-a")
    platform.typed_in("securex-a", [TYPED])
    with platform.store.opened() as database:
        told = {row["field"]: row for row in fields_of(database, 1)}
        set_field(database, 1, "language", "fr", platform.clock)
        listed = accounts(database)
    assert {row["owner"] for row in told.values()} == {"platform"}
    assert (told["email"]["value"], told["email"]["set_by"]) == ("ana@example.com", "platform")
    assert [(one["account_id"], one["language"], one["links"], one["pay"]) for one in listed] == [("a1", "fr", [], None)]
