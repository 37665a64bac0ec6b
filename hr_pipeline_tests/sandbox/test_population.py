"""Generated people: deterministic, lazy, valid, and changing each night as announced."""

import re
import time
from collections import Counter
from typing import Any

import phonenumbers
import pytest
from email_validator import validate_email
from stdnum.be import vat as belgian
from stdnum.fr import siren, siret, tva

from hr_pipeline.sandbox import Sandbox, SandboxOptions, expected
from hr_pipeline.sandbox.companies import Company, ProviderName, Resource
from hr_pipeline.sandbox.world import World
from hr_pipeline_tests.sandbox.callers import Caller

SECUREX_LISTS = (Resource.WORKERS, Resource.REMUNERATIONS, Resource.COMPONENTS)
PAYFIT_LISTS = (Resource.COLLABORATORS, Resource.CONTRACTS)


def lists(world: World, company: Company, night: int) -> dict[Resource, list[dict[str, Any]]]:
    """Every list of a company."""
    people = world.populations[company.company_id]
    kinds = SECUREX_LISTS if company.provider is ProviderName.SECUREX else PAYFIT_LISTS
    return {kind: people.rows(kind, night, 0, people.count(kind, night)) for kind in kinds}


def by_person(rows: dict[Resource, list[dict[str, Any]]]) -> dict[str, str]:
    """Everything said of each person, as text."""
    said: dict[str, list[str]] = {}
    for kind, listed in rows.items():
        for row in listed:
            ref = row.get("workerId") or row.get("collaboratorId") or row["id"]
            said.setdefault(ref, []).append(f"{kind} {row}")
    return {ref: "\n".join(parts) for ref, parts in said.items()}


def test_the_same_options_serve_the_same_bytes_and_another_seed_others() -> None:
    def served(seed: int) -> list[bytes]:
        with Sandbox(SandboxOptions(seed=seed)) as sandbox, Caller(sandbox) as caller:
            return [
                caller.employer_list("workers").content,
                caller.customer_list("collaborators", maxResults=50).content,
                caller.employer_list("remunerations").content,
            ]

    assert served(1) == served(1)
    assert all(one != other for one, other in zip(served(1), served(2), strict=True))


@pytest.mark.parametrize("size", [1, 13, 50, 200])
def test_a_row_is_the_same_whatever_page_it_comes_in(size: int) -> None:
    world = World(SandboxOptions(size=700, companies=2, roster=False))
    for company in world.companies:
        people = world.populations[company.company_id]
        for kind, rows in lists(world, company, 3).items():
            assert [row for start in range(0, len(rows), size) for row in people.rows(kind, 3, start, start + size)] == rows


def test_a_million_employees_start_at_once_and_the_last_page_is_right() -> None:
    started = time.perf_counter()
    options = SandboxOptions(size=1_000_000, companies=1, latency_seconds=0)
    with Sandbox(options) as sandbox, Caller(sandbox) as caller:
        last = caller.employer_list("workers", page=5_000).json()
        beyond = caller.employer_list("workers", page=5_001).json()
        pay = caller.employer_list("remunerations", page=5_200).json()
        assert time.perf_counter() - started < 5
    assert (last["totalCount"], len(last["items"]), last["items"][-1]["workerId"]) == (1_000_000, 200, "1099999")
    assert beyond["items"] == []
    assert (pay["totalCount"], len(pay["items"]), pay["items"][-1]["workerId"]) == (1_040_000, 200, "1099999")


def test_employees_spread_over_any_number_of_companies_up_to_five_thousand() -> None:
    for size, companies in ((10, 1), (10, 10), (999, 7), (100_000, 500), (1_000_000, 5_000)):
        world = World(SandboxOptions(size=size, companies=companies))
        assert len(world.by_id) == len({company.vat for company in world.companies}) == companies
        people = {ProviderName.SECUREX: Resource.WORKERS, ProviderName.PAYFIT: Resource.COLLABORATORS}
        assert sum(world.populations[c.company_id].count(people[c.provider], 1) for c in world.companies) == size


@pytest.mark.parametrize(
    "wrong",
    [{"size": 9}, {"size": 1_000_001}, {"size": 10_000, "companies": 5_001}, {"size": 10, "companies": 11}, {"companies": 0}, {"night": 0}],
)
def test_a_sandbox_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"sandbox holds|nights count"):
        SandboxOptions(**wrong)


def test_every_company_has_valid_registration_numbers() -> None:
    for company in World(SandboxOptions(size=20_000, companies=300)).companies:
        if company.provider is ProviderName.SECUREX:
            assert belgian.compact(belgian.validate(company.vat)) == company.vat[2:]
            assert re.fullmatch(r"[01]\d{9}", belgian.compact(company.served_vat))
        else:
            assert tva.validate(company.vat) == company.vat[2:]
            assert siren.is_valid(company.siren)
            assert siret.is_valid(company.siret)


def test_e_mails_are_valid_distinct_and_of_example_domains() -> None:
    world = World(SandboxOptions(size=6_000, companies=4, roster=False))
    seen: Counter[str] = Counter()
    for company in world.companies:
        for kind, rows in lists(world, company, 2).items():
            if kind is Resource.WORKERS:
                seen.update(row["email"].casefold() for row in rows)
            if kind is Resource.COLLABORATORS:
                seen.update(mail["email"].casefold() for row in rows for mail in row["emails"])
    assert max(seen.values()) == 1
    assert len(seen) > 6_000
    for address in list(seen)[::37]:
        domain = validate_email(address, check_deliverability=False).domain
        assert re.search(r"(\.|^)example\.(com|org|net)$|\.be\.example$", domain)


def test_names_carry_accents_particles_apostrophes_and_hyphens_in_four_languages() -> None:
    world = World(SandboxOptions(size=3_000, companies=1, roster=False))
    workers = lists(world, world.companies[0], 1)[Resource.WORKERS]
    names = " ".join(f"{row['firstName']} {row['lastName']}" for row in workers)
    for part in ("é", "ü", "ß", "Van den", "D'", "-", "'t "):
        assert part in names
    assert {row["language"] for row in workers} == set("FNDE")
    assert any(row["birthDate"] is None for row in workers)


def test_phones_come_in_international_and_national_form() -> None:
    world = World(SandboxOptions(size=600, companies=2, roster=False))
    people = lists(world, world.companies[1], 1)[Resource.COLLABORATORS]
    numbers = [phone["phoneNumber"] for row in people for phone in row["phoneNumbers"]]
    assert {number[0] for number in numbers} == {"+", "0"}
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(number, "FR")) for number in numbers)


def test_one_person_in_a_hundred_changes_each_night_and_the_expectation_says_how_many() -> None:
    options = SandboxOptions(size=5_000, companies=4, roster=False)
    world = World(options)
    for expectation in expected(options):
        before, after = (by_person(lists(world, expectation.company, night)) for night in (1, 2))
        night_1, night_2 = expectation.nights
        assert night_1.source == len(before) == sum(night_1.counts.values())
        assert night_2.source == len(after) == sum(night_2.counts.values())
        assert night_2.counts["created"] == len(after.keys() - before.keys()) > 0
        assert night_2.counts["updated"] == sum(after[ref] != before[ref] for ref in before) in range(12, 14)
        assert not before.keys() - after.keys()


def test_all_kinds_of_change_happen_and_no_raise_is_suspicious() -> None:
    world = World(SandboxOptions(size=2_000, companies=1, roster=False))
    company = world.companies[0]
    before, after = (lists(world, company, night) for night in (1, 60))
    workers = {row["workerId"]: row for row in before[Resource.WORKERS]}
    changed = Counter(
        key for row in after[Resource.WORKERS] if row["workerId"] in workers for key in row if row[key] != workers[row["workerId"]][key]
    )
    assert changed.keys() == {"email", "endDate"}
    pay = {(row["workerId"], row["occupation"]): row for row in before[Resource.REMUNERATIONS]}
    ratios = [
        float(row["grossAmount"]) / float(pay[key]["grossAmount"])
        for row in after[Resource.REMUNERATIONS]
        if (key := (row["workerId"], row["occupation"])) in pay and row != pay[key]
    ]
    assert len(ratios) > 500
    assert all(0.7 < ratio < 1.3 for ratio in ratios)


def test_workers_may_hold_two_occupations_and_every_pay_has_its_worker() -> None:
    world = World(SandboxOptions(size=1_000, companies=1, roster=False))
    rows = lists(world, world.companies[0], 1)
    workers = {row["workerId"] for row in rows[Resource.WORKERS]}
    occupations = Counter(row["workerId"] for row in rows[Resource.REMUNERATIONS])
    assert occupations.keys() == workers
    assert Counter(occupations.values()) == {1: 960, 2: 40}
    assert {row["workerId"] for row in rows[Resource.COMPONENTS]} < workers
