"""`resolve`, `release`, `approve --reason`: what somebody decides, what happens next and when, and what is refused without changing anything."""

from typing import Any

import pytest

from hr_pipeline.operations.requesting import note_look
from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE, KERMADEC, Commands, company_of, connect_arguments
from hr_pipeline_tests.cli.conftest import Scene


def conflict(scene: Scene, code: str) -> dict[str, Any]:
    """The only open conflict of a code."""
    return next(one for one in scene.hp.document("conflicts") if one["code"] == code)


def decisions(hp: Commands) -> list[dict[str, Any]]:
    """Everything that a decision may touch."""
    return [hp.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in ("conflict", "resolution", "exclusion", "release", "link", "account")]  # type: ignore[misc]


def becomes(scene: Scene, name: str, external_id: str) -> tuple[str, str | None]:
    """What the next sync of a company would make of an employee, from the snapshot it has."""
    newest = scene.hp.document("snapshots", scene.ids[name])[0]["snapshot_id"]
    seen = scene.hp.document("preview", scene.ids[name], "--snapshot", newest)
    return next((row["outcome"], row["code"]) for row in seen["rows"] if row["external_id"] == external_id)


def test_a_decision_says_what_happens_and_when_and_the_next_sync_does_it(played: Scene) -> None:
    asked = conflict(played, "SAME_NAME")
    account = asked["candidates"][0]["account_id"]
    decided = played.hp.document("resolve", str(asked["conflict_id"]), "link", account, "--reason", "checked by phone", "--by", "Ann")
    employee = asked["external_id"]
    assert (decided["state"], decided["external_id"], decided["code"]) == ("decided", employee, "SAME_NAME")
    assert (
        decided["resolution"] | {"choice": "link", "account_id": account, "owner": "Ann", "reason": "checked by phone"}
        == decided["resolution"]
    )
    assert decided["message"] == f"{employee} is {account}: they are linked at the next sync of {played.ids[FONTCLAIRE]}."
    assert decided["next"].startswith(f"hr-pipeline sync {played.ids[FONTCLAIRE]}")
    assert becomes(played, FONTCLAIRE, employee) == ("linked", None)
    (run,) = played.hp.document("sync", played.ids[FONTCLAIRE])
    assert run["counts"]["linked"] == 1
    assert {"connection_id": played.ids[FONTCLAIRE], "external_id": employee} in played.hp.document("account", account)["links"]
    refused = played.hp.refusal("resolve", str(asked["conflict_id"]), "create")
    assert refused["code"] == "CONFLICT_CLOSED"


def test_where_a_deployment_looks_for_requests_the_next_step_asks_it(played: Scene) -> None:
    asked = str(conflict(played, "SAME_NAME")["conflict_id"])
    assert f"Next: hr-pipeline sync {played.ids[FONTCLAIRE]}" in played.hp.run("resolve", asked, "create").stdout
    note_look(played.hp.work.home)
    assert f"Next: hr-pipeline request {played.ids[FONTCLAIRE]}" in played.hp.run("resolve", asked, "create").stdout
    assert played.hp.document("resolve", asked, "create")["next"] == f"hr-pipeline request {played.ids[FONTCLAIRE]}"
    arguments = connect_arguments(company_of(played.sandbox, KERMADEC))
    assert f", then hr-pipeline request {played.ids[KERMADEC]}" in played.hp.run(*arguments).stdout


@pytest.mark.parametrize(
    ("choice", "told", "outcome"),
    [
        ("create", "an account of their own is created at the next sync", ("created", None)),
        ("exclude", "takes them in again", ("excluded", "EXCLUDED")),
        ("defer", "is not asked about again until something of the question changes", ("conflict", "SAME_NAME")),
    ],
)
def test_each_answer_is_told_in_a_sentence(played: Scene, choice: str, told: str, outcome: tuple[str, str | None]) -> None:
    asked = conflict(played, "SAME_NAME")
    shown = played.hp.run("resolve", str(asked["conflict_id"]), choice)
    assert shown.exit_code == 0, shown.output
    assert told in shown.stdout
    assert "Next: hr-pipeline" in shown.stdout
    assert becomes(played, FONTCLAIRE, asked["external_id"]) == outcome


def test_who_decides_is_the_user_unless_said_otherwise(played: Scene) -> None:
    asked = conflict(played, "SAME_NAME")
    decided = played.hp.document("resolve", str(asked["conflict_id"]), "defer", LOGNAME="an-hr-manager")
    assert decided["resolution"]["owner"] == "an-hr-manager"


def test_a_decision_that_cannot_be_is_refused_in_a_sentence_and_changes_nothing(played: Scene) -> None:
    name, shared, twice = (str(conflict(played, code)["conflict_id"]) for code in ("SAME_NAME", "EMAIL_SHARED", "DUPLICATE_EMAIL"))
    elsewhere = played.hp.document("accounts", "--company", BRASSERIE)[0]["account_id"]
    taken = next(one for one in played.hp.document("accounts", "--company", FONTCLAIRE) if one["links"])["account_id"]
    before = decisions(played.hp)
    for typed, code in (
        (["999", "create"], "UNKNOWN_CONFLICT"),
        ([name, "link", "a99999"], "UNKNOWN_ACCOUNT"),
        ([name, "link", elsewhere], "ACCOUNT_REFUSED"),
        ([name, "link", taken], "ACCOUNT_REFUSED"),
        ([name, "transfer"], "CHOICE_REFUSED"),
        ([shared, "create"], "ACCOUNT_REFUSED"),
        ([twice, "create"], "CHOICE_REFUSED"),
    ):
        said = {lang: played.hp.refusal("resolve", *typed, "--lang", lang) for lang in ("fr", "nl", "en")}
        assert {one["code"] for one in said.values()} == {code}, typed
        assert len({one["message"] for one in said.values()}) == 3
    assert decisions(played.hp) == before


def test_a_question_that_changed_since_is_refused_with_what_to_do(played: Scene) -> None:
    asked = conflict(played, "SAME_NAME")
    played.hp.document("account", asked["candidates"][0]["account_id"], "set", "birth_date", "1980-01-01")
    before = decisions(played.hp)
    refused = played.hp.refusal("resolve", str(asked["conflict_id"]), "link")
    assert refused["code"] == "CONFLICT_CHANGED"
    assert f"hr-pipeline sync {played.ids[FONTCLAIRE]}" in refused["next"]
    assert "1980" not in str(refused)
    assert decisions(played.hp) == before


def test_many_alike_are_answered_at_once(played: Scene) -> None:
    done = played.hp.document("resolve", "exclude", "--all", played.ids[BRASSERIE], "--code", "duplicate_email", "--reason", "one mailbox")
    assert {one["external_id"] for one in done["decided"]} == {"1007", "1008"}
    assert (done["refused"], done["left"]) == ([], 0)
    again = played.hp.refusal("resolve", "exclude", "--all", played.ids[BRASSERIE], "--code", "DUPLICATE_EMAIL")
    assert again["code"] == "NOTHING_TO_DO"
    numbers = ", ".join(str(one["conflict_id"]) for one in done["decided"])
    assert f"decided already: {numbers}" in again["message"]
    assert f"hr-pipeline conflicts {played.ids[BRASSERIE]}" in again["next"]


def test_many_alike_of_which_none_can_be_is_an_error_with_a_sentence_each(played: Scene) -> None:
    shown = played.hp.run("resolve", "create", "--all", played.ids[FONTCLAIRE], "--code", "EMAIL_SHARED")
    assert shown.exit_code == 1
    assert "(ACCOUNT_REFUSED)" in shown.stdout
    assert "0 decided, 1 refused, 0 left to choose one by one." in shown.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["1"],
        ["1", "merge"],
        ["one", "link"],
        ["0", "link"],
        ["1", "create", "a1"],
        ["1", "link", "a1", "a2"],
        ["link", "--all", "securex-x"],
        ["1", "link", "--code", "SAME_NAME"],
        ["link", "--all", "securex-x", "--code", "NONSENSE"],
    ],
)
def test_an_answer_that_makes_no_sense_is_wrong_usage(hp: Commands, arguments: list[str]) -> None:
    result = hp.run("resolve", *arguments)
    assert result.exit_code == 2
    assert "Usage" in result.output


def test_a_decision_that_was_applied_is_taken_back_with_its_run(played: Scene) -> None:
    asked = conflict(played, "SAME_NAME")
    played.hp.document("resolve", str(asked["conflict_id"]), "link")
    (run,) = played.hp.document("sync", played.ids[FONTCLAIRE])
    back = played.hp.document("undo", run["sync_run_id"], "--reason", "it was somebody else")
    assert back["code"] == "RUN_UNDONE"
    account = played.hp.document("account", asked["candidates"][0]["account_id"])
    assert account["links"] == []
    assert played.hp.refusal("undo", run["sync_run_id"])["code"].startswith("UNDO_")
    played.hp.document("sync", played.ids[FONTCLAIRE])
    anew = conflict(played, "SAME_NAME")
    assert (anew["external_id"], anew["state"]) == (asked["external_id"], "open")


# Holds


@pytest.fixture
def held(played: Scene) -> Scene:
    """The Brasserie's second run is held: nobody at all may be rejected."""
    played.hp.document("connection", played.ids[BRASSERIE], "change", "--set", "rejected_pct=0")
    (run,) = played.hp.document("sync", played.ids[BRASSERIE], status=1)
    assert (run["sync_run_id"], run["code"]) == ("r8", "HELD_REJECTED")
    return played


def test_a_held_run_names_the_command_that_releases_it_and_the_command_does(held: Scene) -> None:
    for shown in (held.hp.run("history"), held.hp.run("outcomes", "r8")):
        assert "`hr-pipeline release r8 --reason …`" in " ".join(shown.stdout.split())
    (run,) = held.hp.document("release", "r8", "--reason", "known, corrected next week", "--by", "Ann")
    assert (run["status"], run["code"], run["trigger"], run["counts"]["rejected"]) == ("partial", None, "approval", 4)
    assert held.hp.rows("SELECT owner, reason, used_run_no FROM release") == [
        {"owner": "Ann", "reason": "known, corrected next week", "used_run_no": 9}
    ]
    newest, waited = held.hp.document("history")[:2]
    assert (newest["released_by"], newest["release_reason"]) == ("Ann", "known, corrected next week")
    assert (waited["released_by"], waited["release_reason"]) == (None, None)
    assert held.hp.run("outcomes", "r9").stdout.splitlines()[1] == "released by Ann: known, corrected next week"
    before = decisions(held.hp)
    for run_id in ("r8", "r9", "r2"):
        refused = held.hp.refusal("release", run_id, "--reason", "again")
        assert refused["code"] == "NOT_HELD"
        assert "nothing was changed" in refused["message"]
    assert decisions(held.hp) == before


def test_a_release_without_a_reason_is_no_release(held: Scene) -> None:
    assert held.hp.run("release", "r8").exit_code == 2
    assert held.hp.refusal("release", "r8", "--reason", " ")["code"] == "INVALID_SETTING"
    assert held.hp.refusal("release", "r99", "--reason", "x")["code"] == "UNKNOWN_RUN"
    assert held.hp.rows("SELECT * FROM release") == []


def test_approving_what_a_guard_holds_takes_a_reason(held: Scene) -> None:
    plan = held.hp.document("history", "--limit", "1")[0]["plan_id"]
    refused = held.hp.refusal("approve", plan)
    assert refused["code"] == "PLAN_HELD"
    assert f"hr-pipeline approve {plan} --reason" in refused["next"]
    (run,) = held.hp.document("approve", plan, "--reason", "known", "--by", "Ann")
    newest = held.hp.document("history", "--limit", "1")[0]
    assert (newest["released_by"], newest["release_reason"]) == ("Ann", "known")
    assert (run["status"], run["counts"]["held"]) == ("partial", 0)
    assert held.hp.refusal("approve", plan, "--reason", "known")["code"] == "PLAN_APPLIED"


def test_a_held_preview_says_how_to_approve_it(held: Scene) -> None:
    shown = held.hp.run("preview", held.ids[BRASSERIE])
    assert "HELD_REJECTED: Too many employees have data that cannot be used" in " ".join(shown.stdout.split())
    assert '--reason "…"' in shown.stdout
    seen = held.hp.document("preview", held.ids[BRASSERIE])
    assert seen["next"] == f'hr-pipeline approve {seen["plan_id"]} --reason "…"'


def test_a_review_needs_no_reason(hp: Commands, sandbox: Any) -> None:
    connection_id = hp.connect(company_of(sandbox, KERMADEC))["connection_id"]
    seen = hp.document("preview", connection_id)
    assert seen["held_by"] == "HELD_REVIEW"
    assert seen["next"] == f"hr-pipeline approve {seen['plan_id']}"
    (run,) = hp.document("approve", seen["plan_id"], "--by", "Ann")
    assert (run["status"], run["released_by"], run["release_reason"]) == ("success", "Ann", None)
    assert hp.run("outcomes", run["sync_run_id"]).stdout.splitlines()[1] == "released by Ann"


def test_a_held_preview_says_above_its_buckets_that_nobody_would_be_written(held: Scene) -> None:
    shown = held.hp.run("preview", held.ids[BRASSERIE]).stdout
    said = "The whole plan is held: nobody would be written. The buckets tell what would happen after a release."
    assert shown.index(said) < shown.index("HELD_REJECTED: ") < shown.index("Bucket ")
    assert "nobody alone; the whole plan waits, see above" in shown
    snapshot = held.hp.document("snapshots", held.ids[BRASSERIE])[0]["snapshot_id"]
    replayed = held.hp.run("replay", snapshot).stdout
    assert replayed.index(said) < replayed.index("0 held")
