"""A browser, a page of it, and pictures of what it shows.

Screenshots go to the test's folder, and to HR_PIPELINE_SCREENSHOTS when that names one.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hr_pipeline_tests.browser.ui import chromium

expect.set_options(timeout=30_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Started after a module's scene: Playwright keeps an event loop in this thread, in which nothing else can make one."""
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page(
        viewport={"width": 1440, "height": 900}, device_scale_factor=1.5, timezone_id="Europe/Brussels", locale="en-GB"
    )
    opened.set_default_timeout(30_000)
    yield opened
    opened.close()


@pytest.fixture
def shot(page: Page, tmp_path: Path) -> Callable[[str], None]:
    """Keeps a picture of the page."""
    asked_for = os.environ.get("HR_PIPELINE_SCREENSHOTS")

    def keep(name: str) -> None:
        page.wait_for_load_state("networkidle")
        for folder in (tmp_path, *([Path(asked_for)] if asked_for else [])):
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}.png", animations="disabled")

    return keep
