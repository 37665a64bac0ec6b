"""Rungs of missing and the reactions that need them."""

from datetime import date

import pytest

from hr_pipeline.domain.absences import CERTAINTY, Found, Reaction, Rung, needed, rung
from hr_pipeline.domain.connections import CloseMissing

END = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("times", "found", "last_day", "said", "reached"),
    [
        (1, None, None, False, Rung.ONCE),
        (2, None, None, False, Rung.ONCE),
        (3, None, None, False, Rung.REPEATED),
        (9, Found.UNKNOWN, None, False, Rung.REPEATED),
        (9, Found.THERE, None, False, Rung.REPEATED),
        (1, Found.GONE, None, False, Rung.GONE),
        (1, Found.ENDED, END, False, Rung.ENDED),
        (1, None, END, False, Rung.ENDED),
        (1, Found.GONE, END, True, Rung.SAID),
    ],
)
def test_the_highest_rung_counts(times: int, found: Found | None, last_day: date | None, said: bool, reached: Rung) -> None:
    assert rung(times, 3, found, last_day, said=said) is reached


def test_being_told_needs_one_night_and_asking_for_attention_more() -> None:
    assert needed(Reaction.TELL, CloseMissing.NEVER) == CERTAINTY
    assert Rung.ONCE not in needed(Reaction.ASK, CloseMissing.NEVER)
    assert Rung.REPEATED in needed(Reaction.ASK, CloseMissing.NEVER)


@pytest.mark.parametrize(
    ("rule", "enough"),
    [
        (CloseMissing.NEVER, ()),
        (CloseMissing.LOOKED_UP, (Rung.GONE, Rung.ENDED)),
        (CloseMissing.ABSENT, (Rung.REPEATED, Rung.GONE, Rung.ENDED)),
    ],
)
def test_a_rule_closes_only_at_its_rung_and_one_absence_is_never_enough(rule: CloseMissing, enough: tuple[Rung, ...]) -> None:
    assert needed(Reaction.CLOSE_BY_RULE, rule) == enough
    assert Rung.ONCE not in enough
    assert needed(Reaction.CLOSE_BY_PERSON, rule) == CERTAINTY
