"""The JSON that users script against: every key of the interfaces page, and what is in it."""

import re
from typing import Any

import pytest

from hr_pipeline.domain.codes import Owner
from hr_pipeline.domain.outcomes import Counts, Outcome
from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE, IMPRIMERIE, KERMADEC, company_of
from hr_pipeline_tests.cli.conftest import Scene

RUN = {
    *("sync_run_id", "connection_id", "provider", "company", "trigger", "date", "status", "code", "started_at", "finished_at"),
    *("snapshot_id", "plan_id", "counts", "pay", "dagster_run_id"),
}
OUTCOME = {"external_id", "outcome", "code", "field", "message", "owner", "since", "runs", "account_id", "changed"}
ACCOUNT = {
    *("account_id", "company", "vat_number", "email", "first_name", "last_name", "language", "phone", "start_date", "exit_date"),
    *("employee_number", "status", "links", "pay"),
}
PAY = {
    *("gross_amount", "currency", "pay_type", "weekly_hours", "reference_hours", "work_regime_pct", "employer_contribution_pct"),
    "effective_from",
}
CONFLICT = {"conflict_id", "connection_id", "external_id", "code", "candidates", "since", "runs", "state"}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})")


def test_connect_tells_the_id_and_the_counts(played: Scene) -> None:
    document = played.hp.connect(company_of(played.sandbox, BRASSERIE))
    assert document.keys() >= {"connection_id", "provider", "company", "vat_number", "employees", "pay_records", "warnings"}
    assert document["connection_id"] == played.ids[BRASSERIE]
    assert (document["provider"], document["company"], document["vat_number"]) == ("securex", BRASSERIE, "BE0741230646")
    assert (document["employees"], document["pay_records"]) == (37, 40)
    assert {warning["code"] for warning in document["warnings"]} == {"EMAIL_MISSING", "FIELD_INVALID", "FIELD_MISSING", "PAY_MISSING"}


@pytest.mark.parametrize("command", [("history",), ("history", "--limit", "3")])
def test_history_lists_runs_newest_first(first_night: Scene, command: tuple[str, ...]) -> None:
    runs = first_night.hp.document(*command)
    assert [run["sync_run_id"] for run in runs] == [f"r{n}" for n in range(7, 7 - len(runs), -1)]
    for run in runs:
        check_run(run)


def test_sync_answers_with_its_runs(played: Scene) -> None:
    (run,) = played.hp.document("sync", played.ids[KERMADEC])
    check_run(run)
    assert (run["sync_run_id"], run["status"], run["trigger"], run["counts"]["unchanged"]) == ("r8", "success", "manual", 11)


def check_run(run: dict[str, Any]) -> None:
    """One sync run as the interfaces page names it."""
    assert run.keys() >= RUN
    assert list(run["counts"]) == list(Counts().as_dict())
    assert list(run["pay"]) == ["source", "applied", "unchanged", "rejected"]
    assert Counts(**run["counts"]).conserved
    assert re.fullmatch(r"r\d+", run["sync_run_id"])
    assert DAY.fullmatch(run["date"])
    assert MOMENT.fullmatch(run["started_at"])
    assert MOMENT.fullmatch(run["finished_at"])
    assert run["status"] in {"success", "partial", "error"}
    assert run["dagster_run_id"]
    assert (run["code"] is None) == (run["message"] is None)


def test_an_error_carries_its_code_and_says_what_to_do(first_night: Scene) -> None:
    (run,) = first_night.hp.document("history", first_night.ids[IMPRIMERIE])
    assert (run["status"], run["code"], run["snapshot_id"]) == ("error", "SNAPSHOT_INCOMPLETE", None)
    assert "13 announced, 10 read" in run["message"]
    assert run["next"]


def test_outcomes_are_one_row_for_each_employee(first_night: Scene) -> None:
    run = first_night.hp.document("history", first_night.ids[BRASSERIE])[0]
    rows = first_night.hp.document("outcomes", run["sync_run_id"])
    assert len(rows) == run["counts"]["source"] == len({row["external_id"] for row in rows})
    for row in rows:
        assert row.keys() >= OUTCOME
        assert not row.keys() & {"first_name", "last_name", "rule"}
        assert row["outcome"] in set(Outcome)
        assert DAY.fullmatch(row["since"])
        assert row["runs"] == 1
        assert isinstance(row["changed"], list)
        assert (row["code"] is None) == (row["message"] is None) == (row["owner"] is None)
    by_id = {row["external_id"]: row for row in rows}
    assert by_id["1010"] == by_id["1010"] | {
        "outcome": "rejected",
        "code": "FIELD_INVALID",
        "field": "birth_date",
        "message": "The field “birth date” cannot be used: not a civil date (YYYY-MM-DD).",
        "owner": Owner.HR_PROVIDER,
        "account_id": None,
    }
    assert by_id["1006"]["warnings"] == ["PAY_MISSING"]
    assert by_id["1013"]["account_id"] == "a1"
    assert by_id["1013"]["changed"]


def test_names_are_in_outcomes_only_when_asked_for(first_night: Scene) -> None:
    plain, named = (first_night.hp.run("outcomes", "r1", "--json", *more) for more in ([], ["--names"]))
    assert "Gérardin" not in plain.stdout
    assert "Gérardin" in named.stdout


def test_outcomes_can_be_had_by_code_outcome_or_warning(first_night: Scene) -> None:
    def listed(only: str) -> list[str]:
        return [row["external_id"] for row in first_night.hp.document("outcomes", "r1", "--only", only)]

    assert listed("DUPLICATE_EMAIL") == listed("duplicate_email") == listed("conflict") == ["1007", "1008"]
    assert listed("PAY_MISSING") == ["1006"]
    assert len(listed("rejected")) == 4
    assert listed("HELD_NEW") == []


def test_accounts_have_their_links_and_pay_as_text(first_night: Scene) -> None:
    accounts = first_night.hp.document("accounts")
    for account in accounts:
        assert account.keys() >= ACCOUNT
        assert account["status"] in {"active", "upcoming", "closed"}
        assert all(link.keys() == {"connection_id", "external_id"} for link in account["links"])
        assert account["pay"] is None or account["pay"].keys() == PAY
    two_jobs = next(a for a in accounts if {"connection_id": first_night.ids[BRASSERIE], "external_id": "1003"} in a["links"])
    assert two_jobs["pay"] == two_jobs["pay"] | {
        "currency": "EUR",
        "pay_type": "monthly",
        "weekly_hours": "34.20",
        "reference_hours": "38.00",
        "work_regime_pct": "90.00",
    }
    assert all(isinstance(two_jobs["pay"][name], str) for name in PAY)
    assert DAY.fullmatch(two_jobs["start_date"])
    typed_in = next(a for a in accounts if a["last_name"] == "Verbrugghen")
    assert (typed_in["links"], typed_in["pay"]) == ([], None)


def test_accounts_can_be_had_by_company_and_by_run(first_night: Scene) -> None:
    by_name, by_vat = (first_night.hp.document("accounts", "--company", one) for one in (FONTCLAIRE, "FR19812345676"))
    assert by_name == by_vat
    assert {account["company"] for account in by_name} == {FONTCLAIRE}
    run = next(run for run in first_night.hp.document("history") if run["company"] == FONTCLAIRE)
    touched = first_night.hp.document("accounts", "--run", run["sync_run_id"])
    assert len(touched) == run["counts"]["created"] + run["counts"]["linked"] == len(by_name) - 2  # two are typed in and in conflict


def test_conflicts_are_explained_by_field(first_night: Scene) -> None:
    conflicts = first_night.hp.document("conflicts", first_night.ids[FONTCLAIRE])
    assert [conflict["code"] for conflict in conflicts] == ["EMAIL_SHARED", "SAME_NAME"]
    for conflict in conflicts:
        assert conflict.keys() >= CONFLICT
        assert (conflict["state"], conflict["runs"]) == ("open", 1)
        (candidate,) = conflict["candidates"]
        assert candidate.keys() >= {"account_id", "score", "agrees", "differs"}
        assert candidate["score"] == sum(step["weight"] for step in candidate["steps"])
    shared = conflicts[0]
    assert "email" in shared["candidates"][0]["agrees"]
    assert "last_name" in shared["candidates"][0]["differs"]
    assert first_night.hp.document("conflict", str(shared["conflict_id"])) == shared


def test_a_preview_shows_buckets_and_what_each_would_become(played: Scene) -> None:
    document = played.hp.document("preview", played.ids[FONTCLAIRE])
    assert document.keys() >= {"plan_id", "snapshot_id", "hash", "buckets", "rows"}
    assert list(document["buckets"]) == ["new", "synchronised", "conflict", "excluded", "rejected", "held"]
    assert sum(document["buckets"].values()) == 25
    assert {row["outcome"] for row in document["rows"]} == {"conflict", "rejected", "out_of_scope"}
    assert re.fullmatch(r"[0-9a-f]{64}", document["hash"])
    assert len(played.hp.document("history")) == 7, "a preview is no run"
    again = played.hp.document("preview", played.ids[FONTCLAIRE], "--snapshot", document["snapshot_id"])
    assert (again["buckets"], again["rows"], again["hash"]) == (document["buckets"], document["rows"], document["hash"])
    assert (document["held_by"], document["message"], document["next"]) == (None, None, f"hr-pipeline approve {document['plan_id']}")


def test_a_preview_before_the_first_sync_tells_what_is_odd_about_whom(hp: Any, sandbox: Any) -> None:
    seen = hp.document("preview", hp.connect(company_of(sandbox, FONTCLAIRE))["connection_id"])
    odd = {one["code"]: one for one in seen["warnings"]}
    assert odd["PHONE_NO_PREFIX"]["people"] == sum("PHONE_NO_PREFIX" in row["warnings"] for row in seen["rows"]) > 0
    assert odd["PHONE_NO_PREFIX"].keys() == {"code", "message", "next", "field", "people"}
    assert not any(row["warnings"] for row in seen["rows"] if row["outcome"] == "out_of_scope")


@pytest.mark.parametrize("command", ["connections", "history", "conflicts", "accounts", "exclusions"])
def test_an_empty_listing_is_an_empty_list(hp: Any, command: str) -> None:
    assert hp.document(command) == []
