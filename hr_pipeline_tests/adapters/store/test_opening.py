"""An interrupt at any moment of opening and leaving the store: the file is free at once, though somebody still tells of the interrupt."""

import fcntl
import itertools
import linecache
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from hr_pipeline.adapters.store import database, engine, migrating, opening
from hr_pipeline.adapters.store.opening import Store

MODULES = frozenset(str(module.__file__) for module in (database, engine, migrating, opening))
NEVER_THERE = ("try:",)  # Python looks for signals after calls, and has no handler yet on a line that does nothing

Line = tuple[str, str, int]  # file, function, number


@contextmanager
def traced(seen: list[Line], stop_at: Line | None = None) -> Iterator[None]:
    """Note each line of these modules as it is come to; before one of them, be interrupted as by Ctrl-C."""

    def trace(frame: FrameType, event: str, _: object) -> Any:
        file = frame.f_code.co_filename
        if file not in MODULES:
            return None
        line = (file, frame.f_code.co_name, frame.f_lineno)
        if event == "line" and line not in seen and linecache.getline(file, frame.f_lineno).strip() not in NEVER_THERE:
            seen.append(line)
            if line == stop_at:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


def is_free(path: Path) -> bool:
    """Whether another process could have the file right now."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    try:
        fcntl.lockf(os.open(path, os.O_RDWR), fcntl.LOCK_EX | fcntl.LOCK_NB)
        os._exit(0)
    except OSError:
        os._exit(1)


def opened(store: Store) -> None:
    with store.opened() as found:
        found.value("SELECT count(*) FROM lease")


def test_an_interrupt_at_any_line_leaves_the_store_free_for_everybody(tmp_path: Path) -> None:
    store = Store(tmp_path / "home" / "store.duckdb", patience_seconds=0)
    opened(store)
    with store.opened():
        assert not is_free(store.path)
    lines: list[Line] = []
    with traced(lines):
        opened(store)
    assert {"opened", "engine", "attached", "_attached", "_make_ready", "confined", "migrate", "_check_hashes"} <= {
        name for _, name, _ in lines
    }
    umask = os.umask(0o077)
    os.umask(umask)
    for line in lines:
        try:
            with pytest.raises(KeyboardInterrupt) as interrupted, traced([], line):
                opened(store)
            assert interrupted.value.__traceback__ is not None  # and with it every frame that was interrupted
            assert (line, is_free(store.path)) == (line, True)
            opened(store)
        finally:
            os.umask(umask)
    from_elsewhere = threading.Thread(target=opened, args=(store,), daemon=True)
    from_elsewhere.start()
    from_elsewhere.join(30)
    assert not from_elsewhere.is_alive()


def test_an_interrupt_in_the_middle_of_a_statement_leaves_it_free_as_well(tmp_path: Path) -> None:
    store = Store(tmp_path / "home" / "store.duckdb", patience_seconds=0)
    opened(store)
    begun = time.monotonic()
    opened(store)
    duration, until, inside = time.monotonic() - begun, begun + 60, 0
    handler = signal.signal(signal.SIGALRM, signal.default_int_handler)
    umask = os.umask(0o077)
    os.umask(umask)
    try:
        for moment in itertools.cycle(range(1, 100)):
            told = ""
            try:
                try:
                    signal.setitimer(signal.ITIMER_REAL, duration * moment / 100)
                    opened(store)
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                told = "between two statements"
            except RuntimeError as error:  # DuckDB's, in place of the handler's
                told = str(error)
            os.umask(umask)
            assert (told, is_free(store.path)) == (told, True)
            inside += told == "Query interrupted"
            if inside == 5 or time.monotonic() > until:
                break
    finally:
        signal.signal(signal.SIGALRM, handler)
    assert inside == 5
    opened(store)
