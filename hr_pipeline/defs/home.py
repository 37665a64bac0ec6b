"""Where Dagster keeps its state, and with which settings: a folder in the home, unless DAGSTER_HOME says otherwise.

Its history is in SQLite there, or in PostgreSQL: the one `HR_PIPELINE_DATABASE` names, or the own server of a deployment (`deploy/`).
Imports nothing of Dagster, so that a command can prepare it before paying for that. May import: `adapters`.
"""

import os
import re
from pathlib import Path
from typing import Any

import yaml

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.adapters.private_files import PartFile, create_private_folder

VARIABLE = "DAGSTER_HOME"
WORKSPACE = {"load_from": [{"python_module": {"module_name": "hr_pipeline.definitions", "location_name": "hr_pipeline"}}]}
DATABASE = "HR_PIPELINE_DATABASE"
BATCH, BATCH_EVENTS = "DAGSTER_EVENT_BATCH_SIZE", "500"  # what a run tells at once is written at once (`events.report`)
OWN_DATABASE = "deploy/database"  # in the home: address of a deployment's own server, which asks for no password
_NOTE = "# Written by hr-pipeline at each start.\n"


def dagster_home(environment: Environment) -> Path:
    """Folder of Dagster's state."""
    given = os.environ.get(VARIABLE, "").strip()
    return Path(given).expanduser().absolute() if given else environment.home / "dagster"


def prepare_dagster_home(environment: Environment) -> Path:
    """Make the folder ready, with the project's settings and workspace, and return it.

    Settings are written anew each time; a folder the user named (DAGSTER_HOME) keeps its own. The address of a database is put where they
    point to: in this process's environment, and so in that of its children; so is the size of a batch of events, unless it is there.
    """
    os.environ.setdefault(BATCH, BATCH_EVENTS)
    if address := database_address(environment):
        os.environ[DATABASE] = address
    home = dagster_home(environment)
    create_private_folder(home)
    if home == environment.home / "dagster" or not (home / "dagster.yaml").exists():
        _replace(home / "dagster.yaml", yaml.safe_dump(project_settings() | storage_settings(environment)))
    _replace(home / "workspace.yaml", yaml.safe_dump(WORKSPACE))
    return home


def database_address(environment: Environment) -> str:
    """Address of the PostgreSQL that keeps Dagster's history, with the driver it needs named; empty for SQLite."""
    own = environment.home / OWN_DATABASE
    address = environment.value(DATABASE) or (own.read_text(encoding="utf-8").strip() if own.is_file() else "")
    return re.sub(r"^postgres(ql)?(\+\w+)?://", "postgresql+psycopg2://", address)


def storage_settings(environment: Environment) -> dict[str, Any]:
    """Where history is kept: by the name of a variable, since an address may carry a password."""
    if database_address(environment):
        return _storage("postgres_events", "PlansFirstPostgresStorage", {"postgres_url": {"env": DATABASE}})
    return _storage("sqlite_events", "BatchingSqliteStorage", {"base_dir": str(dagster_home(environment))})


def _storage(module: str, name: str, config: dict[str, Any]) -> dict[str, Any]:
    """A storage of ours in Dagster's settings."""
    return {"storage": {"custom": {"module": f"hr_pipeline.defs.{module}", "class": name, "config": config}}}


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
