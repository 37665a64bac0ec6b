"""Where Dagster keeps its state, and with which settings: a folder in the home, unless DAGSTER_HOME says otherwise.

Imports nothing of Dagster, so that a command can prepare it before paying for that. May import: `adapters`.
"""

import os
from pathlib import Path

import yaml

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.private_files import PartFile, create_private_folder

VARIABLE = "DAGSTER_HOME"
_PACKAGED = Path(__file__).parent  # an installed wheel carries the two files here
_REPOSITORY = Path(__file__).parents[2]


def dagster_home(environment: Environment) -> Path:
    """Folder of Dagster's state."""
    given = os.environ.get(VARIABLE, "").strip()
    return Path(given).expanduser().absolute() if given else environment.home / "dagster"


def settings_file(name: str) -> Path:
    """`dagster.yaml` or `workspace.yaml`, as the repository has it."""
    return next(folder / name for folder in (_PACKAGED, _REPOSITORY) if (folder / name).is_file())


def prepare_dagster_home(environment: Environment) -> Path:
    """Make the folder ready, with the project's settings, and return it.

    Settings are written anew each time; a folder the user named (DAGSTER_HOME) keeps its own.
    """
    home = dagster_home(environment)
    create_private_folder(home)
    if home == environment.home / "dagster" or not (home / "dagster.yaml").exists():
        settings = yaml.safe_load(settings_file("dagster.yaml").read_text(encoding="utf-8"))
        for relative in ("storage", "local_artifact_storage"):  # without them Dagster stores in its home
            settings.pop(relative)
        note = "# Written by hr-pipeline at each start, from the project's dagster.yaml.\n"
        _replace(home / "dagster.yaml", note + yaml.safe_dump(settings))
    return home


def _replace(path: Path, text: str) -> None:
    part = PartFile(path)
    try:
        part.file.write(text.encode())
        part.publish()
    except BaseException:
        part.discard()
        raise
