"""`doctor`: what is set and what is not, never a value; and what the next sync of a connection would meet."""

from typing import Any

import pytest

from hr_pipeline.sandbox import Sandbox
from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE, KERMADEC, Commands, company_of
from hr_pipeline_tests.cli.conftest import Scene


def checks(document: dict[str, Any], part: str) -> dict[str, dict[str, Any]]:
    """Checks by name, the last of a name."""
    return {row["check"]: row for row in document[part]}


def test_the_environment_is_told_without_any_value(hp: Commands, sandbox: Sandbox) -> None:
    result = hp.run("doctor")
    document = hp.document("doctor")
    told = checks(document, "environment")
    assert told["variables"]["SECUREX_CLIENT_SECRET"] is True
    assert told["variables"]["HR_PIPELINE_STORE_KEY"] is False
    assert told["encryption"] == {"check": "encryption", "state": "info", "on": False}
    assert told["sandbox"] == {"check": "sandbox", "state": "info", "securex": True, "payfit": True}
    assert (told["home"]["private"], told["store"]["connections"]) == (True, 0)
    assert told["python"]["version"].startswith("3.")
    assert told["packages"]["duckdb"]
    assert told["disk"]["free_megabytes"] > 0
    secrets = {value for name, value in sandbox.environment.items() if "SECRET" in name or "KEY" in name}
    assert not [secret for secret in secrets if secret in result.output + str(document)]


def test_a_home_that_others_can_read_and_missing_variables_are_warnings(hp: Commands) -> None:
    hp.document("doctor")
    (hp.home / "something").touch()
    (hp.home / "hr_pipeline.duckdb").rename(hp.home / "other.duckdb")
    hp.home.chmod(0o755)
    told = checks(Commands(hp.home).document("doctor"), "environment")
    assert told["securex_credential"]["state"] == "warning"
    assert "SECUREX_CLIENT_ID" in told["securex_credential"]["message"]


def test_a_store_that_does_not_open_fails_the_report(hp: Commands) -> None:
    hp.document("doctor")
    (hp.home / "hr_pipeline.duckdb").write_bytes(b"not a store" * 1000)
    told = checks(hp.document("doctor", status=1), "environment")
    assert (told["store"]["state"], told["store"]["code"]) == ("failed", "STORE_UNREADABLE")


def test_a_connections_report_says_what_its_first_sync_would_meet(hp: Commands, sandbox: Sandbox) -> None:
    connection_id = hp.connect(company_of(sandbox, BRASSERIE))["connection_id"]
    document = hp.document("doctor", connection_id)
    told = checks(document, "connection")
    assert told["vat"]["vat_number"] == "BE0741230646"
    assert told["company"]["visible"] is True
    assert told["pages"] == {"check": "pages", "state": "ok", "pages": 3, "listed": 37, "announced_count_agrees": True}
    assert told["scopes"]["never_sent"] == []
    assert told["people"]["take_part"] == 37
    assert told["email"] == {"check": "email", "state": "warning", "share_pct": "97.3"}
    assert told["names"]["borne_by_several"] == 1
    assert told["pay"]["pay_records"] == 40
    assert (told["plan"]["new"], told["plan"]["conflict"], told["plan"]["rejected"]) == (31, 2, 4)
    assert (told["conflicts"]["people"], told["conflicts"]["code"]) == (2, "DUPLICATE_EMAIL")
    assert told["hold"]["code"] == "HELD_REVIEW"
    problems = {(row["code"], row["people"]) for row in document["connection"] if row["check"] == "data"}
    assert problems == {("EMAIL_MISSING", 1), ("FIELD_INVALID", 1), ("FIELD_MISSING", 1), ("PAY_MISSING", 1)}


def test_a_report_leaves_nothing_behind(hp: Commands, sandbox: Sandbox) -> None:
    connection_id = hp.connect(company_of(sandbox, KERMADEC))["connection_id"]
    hp.document("doctor", connection_id)
    for table in ("snapshot", "plan", "plan_row", "sync_run", "account", "conflict"):
        assert hp.rows(f"SELECT * FROM {table}") == []
    assert not (hp.home / "landing").exists()
    assert not list((hp.home / "work").iterdir())


def test_the_report_has_no_names(first_night: Scene) -> None:
    result = first_night.hp.run("doctor", first_night.ids[BRASSERIE])
    assert result.exit_code == 0
    assert not [name for name in ("Dubois", "Piret", "@vieux-lavoir") if name in result.output]


@pytest.mark.parametrize(
    ("fault", "company", "check", "code"),
    [
        ("total_lies:workers", BRASSERIE, "pages", "SNAPSHOT_INCOMPLETE"),
        ("inactive_employer", BRASSERIE, "company", "COMPANY_NOT_FOUND"),
        ("credential_revoked", FONTCLAIRE, "company", "CREDENTIAL_REFUSED"),
        ("other_company_key", FONTCLAIRE, "company", "COMPANY_MISMATCH"),
        ("renamed_field=lastName:workers", BRASSERIE, "pages", "PROVIDER_CHANGED"),
    ],
)
def test_what_would_fail_a_sync_fails_the_report_where_it_happens(
    hp: Commands, own_sandbox: Sandbox, fault: str, company: str, check: str, code: str
) -> None:
    hp = Commands(hp.home, own_sandbox.environment)
    connection_id = hp.connect(company_of(own_sandbox, company))["connection_id"]
    own_sandbox.faults = (fault,)
    last = hp.document("doctor", connection_id, status=1)["connection"][-1]
    assert (last["check"], last["state"], last["code"]) == (check, "failed", code)
    assert own_sandbox.faults_hit[fault.split(":")[0].split("=")[0]]
    assert last["next"]


def test_a_lost_scope_is_named_by_the_fields_that_never_came(hp: Commands, own_sandbox: Sandbox) -> None:
    hp = Commands(hp.home, own_sandbox.environment)
    connection_id = hp.connect(company_of(own_sandbox, FONTCLAIRE))["connection_id"]
    own_sandbox.faults = ("forbidden:contracts:Atelier Fontclaire",)
    told = checks(hp.document("doctor", connection_id), "connection")
    assert (told["scopes"]["state"], told["scopes"]["never_sent"]) == ("warning", ["weekly_hours", "work_regime_pct"])
    own_sandbox.faults = ("scope_lost:Atelier Fontclaire",)
    told = checks(hp.document("doctor", connection_id), "connection")
    assert set(told["scopes"]["never_sent"]) == {"phone", "birth_date", "weekly_hours", "work_regime_pct"}


def test_a_stopped_or_unknown_connection_has_no_report(hp: Commands, sandbox: Sandbox) -> None:
    connection_id = hp.connect(company_of(sandbox, KERMADEC))["connection_id"]
    hp.document("disconnect", connection_id)
    assert hp.refusal("doctor", connection_id)["code"] == "DISCONNECTED"
    assert hp.refusal("doctor", "nope")["code"] == "UNKNOWN_CONNECTION"
