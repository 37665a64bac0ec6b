"""The weights of evidence, and that a waterfall adds up."""

from itertools import pairwise
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.domain.evidence import BASE, COMMONNESS, TABLE, Verdict, score, waterfall, weights

FIELDS = [one.field for one in TABLE]
verdicts = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(Verdict))

# How often a field agrees between two records of one person, and between two people of one company: the estimates beside the table.
ESTIMATES = {
    "email": (0.6, 0.002),
    "last_name": (0.93, 0.015),
    "first_name": (0.95, 0.02),
    "birth_date": (0.98, 1 / (40 * 365)),
    "employee_number": (0.6, 0.02),
    "phone": (0.5, 0.005),
}


@given(verdicts, st.integers(0, 500))
def test_every_waterfall_starts_at_the_base_and_ends_between_0_and_100(known: dict[str, Verdict], bearers: int) -> None:
    steps = waterfall(known, bearers)
    assert (steps[0].field, steps[0].weight) == ("base", BASE)
    assert [step.field for step in steps[1:-1]] == FIELDS
    assert score(steps) == sum(step.weight for step in steps)
    assert 0 <= score(steps) <= 100


def test_everything_for_somebody_makes_100_and_nothing_known_leaves_the_base() -> None:
    assert score(waterfall(dict.fromkeys(FIELDS, Verdict.AGREES), 1)) == 100
    assert score(waterfall({}, 1)) == BASE


@given(verdicts, st.sampled_from(FIELDS), st.integers(1, 40))
def test_agreement_never_lowers_a_score_and_difference_never_raises_it(known: dict[str, Verdict], field: str, bearers: int) -> None:
    without = {name: verdict for name, verdict in known.items() if name != field}
    agreeing, unknown, differing = (
        score(waterfall(without | {field: verdict}, 1)) for verdict in (Verdict.AGREES, Verdict.UNKNOWN, Verdict.DIFFERS)
    )
    assert agreeing > unknown > differing
    assert score(waterfall(known, bearers)) >= score(waterfall(known, bearers + 1))


def test_another_birth_date_lowers_the_score_of_a_namesake_below_that_of_an_unknown_one() -> None:
    named = {"first_name": Verdict.AGREES, "last_name": Verdict.AGREES}
    assert (
        score(waterfall(named | {"birth_date": Verdict.DIFFERS}, 1))
        < score(waterfall(named, 1))
        < score(waterfall(named | {"birth_date": Verdict.AGREES}, 1))
    )


def test_a_common_name_weighs_less_than_a_rare_one_and_counts_only_when_the_whole_name_agrees() -> None:
    named = {"first_name": Verdict.AGREES, "last_name": Verdict.AGREES}
    points = [waterfall(named, bearers)[-1].weight for bearers in (1, 2, 3, 4, 31, 32, 1000)]
    assert points == [2, 0, 0, -1, -4, -6, -6]
    assert waterfall({"last_name": Verdict.AGREES}, 1)[-1].weight == 0
    assert all(rare > common for (_, rare), (_, common) in pairwise(COMMONNESS))


@pytest.mark.parametrize("evidence", TABLE, ids=lambda one: one.field)
def test_weights_are_one_and_a_half_points_a_bit_of_the_estimates(evidence: object) -> None:
    one = next(one for one in TABLE if one is evidence)
    same, other = ESTIMATES[one.field]
    assert one.agrees == pytest.approx(1.5 * log2(same / other), abs=0.5)
    assert one.differs == pytest.approx(1.5 * log2((1 - same) / (1 - other)), abs=0.5)


def test_commonness_is_two_points_less_one_and_a_half_for_each_doubling() -> None:
    assert [weight for _, weight in COMMONNESS] == [pytest.approx(2 - 1.5 * log2(least), abs=0.5) for least, _ in COMMONNESS]


def test_the_table_for_the_store_holds_every_weight_once() -> None:
    rows = weights()
    assert len({(row["field"], row["verdict"], row["bearers"]) for row in rows}) == len(rows) == 2 + 4 * len(TABLE) + len(COMMONNESS)


def test_national_register_numbers_are_no_evidence() -> None:
    assert not {"niss", "nir", "national_number", "social_security_number"} & set(FIELDS)
