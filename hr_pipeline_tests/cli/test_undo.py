"""`undo` as a person at an 80-column terminal sees it, and as a program reads it."""

import shutil
from pathlib import Path

import pytest
from rich.cells import cell_len

from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.messages import Language
from hr_pipeline_tests.cli.commands import Commands
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import Platform

A = "securex-a"
MANY = 60


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three runs: everybody created; some changed; one of them changed again."""
    folder = tmp_path_factory.mktemp("undo")
    platform = Platform(folder)
    platform.connect(A, settings=SETTINGS)
    people = [person(f"w{i:02}", "Zélie") for i in range(MANY)]
    platform.night({A: people})
    changed = [{**people[0], "last_name": "Quatremère"}, {**people[1], "phone": "+32470000001", "language": "nl"}, *people[2:]]
    platform.night({A: changed})
    platform.night({A: [changed[0], {**changed[1], "phone": "+32470000002"}, *people[2:]]})
    (folder / "store.duckdb").rename(folder / "hr_pipeline.duckdb")
    return folder


@pytest.fixture
def hp(home: Path, tmp_path: Path) -> Commands:
    """Commands in a copy of that home."""
    return Commands(Path(shutil.copytree(home, tmp_path / "home")), {})


def test_three_lists_as_json_with_the_reason_of_each_that_stays(hp: Commands) -> None:
    told = hp.document("undo", "r2", "--by", "HR desk", "--reason", "wrong file")
    assert (told["sync_run_id"], told["undone"], told["status"]) == ("r4", "r2", "partial")
    assert told["reversed"] == [
        {"account_id": "a1", "external_id": "w00", "fields": ["last_name"]},
        {"account_id": "a2", "external_id": "w01", "fields": ["language"]},
    ]
    [kept] = told["kept"]
    assert {key: kept[key] for key in ("account_id", "external_id", "fields", "code", "by", "owner")} == {
        "account_id": "a2",
        "external_id": "w01",
        "fields": ["phone"],
        "code": "UNDO_TOUCHED_BY_RUN",
        "by": "r3",
        "owner": "hr_platform",
    }
    assert "r3" in kept["message"]
    assert told["impossible"] == []
    assert "disconnect securex-a" in told["next"]
    [row] = hp.document("outcomes", "r4", "--only", "kept")
    assert (row["external_id"], row["outcome"], row["code"], row["changed"], row["by"]) == ("w01", "kept", kept["code"], ["phone"], "r3")
    newest, *_, second, _ = hp.document("history")
    assert (newest["trigger"], newest["status"], newest["undoes"], second["undone_by"]) == ("undo", "partial", "r2", "r4")
    assert hp.rows("SELECT DISTINCT owner, reason FROM reporting.reversals") == [{"owner": "HR desk", "reason": "wrong file"}]


@pytest.mark.parametrize("lang", list(Language))
def test_at_80_columns_nothing_is_wider_and_nobody_is_named_unless_asked(hp: Commands, lang: str) -> None:
    result = hp.run("undo", "r2", "--lang", lang, COLUMNS="80")
    assert result.exit_code == 0, result.output
    assert max(cell_len(line) for line in result.stdout.splitlines()) <= 80
    assert "r4 · undo of r2 · securex-a · partial" in result.stdout
    assert "2 reversed · 1 kept" in result.stdout
    assert "UNDO_TOUCHED_BY_RUN" in result.stdout
    assert "Zélie" not in result.stdout
    assert "Quatremère" not in result.stdout


def test_names_are_shown_where_they_are_asked_for_even_of_those_who_went(hp: Commands) -> None:
    result = hp.run("undo", "r1", "--names", COLUMNS="100")
    assert result.exit_code == 0, result.output
    assert "Zélie" in result.stdout
    assert f"{MANY - 2} reversed" in result.stdout


def test_of_many_people_the_table_shows_some_and_the_json_all(hp: Commands) -> None:
    shown = hp.run("undo", "r1", COLUMNS="80").stdout
    assert "… and 20 more: hr-pipeline outcomes r4 (--json for all)" in shown
    assert shown.index("kept") < shown.index("reversed  account")
    told = hp.document("outcomes", "r4")
    assert len(told) == MANY


@pytest.mark.parametrize(
    ("reference", "code"), [("r99", Code.UNKNOWN_RUN), ("2", Code.UNKNOWN_RUN), ("r2\x07", Code.UNKNOWN_RUN), ("", Code.UNKNOWN_RUN)]
)
def test_a_run_that_does_not_exist_is_refused(hp: Commands, reference: str, code: Code) -> None:
    assert hp.refusal("undo", reference)["code"] == code


def test_an_undo_is_refused_a_second_time_and_of_itself_in_a_sentence(hp: Commands) -> None:
    assert hp.document("undo", "r3")["status"] == "success"
    again = hp.refusal("undo", "r3")
    assert (again["code"], "r4" in again["message"], "outcomes r4" in again["next"]) == (Code.UNDO_DONE, True, True)
    itself = hp.refusal("undo", "r4")
    assert (itself["code"], "r3" in itself["message"], "sync securex-a" in itself["next"]) == (Code.UNDO_OF_UNDO, True, True)
    assert hp.refusal("undo", "r2", "--reason", "")["code"] == Code.INVALID_SETTING
    assert len(hp.document("history")) == 4


def test_an_undone_run_says_so_wherever_it_is_shown(hp: Commands) -> None:
    for shown in (hp.run("history", COLUMNS="80").stdout, hp.run("outcomes", "r3").stdout):
        assert "undone" not in shown
    hp.document("undo", "r3")
    hp.document("undo", "r1")
    rows = {line.split()[0]: line for line in hp.run("history", COLUMNS="80").stdout.splitlines() if line.startswith("r")}
    assert ("undone by r4" in rows["r3"], "undone by r5" in rows["r1"], "undone" in rows["r2"]) == (True, True, False)
    assert {run["sync_run_id"]: run["undone_partly"] for run in hp.document("history")} == {
        "r1": True,
        "r3": False,
        **dict.fromkeys(("r2", "r4", "r5")),
    }
    assert hp.run("outcomes", "r3").stdout.splitlines()[1] == "undone by r4: hr-pipeline outcomes r4"
    assert hp.run("outcomes", "r1").stdout.splitlines()[1] == "undone by r5 in part: hr-pipeline outcomes r5"


def test_an_undo_that_a_later_run_is_in_the_way_of_names_that_run_and_no_edit(hp: Commands) -> None:
    hp.document("undo", "r2")
    again = hp.refusal("undo", "r2")
    assert again["code"] == Code.UNDO_BLOCKED
    assert "Changed by r3: if that is wrong too, undo that first" in again["next"]
    assert "by hand" not in again["next"]


def test_a_dry_run_tells_what_the_undo_then_does_and_writes_nothing(hp: Commands) -> None:
    stored = {
        name: hp.rows(f"SELECT * FROM {name} ORDER BY ALL")
        for name in ("account", "account_version", "sync_run", "undo", "reversal", "lease")
    }
    foreseen = hp.document("undo", "r2", "--dry-run", "--names")
    assert {name: hp.rows(f"SELECT * FROM {name} ORDER BY ALL") for name in stored} == stored
    assert (foreseen["sync_run_id"], foreseen["code"], "hr-pipeline undo r2" in foreseen["next"]) == (None, "UNDO_FORESEEN", True)
    done = hp.document("undo", "r2", "--names")
    told = ("undone", "connection_id", "status", "people", "reversed", "kept", "impossible")
    assert {name: foreseen[name] for name in told} == {name: done[name] for name in told}
    assert foreseen["kept"][0]["first_name"] == "Zélie"


def test_a_dry_run_is_refused_like_the_undo_and_says_at_the_terminal_that_nothing_is_written(hp: Commands) -> None:
    shown = hp.run("undo", "r1", "--dry-run", COLUMNS="80")
    assert shown.exit_code == 0, shown.output
    assert "nothing is written · undo of r1 · securex-a · partial" in shown.stdout
    assert "… and 20 more: --json for all" in shown.stdout
    assert max(cell_len(line) for line in shown.stdout.splitlines()) <= 80
    hp.document("undo", "r3")
    assert hp.refusal("undo", "r3", "--dry-run")["code"] == Code.UNDO_DONE
    assert hp.refusal("undo", "r99", "--dry-run")["code"] == Code.UNKNOWN_RUN
