"""Each transform of the closed list, on columns."""

import pyarrow as pa
import pytest

from hr_pipeline.domain.mapping import Transform
from hr_pipeline.domain.transforms import transformed

CASES = [
    (Transform.STRIP, "  Jean \u00a0 Paul ", "Jean Paul"),
    (Transform.LOWER, "ÉMILE", "émile"),
    (Transform.UPPER, "émile", "ÉMILE"),
    (Transform.TITLE, "JEAN-PIERRE O'BRIEN", "Jean-Pierre O'Brien"),
    (Transform.DIGITS, "00-42/B", "0042"),
    (Transform.DIGITS, "none", "none"),
    (Transform.LANGUAGE_LETTER, "F", "fr"),
    (Transform.LANGUAGE_LETTER, "n", "nl"),
    (Transform.LANGUAGE_LETTER, "D", "de"),
    (Transform.LANGUAGE_LETTER, "E", "en"),
    (Transform.LANGUAGE_LETTER, "X", "X"),
    (Transform.PERCENTAGE, "27.50", "27.50"),
    (Transform.FRACTION_TO_PERCENTAGE, "0.8", "80.0"),
    (Transform.FRACTION_TO_PERCENTAGE, "1", "100"),
    (Transform.FRACTION_TO_PERCENTAGE, "0.857142857142857", "85.714285714285700"),
    (Transform.FRACTION_TO_PERCENTAGE, "0,8", "0,8"),
    (Transform.FRACTION_TO_PERCENTAGE, "1e2", "1e2"),
    (Transform.OPEN_END, "9999-12-31", None),
    (Transform.OPEN_END, "2024-12-31", "2024-12-31"),
]


@pytest.mark.parametrize(("transform", "sent", "wanted"), CASES)
def test_a_transform_turns_what_it_can_and_leaves_the_rest(transform: Transform, sent: str, wanted: str | None) -> None:
    assert transformed(pa.array([sent, None]), [transform]).to_pylist() == [wanted, None]


def test_every_transform_of_the_closed_list_is_tried_here_and_knows_an_empty_column() -> None:
    assert {transform for transform, _, _ in CASES} == set(Transform)
    for transform in Transform:
        assert transformed(pa.array([], pa.string()), [transform]).to_pylist() == []
        assert transformed(pa.nulls(2, pa.string()), [transform]).to_pylist() == [None, None]


def test_transforms_apply_in_their_order() -> None:
    assert transformed(pa.array([" NL "]), [Transform.STRIP, Transform.LOWER]).to_pylist() == ["nl"]
    assert transformed(pa.array(["f"]), [Transform.LANGUAGE_LETTER, Transform.UPPER]).to_pylist() == ["FR"]
