"""The store as a file: migrations, one writer at a time, permissions, encryption, no way out for SQL, hashes that change."""

import multiprocessing
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb
import pytest

from hr_pipeline.adapters.store.accounts import account_no_of
from hr_pipeline.adapters.store.database import Database
from hr_pipeline.adapters.store.opening import Store
from hr_pipeline.adapters.store.publishing import VIEWS, publish_views
from hr_pipeline.adapters.store.staging import Stage, StagedCounts
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Permanent, Refusal, Transient
from hr_pipeline_tests.adapters.surroundings import file_size_limit
from hr_pipeline_tests.people import conformed, person
from hr_pipeline_tests.small_platform import Platform

KEY = "k" * 32
A = "securex-a"
ANA = person("ana", "Anastasia", "Vandersteen-Quirinus", phone="+3225550100", birth_date=date(1990, 5, 17))


def opened(store: Store) -> None:
    with store.opened():
        pass


def test_migrations_run_once_and_opening_again_changes_nothing(platform: Platform) -> None:
    opened(platform.store)
    before = platform.rows("SELECT version, name, digest FROM migration ORDER BY version")
    platform.connect(A)
    platform.night({A: [ANA]})
    opened(platform.store)
    assert platform.rows("SELECT version, name, digest FROM migration ORDER BY version") == before
    assert [row["version"] for row in before] == list(range(1, len(before) + 1))
    assert platform.value("SELECT count(*) FROM account") == 1


@pytest.mark.parametrize(
    "change",
    ["UPDATE migration SET digest = 'edited' WHERE version = 1", "INSERT INTO migration VALUES (9999, 'of tomorrow.sql', 'x')"],
    ids=["edited", "newer"],
)
def test_a_store_whose_migrations_are_not_ours_is_refused(platform: Platform, change: str) -> None:
    with platform.store.opened() as database:
        database.run(change)
    with pytest.raises(Permanent) as refused:
        opened(platform.store)
    assert refused.value.code is Code.STORE_UNREADABLE


def test_a_file_that_is_no_store_is_refused_and_left_alone(platform: Platform) -> None:
    platform.store.path.write_bytes(b"not a database at all " * 1000)
    with pytest.raises(Permanent) as refused:
        opened(platform.store)
    assert refused.value.code is Code.STORE_UNREADABLE
    assert platform.store.path.read_bytes() == b"not a database at all " * 1000


def hold_the_store(path: Path, seconds: float, ready: Connection) -> None:
    """In a process of its own: open the store, say so, keep it until told, or for a time."""
    with Store(path).opened():
        ready.send("open")
        ready.poll(seconds)


@contextmanager
def another_process_with(path: Path, seconds: float) -> Iterator[tuple[int, Connection]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=hold_the_store, args=(path, seconds, theirs))
    process.start()
    try:
        assert ours.recv() == "open"
        yield process.pid or 0, ours
    finally:
        process.kill()
        process.join()


def test_a_store_in_use_is_waited_for_and_then_refused_with_the_holders_pid(platform: Platform) -> None:
    opened(platform.store)
    with another_process_with(platform.store.path, 60) as (pid, release):
        begun = time.monotonic()
        with pytest.raises(Transient) as refused:
            opened(Store(platform.store.path, patience_seconds=0.3))
        assert 0.2 < time.monotonic() - begun < 5
        assert refused.value.code is Code.STORE_LOCKED
        assert refused.value.params["pid"] == str(pid)
        release.send("done")
        opened(Store(platform.store.path, patience_seconds=30))


def test_a_process_that_is_killed_leaves_the_store_free(platform: Platform) -> None:
    opened(platform.store)
    with another_process_with(platform.store.path, 60):
        pass
    opened(Store(platform.store.path, patience_seconds=5))


def test_opening_twice_in_one_thread_is_refused_rather_than_waited_for_ever(platform: Platform) -> None:
    with platform.store.opened(), pytest.raises(Transient) as refused:
        opened(Store(platform.store.path, patience_seconds=0.05))
    assert refused.value.code is Code.STORE_LOCKED


def modes(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}


def test_every_file_is_its_owners_alone(tmp_path: Path) -> None:
    platform = Platform(tmp_path / "home")
    platform.connect(A)
    with platform.store.opened() as database:
        _, stage = platform.planned_in(database, {A: [ANA]})
        database.run("INSERT INTO company VALUES (99, 'A company', NULL, NULL)")  # so that there is a write-ahead log
        publish_views(database, platform.folder)
        found = modes(platform.folder)
        stage.remove()
    assert {"store.duckdb", "store.duckdb.wal", "00000-employees.parquet", "accounts.parquet"} <= found.keys()
    assert {name: oct(mode) for name, mode in found.items() if mode != 0o600} == {}
    folders = [platform.folder, platform.folder / "published"]
    assert [oct(folder.stat().st_mode & 0o777) for folder in folders] == ["0o700"] * len(folders)


def test_a_store_with_a_key_opens_with_that_key_alone(tmp_path: Path) -> None:
    platform = Platform(tmp_path, key=KEY)
    platform.connect(A)
    platform.night({A: [ANA]})
    assert platform.account_of(A, "ana")["first_name"] == "Anastasia"
    for key in ("x" * 32, None):
        with pytest.raises(Permanent) as refused:
            opened(Store(platform.store.path, key=key))
        assert refused.value.code is Code.STORE_KEY_REFUSED
        assert KEY not in str(refused.value)


def test_a_key_for_a_store_in_clear_is_refused(platform: Platform) -> None:
    opened(platform.store)
    with pytest.raises(Permanent) as refused:
        opened(Store(platform.store.path, key=KEY))
    assert refused.value.code is Code.STORE_KEY_REFUSED


@pytest.mark.parametrize("key", [KEY, None], ids=["encrypted", "in clear"])
def test_with_a_key_nothing_on_disk_can_be_read_and_without_one_the_scan_sees_it(tmp_path: Path, key: str | None) -> None:
    platform = Platform(tmp_path, key=key)
    platform.connect(A)
    platform.night({A: [ANA]})
    with platform.store.opened() as database:
        _, stage = platform.planned_in(database, {A: [{**ANA, "last_name": "Wolkenstein"}]})
        database.run("INSERT INTO company VALUES (99, 'Wolkenstein', NULL, NULL)")
        bytes_of = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        stage.remove()
    seen = {name for name, content in bytes_of.items() if re.search(rb"Anastasia|Vandersteen|ana@example|Wolkenstein|25550100", content)}
    assert {"store.duckdb", "store.duckdb.wal", "00000-employees.parquet"} <= bytes_of.keys()
    if key:
        assert seen == set()
    else:
        assert {"store.duckdb.wal", "00000-employees.parquet"} <= seen


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/out.parquet' (FORMAT parquet)",
        "ATTACH '/tmp/other.duckdb' AS other",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SET allowed_directories = ['/']",
    ],
)
def test_sql_finds_no_way_out_of_the_store(platform: Platform, sql: str) -> None:
    with platform.store.opened() as database, pytest.raises(duckdb.Error, match="(?i)disabled|locked|permission|not allowed|cannot"):
        database.run(sql)


def test_temporary_files_lie_beside_the_store_and_nowhere_else(platform: Platform) -> None:
    with platform.store.opened() as database:
        assert Path(database.value("SELECT current_setting('temp_directory')")).is_relative_to(platform.folder)
        allowed = database.value("SELECT current_setting('allowed_directories')")
    assert [folder for folder in allowed if not Path(folder).is_relative_to(platform.folder)] == []


def test_a_failed_transaction_leaves_nothing(platform: Platform) -> None:
    with platform.store.opened() as database:
        with pytest.raises(duckdb.Error), database.transaction():
            database.run("INSERT INTO company VALUES (1, 'Half', NULL, NULL)")
            database.run("SELECT error('on purpose')")
        assert database.value("SELECT count(*) FROM company") == 0


def test_a_full_disk_is_never_taken_for_a_damaged_store(platform: Platform) -> None:
    new = Store(platform.store.path.with_name("new.duckdb"), patience_seconds=1)
    with pytest.raises(Transient, match="DISK_FULL"), file_size_limit(1000), new.opened():
        pytest.fail("a store without room")
    platform.connect(A)
    size = platform.store.path.stat().st_size
    with pytest.raises(Transient, match="DISK_FULL"), platform.store.opened() as database:
        with file_size_limit(16), pytest.raises(Transient, match="DISK_FULL"), database.transaction():
            database.run("UPDATE company SET name = 'Another'")
        assert database.value("SELECT count(*) FROM company WHERE name = 'Another'") == 0
        database.run("UPDATE company SET name = 'Another'")
        with file_size_limit(size // 2), pytest.raises(Transient, match="DISK_FULL"):
            database.checkpoint()
        database.value("SELECT count(*) FROM company")  # the engine calls itself invalidated from now on
    assert platform.rows("SELECT DISTINCT name FROM company") == [{"name": "Another"}]


def test_hashes_of_another_engine_are_made_anew_and_everybody_is_compared_once(platform: Platform) -> None:
    platform.connect(A)
    people = [ANA, person("bob", birth_name="Maes")]
    platform.typed_in(A, [{"email": "cil@example.com", "first_name": "Cil", "last_name": "Maes"}])
    platform.night({A: people})
    hashes = "SELECT account_no, email_hash, name_hash, birth_name_hash FROM account ORDER BY 1"
    before = platform.rows(hashes)
    with platform.store.opened() as database:  # what a store of another DuckDB version looks like
        database.run("UPDATE engine_canary SET hash = hash + 1")
        database.run("UPDATE account SET email_hash = email_hash + 1, name_hash = name_hash + 1, birth_name_hash = birth_name_hash + 1")
        database.run("UPDATE link SET row_hash = row_hash + 1")
    run = platform.night({A: [*people, person("namesake", "Cil", "Maes")]})[A]
    assert platform.outcomes(run) == {"ana": ("unchanged", None), "bob": ("unchanged", None), "namesake": ("conflict", "SAME_NAME")}
    assert platform.rows(hashes) == before
    assert platform.value("SELECT count(*) FROM account_version") == 3


def test_all_views_are_published_and_say_what_the_store_says(platform: Platform) -> None:
    platform.connect(A)
    platform.night(
        {A: [{**ANA, "components": [], "components_key": None}, person("bad", reject_code="FIELD_INVALID", reject_field="phone")]}
    )
    platform.night({A: [ANA, person("bad", reject_code="FIELD_INVALID", reject_field="phone")]})
    with platform.store.opened() as database:
        folder = publish_views(database, platform.folder)
        publish_views(database, platform.folder)
        counts = {view: _published(database, folder, view) for view in VIEWS}
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{view}.parquet" for view in VIEWS)
    assert all(in_store == published for in_store, published in counts.values() if in_store is not None)
    outcomes = duckdb.sql(f"SELECT DISTINCT sync_run_id FROM read_parquet('{folder}/outcomes.parquet')").fetchall()
    assert outcomes == [("r2",)]


def _published(database: Database, folder: Path, view: str) -> tuple[list[str] | None, list[str]]:
    """Columns of a view and of its published file, and how many rows both have; outcomes are of the newest run only."""
    columns = [row["column_name"] for row in database.rows(f"DESCRIBE reporting.{view}")]
    file = f"read_parquet('{folder / view}.parquet')"
    published = [row["column_name"] for row in database.rows(f"DESCRIBE FROM {file}")]
    if view != "outcomes":
        columns.append(str(database.value(f"SELECT count(*) FROM reporting.{view}")))
        published.append(str(database.value(f"SELECT count(*) FROM {file}")))
    return columns, published


def test_a_stage_is_gone_when_it_is_removed(tmp_path: Path) -> None:
    platform = Platform(tmp_path)
    platform.connect(A)
    platform.night({A: [ANA]})
    assert list(tmp_path.rglob("*.parquet")) == []


def test_values_that_look_like_sql_are_values(platform: Platform) -> None:
    nasty = "Robert'); DROP TABLE account;--"
    platform.connect(A)
    platform.night({A: [{**ANA, "last_name": nasty}]})
    assert platform.account_of(A, "ana")["last_name"] == nasty
    with platform.store.opened() as database, pytest.raises(Refusal) as refused:
        account_no_of(database, "a1' OR 1=1")
    assert refused.value.code is Code.UNKNOWN_ACCOUNT


def test_people_of_unknown_connections_are_not_staged(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "stage")
    counts = stage.write(0, conformed({"securex-a": [ANA], "securex-b": [ANA, person("bob", has_pay=False, pay_rows=0)]}), {"securex-b": 7})
    assert counts["securex-b"] == StagedCounts(employees=2, pay_rows=1, with_pay=1)
    rows = duckdb.sql(f"SELECT connection_no, count(*) FROM read_parquet('{stage.path(0, 'employees')}') GROUP BY ALL").fetchall()
    assert rows == [(7, 2)]
    stage.remove()
    assert not stage.folder.exists()
