"""Running sandboxes the tests share: the default one, never altered by a test, and a small one in which faults strike."""

from collections.abc import Callable, Iterator

import pytest

from hr_pipeline.sandbox import Sandbox, SandboxOptions
from hr_pipeline.sandbox.faults import ordered
from hr_pipeline_tests.sandbox.callers import Caller

SMALL = SandboxOptions(
    size=60, companies=4, roster=False, page_limit=6, payfit_reads_per_second=None, securex_calls_per_second=None
)  # two companies of 15 at each provider, in pages of 6


@pytest.fixture(scope="session")
def demo() -> Iterator[Caller]:
    """The default sandbox on night 1, without call limits."""
    with Sandbox(SandboxOptions(payfit_reads_per_second=None, securex_calls_per_second=None)) as sandbox, Caller(sandbox) as caller:
        yield caller


@pytest.fixture(scope="session")
def caller() -> Iterator[Caller]:
    """A small sandbox; `struck` puts each fault in force."""
    with Sandbox(SMALL) as sandbox, Caller(sandbox) as calls:
        calls.ask_token()
        yield calls


@pytest.fixture
def struck(caller: Caller) -> Iterator[Callable[[str], Caller]]:
    """Puts a fault in force for one test, which must hit it."""
    orders: list[str] = []
    before = caller.sandbox.faults_hit

    def order(text: str) -> Caller:
        caller.securex("/employers")  # a token in hand before anything goes wrong
        orders.append(text)
        caller.sandbox.faults = (text,)
        return caller

    yield order
    caller.sandbox.faults = ()
    hits = caller.sandbox.faults_hit - before
    assert hits[ordered(orders[0]).fault.value] > 0, "the fault was never hit"
    assert len(hits) == 1
