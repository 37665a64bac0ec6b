"""What is printed for people: it fits, obeys nothing that stands in a name, and opens safely in a spreadsheet."""

import csv
import io
import re
import stat
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from hr_pipeline.cli.spreadsheet import write_csv
from hr_pipeline.cli.terminal import NARROWEST_CODE, Column, folded, paragraph, plain, say, show_facts, show_table, word
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline_tests.adapters.surroundings import file_size_limit
from hr_pipeline_tests.cli.commands import BRASSERIE, Commands
from hr_pipeline_tests.cli.conftest import Scene

COLUMNS = [
    Column("Run"),
    Column("Connection", identity=True),
    Column("Name", elastic=True),
    Column("Status"),
    Column("Runs", right=True, spare=1),
    Column("Since", spare=2),
]


def shown(width: int, rows: list[tuple[object, ...]], columns: list[Column] | None = None) -> list[str]:
    """Lines of a table."""
    to = Console(file=io.StringIO(), width=width, highlight=False, markup=False, emoji=False)
    show_table(to, columns or COLUMNS, rows)
    assert isinstance(to.file, io.StringIO)
    return to.file.getvalue().splitlines()


@given(
    st.integers(min_value=70, max_value=200),
    st.lists(
        st.tuples(st.just("r17"), st.text(max_size=63), st.text(max_size=80), st.just("success"), st.integers(1, 99), st.just("2026-01-01"))
    ),
)
def test_every_row_fits_and_is_one_line_unless_its_id_is_folded(width: int, rows: list[tuple[object, ...]]) -> None:
    lines = shown(width, rows)
    assert sum(line.startswith("r17") for line in lines) == len(rows)
    assert all(cell_len(line) <= width for line in lines)
    if all(cell_len(plain(row[1])) <= 18 for row in rows):
        assert len(lines) == len(rows) + 2


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z", "M"]), max_size=63), st.integers(2, 40))
def test_a_folded_id_is_whole_and_fits(text: str, width: int) -> None:
    lines = folded(text, width)
    assert "".join(lines) == text
    assert all(cell_len(line) <= width for line in lines)


def test_names_are_cut_first_then_columns_left_out_then_ids_folded_at_their_hyphens() -> None:
    row = ("r1", "securex-brasserie-du-vieux-lavoir-410017", "A name that is rather long for a table", word("partial"), 3, "2026-01-01")
    (wide,), (middle,), (narrow, *more) = (shown(width, [row])[2:] for width in (150, 80, 60))
    assert row[2] in wide
    assert "2026-01-01" in wide
    assert row[1] in middle
    assert "…" in middle
    assert "2026-01-01" not in middle
    assert row[1] not in narrow
    assert "partial" in narrow
    assert all(part in " ".join([narrow, *more]) for part in re.findall("[^-]+-?", row[1]))


def test_what_is_beside_a_folded_id_uses_its_lines_before_it_is_cut() -> None:
    row = ("r1", "securex-brasserie-du-vieux-lavoir-410017", "a name of several words that takes room", word("partial"), 3, "2026-01-01")
    lines = shown(46, [row])[2:]
    assert [part in line for part, line in zip(("a name of", "several", "words that …"), lines, strict=True)] == [True] * 3


def test_a_name_is_data_to_the_terminal() -> None:
    to = Console(file=io.StringIO(), width=80, highlight=False, markup=False, emoji=False)
    name = "[bold]Zoé[/] :smile: \x1b[31mred\x07\u202e\u2028next\r\n"
    say(to, name)
    show_facts(to, [("name", name)])
    show_table(to, [Column("Name")], [(name,)])
    assert isinstance(to.file, io.StringIO)
    printed = to.file.getvalue()
    assert printed.count("[bold]Zoé[/] :smile:  [31mred") == 3
    assert not set(printed) & set("\x1b\x07\u202e\u2028\r")


@given(st.text())
def test_plain_text_has_no_character_a_terminal_obeys(text: str) -> None:
    assert not [c for c in plain(text) if unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp")]
    assert len(plain(text)) == len(text)


@pytest.mark.parametrize("value", ["=1+1", "+32", "-5", "@SUM(A1)", "\tx", "\rx", "\n=1"])
def test_a_cell_is_no_formula(tmp_path: Path, value: str) -> None:
    path = tmp_path / "out.csv"
    write_csv(path, [{"a": value, "b": [value, "x"], "c": 3, "d": None}], ["a", "b", "c", "d"])
    with path.open(encoding="utf-8", newline="") as file:
        header, row = csv.reader(file)
    assert header == ["a", "b", "c", "d"]
    assert row[0] == f"'{value}"
    assert row[1] == f"'{value}; x"
    assert row[2:] == ["3", ""]


def test_a_file_is_readable_by_its_owner_alone_and_appears_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("before", "utf-8")
    with file_size_limit(2000), pytest.raises(Refusal) as refused:
        write_csv(path, [{"a": "x" * 100}] * 100, ["a"])
    assert refused.value.code is Code.DISK_FULL
    assert path.read_text("utf-8") == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]
    write_csv(path, [{"a": "é"}], ["a"])
    assert path.read_text("utf-8").splitlines() == ["a", "é"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["", "nowhere/out.csv", "x" * 300, "a\x00b"])
def test_where_no_file_can_be_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        write_csv(tmp_path / name, [], ["a"])
    assert refused.value.code is Code.INVALID_FILE


def test_outcomes_go_to_a_file_with_one_row_for_each_employee(first_night: Scene, tmp_path: Path) -> None:
    path = tmp_path / "outcomes.csv"
    result = first_night.hp.run("outcomes", "r1", "--csv", str(path), "--names")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "37 employees written to outcomes.csv." in result.stderr
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 37
    assert {row["external_id"] for row in rows if row["outcome"] == "rejected"} == {"1009", "1010", "1011", "1012"}
    assert "Gérardin" in {row["last_name"] for row in rows}
    again = first_night.hp.run("outcomes", "r1", "--csv", str(path), "--only", "rejected")
    assert "4 employees written to outcomes.csv, replacing what it held." in again.stderr
    assert "last_name" not in path.read_text("utf-8").splitlines()[0]


def test_a_device_is_not_replaced_by_a_file(first_night: Scene) -> None:
    assert first_night.hp.refusal("outcomes", "r1", "--csv", "/dev/null")["code"] == "INVALID_FILE"
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("width", [80, 100, 140])
@pytest.mark.parametrize(
    "command",
    [
        ["connections"],
        ["history"],
        ["accounts"],
        ["conflicts"],
        ["outcomes", "r1"],
        ["outcomes", "r3", "--names"],
        ["mapping", "{id}"],
        ["account", "a9"],
        ["conflict", "3", "--names"],
        ["exclusions"],
    ],
    ids=lambda command: "-".join(command),
)
def test_every_listing_fits_the_terminal(first_night: Scene, command: list[str], width: int) -> None:
    typed = [first_night.ids[BRASSERIE] if argument == "{id}" else argument for argument in command]
    result = first_night.hp.run(*typed, COLUMNS=str(width))
    assert (result.exit_code, result.stderr) == (0, "")
    tables = [line for line in result.stdout.splitlines() if "  " in line or "─" in line]
    assert all(cell_len(line) <= width for line in tables), result.stdout


def test_what_is_empty_says_what_comes_next(hp: Commands) -> None:
    assert "Next: hr-pipeline connect securex" in hp.run("connections").stdout
    assert "Next: hr-pipeline sync --all" in hp.run("history").stdout
    assert "No open conflict." in hp.run("conflicts").stdout
    assert "Nobody" in hp.run("accounts").stdout
    assert "Nobody is excluded." in hp.run("exclusions").stdout


def test_no_code_is_cut_at_80_columns() -> None:
    run = (
        "r107",
        "2026-11-22",
        "securex-brasserie-du-vieux-lavoir-410017",
        "success",
        "DUPLICATE_EMPLOYEE_NUMBER",
        "38: 38 created, 1 linked",
    )
    columns = [Column("Run"), Column("Date"), Column("Connection", identity=True), Column("Status"), Column("Code")]
    lines = shown(80, [run], [*columns, Column("Employees", elastic=True)])
    assert all(cell_len(line) <= 80 for line in lines)
    assert all(whole in lines[2] for whole in ("r107", "2026-11-22", "success", "DUPLICATE_EMPLOYEE_NUMBER"))
    assert max(map(len, Code)) <= NARROWEST_CODE


def test_conflicts_show_their_code_and_employee_whole_at_80_columns(first_night: Scene) -> None:
    lines = first_night.hp.run("conflicts", COLUMNS="80").stdout.splitlines()
    for one in first_night.hp.document("conflicts"):
        assert any(one["external_id"] in line and one["code"] in line for line in lines)


def table_of(text: str) -> list[str]:
    """Lines of a table: they have columns."""
    return [line for line in text.splitlines() if "  " in line]


@pytest.mark.parametrize("width", ["80", "120"])
def test_a_value_asked_for_is_folded_never_cut(first_night: Scene, width: str) -> None:
    for one in first_night.hp.document("accounts"):
        head, *lines = table_of(first_night.hp.run("account", one["account_id"], COLUMNS=width).stdout)
        assert "…" not in "".join(lines), lines
        value = slice(head.index("Value"), head.index("Owner"))
        first = next(place for place, line in enumerate(lines) if line.startswith("email "))
        last = next(place for place, line in enumerate(lines) if line.startswith("first_name "))
        assert "".join(line[value].strip() for line in lines[first:last]) == (one["email"] or "")


def test_times_are_in_a_history_of_80_columns_as_in_a_wide_one(first_night: Scene) -> None:
    for width in ("80", "100", "200"):
        shown = first_night.hp.run("history", COLUMNS=width).stdout
        assert len(re.findall(r"\b\d\d:\d\d\b", shown)) == len(first_night.hp.document("history")), shown
        assert "Times are Brussels’." in shown


def test_a_run_of_a_past_day_tells_that_day_and_when_it_was_started() -> None:
    row = ("r1", "2026-01-01 on 2026-11-22 03:30", "success")
    columns = [Column("Run"), Column("Date", identity=True, narrowest=10), Column("Status")]
    assert [line.split() for line in shown(24, [row], columns)[2:]] == [["r1", "2026-01-01", "success"], ["on"], ["2026-11-22"], ["03:30"]]
    assert row[1] in shown(80, [row], columns)[2]


@pytest.mark.parametrize(
    "command", [["connections"], ["outcomes", "r1"], ["outcomes", "r3", "--names"]], ids=lambda command: "-".join(command)
)
def test_companies_and_fields_are_folded_at_80_columns(first_night: Scene, command: list[str]) -> None:
    shown = first_night.hp.run(*command, COLUMNS="80").stdout
    words = shown.split()
    wanted = [one["company"] for one in first_night.hp.document("connections")] if command == ["connections"] else []
    assert all(word in words for name in wanted for word in name.split()), shown
    assert "…" not in "".join(table_of(shown)), shown


def test_an_undo_names_each_field_whole_at_80_columns(played: Scene) -> None:
    shown = played.hp.run("undo", "r1", "--dry-run", COLUMNS="80").stdout
    assert "…" not in "".join(table_of(shown)), shown
    assert all(cell_len(line) <= 80 for line in table_of(shown))


def test_a_sentence_is_broken_at_words_and_a_command_in_it_never() -> None:
    to = Console(file=io.StringIO(), width=50, highlight=False, markup=False, emoji=False)
    command = "`hr-pipeline conflicts securex-brasserie-du-vieux-lavoir-410017`"
    paragraph(to, f"Decide with {command}, or give the account the same address \ue000 as there: \x1b[31m", indent="  ")
    assert isinstance(to.file, io.StringIO)
    lines = to.file.getvalue().splitlines()
    assert [line for line in lines if cell_len(line) > 50] == [f"  {command}, or give"[: 2 + len(command) + 1]]
    assert not set("".join(lines)) & set("\x1b\ue000")


@pytest.mark.parametrize("command", [["history"], ["snapshots"], ["upcoming"], ["conflicts"], ["missing"], ["connections"]])
def test_no_id_is_cut_however_narrow_the_terminal(first_night: Scene, command: list[str]) -> None:
    shown = first_night.hp.run(*command, COLUMNS="80").stdout
    squeezed = "".join(shown.split())
    assert "securex-…" not in shown
    for one in first_night.hp.document(*command):
        assert all(part in squeezed for part in re.findall("[^-]+-?", one["connection_id"])), one["connection_id"]


MOMENT = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b")


@pytest.mark.parametrize("command", [["history"], ["snapshots"], ["requests"], ["attention"], ["connections"], ["backup"]])
def test_times_say_once_whose_clock_they_are_told_by_and_documents_keep_the_offset(played: Scene, command: list[str]) -> None:
    played.hp.document("request", played.ids[BRASSERIE])
    shown = played.hp.run(*command, COLUMNS="200").stdout
    assert MOMENT.search(shown) or command[0] in ("attention", "connections"), "nothing to tell the time of"
    assert shown.count("(Brussels)") == 1 or not MOMENT.search(shown) or shown.count("Times are Brussels’.") == 1
    if command != ["attention"]:  # whose document has the sentences of a mail
        assert not MOMENT.search(played.hp.run(*command, "--json").stdout), "a document has the moment with its offset"
