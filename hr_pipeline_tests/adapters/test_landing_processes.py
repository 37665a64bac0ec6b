"""Landing files under `kill -9` at each point of a pull, and the memory of a pull larger than it: each in a process of its own."""

from pathlib import Path

import pytest

from hr_pipeline.adapters.landing import landing, landing_path, sweep_landing
from hr_pipeline.adapters.private_files import PART
from hr_pipeline.adapters.providers.protocol import Page
from hr_pipeline_tests.adapters.surroundings import program

CONNECTION = "securex-brasserie-invented-1042"
DEADLINE = 60

# Adds pages, then waits to be killed; with a point named, kills itself there instead, inside `finish`. An audit hook sees the system
# calls themselves, so nothing of ours is replaced.
PULL = f"""
import os, signal, sys
from pathlib import Path
from hr_pipeline.adapters.landing import landing
from hr_pipeline.adapters.providers.protocol import Page

home, pages, point = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
renamed = False

def watch(event, arguments):
    global renamed
    if event == "os.rename":
        renamed = True
        if point == "before the rename":
            os.kill(os.getpid(), signal.SIGKILL)
    if event == "open" and renamed and point == "after the rename":
        os.kill(os.getpid(), signal.SIGKILL)

with landing(home, {CONNECTION!r}, "snapshot-1", None) as sink:
    for number in range(1, pages + 1):
        sink.add(Page("workers", number, bytes([number]) + os.urandom(999_999)))
    if point == "while pages arrive":
        print("waiting", flush=True)
        sys.stdin.read()
    sys.addaudithook(watch)
    print(sink.finish().content_hash, flush=True)
"""


def parts(home: Path) -> list[Path]:
    """Part files of the connection."""
    return list((home / "landing" / CONNECTION).glob(f".*{PART}"))


@pytest.mark.parametrize("pages", [1, 10], ids=["before the first row group", "between row groups"])
def test_a_pull_killed_while_pages_arrive_shows_nothing_and_is_swept_by_the_next(tmp_path: Path, pages: int) -> None:
    with program(PULL, tmp_path, pages, "while pages arrive") as pull:
        assert pull.stdout is not None
        assert pull.stdout.readline() == "waiting\n"
        assert len(parts(tmp_path)) == 1
        assert sweep_landing(tmp_path) == 0  # its writer lives
        pull.kill()
        pull.wait(DEADLINE)
    assert not landing_path(tmp_path, CONNECTION, "snapshot-1").exists()
    assert len(parts(tmp_path)) == 1
    with landing(tmp_path, CONNECTION, "snapshot-2", None) as sink:
        sink.add(Page("workers", 1, b"{}"))
        sink.finish()
    assert [path.name for path in (tmp_path / "landing" / CONNECTION).iterdir()] == ["snapshot-2.parquet"]


def test_a_pull_killed_just_before_the_rename_shows_nothing(tmp_path: Path) -> None:
    with program(PULL, tmp_path, 5, "before the rename") as pull:
        out, _ = pull.communicate(timeout=DEADLINE)
    assert (pull.returncode, out) == (-9, "")
    assert not landing_path(tmp_path, CONNECTION, "snapshot-1").exists()
    assert [path.stat().st_size > 5_000_000 for path in parts(tmp_path)] == [True]
    assert sweep_landing(tmp_path) == 1


def test_a_pull_killed_just_after_the_rename_shows_the_whole_snapshot(tmp_path: Path) -> None:
    with program(PULL, tmp_path, 5, "after the rename") as pull:
        out, _ = pull.communicate(timeout=DEADLINE)
    assert (pull.returncode, out) == (-9, "")
    assert parts(tmp_path) == []
    with program(READ, landing_path(tmp_path, CONNECTION, "snapshot-1")) as reader:
        numbers, _ = reader.communicate(timeout=DEADLINE)
    assert numbers == "1 2 3 4 5"


# Reads a file whose hash was never reported, from its own digests.
READ = """
import sys
from pathlib import Path
import pyarrow.parquet as pq
from hr_pipeline.adapters.landing import landed_pages
from hr_pipeline.adapters.landing_format import content_hash

path = Path(sys.argv[1])
rows = pq.read_table(path, columns=["resource", "number", "digest"]).to_pylist()
known = content_hash({(row["resource"], row["number"]): row["digest"] for row in rows})
print(*[page.number for page in landed_pages(path, None, known) if page.body[0] == page.number], end="")
"""

# Prints by how many bytes the process grew at its peak while landing, and then while reading, 64 MB that don't compress.
GROWTH = """
import os, resource, sys
from pathlib import Path
from hr_pipeline.adapters.landing import landed_pages, landing
from hr_pipeline.adapters.providers.protocol import Page

UNIT = 1 if sys.platform == "darwin" else 1024
key = sys.argv[2] or None

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT

def pull(snapshot_id, pages):
    with landing(Path(sys.argv[1]), "securex-a", snapshot_id, key) as sink:
        for number in range(pages):
            sink.add(Page(f"list-{number % 3}", number, os.urandom(100_000)))
        return sink.finish()

def read(landed):
    return sum(len(page.body) for page in landed_pages(landed.path, key, landed.content_hash))

read(pull("warm", 100))
before = peak()
landed = pull("large", 640)
after = peak()
assert read(landed) == landed.bytes == 64_000_000
print(after - before, peak() - after)
"""


@pytest.mark.parametrize("key", ["", "an invented key of thirty-two characters"], ids=["in clear", "sealed"])
def test_memory_stays_far_below_the_size_of_a_snapshot(tmp_path: Path, key: str) -> None:
    with program(GROWTH, tmp_path, key) as pull:
        out, _ = pull.communicate(timeout=DEADLINE)
    landing_growth, reading_growth = map(int, out.split())
    assert landing_growth < 24_000_000
    assert reading_growth < 24_000_000
