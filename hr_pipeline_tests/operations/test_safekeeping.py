"""A home, its backup, and another home made from it: the same people, the same next night, whatever key each of them has."""

import io
import json
import multiprocessing
import os
import random
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hr_pipeline.adapters.backup_file import CREDENTIALS_KEY, MANIFEST, STORE, BackupWriter, unpacked_backup
from hr_pipeline.adapters.credentials import credential_key, opened, sealed
from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.store.connections import change_connection, stored_connection
from hr_pipeline.adapters.store.engine import room_for_stores
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.outcomes import Trigger
from hr_pipeline.domain.refusals import Refusal
from hr_pipeline.operations.backing_up import backup, delete_old_backups
from hr_pipeline.operations.forgetting import forget_old_snapshots
from hr_pipeline.operations.replaying import replay
from hr_pipeline.operations.restoring import restore
from hr_pipeline.operations.syncing import sync
from hr_pipeline.operations.unpacking import scratch
from hr_pipeline.operations.verifying import verify, verify_backup
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline_tests.operations.listed_provider import Office, worker

A, B = "securex-a", "payfit-b"
OLD, NEW = "an old key of at least 32 characters", "a new key, also of 32 characters and more"
SECRET = "a-token-that-PayFit-gave"
CANARY = "Zephyrine"
PEOPLE = {connection_id: [worker(f"{connection_id[-1]}{i}", CANARY) for i in range(40)] for connection_id in (A, B)}


def office(folder: Path, key: str | None = None) -> Office:
    """Two nights of two companies; the second keeps its token in an envelope."""
    there = Office(folder, key)
    for connection_id in (A, B):
        there.connect(connection_id)
        there.lists(connection_id, PEOPLE[connection_id])
    with there.work.store.opened() as database:
        connection = stored_connection(database, B).connection
        envelope = sealed(SECRET, B, credential_key(there.work.home, key))
        change_connection(database, replace(connection, credential=envelope))
    night(there)
    there.tomorrow()
    there.lists(A, [*PEOPLE[A][1:], worker("a0", CANARY, "Married")])
    night(there)
    return there


def night(there: Office) -> None:
    sync(there.work, [(A, there.today), (B, there.today)], Trigger.NIGHTLY)


def moved(there: Office, folder: Path, key: str | None) -> Office:
    """An office with the same providers and clock, in a home that is still empty."""
    return Office(folder, key, there.now, there.securex, there.payfit)


def told(there: Office) -> dict[str, list[dict[str, object]]]:
    """What analysts read."""
    names = [row["view_name"] for row in there.rows("SELECT view_name FROM duckdb_views() WHERE schema_name = 'reporting'")]
    return {name: there.rows(f"SELECT * FROM reporting.{name} ORDER BY ALL") for name in names}


KEYS = [(None, None), (OLD, OLD), (OLD, NEW), (None, NEW), (OLD, None)]


@pytest.mark.parametrize(("before", "after"), KEYS, ids=["clear", "same key", "new key", "encrypted from now on", "clear from now on"])
def test_a_home_made_from_a_backup_tells_the_same_and_goes_on_from_there(tmp_path: Path, before: str | None, after: str | None) -> None:
    there = office(tmp_path / "before", before)
    made = backup(there.work)
    assert (made.facts.sync_runs, made.facts.newest_run_id, made.facts.accounts, made.facts.snapshots) == (4, "r4", 80, 4)
    here = moved(there, tmp_path / "after", after)
    restore(here.work, made.path, before)
    assert told(here) == told(there)
    assert all(not check.found for check in verify(here.work))
    with here.work.store.opened() as database:
        envelope = stored_connection(database, B).connection.credential
    assert opened(envelope, B, credential_key(here.work.home, after)) == SECRET
    snapshot = here.rows("SELECT snapshot_id FROM sync_run WHERE run_no = 1")[0]["snapshot_id"]
    assert len(replay(here.work, snapshot)["rows"]) == len(PEOPLE[A])  # landing files open too
    here.tomorrow()
    night(here)
    assert [row["unchanged"] for row in here.rows("SELECT unchanged FROM sync_run WHERE run_no > 4 ORDER BY run_no")] == [40, 40]


def test_nothing_is_in_clear_once_a_key_is_set(tmp_path: Path) -> None:
    there = office(tmp_path / "clear")
    made = backup(there.work)
    assert CANARY in _everything(made.path)
    here = moved(there, tmp_path / "sealed", NEW)
    restore(here.work, made.path)
    again = backup(here.work)
    assert CANARY not in _everything(*(path for path in here.folder.rglob("*") if path.is_file()))
    assert SECRET not in _everything(again.path)
    assert CANARY not in _everything(again.path)


def test_files_are_their_owners_and_nothing_is_left_beside_them(tmp_path: Path) -> None:
    there = office(tmp_path / "home", OLD)
    made = backup(there.work)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    assert list((there.folder / "work").iterdir()) == []
    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name]
    here = moved(there, tmp_path / "after", NEW)
    restore(here.work, made.path, OLD)
    assert {path.stat().st_mode & 0o777 for path in here.folder.rglob("*") if path.is_file()} == {0o600}
    assert {path.stat().st_mode & 0o777 for path in here.folder.rglob("*") if path.is_dir()} == {0o700}
    assert list((here.folder / "work").iterdir()) == []


def test_a_backup_is_taken_while_nothing_is_lost_to_retention(tmp_path: Path) -> None:
    there = office(tmp_path / "home")
    there.now = there.now.replace(month=8)
    [path, *_] = sorted((there.folder / "landing" / A).iterdir())
    path.unlink()  # as when retention deletes a file the moment after the store was copied
    made = backup(there.work)
    here = moved(there, tmp_path / "after", None)
    restore(here.work, made.path)
    assert forget_old_snapshots(here.work).snapshots == 4


def test_a_home_with_a_store_is_never_replaced(tmp_path: Path) -> None:
    there = office(tmp_path / "home")
    made = backup(there.work)
    before = (there.folder / "hr_pipeline.duckdb").read_bytes()
    with pytest.raises(Refusal, match="INVALID_SETTING"):
        restore(there.work, made.path)
    assert (there.folder / "hr_pipeline.duckdb").read_bytes() == before


@pytest.mark.parametrize("command", [backup, verify])
def test_where_there_is_no_store_none_is_made_to_be_found_sound(tmp_path: Path, command: Callable[[Workplace], object]) -> None:
    elsewhere = Workplace.current(Environment.current({"HR_PIPELINE_HOME": str(tmp_path / "data")}, tmp_path))
    with pytest.raises(Refusal, match="INVALID_SETTING") as refused:
        command(elsewhere)
    assert str(tmp_path / "data") in str(refused.value.params["expected"])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_backup_is_never_written_over_another_file(tmp_path: Path) -> None:
    there = office(tmp_path / "home")
    taken = tmp_path / "taken"
    taken.write_text("mine")
    with pytest.raises(Refusal, match="FILE_EXISTS"):
        backup(there.work, taken)
    assert taken.read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "taken"]


@pytest.mark.parametrize("key", [None, NEW], ids=["no key", "another key"])
def test_an_encrypted_backup_needs_its_key_and_leaves_the_home_empty(tmp_path: Path, key: str | None) -> None:
    there = office(tmp_path / "home", OLD)
    made = backup(there.work)
    here = moved(there, tmp_path / "after", key)
    with pytest.raises(Refusal) as caught:
        restore(here.work, made.path)
    assert caught.value.code is Code.STORE_KEY_REFUSED
    assert [path for path in here.folder.rglob("*") if path.is_file()] == []
    restore(here.work, made.path, OLD)
    assert told(here) == told(there)


def _cut(content: bytes) -> list[bytes]:
    return [content[: len(content) * part // 20] for part in range(20)]


def _flipped(content: bytes) -> list[bytes]:
    chance = random.Random(7)
    places = [chance.randrange(len(content)) for _ in range(30)]
    return [content[:at] + bytes([content[at] ^ 0x41]) + content[at + 1 :] for at in places]


@pytest.mark.parametrize("damage", [_cut, _flipped])
def test_a_damaged_backup_is_refused_and_nothing_of_it_is_used(tmp_path: Path, damage: Callable[[bytes], list[bytes]]) -> None:
    there = office(tmp_path / "home")
    made = backup(there.work)
    told_before = told(there)
    whole = made.path.read_bytes()
    codes, left, harmless = set(), [], 0
    for number, content in enumerate(damage(whole)):
        bad = tmp_path / f"bad-{number}"
        bad.write_bytes(content)
        here = moved(there, tmp_path / f"home-{number}", None)
        try:
            restore(here.work, bad)
        except Refusal as refusal:
            codes.add(refusal.code)
            left += [path for path in here.folder.rglob("*") if path.is_file()]
        else:  # padding between files, which nobody reads
            harmless += 1
            assert told(here) == told_before
    assert (codes, left) == ({Code.INVALID_FILE}, [])
    assert harmless < 10


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "landing/../../outside", "dagster/dagster.yaml"])
def test_no_path_of_an_archive_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    there = office(tmp_path / "home")
    made = backup(there.work)
    crafted = tmp_path / "crafted"
    with tarfile.open(made.path) as good, tarfile.open(crafted, "w") as bad:
        manifest = json.load(good.extractfile(MANIFEST))  # type: ignore[arg-type]
        for member in good.getmembers():
            content = good.extractfile(member).read()  # type: ignore[union-attr]
            if member.name == MANIFEST:
                manifest["entries"][name] = {"bytes": 4, "sha256": "0" * 64}
                content = json.dumps(manifest).encode()
                member.size = len(content)
            bad.addfile(member, io.BytesIO(content))
        extra = tarfile.TarInfo(name)
        extra.size = 4
        bad.addfile(extra, io.BytesIO(b"evil"))
    here = moved(there, tmp_path / "deep" / "after", None)
    with pytest.raises(Refusal, match="INVALID_FILE"):
        restore(here.work, crafted)
    assert not list(tmp_path.rglob("outside"))


@pytest.mark.parametrize("content", [b"", b"not a backup", b"\0" * 20_480])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(Refusal, match="INVALID_FILE"):
        restore(Office(tmp_path / "home").work, tmp_path / "file")
    with pytest.raises(Refusal, match="INVALID_FILE"):
        restore(Office(tmp_path / "home").work, tmp_path / "nothing")


TOLD: dict[str, Any] = {
    "made_at": "2026-11-22T04:00:00+00:00",
    "encrypted": False,
    "sync_runs": 1,
    "newest_run_id": "r1",
    "accounts": 1,
    "snapshots": 0,
}
PLAIN = {"type": tarfile.REGTYPE}
HOLES = {f"GNU.sparse.{name}": value for name, value in {"major": "0", "minor": "1", "map": "0,1", "size": "9000000000000"}.items()}


def crafted(path: Path, told: dict[str, Any] | bytes, store: dict[str, Any]) -> Path:
    """A backup of one byte, but for what is told of it or how the archive holds it."""
    entries = {STORE: {"bytes": 1, "sha256": sha256(b"x").hexdigest()}}
    manifest = told if isinstance(told, bytes) else json.dumps({"format": 1, "entries": entries, **told}).encode()
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for name, content, how in ((STORE, b"x", store), (MANIFEST, manifest, PLAIN)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for attribute, value in how.items():
                setattr(info, attribute, value)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("told_of_it", "store"),
    [
        ({"accounts": 10**30}, PLAIN),
        ({"accounts": True}, PLAIN),
        ({"sync_runs": None}, PLAIN),
        ({"snapshots": float("nan")}, PLAIN),
        ({"encrypted": "no"}, PLAIN),
        ({"made_at": "2026-11-22\ud80004:00:00+00:00"}, PLAIN),
        ({"made_at": 5}, PLAIN),
        ({"newest_run_id": {"a": 1}}, PLAIN),
        ({"newest_run_id": "\x1b[31m"}, PLAIN),
        (b"[" * 100_000, PLAIN),
        ({}, {"type": tarfile.SYMTYPE, "linkname": STORE, "size": 0}),
        ({}, {"type": tarfile.LNKTYPE, "linkname": STORE, "size": 0}),
        ({}, {"type": tarfile.CHRTYPE, "size": 0}),
        ({}, {"pax_headers": HOLES}),
        ({}, {"pax_headers": {"size": str(10**30)}}),
    ],
)
def test_a_backup_that_was_made_to_do_harm_is_refused(tmp_path: Path, told_of_it: dict[str, Any] | bytes, store: dict[str, Any]) -> None:
    assert unpacked_backup(crafted(tmp_path / "good", TOLD, PLAIN), tmp_path / "one").newest_run_id == "r1"
    told_of_it = {**TOLD, **told_of_it} if isinstance(told_of_it, dict) else told_of_it
    with pytest.raises(Refusal, match="INVALID_FILE"):
        unpacked_backup(crafted(tmp_path / "bad", told_of_it, store), tmp_path / "two")


def test_a_pipe_is_no_backup_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refusal, match="INVALID_FILE"):
        restore(Office(tmp_path / "home").work, tmp_path / "pipe")


def test_a_home_with_a_log_or_the_key_of_another_store_is_left_alone(tmp_path: Path) -> None:
    made = backup(office(tmp_path / "home").work)
    work = Office(tmp_path / "after").work
    log = work.store.path.with_name(f"{work.store.path.name}.wal")
    log.write_bytes(b"of the store that was moved away")
    with pytest.raises(Refusal, match="INVALID_SETTING"):
        restore(work, made.path)
    log.unlink()
    (work.home / CREDENTIALS_KEY).parent.mkdir()
    (work.home / CREDENTIALS_KEY).write_bytes(b"another")
    with pytest.raises(Refusal, match="INVALID_SETTING"):
        restore(work, made.path)
    assert (work.home / CREDENTIALS_KEY).read_bytes() == b"another"
    work.store.path.with_name(f".{work.store.path.name}.restored").write_bytes(b"of one that was killed, and so is the key")
    restore(work, made.path)
    assert all(not check.found for check in verify(work))


@pytest.mark.parametrize(
    "gone", [(), ("hr_pipeline.duckdb",), ("hr_pipeline.duckdb", f"landing/{A}")], ids=["whole", "killed", "killed later"]
)
def test_a_home_is_replaced_under_another_key_also_after_one_that_was_killed(tmp_path: Path, gone: tuple[str, ...]) -> None:
    there = office(tmp_path / "home", OLD)
    before, made = told(there), backup(there.work)
    for name in gone:
        (there.folder / name).rename(tmp_path / Path(name).name)
    (there.folder / "deploy").mkdir()
    here = moved(there, there.folder, NEW)
    restored = restore(here.work, made.path, OLD, replacing=True)
    assert told(here) == before
    assert all(not check.found for check in verify(here.work))
    assert restored.aside is not None
    assert (restored.aside / "landing" / B).is_dir()
    assert (restored.aside / "hr_pipeline.duckdb").exists() == (not gone)
    assert (there.folder / "deploy").is_dir(), "what is the deployment's stays"
    here.tomorrow()
    night(here)
    assert [row["unchanged"] for row in here.rows("SELECT unchanged FROM sync_run WHERE run_no > 4 ORDER BY run_no")] == [40, 40]


def test_a_backup_that_is_none_replaces_nothing(tmp_path: Path) -> None:
    there = office(tmp_path / "home")
    before = told(there)
    (tmp_path / "broken").write_text("no archive", "utf-8")
    with pytest.raises(Refusal, match="INVALID_FILE"):
        restore(there.work, tmp_path / "broken", replacing=True)
    assert told(there) == before
    assert list(there.folder.glob("replaced-*")) == []


def test_the_backup_just_made_stays_though_the_clock_was_set_back(tmp_path: Path) -> None:
    names = [f"hr_pipeline-2026112{day}-040000.backup" for day in range(1, 5)]
    for name in names:
        (tmp_path / name).touch()
    assert delete_old_backups(tmp_path / names[0], 2) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == [names[0], names[3]]
    assert delete_old_backups(tmp_path / names[0], 2) == 0
    assert delete_old_backups(tmp_path / names[0], 1) == 1


def test_a_disk_that_fills_up_under_a_store_is_said_as_that() -> None:
    with pytest.raises(Refusal, match="DISK_FULL"), room_for_stores():
        raise duckdb.IOException("Could not write file: No space left on device")
    with pytest.raises(duckdb.IOException), room_for_stores():
        raise duckdb.IOException("something else")


def test_verify_names_a_snapshot_that_was_touched_and_a_run_that_does_not_add_up(tmp_path: Path) -> None:
    there = office(tmp_path / "home")
    clean = {check.name: check for check in verify(there.work)}
    assert {name: check.looked_at for name, check in clean.items() if name != "rows"} == {
        "sync_runs": 4,
        "emails": 80,
        "links": 80,
        "snapshots": 4,
        "credentials": 1,
    }
    path = next((there.folder / "landing" / A).iterdir())
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 0xFF
    path.write_bytes(content)
    with there.work.store.opened() as database:
        database.run("UPDATE sync_run SET created = created + 1 WHERE run_no = 1")
        database.run("UPDATE link SET connection_no = 9 WHERE account_no = 3")
        database.run(
            "UPDATE connection SET credential = replace(credential, 'nonce\": \"', 'nonce\": \"AAAA') WHERE connection_id = ?", [B]
        )
    found = {check.name: check.found for check in verify(there.work) if check.found}
    assert found == {"snapshots": (path.stem,), "sync_runs": ("r1", "r3"), "links": ("a3",), "credentials": (B,)}
    there.folder.joinpath("backups").mkdir()
    damaged = backup(there.work)  # kept as it is: nobody repairs by copying
    assert {check.name for check in damaged.unsound} == set(found)
    assert {check.name for check in verify_backup(there.work, damaged.path) if check.found} == set(found)


def test_verify_notices_bytes_that_changed_under_the_store(tmp_path: Path) -> None:
    there = office(tmp_path / "home")
    path = there.work.store.path
    whole = path.read_bytes()
    codes, noticed = set(), 0
    for at in range(8 * 4096, len(whole), max(1, len(whole) // 12)):
        path.write_bytes(whole[:at] + bytes(byte ^ 0xFF for byte in whole[at : at + 64]) + whole[at + 64 :])
        try:
            found = any(check.found for check in verify(there.work))
        except Refusal as refusal:  # a sentence, not the engine's words
            codes.add(refusal.code)
            found = True
        noticed += found
        path.write_bytes(whole)
    assert noticed >= 3  # blocks in use; the rest of the file is free
    assert codes == {Code.STORE_UNREADABLE}


def test_a_backup_killed_on_its_way_leaves_no_file_and_the_next_one_goes_through(tmp_path: Path) -> None:
    there = office(tmp_path / "home")
    target = tmp_path / "backups" / "one.backup"
    process = multiprocessing.get_context("fork").Process(target=_die_half_way, args=(target, there.work.store.path))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    assert [path.name for path in target.parent.iterdir()] != []  # its hidden part
    made = backup(there.work, target)
    assert [path.name for path in target.parent.iterdir()] == ["one.backup"]
    shutil.rmtree(there.folder)
    restore(there.work, made.path)
    night(there)


def test_what_a_killed_backup_put_aside_goes_with_the_next_one_and_what_a_living_one_put_aside_stays(tmp_path: Path) -> None:
    there = office(tmp_path / "home")
    process = multiprocessing.get_context("fork").Process(target=_die_with_a_copy, args=(there.work,))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    (left,) = (there.folder / "work").iterdir()
    assert (left / STORE).stat().st_size > 0
    with scratch(there.work) as held:
        backup(there.work)
        assert list((there.folder / "work").iterdir()) == [held]


def _die_with_a_copy(work: Workplace) -> None:
    with scratch(work) as folder:
        shutil.copyfile(work.store.path, folder / STORE)
        os._exit(9)


def _die_half_way(target: Path, store: Path) -> None:
    with BackupWriter(target) as writer:
        writer.add("hr_pipeline.duckdb", store)
        os._exit(9)


def _everything(*paths: Path) -> str:
    return "".join(path.read_bytes().decode("latin-1") for path in paths)
