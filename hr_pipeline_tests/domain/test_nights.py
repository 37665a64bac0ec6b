"""When a night run is due, whatever the clocks do."""

from datetime import datetime

import pytest

from hr_pipeline.domain.nights import BRUSSELS, last_night, next_night


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("2026-03-28T04:00", "2026-03-29T03:30"),  # the night on which 02:30 does not exist
        ("2026-10-24T12:00", "2026-10-25T03:30"),  # the night on which 02:30 exists twice
        ("2026-10-25T02:30", "2026-10-25T03:30"),
    ],
)
def test_the_next_night_is_at_half_past_three_whatever_the_clocks_do(at: str, due: str) -> None:
    assert next_night(moment(at)) == moment(due)
    assert last_night(moment(due)) == moment(due)
