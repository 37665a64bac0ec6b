"""The documents keep their promises: what they name exists."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from hr_pipeline.adapters.store.publishing import VIEWS
from hr_pipeline.adapters.store.reference import column_meanings
from hr_pipeline.cli.settings import LIMITS
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.connections import Limits
from hr_pipeline.domain.decisions import possible
from hr_pipeline.domain.messages import text
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
        assert dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (.+) \|$", sections[view], re.MULTILINE)) == column_meanings()[view]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_between_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), target


def test_every_picture_is_shown_and_made_by_a_browser_test() -> None:
    """HR_PIPELINE_SCREENSHOTS=docs/images makes them anew."""
    made = {
        name
        for file in (ROOT / "hr_pipeline_tests" / "browser").glob("test_*.py")
        for name in re.findall(r'shot\("(\w+)"\)', file.read_text("utf-8"))
    }
    shown = {name for document in DOCUMENTS for name in re.findall(r"images/(\w+)\.png", document.read_text("utf-8"))}
    assert shown == {path.stem for path in (ROOT / "docs" / "images").iterdir()}
    assert shown <= made


def deciding_table(title: str) -> list[list[str]]:
    """Cells of the table under a heading of the page about deciding, without its head."""
    page = (ROOT / "docs" / "deciding.md").read_text(encoding="utf-8")
    section = page.split(f"## {title}\n")[1].split("\n## ")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("| `")]


def test_every_conflict_is_told_with_the_decisions_it_allows() -> None:
    told = {Code(code.strip("`")): choices.split(", ") for code, _, choices, _ in deciding_table("Conflicts")}
    assert told == {code: [str(choice) for choice in possible(code)] for code in told}
    assert set(told) == conflict_codes()


def conflict_codes() -> set[Code]:
    """Codes whose next step is a decision about a conflict."""
    return {code for code in Code if "hr-pipeline resolve 7 " in text(code, "en", conflict=7, choices="exclude|defer").next}


def test_every_guard_is_told() -> None:
    told = {code.strip("`") for code, *_ in deciding_table("Holds")}
    assert told == {code for code in Code if code.startswith("HELD_")} | {Code.SNAPSHOT_EMPTY}


def test_every_limit_is_in_the_glossary_with_its_default_and_what_it_means() -> None:
    page = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").split("## Limits\n")[1]
    told = re.findall(r"^\| `(\w+)` \| (\S+) \| (.+) \|$", page, re.MULTILINE)
    assert told == [(one.name, str(getattr(Limits(), one.name)), LIMITS[one.name]) for one in fields(Limits)]
