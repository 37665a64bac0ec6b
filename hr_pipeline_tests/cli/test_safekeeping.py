"""`backup`, `verify` and `restore` as a person types them."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values

from hr_pipeline.operations.requesting import note_look
from hr_pipeline_tests.cli.commands import ROOT, Commands
from hr_pipeline_tests.gallery import SETTINGS
from hr_pipeline_tests.people import person
from hr_pipeline_tests.small_platform import Platform

KEY = "a key of at least 32 random characters"


def synchronised_home(folder: Path) -> Commands:
    platform = Platform(folder)
    platform.connect("securex-a", settings=SETTINGS)
    platform.night({"securex-a": [person("w1"), person("w2")]})
    (folder / "store.duckdb").rename(folder / "hr_pipeline.duckdb")
    return Commands(folder)


def test_from_backup_to_a_home_under_a_new_key(tmp_path: Path) -> None:
    hp = synchronised_home(tmp_path / "home")
    file = tmp_path / "one.backup"
    made = hp.document("backup", str(file))
    assert (
        made.items() >= {"file": str(file), "bytes": file.stat().st_size, "accounts": 2, "newest_run_id": "r1", "encrypted": False}.items()
    )
    assert [one["found"] for one in hp.document("verify", str(file))] == [[]] * 6
    new = Commands(tmp_path / "new", {"HR_PIPELINE_STORE_KEY": KEY})
    restored = new.run("restore", str(file))
    assert restored.exit_code == 0
    assert "2 accounts, 1 sync runs, the newest r1" in restored.stdout.replace("\n", " ")
    assert new.document("history")[0]["sync_run_id"] == "r1"
    again = new.document("backup")
    assert again["encrypted"]
    named = Commands(tmp_path / "third").document("restore", again["file"], "--key-env", "OLD_KEY", OLD_KEY=KEY)
    assert named["home"] == str(tmp_path / "third")


def test_a_backup_in_clear_says_so(tmp_path: Path) -> None:
    hp = synchronised_home(tmp_path / "home")
    result = hp.run("backup")
    assert "not encrypted" in result.stdout
    assert hp.refusal("backup", str(tmp_path / "home"))["code"] == "FILE_EXISTS"


def test_a_backup_onto_a_file_says_that_it_is_there_and_leaves_it(tmp_path: Path) -> None:
    hp, file = synchronised_home(tmp_path / "home"), tmp_path / "one.backup"
    file.write_text("mine", "utf-8")
    refused = hp.refusal("backup", str(file))
    assert refused["message"] == "There is a file one.backup already; a backup never replaces one."
    assert "Give another name" in refused["next"]
    assert file.read_text("utf-8") == "mine"


SHELL = f"hr-pipeline() {{ '{sys.executable}' -m hr_pipeline.cli \"$@\"; }}; make() {{ :; }}; set -e\n"


@pytest.mark.parametrize("place", ["in .env", "in the shell"])
def test_the_store_key_is_rotated_as_the_page_says_wherever_it_stands(tmp_path: Path, place: str) -> None:
    Commands(tmp_path / "sealed", {"HR_PIPELINE_STORE_KEY": KEY}).document("restore", str(backup_of(tmp_path)))
    section = (ROOT / "docs" / "operating.md").read_text("utf-8").split("\n## Rotate keys\n")[1].split("\n## ")[0]
    in_file, in_shell = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    variables = {**_neutral(), "PYTHONPATH": str(ROOT), "HR_PIPELINE_HOME": "sealed"}
    if place == "in .env":
        (tmp_path / ".env").write_text(f"HR_PIPELINE_STORE_KEY={KEY}", "utf-8")  # without a line's end
        commands = in_file
    else:
        variables["HR_PIPELINE_STORE_KEY"] = KEY
        kept = [line for line in in_file.splitlines(keepends=True) if ".env" not in line]
        commands = "".join([*kept[:2], in_shell, *kept[2:], 'printf "%s" "$HR_PIPELINE_STORE_KEY" > new-key\n'])
    done = subprocess.run(["bash", "-c", SHELL + commands], cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (aside,) = (tmp_path / "sealed").glob("replaced-*")
    assert str(aside) in done.stdout
    assert {path.name for path in aside.iterdir()} >= {"hr_pipeline.duckdb"}
    new_key = (tmp_path / "new-key").read_text("utf-8") if place != "in .env" else dotenv_values(tmp_path / ".env")["HR_PIPELINE_STORE_KEY"]
    assert new_key
    assert Commands(tmp_path / "sealed", {"HR_PIPELINE_STORE_KEY": new_key}).document("history")[0]["sync_run_id"] == "r1"
    assert Commands(tmp_path / "sealed", {"HR_PIPELINE_STORE_KEY": KEY}).refusal("history")["code"] == "STORE_KEY_REFUSED"
    assert Commands(aside, {"HR_PIPELINE_STORE_KEY": KEY}).document("history")[0]["sync_run_id"] == "r1", "the old one, whole"


def backup_of(folder: Path) -> Path:
    """A backup in clear of a home with a sync."""
    made = folder / "first.backup"
    synchronised_home(folder / "first").document("backup", str(made))
    return made


def _neutral() -> dict[str, str]:
    """A shell that knows nothing of a home or a key."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("HR_PIPELINE_", "SECUREX_", "PAYFIT_", "DAGSTER_"))}


def test_without_being_told_to_replace_it_a_store_stays_and_how_is_said(tmp_path: Path) -> None:
    hp = synchronised_home(tmp_path / "home")
    made = hp.document("backup")["file"]
    assert "--replace" in hp.refusal("restore", made)["next"]
    note_look(hp.home)
    running = hp.refusal("restore", made, "--replace")
    assert "make down" in running["next"]
    (hp.home / "lookout").unlink()
    hp.run("exclude", "securex-a", "w2", "--reason", "since the backup")
    replaced = hp.document("restore", made, "--replace")["replaced"]
    assert hp.document("exclusions") == []
    assert len(Commands(Path(replaced)).document("exclusions")) == 1


def test_the_store_somebody_writes_to_is_not_put_aside(tmp_path: Path) -> None:
    hp = synchronised_home(tmp_path / "home")
    made = hp.document("backup")["file"]
    code = "import sys; from pathlib import Path; from hr_pipeline.adapters.store.opening import Store\n"
    code += "with Store(Path(sys.argv[1])).opened(): print('open', flush=True); sys.stdin.read()"
    words = [sys.executable, "-c", code, str(hp.home / "hr_pipeline.duckdb")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        assert hp.refusal("restore", made, "--replace")["code"] == "STORE_LOCKED"
        assert list(hp.home.glob("replaced-*")) == []
        other.communicate("")
    assert hp.document("restore", made, "--replace")["accounts"] == 2


def test_a_key_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    hp = synchronised_home(tmp_path / "home")
    hp.document("backup", str(tmp_path / "one.backup"))
    refusal = hp.refusal("verify", str(tmp_path / "one.backup"), "--key-env", "NOT_SET")
    assert refusal["code"] == "ENVIRONMENT_INCOMPLETE"
    assert "NOT_SET" in refusal["message"]
    assert "in .env or in this shell" in refusal["next"]


def test_what_is_not_as_it_must_be_is_named_and_ends_with_1(tmp_path: Path) -> None:
    hp = synchronised_home(tmp_path / "home")
    with hp.work.store.opened() as database:
        database.run("UPDATE link SET connection_no = 7 WHERE account_no = 2")
    result = hp.run("verify")
    assert result.exit_code == 1
    assert "a2" in result.stdout
    assert "restore" in result.stdout
    unsound = hp.run("backup", str(tmp_path / "one.backup"), "--json")
    assert unsound.exit_code == 1
    assert [check["found"] for check in json.loads(unsound.stdout)["unsound"]] == [["a2"]]
