"""Which process it was: written down, looked for again after the clock was set, the machine started anew, or the id given to another."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from hr_pipeline.adapters.processes import Process, living_process, this_process
from hr_pipeline_tests.clock_steps import clock_set


def test_a_process_is_known_again_by_what_was_written_down_of_it() -> None:
    mine = this_process()
    assert (mine.pid, Process.of_text(mine.text), mine.lives) == (os.getpid(), mine, True)
    assert living_process(mine.pid) == mine


def test_it_lives_on_when_the_clock_is_set(tmp_path: Path) -> None:
    mine = this_process()
    with clock_set(tmp_path, 5):
        assert (this_process(), mine.lives) == (mine, True)


def test_another_one_of_its_id_is_not_it_and_neither_is_one_after_a_reboot() -> None:
    mine = this_process()
    assert not replace(mine, started=mine.started + 1).lives
    assert not replace(mine, boot="0f1e2d3c-0000-4000-8000-000000000000").lives


def test_one_that_has_ended_does_not_live_whether_it_was_waited_for_or_not() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        found = living_process(child.pid)
        assert found is not None
        assert found.lives
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has waited for it
        assert not found.lives
    assert not found.lives
    assert living_process(child.pid) is None


def test_what_an_older_version_wrote_is_still_understood() -> None:
    born = psutil.Process().create_time()
    assert Process.of_text(f"{os.getpid()} {born}").lives
    assert not Process.of_text(f"{os.getpid()} {born - 1000}").lives


def test_a_name_with_brackets_and_blanks_misleads_nobody() -> None:
    renamed = "open('/proc/self/comm', 'w').write('a) Z 1 (b'); print('done', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", renamed], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"done\n"
        found = living_process(child.pid)
        assert found is not None
        assert found.started >= this_process().started
        child.kill()


@pytest.mark.parametrize("text", ["", "12", "twelve 1.0", "12 soon boot"])
def test_what_is_no_process_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Process.of_text(text)
