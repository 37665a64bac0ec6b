"""A whole run of the suite fails when some code was never reached by what the tests made the product do.

Runs of a part of the suite are not judged. May import: `codes_reached`.
"""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from hr_pipeline_tests.codes_reached import listen, never_reached, reached

# A busy machine makes no test fail: what is fast is for the benchmarks to say.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

FOUND = pytest.StashKey[set[str]]()
MISSED = pytest.StashKey[list[str]]()
OUTPUT = "hr_codes_reached"


def pytest_configure(config: pytest.Config) -> None:
    """Listen from the start."""
    config.stash[FOUND] = set()
    listen()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of a distributed run has ended: take what it came to."""
    node.config.stash[FOUND] |= set(getattr(node, "workeroutput", {}).get(OUTPUT, ()))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Hand over what this process came to, or judge all of it."""
    config = session.config
    folder = config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined] # the fixture's own, which ends with the tests
    found = config.stash[FOUND] | reached(folder)
    if hasattr(config, "workeroutput"):
        config.workeroutput[OUTPUT] = sorted(found)
    elif is_whole(config) and exitstatus == pytest.ExitCode.OK and (missed := never_reached(found)):
        config.stash[MISSED] = missed
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Name the codes."""
    if missed := config.stash.get(MISSED, []):
        terminalreporter.section("codes that no test reaches", red=True)
        terminalreporter.line(", ".join(missed))
        terminalreporter.line("Make the product come to them in a test, or take them out of hr_pipeline/domain/codes.py.")


def is_whole(config: pytest.Config) -> bool:
    """Whether everything runs: no file, word or mark was chosen, nothing left out."""
    chosen = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "collectonly", "maxfail")
    asked = {(config.invocation_params.dir / argument).resolve() for argument in config.args}
    everything = config.args_source is not pytest.Config.ArgsSource.ARGS or asked <= {Path(__file__).parent, config.rootpath}
    return everything and not any(config.getoption(name, None) for name in chosen)
