"""Counting a company's people without keeping them."""

import pyarrow as pa

from hr_pipeline.adapters.providers import PROVIDERS
from hr_pipeline.domain.fields import Group
from hr_pipeline.domain.frames import PROVIDER_COMMON, ProviderFrames
from hr_pipeline.operations.counting import never_sent

MAPPING = PROVIDERS["payfit"].default_mapping


def frame(absent: list[list[str] | None]) -> pa.Table:
    """A provider's table of which only the absent fields matter."""
    rows = [{"connection_id": "c", "row": n, "absent": names, "retyped": None} for n, names in enumerate(absent)]
    return pa.Table.from_pylist(rows, schema=PROVIDER_COMMON)


def missing(identity: list[list[str] | None], pay: list[list[str] | None] | None = None) -> list[str]:
    return never_sent(ProviderFrames(frame(identity), frame(pay or []), frame([])), MAPPING)


def test_a_field_is_never_sent_when_no_source_of_it_came_for_anybody() -> None:
    both = ["phone.professional", "phone.personal", "birthDate"]
    assert missing([both, [*both, "matricule"]]) == ["phone", "birth_date"]
    assert missing([both, ["phone.professional"]]) == []
    assert missing([both, None]) == []
    assert missing([]) == []


def test_a_closed_list_of_contracts_is_told_by_the_people() -> None:
    closed = ["standardWeeklyHours", "fullTimeEquivalent"]
    assert missing([closed, closed]) == ["weekly_hours", "work_regime_pct"]
    assert missing([None, None], [closed]) == ["weekly_hours", "work_regime_pct"]
    assert set(missing([closed])) <= set(MAPPING.of_group(Group.PAY))
