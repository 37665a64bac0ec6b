"""Where Dagster keeps its state, and with which settings: a folder in the home, unless DAGSTER_HOME says otherwise.

Imports nothing of Dagster, so that a command can prepare it before paying for that. May import: `adapters`.
"""

import os
from pathlib import Path
from typing import Any

import yaml

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.private_files import PartFile, create_private_folder

VARIABLE = "DAGSTER_HOME"
WORKSPACE = {"load_from": [{"python_module": {"module_name": "hr_pipeline.definitions", "location_name": "hr_pipeline"}}]}
_NOTE = "# Written by hr-pipeline at each start.\n"


def dagster_home(environment: Environment) -> Path:
    """Folder of Dagster's state."""
    given = os.environ.get(VARIABLE, "").strip()
    return Path(given).expanduser().absolute() if given else environment.home / "dagster"


def prepare_dagster_home(environment: Environment) -> Path:
    """Make the folder ready, with the project's settings and workspace, and return it.

    Settings are written anew each time; a folder the user named (DAGSTER_HOME) keeps its own.
    """
    home = dagster_home(environment)
    create_private_folder(home)
    if home == environment.home / "dagster" or not (home / "dagster.yaml").exists():
        _replace(home / "dagster.yaml", yaml.safe_dump(project_settings()))
    _replace(home / "workspace.yaml", yaml.safe_dump(WORKSPACE))
    return home


def project_settings() -> dict[str, Any]:
    """The project's `dagster.yaml`, without its paths: Dagster then stores in its home."""
    packaged, in_repository = Path(__file__).with_name("dagster.yaml"), Path(__file__).parents[2] / "dagster.yaml"
    settings = yaml.safe_load((packaged if packaged.is_file() else in_repository).read_text(encoding="utf-8"))
    return {name: value for name, value in settings.items() if name not in ("storage", "local_artifact_storage")}


def _replace(path: Path, text: str) -> None:
    part = PartFile(path)
    try:
        part.file.write(f"{_NOTE}{text}".encode())
        part.publish()
    except BaseException:
        part.discard()
        raise
