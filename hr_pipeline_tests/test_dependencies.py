"""The table of dependencies: one row and one reason for each line of `pyproject.toml`, and none for what is gone."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| `([^`]+)` \| (product|sandbox|deployment|development) \| \S.* \|$", re.MULTILINE)


def names_of(requirements: list[str]) -> list[str]:
    """Package names, without versions and extras."""
    return sorted(re.split(r"[^\w.-]", requirement)[0] for requirement in requirements)


def test_every_dependency_has_its_reason_and_no_reason_is_left_over() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    rows = ROW.findall((ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8"))
    assert sorted(name for name, use in rows if use in ("product", "sandbox")) == names_of(project["dependencies"])
    for use, extra in (("deployment", "deploy"), ("development", "dev")):
        assert sorted(name for name, used in rows if used == use) == names_of(project["optional-dependencies"][extra])
