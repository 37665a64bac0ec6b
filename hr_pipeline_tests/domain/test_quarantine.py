"""When a failing connection is tried again: pure rules on moments."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hr_pipeline.domain.codes import Code, Owner
from hr_pipeline.domain.messages import owner_of
from hr_pipeline.domain.nights import BRUSSELS
from hr_pipeline.domain.quarantine import ACT_ELSEWHERE, MAY_PASS, PAUSES, PROBES, Failing


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS)


ENTRY = moment("2026-11-20T10:00")


def quarantined(last_at: datetime = ENTRY) -> Failing:
    return Failing("securex-brasserie-1", 7, "CREDENTIAL_REFUSED", 1, ENTRY, last_at, 1, ENTRY, 7, ENTRY)


def test_no_code_is_of_both_kinds_and_somebody_can_act_on_what_is_quarantined_at_once() -> None:
    assert not set(MAY_PASS) & set(ACT_ELSEWHERE)
    assert {owner_of(code) for code in ACT_ELSEWHERE} <= set(Owner) - {Owner.NOBODY}
    assert not any(code.startswith("HELD_") for code in (*MAY_PASS, *ACT_ELSEWHERE))
    assert Code.SNAPSHOT_EMPTY not in ACT_ELSEWHERE  # a guard: released or corrected here


def test_the_next_attempt_is_a_probe_or_the_night_whichever_comes_first() -> None:
    late = quarantined(moment("2026-11-20T23:00"))
    assert quarantined().next_attempt == ENTRY + timedelta(hours=1)
    assert (late.own_attempt(), late.next_attempt) == (ENTRY + timedelta(hours=24), moment("2026-11-21T03:30"))


def test_an_attempt_that_nothing_starts_is_overdue_once_a_daemon_would_have_started_it() -> None:
    one = quarantined()
    assert [one.overdue_at(one.next_attempt + timedelta(minutes=late)) for late in (-60, 0, 9, 11)] == [False, False, False, True]
    assert one.as_row(ENTRY)["next attempt"] == "2026-11-20 11:00"
    assert one.as_row(ENTRY + timedelta(hours=5))["next attempt"] == "2026-11-20 11:00, overdue: no daemon is running?"
    assert [one.as_document(ENTRY + timedelta(hours=hours))["overdue"] for hours in (0, 5)] == [False, True]


@given(st.lists(st.integers(0, 72 * 60), max_size=60).map(sorted), st.sets(st.integers(0, 59)))
def test_however_often_one_looks_and_whichever_probes_get_an_answer_no_probe_comes_twice(minutes: list[int], answered: set[int]) -> None:
    """A sensor that remembers nothing but its own runs: asks when due, and sometimes the run it asked for leaves a sync run."""
    last_at, asked_at, probes = ENTRY, None, []
    for n, minute in enumerate(minutes):
        now = ENTRY + timedelta(minutes=minute)
        due = quarantined(last_at).own_attempt(asked_at)
        if due is not None and due <= now:
            probes.append(due)
            asked_at = now
            last_at = now if n in answered else last_at
    assert probes == sorted(set(probes))
    assert set(probes) <= {ENTRY + probe for probe in PROBES}


@given(st.integers(1, len(PAUSES)), st.integers(0, 20), st.timedeltas(timedelta(0), timedelta(hours=3)))
def test_in_back_off_what_a_person_tries_by_hand_moves_nothing_and_a_moment_asked_for_is_over(
    tries: int, by_hand: int, later: timedelta
) -> None:
    due = ENTRY + PAUSES[tries - 1]
    one = Failing("a", 7 + by_hand, "PROVIDER_UNAVAILABLE", tries + by_hand, ENTRY, ENTRY + later, tries, ENTRY)
    assert (one.own_attempt(), one.own_attempt(ENTRY - timedelta(minutes=1)), one.own_attempt(due)) == (due, due, None)
    assert one.as_document(ENTRY)["since"] == ENTRY
