"""What a person reads, where no `--json` is given: the facts, and the next thing to type."""

import io
import shlex
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from hr_pipeline.adapters.store.leases import take_leases
from hr_pipeline.cli import terminal
from hr_pipeline.cli.answers import internal_error
from hr_pipeline.cli.progress import shown_progress
from hr_pipeline.cli.terminal import Column, show_rows
from hr_pipeline.domain.codes import Code
from hr_pipeline.sandbox import Sandbox
from hr_pipeline_tests.cli.commands import BRASSERIE, FONTCLAIRE, IMPRIMERIE, KERMADEC, LIBRAIRIE, Commands, company_of, connect_arguments
from hr_pipeline_tests.cli.conftest import Scene


def test_connecting_shows_the_counts_the_warnings_and_the_next_step(hp: Commands, sandbox: Sandbox) -> None:
    arguments = connect_arguments(company_of(sandbox, BRASSERIE))
    first, second = hp.run(*arguments).stdout, hp.run(*arguments).stdout
    assert first.startswith("Connected.")
    assert "employees      37" in first
    assert "EMAIL_MISSING" in first
    assert "Next: hr-pipeline doctor securex-brasserie-du-vieux-lavoir-410017" in first
    assert second.startswith("Already connected; taken up again.")


def test_a_connection_shows_its_settings_and_limits_and_no_secret(first_night: Scene) -> None:
    shown = first_night.hp.run("connection", first_night.ids[KERMADEC]).stdout
    assert "credential           env PAYFIT_KEY_3" in shown
    assert "missing_pct          20  % of linked people who may be missing" in shown
    assert first_night.hp.variables["PAYFIT_KEY_3"] not in shown


def test_disconnecting_says_how_to_take_up_again(played: Scene) -> None:
    said = {name: played.hp.run("disconnect", played.ids[name]).stdout for name in (KERMADEC, BRASSERIE)}
    assert all("is stopped" in one for one in said.values())
    again = [shlex.split(one.partition("To take it up again: hr-pipeline ")[2]) for one in said.values()]
    assert again == [
        ["connect", "payfit", "--name", KERMADEC, "--api-key-env", "PAYFIT_KEY_3"],
        ["connect", "securex", "--name", BRASSERIE, "--vat", "BE" + company_of(played.sandbox, BRASSERIE).vat.removeprefix("BE")],
    ]
    assert [played.hp.document(*command)["known"] for command in again[1:]] == [True]
    listed = played.hp.run("connections").stdout
    assert ("stopped" in listed, "Last applied" in listed, "Last sync" in listed) == (True, True, False)


def test_a_preview_shows_buckets_rows_and_how_to_approve(hp: Commands, sandbox: Sandbox) -> None:
    connection_id = hp.connect(company_of(sandbox, FONTCLAIRE))["connection_id"]
    shown = hp.run("preview", connection_id, "--lang", "nl").stdout
    assert "new                  23  23 created" in shown
    assert "Het plan van deze synchronisatie wacht op uw nazicht" in shown
    assert "rejected      EMAIL_MISSING" in " ".join(shown.split("  ")) or "EMAIL_MISSING" in shown
    assert "Next: hr-pipeline approve plan-" in shown
    assert shown.count("created") == 24  # once in the bucket


def test_a_run_says_what_its_codes_mean_once(first_night: Scene) -> None:
    shown = first_night.hp.run("outcomes", "r1").stdout
    assert shown.count("Several employees in the list have the same e-mail address") == 1
    assert shown.count("DUPLICATE_EMAIL") == 3
    nobody = first_night.hp.run("outcomes", "r1", "--only", "HELD_NEW").stdout
    assert "Nobody with HELD_NEW." in nobody


def test_a_run_in_error_says_why_above_its_employees(played: Scene) -> None:
    played.hp.connect(company_of(played.sandbox, KERMADEC), "--review", "always")
    played.hp.run("sync", played.ids[KERMADEC])
    shown = played.hp.run("outcomes", "r8").stdout
    assert "HELD_REVIEW: The plan of this sync awaits your review" in shown


def test_an_error_without_employees_says_why_and_what_next(first_night: Scene) -> None:
    run = first_night.hp.document("history", first_night.ids[IMPRIMERIE])[0]["sync_run_id"]
    shown = " ".join(first_night.hp.run("outcomes", run).stdout.split())
    assert "SNAPSHOT_INCOMPLETE: The list we received is not complete" in shown
    assert "It will be asked for again at the next sync." in shown
    assert "Nothing was concluded about anybody, so nobody is listed." in shown


def test_a_preview_warns_before_the_first_sync(hp: Commands, sandbox: Sandbox) -> None:
    connection_id = hp.connect(company_of(sandbox, FONTCLAIRE))["connection_id"]
    shown = " ".join(hp.run("preview", connection_id, COLUMNS="200").stdout.split())
    assert "PHONE_NO_PREFIX The phone number has no international prefix" in shown


def test_history_counts_people_as_a_sync_does(first_night: Scene) -> None:
    shown = first_night.hp.run("history", COLUMNS="200").stdout
    assert "37: 30 created, 1 linked, 2 conflict, 4 rejected" in shown


def test_the_plainly_unchanged_are_counted_not_listed(played: Scene) -> None:
    played.hp.run("sync", played.ids[KERMADEC])
    shown = played.hp.run("outcomes", "r8").stdout
    assert "… and 11 unchanged." in shown
    assert "OUT_OF_SCOPE" in shown


def test_an_account_says_as_of_when(first_night: Scene) -> None:
    day = (first_night.hp.work.today - timedelta(days=1)).isoformat()
    assert f"On {day}, by all that is known now." in first_night.hp.run("account", "a1", "--as-of", day).stdout


def test_people_taken_over_are_counted(played: Scene) -> None:
    path = played.hp.home.parent / "typed.csv"
    path.write_text("vat_number,email,first_name,last_name,birth_date\nBE0741230646,new@example.com,A,B,\n", "utf-8")
    assert "1 people taken over; 0 were there already." in played.hp.run("import-accounts", str(path)).stdout


def test_excluding_and_including_are_confirmed(played: Scene) -> None:
    typed = [played.ids[KERMADEC], "1"]
    last = (played.hp.work.today + timedelta(days=1)).isoformat()
    confirmed = played.hp.run("exclude", *typed, "--reason", "x", "--until", last).stdout
    assert f"1 is left out of {played.ids[KERMADEC]} until {last}" in confirmed
    assert "x" in played.hp.run("exclusions").stdout
    assert "takes part in" in played.hp.run("include", *typed).stdout


def test_a_mapping_put_in_force_says_to_preview(played: Scene) -> None:
    path = played.hp.home.parent / "mapping.json"
    path.write_text(played.hp.run("mapping", played.ids[KERMADEC], "--json").stdout, "utf-8")
    assert "Next: hr-pipeline preview" in played.hp.run("mapping", played.ids[KERMADEC], "apply", str(path)).stdout


def test_a_connection_that_is_being_synchronised_is_left_alone_and_said_so(played: Scene) -> None:
    with played.hp.work.store.opened() as database:
        number = database.value("SELECT connection_no FROM connection WHERE connection_id = ?", [played.ids[KERMADEC]])
        take_leases(database, [number], "somebody-else", "a-run", datetime.now(UTC))
    result = played.hp.run("sync", played.ids[KERMADEC], played.ids[LIBRAIRIE])
    assert result.exit_code == 0
    assert f"{played.ids[KERMADEC]} was left alone: another sync of it is in progress." in result.stdout
    refusal = played.hp.refusal("sync", played.ids[KERMADEC])
    assert refusal["code"] == "ALREADY_RUNNING"
    assert "a-run" in refusal["message"]


def test_one_employee_who_needs_attention_is_one(played: Scene) -> None:
    with played.hp.work.store.opened() as database:
        database.run("DELETE FROM conflict")
    shown = played.hp.run("sync", played.ids[FONTCLAIRE]).stdout
    assert "3 employees need attention" in shown


def test_a_long_list_ends_with_how_to_see_the_rest() -> None:
    to = Console(file=io.StringIO(), width=80)
    show_rows(to, [Column("No.")], [(n,) for n in range(terminal.MOST_ROWS + 7)], "the JSON")
    assert isinstance(to.file, io.StringIO)
    assert to.file.getvalue().splitlines()[-1] == "… and 7 more: the JSON"


def test_a_long_history_says_how_to_see_more(played: Scene) -> None:
    with played.hp.work.store.opened() as database:
        database.run(
            "INSERT INTO sync_run BY NAME SELECT s.* REPLACE (run_no + 7 * n AS run_no) FROM sync_run AS s, range(1, 6) AS more(n)"
        )
    shown = played.hp.run("history").stdout
    assert "The newest 30; more with --limit N." in shown
    assert len(played.hp.document("history")) == 42
    assert "--limit N" not in played.hp.run("history", "--limit", "40").stdout


def test_progress_is_a_bar_on_a_terminal_and_nothing_elsewhere(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with shown_progress("Reading") as progress:
        progress("pages pulled", 3, 0)
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("FORCE_COLOR", "1")  # what makes rich take anything for a terminal
    with shown_progress("Reading") as progress:
        progress("pages pulled", 3, 0)
        progress("companies pulled", 1, 2)
        progress("companies pulled", 2, 2)
    told = capsys.readouterr()
    assert told.out == ""
    assert "companies pulled" in told.err
    assert "2/2" in told.err


def test_what_nobody_foresaw_is_logged_by_kind_and_place_only(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError("zoe@example.com earns 3000")
    except ValueError as error:
        refusal = internal_error(error)
    assert refusal.code is Code.INTERNAL_ERROR
    assert "ValueError at test_for_people.py:" in caplog.text
    assert str(refusal.params["correlation_id"]) in caplog.text
    assert "zoe" not in caplog.text


def test_what_keeps_nobody_back_is_told_in_words_too(first_night: Scene) -> None:
    shown = " ".join(first_night.hp.run("outcomes", "r1").stdout.split())
    assert shown.count("PAY_MISSING: This person has no pay valid on this date") == 1
