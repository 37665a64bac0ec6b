"""`backup`, `verify` and `restore` as a person types them."""

import json
from pathlib import Path

from hr_pipeline_tests.cli.commands import Commands
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
    assert hp.refusal("backup", str(tmp_path / "home"))["code"] == "INVALID_FILE"


def test_a_key_variable_that_is_not_set_is_named(tmp_path: Path) -> None:
    hp = synchronised_home(tmp_path / "home")
    hp.document("backup", str(tmp_path / "one.backup"))
    refusal = hp.refusal("verify", str(tmp_path / "one.backup"), "--key-env", "NOT_SET")
    assert refusal["code"] == "ENVIRONMENT_INCOMPLETE"
    assert "NOT_SET" in refusal["message"]


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
