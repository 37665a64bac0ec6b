"""The real commands, typed in this process or in one of their own, in a home of a test's own.

May import: `hr_pipeline`.
"""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

import hr_pipeline
from hr_pipeline.adapters.environment import VARIABLES, Environment
from hr_pipeline.cli.application import app
from hr_pipeline.operations.workplace import Workplace
from hr_pipeline.sandbox import Sandbox
from hr_pipeline.sandbox.companies import Company
from hr_pipeline_tests.codes_reached import note_printed

ROOT = Path(hr_pipeline.__file__).parents[1]

BRASSERIE, LOGISTIEK, IMPRIMERIE = "Brasserie du Vieux Lavoir", "Lavoir Logistiek", "Imprimerie Haut-Pré"
FONTCLAIRE, LIBRAIRIE, KERMADEC = "Atelier Fontclaire", "Librairie Grand Large", "Studio Kermadec"

# What a test's surroundings must not lend to a command.
_NEUTRAL = {**{variable.name: None for variable in VARIABLES}, "DAGSTER_HOME": None, "LC_ALL": None, "COLUMNS": "100", "NO_COLOR": "1"}


@dataclass(frozen=True, slots=True)
class Commands:
    """Types commands. `variables` are all they know of their surroundings."""

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    def run(self, *arguments: str, **more: str) -> Result:
        """One command in this process; `more` are environment variables."""
        env = {**_NEUTRAL, "LANG": "en_GB.UTF-8", "HR_PIPELINE_HOME": str(self.home), **self.variables, **more}
        result = CliRunner().invoke(app, list(arguments), prog_name="hr-pipeline", env=env)
        note_printed(result.output)
        return result

    def document(self, *arguments: str, status: int = 0, **more: str) -> Any:
        """The JSON of a command that ends with a status; nothing else is on stdout."""
        result = self.run(*arguments, "--json", **more)
        assert result.exit_code == status, result.output
        return json.loads(result.stdout)

    def refusal(self, *arguments: str, **more: str) -> dict[str, str]:
        """The JSON of a refused command, which is told nowhere else."""
        document: dict[str, str] = self.document(*arguments, status=1, **more)
        assert document.keys() >= {"code", "message", "next"}
        return document

    def process(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        """One command in a process of its own, which hears Ctrl-C even where these tests run in the background."""
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        inherited = {name: value for name, value in os.environ.items() if name not in _NEUTRAL}
        env = {**inherited, "LANG": "C.UTF-8", "COLUMNS": "100", "PYTHONPATH": str(ROOT), "HR_PIPELINE_HOME": str(self.home)}
        return subprocess.Popen(
            [sys.executable, "-m", "hr_pipeline.cli", *arguments],
            env={**env, **self.variables, **more},
            cwd=self.home.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def work(self) -> Workplace:
        """The workplace the commands have."""
        return Workplace.current(Environment.current({**self.variables, "HR_PIPELINE_HOME": str(self.home)}, self.home.parent))

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """Rows of a query on the store."""
        with self.work.store.opened() as database:
            return database.rows(sql, list(values))

    def connect(self, company: Company, *options: str) -> dict[str, Any]:
        """Connect a company of the sandbox."""
        return dict(self.document(*connect_arguments(company), *options))

    def connect_all(self, sandbox: Sandbox, *options: str) -> dict[str, str]:
        """Connect all of them, in their groups; company name → connection id."""
        grouped = {one.name: ["--group", one.group] if one.group else [] for one in sandbox.companies}
        return {one.name: self.connect(one, *grouped[one.name], *options)["connection_id"] for one in sandbox.companies}


def connect_arguments(company: Company) -> list[str]:
    """What a person types to connect a company."""
    if company.key_env:
        return ["connect", "payfit", "--name", company.name, "--api-key-env", company.key_env]
    return ["connect", "securex", "--name", company.name, "--vat", company.vat]


def company_of(sandbox: Sandbox, name: str) -> Company:
    """A company of the sandbox by its name."""
    return next(one for one in sandbox.companies if one.name == name)
