"""What an account was employed at, now and before, and why its person stands still."""

from datetime import date, timedelta

from hr_pipeline.adapters.store.absences import close_missing_person
from hr_pipeline.adapters.store.employments import employments, standing
from hr_pipeline.domain.connections import Review, Settings
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A = "securex-a"
STAFF = [person(f"w{i}") for i in range(6)]


def test_an_account_says_where_it_is_employed_and_where_it_was(platform: Platform) -> None:
    platform.connect(A, settings=Settings(review=Review.NEVER))
    platform.connect("securex-b", settings=Settings(review=Review.NEVER))
    platform.night({A: STAFF, "securex-b": []})
    with platform.store.opened() as database:
        database.run(
            "INSERT INTO link_ended BY NAME SELECT 2 AS connection_no, 'b7' AS external_id, 1 AS account_no, 1 AS from_run_no, 1 AS to_run_no,"
            " now() AS ended_at, 'transfer' AS reason, 1 AS by_run_no, DATE '2020-01-01' AS started_on, DATE '2023-12-31' AS ended_on"
        )
        listed = employments(database, 1)
    keys = ("connection_id", "company", "external_id", "current", "started_on", "ended_on", "ended_why")
    assert [tuple(one[key] for key in keys) for one in listed] == [
        (A, "Securex-A", "w0", True, date(2024, 1, 1), None, None),
        ("securex-b", "Securex-B", "b7", False, date(2020, 1, 1), date(2023, 12, 31), "transfer"),
    ]


def test_an_account_says_whether_its_person_is_left_out_or_missing(platform: Platform) -> None:
    platform.connect(A, settings=Settings(review=Review.NEVER))
    platform.night({A: STAFF})
    with platform.store.opened() as database:
        assert standing(database, 1) == {"excluded": None, "missing": None}
    platform.night({A: STAFF[2:]})
    platform.leave_out(A, "w1")
    with platform.store.opened() as database:
        first, second, nobody = standing(database, 1), standing(database, 2), standing(database, 99)
        assert (first["missing"]["times"], first["missing"]["state"], first["excluded"]) == (1, "open", None)
        assert (second["excluded"]["owner"], second["excluded"]["reason"], second["missing"]) == ("HR", "a test", None)
        assert nobody == {"excluded": None, "missing": None}
        last_day = FIRST_NIGHT
        close_missing_person(
            database, A, "w0", on=last_day, owner="Desk", reason="left", now=platform.clock, today=last_day + timedelta(days=5)
        )
        assert {name: standing(database, 1)["missing"][name] for name in ("state", "closed_by", "closed_on")} == {
            "state": "closed",
            "closed_by": "Desk",
            "closed_on": last_day,
        }
