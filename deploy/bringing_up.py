"""Bringing a deployment up and down, in order. May import: this room, `adapters`, `defs.home`, `defs.launching`, `domain`."""

import fcntl
import os
import shutil
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import yaml

from deploy import database, proxy
from deploy.logins import Logins, Role, write_private
from deploy.places import Places
from deploy.settings import Settings
from deploy.supervision import CODE_PROGRAM, DATABASE_PROGRAM, Program, Supervisor, configuration, programs, wait_until
from hr_pipeline.adapters.environment import VARIABLES, Environment
from hr_pipeline.adapters.private_files import FOLDER_MODE, create_private_folder
from hr_pipeline.defs.home import DATABASE, OWN_DATABASE, database_address, prepare_dagster_home
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

TOLD_BY_US = ("HR_PIPELINE_HOME", DATABASE)  # variables that reach the processes from a shell too; the others come from `.env` alone
LOCATIONS = "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus locationOrLoadError { __typename } } } } }"
LOADED = {"loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation"}}


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment: its environment, what it was told, and where it is."""

    environment: Environment
    settings: Settings
    places: Places

    @classmethod
    def here(cls) -> "Deployment":
        """The deployment of this folder's `.env`.

        Raises:
            Refusal: `INVALID_SETTING`.
        """
        folder = Path.cwd()
        environment = Environment.current()
        return cls(environment, Settings.of(environment, folder), Places.of(environment, folder))

    @property
    def logins(self) -> Logins:
        """Who may come in."""
        return Logins(self.places.state)

    @property
    def address(self) -> str:
        """Where a browser goes."""
        return self.settings.origins[0]

    def up(self, say: Callable[[str], None]) -> None:
        """Bring everything up, whatever runs already; again after a change of settings or of the code.

        Raises:
            Refusal: `INVALID_SETTING` for settings or a machine that do not do.
            TimeoutError: A process did not start; it is named.
        """
        programs = self._programs()
        _close_secrets(self.places.folder / ".env", say)
        self.environment.create_home()
        with self._alone():
            self._bring_up(*programs, say)

    def keep(self, say: Callable[[str], None]) -> bool:
        """Bring everything up when it should run and doesn't: after a reboot, or when the supervisor itself was killed. Else nothing is done.

        Returns:
            Whether there was something to do.

        Raises:
            Refusal: As `up`.
            TimeoutError: As `up`.
        """
        if not self._wanted.exists():
            return False
        with self._alone():  # an `up` or `down` under way has the say
            if not self._wanted.exists() or (self.places.run.is_dir() and Supervisor(self.places).lives()):
                return False
            self._bring_up(*self._programs(), say)
        return True

    def down(self) -> None:
        """Stop everything, until the next `up`. Nothing is removed."""
        with self._alone():
            self._wanted.unlink(missing_ok=True)
            Supervisor(self.places).stop()

    def remove(self) -> list[Path]:
        """Stop everything and forget the deployment: Dagster's history in its own database, logins, logs. The store stays.

        Returns:
            The folders that were there.
        """
        folders = (self.places.postgres, self.places.run, self.places.state)
        there = [folder for folder in folders if folder.exists()]
        self.down()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        proxy.remove_user(self.places)
        return there

    def let_in(self, name: str, role: Role | None) -> None:
        """Give a login its role and a new password, or take it away without a role; at once when the proxy runs.

        Raises:
            Refusal: `INVALID_SETTING` for a name that does not do.
        """
        if role is None:
            self.logins.remove(name)
        else:
            self.logins.add(name, role)
        supervisor = Supervisor(self.places)
        if self.places.run.is_dir() and supervisor.lives():
            proxy.write_logins(self.places, self.logins.all())
            supervisor.signal_program("proxy", signal.SIGHUP)

    @property
    def _wanted(self) -> Path:
        """Says that it should run."""
        return self.places.state / "wanted"

    def _bring_up(self, postgres: Path | None, nginx: str, say: Callable[[str], None]) -> None:
        self._wanted.touch(mode=0o600)
        supervisor = Supervisor(self.places)
        supervisor.stop()
        running = self._written(postgres, nginx)
        supervisor.start()
        if postgres is not None:
            say("PostgreSQL")
            supervisor.start_program(DATABASE_PROGRAM)
            wait_until(self._log(DATABASE_PROGRAM), lambda: database.answers(self.places, postgres))
            database.make_role(self.places, postgres)
        say("Dagster's storage")
        self._make_storage_ready()
        say("Dagster")
        supervisor.start_program(CODE_PROGRAM)
        wait_until(self._log(CODE_PROGRAM), self.places.code.is_socket, seconds=60)
        for program in running:
            if program.name not in (DATABASE_PROGRAM, CODE_PROGRAM):
                supervisor.start_program(program.name)
        for role in Role:
            wait_until(self._log(role), lambda role=role: self._shows_the_code(role), seconds=120)  # type: ignore[misc] # bound at once
        wait_until(self._log("proxy"), self._asks_for_a_login)

    def _programs(self) -> tuple[Path | None, str]:
        """Folder of PostgreSQL's programs (None: somebody else's server), and nginx."""
        nginx = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        own = not self.environment.value(DATABASE)
        postgres = database.found_programs(self.places) if own else None
        missing = [
            name
            for name, found in (
                ("nginx", nginx),
                ("openssl", shutil.which("openssl")),
                ("PostgreSQL", postgres or not own),
                ("useradd", proxy.can_make_user()),
            )
            if not found
        ]
        if missing or nginx is None:
            was = database.made_with(self.places) if own else None
            raise Refusal(
                Code.INVALID_SETTING,
                setting="PATH",
                expected=f"{', '.join(missing)}{f' (version {was}, which made the database)' if was else ''}: .ci/packages server installs them on Debian",
            )
        return postgres, nginx

    def _written(self, postgres: Path | None, nginx: str) -> list[Program]:
        """Every folder and file, written anew; returns what is to run."""
        places = self.places
        for folder in (places.state, places.logs):
            create_private_folder(folder)
        proxy.make_user(places)
        _own_folder(places.run, places.web_user)
        if not self.logins.all():
            for role in Role:
                self.logins.add(str(role), role)
        proxy.write_configuration(places, self.settings, self.logins.all())
        if postgres is not None:
            if not places.postgres.exists():
                places.postgres.mkdir(mode=FOLDER_MODE)
                shutil.chown(places.postgres, places.database_user)
            database.make_database(places, postgres)
            write_private(places.home / OWN_DATABASE, database.address(places) + "\n")
        else:
            (places.home / OWN_DATABASE).unlink(missing_ok=True)
        prepare_dagster_home(self.environment)
        server = {"load_from": [{"grpc_server": {"socket": str(places.code), "location_name": "hr_pipeline"}}]}
        write_private(places.dagster / "deployment.yaml", yaml.safe_dump(server))
        running = programs(places, database_address(self.environment), postgres, nginx)
        write_private(places.state / "supervisord.conf", configuration(places, running))
        return running

    def _make_storage_ready(self) -> None:
        """Make or migrate Dagster's tables once, before several processes would all try, and let every connection be clicked.

        Raises:
            Refusal: `INVALID_SETTING` when the database does not take us.
        """
        from hr_pipeline.defs.launching import make_ready, opened_instance
        from hr_pipeline.operations.workplace import Workplace

        try:
            with opened_instance(self.environment) as instance:
                instance.upgrade()
        except Exception as error:  # noqa: BLE001 - of the driver, of SQLAlchemy, of Dagster; they may quote the address
            expected = f"the address of a PostgreSQL database of our own that answers ({type(error).__name__})"
            raise Refusal(Code.INVALID_SETTING, setting=DATABASE, expected=expected) from None
        make_ready(Workplace.current())

    def _shows_the_code(self, role: str) -> bool:
        try:
            with httpx.Client(transport=httpx.HTTPTransport(uds=str(self.places.web(role))), trust_env=False) as client:
                answer = client.post("http://localhost/graphql", json={"query": LOCATIONS}, timeout=20).json()
        except httpx.HTTPError:
            return False
        return bool(answer["data"]["workspaceOrError"].get("locationEntries") == [LOADED])

    def _asks_for_a_login(self) -> bool:
        name, _ = self.settings.names[0]
        host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(self.settings.host, self.settings.host)  # noqa: S104 - not listened on here
        address = f"{self.settings.scheme}://{host}:{self.settings.port}/"
        try:  # the certificate is the browser's to judge: it may well name another host than this address
            answer = httpx.get(address, headers={"Host": name}, verify=False, trust_env=False, timeout=5)  # noqa: S501
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.UNAUTHORIZED

    def _log(self, program: str) -> str:
        return f"{program}: its log is {self.places.logs / program}.log"

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time: two people, or a person and a reboot."""
        create_private_folder(self.places.state)
        with (self.places.state / "lock").open("w", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _close_secrets(file: Path, say: Callable[[str], None]) -> None:
    """Nobody else reads `.env`; and what only this shell knows is said, since no process will know it."""
    if file.is_file():
        file.chmod(stat.S_IRUSR | stat.S_IWUSR)
    in_file = Environment.current({}, file.parent).given
    only_here = [one.name for one in VARIABLES if os.environ.get(one.name) and one.name not in TOLD_BY_US and one.name not in in_file]
    if only_here:
        say(f"Not handed on, since only this shell has it (put it in .env): {', '.join(only_here)}")


def _own_folder(run: Path, web_user: str) -> None:
    """The folder of sockets: ours alone, but for the proxy's workers. Somebody else's folder of that name is not used.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    if os.geteuid() != 0 and not run.parent.exists():
        create_private_folder(run.parent)
    run.mkdir(mode=FOLDER_MODE, exist_ok=True)
    if run.is_symlink() or run.stat().st_uid != os.geteuid():
        raise Refusal(Code.INVALID_SETTING, setting="HR_PIPELINE_HOME", expected="a shorter path: the folder for its sockets is taken")
    if os.geteuid() == 0:
        shutil.chown(run, group=web_user)
        run.chmod(0o710)
    for socket in run.glob("*.sock"):  # nobody listens any more
        socket.unlink()
