"""The documents keep their promises: what they name exists."""

import re
from pathlib import Path

import pytest

from hr_pipeline.adapters.store.publishing import VIEWS
from hr_pipeline_tests.small_platform import Platform

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def test_the_store_reference_names_every_column_of_every_view_with_its_type(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "store.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## `reporting\.(\w+)`\n(.*?)(?=^## )", page, re.MULTILINE | re.DOTALL))
    platform = Platform(tmp_path)
    for view in VIEWS:
        described = [(row["column_name"], row["column_type"]) for row in platform.rows(f"DESCRIBE reporting.{view}")]
        assert re.findall(r"^\| `(\w+)` \| ([^|]+) \|", sections[view], re.MULTILINE) == described


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target
