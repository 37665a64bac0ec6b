"""Where a deployment keeps what: pure paths, made out of the home and the user who deploys.

State is in the home. Two things are elsewhere when root deploys, since PostgreSQL and the proxy's workers then run as other users, who may not look
into the home: the database is in the home folder of `postgres`, sockets are under /run. The proxy's user is one of its own, named as the
deployment is, since whoever else ran as it could reach the webservers without a login. May import: `adapters`.
"""

import hashlib
import os
import pwd
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hr_pipeline.adapters.environment import Environment

ROOT = Path(__file__).parents[1]
LONGEST_SOCKET_FOLDER = 80  # the kernel takes 107 characters for a socket's whole path
DATABASE_USER = "postgres"


@dataclass(frozen=True, slots=True)
class Places:
    """Paths of one deployment. `folder` is where its `.env` is and `hr-pipeline` is called; `name` tells deployments of a machine apart."""

    home: Path
    folder: Path
    name: str
    run: Path
    postgres: Path
    database_sockets: Path
    database_user: str  # whom PostgreSQL runs as
    web_user: str  # whom the proxy's workers run as

    @classmethod
    def of(cls, environment: Environment, folder: Path) -> "Places":
        """Places of the deployment of this home, by the user of this process."""
        home = environment.home.resolve()
        name = f"hr-pipeline-{hashlib.sha256(str(home).encode()).hexdigest()[:10]}"
        state, me = home / "deploy", pwd.getpwuid(os.geteuid())
        if me.pw_uid == 0:
            postgres = Path(pwd.getpwnam(DATABASE_USER).pw_dir if exists(DATABASE_USER) else "/var/lib/postgresql") / name
            return cls(home, folder, name, Path("/run") / name, postgres, postgres, DATABASE_USER, name)
        run = state / "run"
        if len(str(run)) > LONGEST_SOCKET_FOLDER:
            run = Path(tempfile.gettempdir()) / f"{name}-{me.pw_uid}"
        return cls(home, folder, name, run, state / "postgres", run, me.pw_name, me.pw_name)

    @property
    def state(self) -> Path:
        """Configuration, logins and logs."""
        return self.home / "deploy"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.state / "logs"

    @property
    def dagster(self) -> Path:
        """Dagster's home."""
        return self.home / "dagster"

    @property
    def code(self) -> Path:
        """Socket of the code server."""
        return self.run / "code.sock"

    def web(self, role: str) -> Path:
        """Socket of a webserver."""
        return self.run / f"{role}.sock"

    @property
    def supervisor(self) -> Path:
        """Socket of the supervisor."""
        return self.run / "supervisor.sock"


def exists(user: str) -> bool:
    """Whether the machine knows a user."""
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
