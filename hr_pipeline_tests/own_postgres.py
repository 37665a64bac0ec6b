"""A PostgreSQL server of a test's or the benchmark's own, in a folder, on a socket; gone when it is not needed any more.

May import: nothing of ours.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

SETTINGS = "listen_addresses=''", "shared_buffers=512MB", "max_wal_size=4GB", "maintenance_work_mem=512MB"


@contextmanager
def own_postgres(folder: Path) -> Iterator[str]:
    """Its address without a database: `database_at` makes one.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    programs = _programs()
    room = Path(mkdtemp(prefix="pg-", dir=folder))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    sockets = Path(mkdtemp(prefix="hr-pg-"))  # a socket's path is short
    for path in (room, sockets):
        shutil.chown(path, user)
    _open_way(folder)
    as_user = ["runuser", "-u", user, "--"] if os.geteuid() == 0 else []

    def run(*words: str) -> None:
        subprocess.run([*as_user, *words], cwd="/", check=True, stdout=subprocess.DEVNULL)

    data, options = room / "data", " ".join(f"-c {setting}" for setting in (*SETTINGS, f"unix_socket_directories={sockets}"))
    run(str(programs / "initdb"), "-D", str(data), "-U", "hr", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-instructions")
    run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-l", str(room / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg2://hr@/?host={sockets}"
    finally:
        run(str(programs / "pg_ctl"), "-D", str(data), "-w", "-m", "immediate", "stop")
        for path in (room, sockets):
            shutil.rmtree(path, ignore_errors=True)


def database_at(address: str, name: str) -> str:
    """Make a database; its address."""
    sockets = address.rpartition("=")[2]
    command = [str(_programs() / "createdb"), "-h", sockets, "-U", "hr", name]
    subprocess.run(command, cwd="/", check=True)
    return address.replace("@/?", f"@/{name}?")


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    elsewhere = shutil.which("initdb")
    if elsewhere is None:
        raise FileNotFoundError("PostgreSQL is not installed: `apt install postgresql`")
    return Path(elsewhere).parent


def _open_way(folder: Path) -> None:
    """Let the server's user through to a folder that `mkdtemp` made for us alone."""
    if os.geteuid() == 0 and folder.stat().st_mode & 0o777 == 0o700:
        folder.chmod(0o711)
