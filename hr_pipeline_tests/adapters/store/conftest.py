"""A platform for each test of the store."""

from pathlib import Path

import pytest

from hr_pipeline_tests.small_platform import Platform


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    """An empty platform in a folder of its own."""
    return Platform(tmp_path)
