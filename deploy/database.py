"""The deployment's own PostgreSQL: found, made and asked whether it answers. May import: `places`.

It listens on a socket in a private folder only, and knows people by their user on this machine: there is no password to keep or to lose.
"""

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

from deploy.places import Places

NAME = "dagster"  # of the database, and of the role that owns it
ADMIN = "postgres"


def found_programs(places: Places) -> Path | None:
    """Folder of PostgreSQL's programs: those of the version that made the database, else the newest; None when there are none."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]), reverse=True)
    version = made_with(places)
    if version is not None:
        return next((path.parent for path in debian if path.parts[-3] == version), None)
    if debian:
        return debian[0].parent
    elsewhere = shutil.which("postgres")
    return Path(elsewhere).resolve().parent if elsewhere else None


def made_with(places: Places) -> str | None:
    """Major version that made the database; None when there is none yet."""
    version = places.postgres / "PG_VERSION"
    return version.read_text(encoding="utf-8").strip() if version.is_file() else None


def make_database(places: Places, programs: Path) -> None:
    """Make the server's folder, once, and write its settings, each time."""
    if made_with(places) is None:
        _run_as(
            places,
            [
                str(programs / "initdb"),
                "-D",
                str(places.postgres),
                "-U",
                ADMIN,
                "-A",
                "peer",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-instructions",
            ],
        )
    me = pwd.getpwuid(os.geteuid()).pw_name
    people = {(places.database_user, ADMIN), (me, NAME)}
    files = {
        "pg_hba.conf": f"local postgres,{NAME} {ADMIN} peer map=deployment\nlocal {NAME} {NAME} peer map=deployment\n",
        "pg_ident.conf": "".join(f"deployment {user} {role}\n" for user, role in sorted(people)),
        "postgresql.auto.conf": "",
        "postgresql.conf": (
            f"listen_addresses = ''\nunix_socket_directories = '{places.database_sockets}'\nunix_socket_permissions = 0700\n"
            "max_connections = 100\nshared_buffers = 128MB\ntimezone = 'UTC'\nlog_timezone = 'UTC'\nlog_min_messages = warning\n"
            "log_min_error_statement = panic\nlog_parameter_max_length_on_error = 0\nupdate_process_title = off\n"
        ),
    }
    for name, text in files.items():
        path = places.postgres / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        shutil.chown(path, places.database_user)


def answers(places: Places, programs: Path) -> bool:
    """Whether the server takes connections."""
    command = [str(programs / "pg_isready"), "-q", "-h", str(places.database_sockets), "-t", "1", "-U", NAME, "-d", NAME]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 - our own words


def make_role(places: Places, programs: Path) -> None:
    """The role and the database of Dagster, once."""
    for question, statement in (
        (f"SELECT 1 FROM pg_roles WHERE rolname = '{NAME}'", f"CREATE ROLE {NAME} LOGIN"),
        (f"SELECT 1 FROM pg_database WHERE datname = '{NAME}'", f"CREATE DATABASE {NAME} OWNER {NAME}"),
    ):
        if not _asked(places, programs, question):
            _asked(places, programs, statement)


def address(places: Places) -> str:
    """What SQLAlchemy is told. The driver is named: the plain scheme means another one from SQLAlchemy 2.1 on."""
    return f"postgresql+psycopg2://{NAME}@/{NAME}?host={places.database_sockets}"


def _asked(places: Places, programs: Path, statement: str) -> str:
    words = [
        "-X",
        "-q",
        "-A",
        "-t",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        str(places.database_sockets),
        "-U",
        ADMIN,
        "-d",
        "postgres",
        "-c",
        statement,
    ]
    return _run_as(places, [str(programs / "psql"), *words])


def _run_as(places: Places, command: list[str]) -> str:
    """Run a command as the server's user, in the root folder: where we are may be closed to that one."""
    as_user = ["runuser", "-u", places.database_user, "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*as_user, *command], cwd="/", capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode:
        raise RuntimeError(re.sub(r"\s+", " ", f"{Path(command[0]).name}: {done.stderr.strip()}"))
    return done.stdout.strip()
