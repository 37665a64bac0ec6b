"""What a digest holds: the most urgent company first, its lines capped, and everything counted."""

from datetime import UTC, datetime, timedelta

import pytest

from hr_pipeline.domain.attention import MOST_COMPANIES, MOST_LINES, Digest, Kind, Line, delivery_pause, digest_of
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.digest_words import as_rows, body, subject
from hr_pipeline.domain.messages import Language

AT = datetime(2026, 11, 22, 2, 31, tzinfo=UTC)


def line(
    kind: Kind, company: str | None = "securex-brasserie-1", code: str | None = "SAME_NAME", times: int = 1, vat: str | None = None
) -> Line:
    provider = company.split("-")[0] if company else None
    due = AT + timedelta(hours=1) if kind is Kind.QUARANTINE else None
    return Line(kind, company, provider, vat, code, times, "r17", AT, due, "e0b6", AT.date() if company else None)


def made(*lines: Line) -> Digest:
    digest = digest_of(lines)
    assert digest is not None
    return digest


def test_nothing_is_nothing() -> None:
    assert digest_of([]) is None


def test_companies_come_by_their_most_urgent_matter_and_lines_by_theirs() -> None:
    digest = made(
        line(Kind.REJECTED, "securex-a"),
        line(Kind.CONFLICT, "securex-b", times=3),
        line(Kind.QUARANTINE, "payfit-c", "CREDENTIAL_REFUSED"),
        line(Kind.CONFLICT, "securex-d", times=9),
        line(Kind.ERROR, "securex-b", "PROVIDER_CHANGED"),
        line(Kind.MISSED_NIGHT, None, None, times=4),
        line(Kind.RECOVERED, "payfit-e", None),
    )
    told = [(one.connection_id, one.kind) for one in digest.lines]
    assert told == [
        (None, Kind.MISSED_NIGHT),
        ("payfit-c", Kind.QUARANTINE),
        ("securex-b", Kind.ERROR),
        ("securex-b", Kind.CONFLICT),
        ("securex-d", Kind.CONFLICT),
        ("securex-a", Kind.REJECTED),
        ("payfit-e", Kind.RECOVERED),
    ]
    assert digest.counts == {"missed_night": 4, "quarantine": 1, "error": 1, "conflict": 12, "rejected": 1, "recovered": 1}
    assert (digest.companies, digest.more) == (5, 0)


def test_connections_of_one_company_stand_together() -> None:
    digest = made(
        line(Kind.CONFLICT, "securex-a", vat="BE0403170701"),
        line(Kind.CONFLICT, "securex-b", vat="BE0403170702", times=2),
        line(Kind.ERROR, "payfit-a", "PROVIDER_CHANGED", vat="BE0403170701"),
    )
    assert [one.connection_id for one in digest.lines] == ["payfit-a", "securex-a", "securex-b"]
    assert "\npayfit-a, securex-a · BE0403170701\n" in "\n" + body(digest, Language.EN)


def test_a_long_night_is_a_short_digest_that_counts_the_rest() -> None:
    codes = [str(code) for code in Code][: MOST_LINES + 3]
    digest = made(*(line(Kind.CONFLICT, f"securex-{n:03}", code) for n in range(432) for code in codes))
    assert (len(digest.lines), digest.companies, digest.more) == (MOST_COMPANIES * MOST_LINES, 432, 412)
    assert digest.counts == {"conflict": 432 * len(codes)}
    said = body(digest, Language.EN)
    assert "And 412 more companies" in said
    assert len(said) < 20_000


def test_each_line_names_the_command_that_says_who_is_meant() -> None:
    commands = {kind: line(kind, code="HELD_GROSS").command for kind in Kind}
    assert commands == {
        Kind.MISSED_NIGHT: "hr-pipeline history",
        Kind.QUARANTINE: "hr-pipeline connection securex-brasserie-1",
        Kind.ERROR: "hr-pipeline outcomes r17",
        Kind.HOLD: "hr-pipeline outcomes r17 --only counted",
        Kind.REVIEW: "hr-pipeline outcomes r17",
        Kind.HELD_EMPLOYEE: "hr-pipeline outcomes r17 --only HELD_GROSS",
        Kind.CONFLICT: "hr-pipeline conflict r17",
        Kind.REJECTED: "hr-pipeline outcomes r17 --only HELD_GROSS",
        Kind.RECOVERED: "hr-pipeline history securex-brasserie-1",
    }
    assert line(Kind.CONFLICT, times=2).command == "hr-pipeline conflicts securex-brasserie-1"
    assert line(Kind.ERROR, code=None).command == "hr-pipeline outcomes r17"


def test_a_failure_leads_to_its_partition_a_hold_to_what_lets_it_go_on_and_none_to_a_run_that_may_be_gone() -> None:
    pages = {kind: line(kind, None if kind is Kind.MISSED_NIGHT else "securex-a").page for kind in Kind}
    partition = "assets/sync_run?view=partitions&partition=securex-a%7C2026-11-22"
    assert pages == {
        **dict.fromkeys((Kind.QUARANTINE, Kind.ERROR, Kind.REJECTED, Kind.RECOVERED), partition),
        **dict.fromkeys((Kind.HOLD, Kind.REVIEW, Kind.HELD_EMPLOYEE), "assets/sync_plan?view=events"),
        Kind.CONFLICT: "assets/conflicts?view=events",
        Kind.MISSED_NIGHT: "assets/sync_history?view=events",
    }


def test_a_digest_that_an_earlier_version_has_kept_is_still_sent() -> None:
    kept = made(line(Kind.REJECTED)).as_document()
    for one in kept["lines"]:
        del one["on"]
    assert "assets/sync_history" in body(Digest.from_document(kept), Language.EN, "https://hr.example")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_words_in_three_languages_with_links_where_dagster_is_known(kind: Kind, language: Language) -> None:
    code = {Kind.ERROR: "PROVIDER_CHANGED", Kind.HOLD: "HELD_NEW", Kind.REVIEW: "HELD_REVIEW", Kind.QUARANTINE: "CREDENTIAL_REFUSED"}.get(
        kind, "SAME_NAME"
    )
    digest = made(line(kind, code=code, times=3))
    said = subject(digest, language) + body(digest, language, "https://hr.example/dagster")
    assert not set("{}[]") & set(said)
    assert "https://hr.example/dagster/" in said
    assert "\n" not in subject(digest, language)
    (row,) = as_rows(digest, language, "https://hr.example/dagster")
    assert row["url"].startswith("https://hr.example/dagster/assets/")
    assert (row["kind"], row["times"], row["command"] in said, row["message"] in said) == (kind, 3, True, True)
    assert "url" not in as_rows(digest, language)[0]


def test_words_are_the_reader_s_and_times_are_those_of_brussels() -> None:
    digest = made(line(Kind.QUARANTINE, "payfit-a", "CREDENTIAL_REFUSED"))
    assert subject(digest, Language.FR) == "hr-pipeline : quarantaine 1"
    assert subject(digest, Language.EN, trial=True) == "(trial) hr-pipeline: quarantine 1"
    assert "depuis 2026-11-22 03:31 (CREDENTIAL_REFUSED), prochain essai 2026-11-22 04:31. PayFit a refusé" in body(digest, Language.FR)


def test_a_digest_survives_the_store() -> None:
    digest = made(line(Kind.QUARANTINE), line(Kind.MISSED_NIGHT, None, None))
    assert Digest.from_document(digest.as_document()) == digest


def test_pauses_between_attempts_grow_to_four_hours_and_never_end() -> None:
    assert [delivery_pause(n).total_seconds() / 60 for n in (1, 2, 3, 4, 5, 900)] == [1, 5, 15, 60, 240, 240]
