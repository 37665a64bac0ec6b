"""Telling a process from a later one of the same id, whatever is done to the clock meanwhile.

Not here: who holds what (`store.leases`, `defs.launching`). May import: nothing of ours.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import psutil

_PROC = Path("/proc")
_ENDED = (b"Z", b"X", b"x")  # states of a process that only waits to be forgotten


@dataclass(frozen=True, slots=True)
class Process:
    """One process of this machine, as it can be written down and looked for again.

    `started` is counted in ticks from the start of the machine, and `boot` says which start. Both stay when the clock is set, whereas what
    the system calls a process's time of birth moves along. Where the system tells neither, `boot` is None and `started` that time of birth,
    in seconds of the clock: so does an entry that an older version wrote.
    """

    pid: int
    started: float
    boot: str | None

    @classmethod
    def of_text(cls, text: str) -> "Process":
        """From `text`, an older version's (without `boot`) included.

        Raises:
            ValueError: It is no process.
        """
        pid, started, *boot = text.split(" ")
        return cls(int(pid), float(started), boot[0] if boot else None)

    @property
    def text(self) -> str:
        """In one line."""
        return " ".join((str(self.pid), repr(self.started), *((self.boot,) if self.boot else ())))

    @property
    def lives(self) -> bool:
        """Whether the very process still runs."""
        if self.boot is None:
            return _was_born(self.pid, self.started)
        return living_process(self.pid) == self


def this_process() -> Process:
    """The one that asks."""
    found = living_process(os.getpid())
    return found or Process(os.getpid(), psutil.Process().create_time(), None)


def living_process(pid: int) -> Process | None:
    """The process that has an id now, or None when nobody does (one that has ended and was not yet waited for is nobody)."""
    if (boot := _boot()) is None:
        return _born(pid)
    try:
        state, *fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()  # the name before it may hold anything
        return None if state in _ENDED else Process(pid, float(fields[18]), boot)
    except (OSError, ValueError, IndexError):
        return None


def _boot() -> str | None:
    """Which start of the machine this is, where the system says so and tells of processes by the same clock."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return boot if boot and (_PROC / "self/stat").exists() else None
    except (OSError, ValueError):
        return None


def _born(pid: int) -> Process | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else Process(pid, process.create_time(), None)
    except psutil.Error:
        return None


def _was_born(pid: int, moment: float) -> bool:
    found = _born(pid)
    return found is not None and abs(found.started - moment) < 1
