"""Running sandboxes the tests share: started once, never altered by a test."""

from collections.abc import Iterator

import pytest

from hr_pipeline.sandbox import Sandbox, SandboxOptions
from hr_pipeline_tests.sandbox.callers import Caller


@pytest.fixture(scope="session")
def demo() -> Iterator[Caller]:
    """The default sandbox on night 1, without call limits."""
    with Sandbox(SandboxOptions(payfit_reads_per_second=None, securex_calls_per_second=None)) as sandbox, Caller(sandbox) as caller:
        yield caller
