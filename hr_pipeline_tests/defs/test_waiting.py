from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import dagster as dg
import pytest
import yaml

from hr_pipeline.definitions import defs
from hr_pipeline.defs.home import WORKSPACE
from hr_pipeline.defs.launchpad import LOCATION, next_step
from hr_pipeline.defs.pictures import IN_PLACE
from hr_pipeline.defs.waiting import Waiting, conflicts_told, plan_told
from hr_pipeline.domain.outcomes import Counts
from hr_pipeline_tests.defs.reading_told import cells, value

TODAY = date(2026, 11, 22)
HELD: dict[str, Any] = {
    "connection_id": "securex-a",
    "scope": "run",
    "code": "HELD_MISSING",
    "sync_run_id": "r17",
    "plan_id": "plan-20261122-0123456789",
    "people": 9,
    "since": date(2026, 11, 20),
    "runs": 3,
    "detail": {"observed": "5", "limit": "2"},
    "buckets": {"new": 1, "synchronised": 8, "conflict": 0},
}
REVIEW = {**HELD, "connection_id": "payfit-b", "code": "HELD_REVIEW", "sync_run_id": "r18", "detail": {"plan": HELD["plan_id"]}}
ROWS = {
    **HELD,
    "connection_id": "payfit-c",
    "scope": "rows",
    "code": "HELD_GROSS",
    "sync_run_id": "r19",
    "people": 2,
    "buckets": {},
    "detail": {},
}


@pytest.mark.parametrize(
    ("hold", "job", "config", "look", "command"),
    [
        (REVIEW, "apply_plan", {"plan_id": HELD["plan_id"]}, "outcomes r18", f"hr-pipeline approve {HELD['plan_id']}"),
        (HELD, "release_hold", {"sync_run_id": "r17"}, "outcomes r17 --only counted", 'hr-pipeline release r17 --reason "…"'),
        (ROWS, "release_hold", {"sync_run_id": "r19"}, "outcomes r19 --only counted", 'hr-pipeline release r19 --reason "…"'),
    ],
)
def test_a_review_is_approved_and_what_a_guard_holds_is_released(
    hold: dict[str, Any], job: str, config: dict[str, str], look: str, command: str
) -> None:
    step = next_step(hold)
    assert (step.job, step.config, step.look, step.command) == (job, config, f"hr-pipeline {look}", command)


@pytest.mark.parametrize("hold", [REVIEW, HELD])
def test_the_link_opens_the_launchpad_with_config_that_the_job_accepts(hold: dict[str, Any]) -> None:
    step = next_step(hold)
    address = urlsplit(step.link)
    assert address.path == f"/locations/{LOCATION}/jobs/{step.job}/playground/setup"
    (text,) = parse_qs(address.query)["config"]
    config = yaml.safe_load(text)
    assert config == {**step.config, "owner": "", "reason": ""}  # whoever launches it says who they are
    assert dg.validate_run_config(defs.resolve_job_def(step.job), config)


def test_links_name_the_code_location_of_the_workspace() -> None:
    assert WORKSPACE["load_from"][0]["python_module"]["location_name"] == LOCATION


def test_a_plan_tells_its_buckets_its_conflicts_by_code_and_every_hold_that_waits() -> None:
    counts = Counts(source=20, created=2, linked=1, updated=3, unchanged=8, conflict=2, rejected=1, excluded=1, out_of_scope=1, held=1)
    run = {"plan_id": "p1", "code": None, "counts": counts.as_dict()}
    held = {"plan_id": "p2", "code": "HELD_MISSING", "counts": Counts(source=9, held=9).as_dict()}
    failed = {"plan_id": None, "code": "PROVIDER_UNAVAILABLE", "counts": Counts().as_dict()}
    told = plan_told([run, held, failed], [{"code": "SAME_NAME", "people": 2, "connections": 1}], [HELD, REVIEW, ROWS])
    assert [value(told, name) for name in ("plans", "plans_held", "waiting")] == [2, 1, 3]
    assert [value(told, name) for name in ("new", "synchronised", "conflict", "rejected", "held")] == [2, 12, 2, 1, 10]
    assert (value(told, "excluded"), value(told, "out_of_scope")) == (1, 1)  # nobody has excluded whom the connection doesn't cover
    assert cells(told, "conflicts by code") == [{"code": "SAME_NAME", "people": 2, "connections": 1}]
    first, second, third = cells(told, "held_by")
    assert (first["observed"], first["limit"], first["since"]) == ("5", "2", "20\N{NO-BREAK SPACE}Nov")
    assert (first["look first"], first["next step"]) == ("hr-pipeline outcomes r17 --only counted", 'hr-pipeline release r17 --reason "…"')
    assert told.description == "2 plans, 1 held before writing. 3 holds wait in all."
    assert (second["next step"], third["observed"]) == (f"hr-pipeline approve {HELD['plan_id']}", "2")


def test_a_hold_is_told_in_words_with_what_its_plan_would_do_and_the_way_on() -> None:
    said = value(plan_told([], [], [HELD]), "HELD_MISSING securex-a")
    for part in ("r17", "2026-11-20 (3 runs in a row)", "1 new, 8 synchronised", next_step(HELD).link, "`hr-pipeline release r17"):
        assert part in said
    assert said.index("`hr-pipeline outcomes r17 --only counted`") < said.index(next_step(HELD).link)  # a look comes first
    assert "2 of its employees wait; the others were applied" in value(plan_told([], [], [ROWS]), "HELD_GROSS payfit-c")


def test_one_of_anything_is_told_in_the_singular() -> None:
    run = {"plan_id": "p1", "code": "HELD_GROSS", "counts": Counts(source=1, held=1).as_dict()}
    told = plan_told([run], [], [{**ROWS, "people": 1}])
    assert told.description == "1 plan, 1 held before writing. 1 hold waits in all."
    assert "1 of its employees waits; the others were applied" in value(told, "HELD_GROSS payfit-c")
    assert "has waited 1 day." in str(conflicts_told(Waiting([group(oldest_days=1)], [], [])).description)


def test_a_hold_is_short_enough_to_be_read_in_place() -> None:
    long = {
        **REVIEW,
        "connection_id": f"securex-{'x' * 55}",
        "buckets": dict.fromkeys(("new", "synchronised", "conflict", "excluded"), 99_999),
    }
    assert len(value(plan_told([], [], [long]), f"HELD_REVIEW {long['connection_id']}")) < IN_PLACE


def test_many_holds_are_told_in_words_for_the_first_ones_and_in_the_table_for_the_rest() -> None:
    told = plan_told([], [], [{**HELD, "connection_id": f"securex-{n}"} for n in range(30)])
    assert len([name for name in told.metadata if name.startswith("HELD_MISSING securex-")]) == 10
    assert len(cells(told, "held_by")) == 30


def test_a_plan_without_holds_says_nothing_of_them() -> None:
    assert "held_by" not in plan_told([], [], []).metadata


def group(**changed: Any) -> dict[str, Any]:
    plain = {"connection_id": "securex-a", "code": "SAME_NAME", "conflicts": 1, "open": 1, "decided": 0, "deferred": 0}
    return {**plain, "oldest_days": 0, "oldest_runs": 1, **changed}


def test_conflicts_tell_their_states_the_oldest_wait_and_the_queue() -> None:
    groups = [
        group(open=3, conflicts=5, decided=1, deferred=1, oldest_days=40, oldest_runs=38),
        group(connection_id="payfit-b", oldest_days=2),
    ]
    ages = [{"code": "SAME_NAME", "today": 1, "week": 1, "month": 1, "older": 1}]
    one = {"conflict_id": 7, "connection_id": "securex-a", "external_id": "1007", "code": "SAME_NAME", "state": "open"}
    told = conflicts_told(Waiting(groups, ages, [{**one, "since": TODAY, "days": 40, "runs": 38}]))
    assert {name: value(told, name) for name in ("open", "decided", "deferred", "oldest_days", "oldest_runs", "connections")} == {
        "open": 4,
        "decided": 1,
        "deferred": 1,
        "oldest_days": 40,
        "oldest_runs": 38,
        "connections": 2,
    }
    assert value(told, "dagster/row_count") == 4
    assert [row["open"] for row in cells(told, "by connection and code")] == [3, 1]
    (queued,) = cells(told, "queue")
    assert queued == {
        "conflict": 7,
        "connection": "securex-a",
        "external_id": "1007",
        "code": "SAME_NAME",
        "days": 40,
        "runs": 38,
    }
    assert value(told, "decide") == "hr-pipeline conflict 7"  # of the first; the others by their number
    assert value(told, "by age and code").startswith("![Open conflicts")


def test_no_conflict_at_all_is_told_in_numbers() -> None:
    told = conflicts_told(Waiting([], [], []))
    assert (value(told, "open"), value(told, "oldest_days")) == (0, 0)
    assert not {"queue", "by connection and code", "by age and code"} & set(told.metadata)
