from datetime import UTC, datetime
from typing import Any

import pytest

from hr_pipeline.defs import attention, requests, retries
from hr_pipeline.defs.cursors import as_cursor, seen_before
from hr_pipeline.domain.attention import Channel

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
SEEN = [
    requests.Seen(17, (("request-1-20261122", None, False), ("request-2-20261122", "run", True))),
    attention.Seen("stamp", "2026-11-22", NOW, ((3, Channel.MAIL, NOW),)),
    retries.Seen("stamp", NOW, "2 connections wait"),
]


@pytest.mark.parametrize("seen", SEEN, ids=lambda one: type(one).__module__)
def test_what_a_look_saw_is_what_the_next_one_reads(seen: Any) -> None:
    assert seen_before(type(seen), as_cursor(seen)) == seen


@pytest.mark.parametrize("seen", SEEN, ids=lambda one: type(one).__module__)
@pytest.mark.parametrize(
    "cursor", [None, "", "nonsense", "[]", "5", '["an earlier version\'s list"]', '{"stamp": 7, "bell": "x", "due": "x"}']
)
def test_a_cursor_of_another_release_or_edited_by_hand_has_seen_nothing(seen: Any, cursor: str | None) -> None:
    assert seen_before(type(seen), cursor) == type(seen)()
