"""What the system says of its processes after somebody has set the clock."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


@contextmanager
def clock_set(folder: Path, seconds: int) -> Iterator[None]:
    """As if the clock had been set forward: the start of the machine, in seconds of the clock, moves along, and every time of birth with it."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() or entry.name == "self":
            (folder / entry.name).symlink_to(entry)
    told = Path("/proc/stat").read_text(encoding="ascii")
    moved = re.sub(r"^btime (\d+)$", lambda found: f"btime {int(found[1]) + seconds}", told, flags=re.MULTILINE)
    (folder / "stat").write_text(moved, encoding="ascii")
    born, before = psutil.Process().create_time(), psutil.PROCFS_PATH
    psutil.PROCFS_PATH = str(folder)
    try:
        assert round(psutil.Process().create_time() - born) == seconds
        yield
    finally:
        psutil.PROCFS_PATH = before
