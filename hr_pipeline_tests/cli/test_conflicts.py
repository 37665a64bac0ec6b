"""Conflicts as a person at an 80-column terminal sees them."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from rich.cells import cell_len

from hr_pipeline.domain.decisions import Choice
from hr_pipeline.domain.messages import Language
from hr_pipeline_tests.cli.commands import Commands
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import FIRST_NIGHT, Platform

A, B = "securex-a", "securex-b"
BIRTH = date(1990, 5, 17)
LISTED = [
    person("1", "Jean-Pierre", "Smet", birth_date=BIRTH),
    person("2", "Ann", "Maes", birth_date=date(1980, 1, 2)),
    person("3", "Bob", "Claes", birth_date=date(1991, 1, 1)),
    person("4", email="shared@example.com"),
    person("5", email="shared@example.com"),
]
TYPED = [
    {"first_name": "Jean", "last_name": "De Smet", "birth_date": "1990-05-17"},
    {"first_name": "Ann", "last_name": "Maes", "email": "ann@example.com", "birth_date": "1980-01-01"},
    {"first_name": "Ann", "last_name": "Maes"},
]
MOVED = person("9", "Bob", "Claes", email="3@example.com", birth_date=date(1991, 1, 1))
SIMILAR, SAME, DUPLICATE, TRANSFER = 1, 2, 3, 5


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with five conflicts, two nights old."""
    home = tmp_path_factory.mktemp("asked")
    platform = Platform(home)
    for connection_id in (A, B):
        platform.connect(connection_id, settings=SETTINGS, group="Holding")
    platform.typed_in(A, TYPED)
    platform.night({A: LISTED})
    platform.night({A: LISTED, B: [MOVED]})
    (home / "store.duckdb").rename(home / "hr_pipeline.duckdb")
    return home


@pytest.fixture
def hp(asked: Path, tmp_path: Path) -> Commands:
    """Commands in a copy of that home, on a terminal of 80 columns."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "hr_pipeline.duckdb").write_bytes((asked / "hr_pipeline.duckdb").read_bytes())
    return Commands(home, {"COLUMNS": "80"})


def test_the_list_tells_state_code_age_and_runs(hp: Commands) -> None:
    shown = hp.run("conflicts").output
    days = (date.today() - FIRST_NIGHT).days  # noqa: DTZ011
    assert re.search(rf"1 +open +securex-a +1 +SIMILAR_NAME +({days}|{days + 1}|{max(days - 1, 0)}) +2 +a1", shown)
    assert "5 open" in shown
    assert "Next: hr-pipeline conflict 1" in shown


def test_who_waits_comes_last_and_who_is_decided_is_said(hp: Commands) -> None:
    hp.document("resolve", str(SIMILAR), "defer")
    hp.document("resolve", str(SAME), "link", "a3")
    shown = hp.run("conflicts").output
    assert "3 open, 1 decided, 1 deferred" in shown
    rows = [line.split()[1] for line in shown.splitlines() if "securex-" in line]
    assert rows == ["decided", "open", "open", "open", "deferred"]
    assert f"Next: hr-pipeline conflict {DUPLICATE}" in shown


def test_one_conflict_shows_the_waterfall_in_words(hp: Commands) -> None:
    shown = hp.run("conflict", str(SAME)).output
    assert "Conflict 2: SAME_NAME (open)" in shown
    assert f"Asked since {FIRST_NIGHT}; sync runs: 2" in shown
    first = shown.split("Candidate ")[1].splitlines()
    assert first[0] == "a3: 48 of 100"
    lines = [re.split(" {2,}", line.strip()) for line in first[1:10]]
    assert lines == [
        ["to start with", "+31"],
        ["e-mail address", "unknown", "·"],
        ["last name", "agrees", "+9"],
        ["first name", "agrees", "+8"],
        ["birth date", "unknown", "·"],
        ["employee number", "unknown", "·"],
        ["phone number", "unknown", "·"],
        ["whole name", "one of 2 people of that name in the company", "·"],
        ["score", "48"],
    ]
    assert "a2: 38 of 100" in shown
    assert sum(int(line[-1]) for line in lines[:-1] if line[-1] != "·") == int(lines[-1][-1])


def test_a_likely_twin_says_what_is_close(hp: Commands) -> None:
    shown = hp.run("conflict", str(SIMILAR), "--names").output
    assert "Candidate a1: 58 of 100 — Jean De Smet" in shown
    assert re.search(r"last name +De Smet +close +\+3", shown)
    assert "is no longer kept" in " ".join(shown.split())  # these nights had no landing files
    assert re.search(r"whole name +does not count, the names differ +·", shown)


def test_a_transfer_proposes_its_dates(hp: Commands) -> None:
    shown = hp.run("conflict", str(TRANSFER)).output
    assert "Works for Securex-A." in shown
    assert "hr-pipeline resolve 5 transfer a4" in shown
    assert "resolve 5 link" not in shown


def test_every_command_shown_can_be_pasted(hp: Commands) -> None:
    for number, choices in ((SIMILAR, "link create exclude defer"), (DUPLICATE, "exclude defer"), (TRANSFER, "transfer exclude defer")):
        commands = re.findall(r"^ {2}hr-pipeline (resolve .*?) +#", hp.run("conflict", str(number)).output, re.MULTILINE)
        assert [one.split()[2] for one in commands] == choices.split()
        for command in sorted(commands, key=lambda one: "exclude" in one):
            assert hp.run(*command.split()).exit_code == 0, command


def test_what_would_be_refused_now_is_not_proposed(hp: Commands) -> None:
    assert "create" in hp.document("conflict", str(TRANSFER))["choices"]  # as a rule; but the address belongs to somebody at work
    shown = hp.run("conflict", str(TRANSFER)).output
    assert "resolve 5 create" not in shown
    assert "create: a4 has the e-mail address and is in use; give one of them another address:" in " ".join(shown.split())
    assert "\n  hr-pipeline account a4 set email …\n" in shown


def test_a_narrow_terminal_gets_the_meaning_below_the_command(hp: Commands) -> None:
    shown = hp.run("conflict", str(SIMILAR), COLUMNS="60").output
    assert "  hr-pipeline resolve 1 link a1\n      # it is that account\n" in shown


def test_a_decision_is_shown_with_who_took_it(hp: Commands) -> None:
    hp.document("resolve", str(SIMILAR), "link", "a1", "--by", "Ann of HR", "--reason", "called them")
    shown = hp.run("conflict", str(SIMILAR)).output
    assert "(decided, applied by the next sync)" in shown
    assert re.search(r"Decision: link a1, by Ann of HR, on \d{4}-\d\d-\d\d: called them", shown)
    assert hp.document("conflict", str(SIMILAR))["resolution"]["choice"] == "link"


def test_a_decision_whose_account_was_edited_is_said_not_to_hold(hp: Commands) -> None:
    hp.document("resolve", str(SAME), "link", "a3")
    hp.document("account", "a3", "set", "birth_date", "1981-01-02")
    shown = " ".join(hp.run("conflict", str(SAME)).output.split())
    assert "(decided, but the decision no longer holds)" in shown
    assert "Changed since it was asked: birth date of a3" in shown
    assert "which asks anew: hr-pipeline sync securex-a" in shown
    assert "resolve 2" not in shown
    assert "1981" not in shown
    assert hp.document("conflict", str(SAME))["changed_since"] == ["a3.birth_date"]


def test_a_candidate_that_is_gone_is_said_and_nothing_is_offered(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connect(A, settings=SETTINGS)
    run = platform.night({A: [person("1", "Ann", "Maes", email="ann@example.com")]})[A]
    twin = person("2", "Bert", "Claes", email="ann@example.com")
    moved = person("1", "Ann", "Maes", email="ann.maes@example.com", reject_code="FIELD_INVALID", reject_field="phone")
    platform.night({A: [moved, twin]})
    assert platform.conflict_of(A, "2")["candidates"][0]["account_id"] == "a1"
    platform.undo(run)
    (tmp_path / "store.duckdb").rename(tmp_path / "hr_pipeline.duckdb")
    hp = Commands(tmp_path, {"COLUMNS": "80"})
    shown = hp.run("conflict", "1", "--names").output
    assert "Gone since: a1" in shown
    assert "hr-pipeline sync securex-a" in shown
    assert "hr-pipeline resolve" not in shown
    assert hp.document("conflict", "1")["gone"] == ["a1"]
    assert hp.refusal("resolve", "1", "create")["code"] == "CONFLICT_CHANGED"


def test_a_duplicate_names_the_others(hp: Commands) -> None:
    assert "The same value as: 5 (4)" in hp.run("conflict", str(DUPLICATE)).output
    assert hp.document("conflict", str(DUPLICATE))["others"] == [{"conflict_id": 4, "external_id": "5"}]
    assert "others" not in hp.document("conflict", str(SAME))


def test_a_closed_conflict_names_the_run_that_applied_it_and_the_undo_of_that(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connect(A, settings=SETTINGS)
    platform.typed_in(A, TYPED[2:])
    platform.night({A: LISTED[1:2]})
    platform.resolve(A, "2", Choice.LINK)
    run = platform.night({A: LISTED[1:2]})[A]
    (tmp_path / "store.duckdb").rename(tmp_path / "hr_pipeline.duckdb")
    hp = Commands(tmp_path, {"COLUMNS": "80"})
    assert f"Applied by {run.sync_run_id}\n" in hp.run("conflict", "1").output
    (tmp_path / "hr_pipeline.duckdb").rename(tmp_path / "store.duckdb")
    undone = platform.undo(run)
    (tmp_path / "store.duckdb").rename(tmp_path / "hr_pipeline.duckdb")
    assert f"Applied by {run.sync_run_id}, undone by r{undone.run_no}\n" in hp.run("conflict", "1").output


def test_a_closed_conflict_says_when_by_which_run_and_how_it_ended_decided_or_not(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connect(A, settings=SETTINGS)
    platform.typed_in(A, TYPED[2:])
    platform.night({A: LISTED[1:2]})
    platform.resolve(A, "2", Choice.CREATE)
    applied = platform.night({A: LISTED[1:2]})[A]
    platform.connect(B, settings=SETTINGS)
    platform.typed_in(B, TYPED[2:])
    platform.night({B: LISTED[1:2]})
    gone = platform.night({B: [person("9")]})[B]
    (tmp_path / "store.duckdb").rename(tmp_path / "hr_pipeline.duckdb")
    hp = Commands(tmp_path, {"COLUMNS": "200"})
    decided, undecided = hp.document("conflict", "1"), hp.document("conflict", "2")
    assert (decided["state"], undecided["state"]) == ("closed", "closed")
    assert (decided["ended"]["sync_run_id"], decided["ended"]["outcome"]) == (applied.sync_run_id, "created")
    assert (undecided["ended"]["sync_run_id"], undecided["ended"]["outcome"]) == (gone.sync_run_id, None)
    shown = hp.run("conflict", "1").output
    assert f"by {applied.sync_run_id}: created, account {decided['ended']['account_id']}." in shown
    assert "Decision: create, by " in shown
    assert f"by {gone.sync_run_id}: the employee is no longer listed. Nobody had to decide" in hp.run("conflict", "2").output
    assert "n’est plus dans la liste. Personne" in hp.run("conflict", "2", "--lang", "fr").output


def test_a_question_asked_again_says_what_changed(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connect(A, settings=SETTINGS)
    platform.typed_in(A, TYPED)
    platform.night({A: LISTED[:2]})
    (tmp_path / "store.duckdb").rename(tmp_path / "hr_pipeline.duckdb")
    hp = Commands(tmp_path, {"COLUMNS": "80"})
    hp.document("resolve", str(SAME), "defer")
    (tmp_path / "hr_pipeline.duckdb").rename(tmp_path / "store.duckdb")
    platform.edit("a3", birth_date="1980-01-02")
    platform.night({A: [LISTED[0], {**LISTED[1], "employee_number": "12"}]}, FIRST_NIGHT + timedelta(days=1))
    (tmp_path / "store.duckdb").rename(tmp_path / "hr_pipeline.duckdb")
    for lang, words in (
        ("en", "birth date of a3, the employee’s employee number"),
        ("fr", "date de naissance de a3, matricule de l’employé"),
    ):
        shown = " ".join(hp.run("conflict", str(SAME), "--lang", lang).output.split())
        assert words in shown
    assert "Asked again" in hp.run("conflict", str(SAME)).output
    assert "1980" not in hp.run("conflict", str(SAME)).output


@pytest.mark.parametrize("lang", Language)
def test_nothing_is_wider_than_the_terminal_in_any_language(hp: Commands, lang: Language) -> None:
    for arguments in (["conflicts"], *(["conflict", str(number), "--names"] for number in (SIMILAR, SAME, DUPLICATE, TRANSFER))):
        result = hp.run(*arguments, "--lang", lang)
        assert result.exit_code == 0
        assert max(cell_len(line.rstrip()) for line in result.output.splitlines()) <= 80


def test_an_unknown_conflict_is_refused(hp: Commands) -> None:
    assert hp.refusal("conflict", "99")["code"] == "UNKNOWN_CONFLICT"
