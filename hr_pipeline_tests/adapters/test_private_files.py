"""Private files: permissions under any umask, appearing whole, and which part files a sweep takes."""

import errno
import os
from pathlib import Path

import pytest

from hr_pipeline.adapters.private_files import PART, PartFile, create_private_folder, room_needed, sweep_parts
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Transient
from hr_pipeline_tests.adapters.surroundings import file_size_limit, mode, umask


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777])
def test_folders_and_files_are_their_owners_only_whatever_the_umask(tmp_path: Path, mask: int) -> None:
    with umask(mask):
        create_private_folder(tmp_path / "one" / "two")
        part = PartFile(tmp_path / "one" / "two" / "file")
        assert mode(part.path) == 0o600
        part.publish()
    assert mode(tmp_path / "one") == mode(tmp_path / "one" / "two") == 0o700
    assert mode(tmp_path / "one" / "two" / "file") == 0o600


def test_an_existing_folder_keeps_its_permissions(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    create_private_folder(tmp_path / "new")
    assert mode(tmp_path) == 0o755


def test_a_file_appears_only_once_published(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "file")
    part.file.write(b"whole")
    assert not (tmp_path / "file").exists()
    part.publish()
    part.discard()
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() == b"whole"


def test_publish_new_keeps_the_file_that_was_first(tmp_path: Path) -> None:
    first, second = PartFile(tmp_path / "file"), PartFile(tmp_path / "file")
    first.file.write(b"first")
    second.file.write(b"second")
    assert [first.publish_new(), second.publish_new()] == [True, False]
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("file", b"first")]


def test_a_sweep_takes_the_parts_of_the_dead_and_leaves_those_of_the_living(tmp_path: Path) -> None:
    living = PartFile(tmp_path / "living")
    dead = PartFile(tmp_path / "dead")
    dead.file.close()  # what the death of a process does: the lock goes, the file stays
    (tmp_path / "other.txt").write_text("not a part file")
    assert sweep_parts(tmp_path) == 1
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted([living.path.name, "other.txt"])
    living.discard()


def test_a_part_file_names_its_process(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "file")
    assert part.path.name.startswith(f".file.{os.getpid()}-")
    assert part.path.name.endswith(PART)
    part.discard()


def test_a_sweep_does_not_follow_a_link_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("kept")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / f".link{PART}").symlink_to(outside)
    sweep_parts(folder)
    assert outside.read_text() == "kept"


def test_no_room_is_said_in_our_words_and_leaves_nothing(tmp_path: Path) -> None:
    part = PartFile(tmp_path / "file")
    with file_size_limit(1000), pytest.raises(Transient) as refused, room_needed():
        part.file.write(b"x" * 100_000)
    part.discard()
    assert refused.value.code is Code.DISK_FULL
    assert list(tmp_path.iterdir()) == []


def test_another_failure_keeps_its_own_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), room_needed():
        (tmp_path / "absent").read_bytes()


def test_a_sweep_takes_no_file_of_somebody_elses(tmp_path: Path) -> None:
    theirs = [tmp_path / name for name in (".mine.part", ".notes.12-xyz.part", "file.1-00000000.part")]
    for path in theirs:
        path.write_text("mine")
    (tmp_path / ".folder.1-00000000.part").mkdir()
    (tmp_path / ".ours.1-00000000.part").write_text("left by a writer that died")
    assert sweep_parts(tmp_path) == 1
    assert all(path.read_text() == "mine" for path in theirs)


def test_where_the_disk_knows_no_links_a_new_name_is_still_never_taken_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def as_on_exfat(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", as_on_exfat)
    first = PartFile(tmp_path / "file")
    first.file.write(b"first")
    assert first.publish_new()
    second = PartFile(tmp_path / "file")
    second.file.write(b"second")
    assert not second.publish_new()
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("file", b"first")]
