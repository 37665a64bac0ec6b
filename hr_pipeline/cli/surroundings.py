"""The store and the workplace of this process. Listings open the store alone; only what asks a provider needs the whole workplace.

May import: `adapters`, `operations`.
"""

import getpass
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from hr_pipeline.adapters.store.database import Database
    from hr_pipeline.operations.workplace import Workplace


_of_one_command = False  # whether this process will end with the command


def claim_process() -> None:
    """Tell that this process runs one command and ends."""
    global _of_one_command
    _of_one_command = True


def end_process(status: int) -> NoReturn:
    """End with a status, at once if this process runs one command: threads that wait for a provider are not waited for."""
    if _of_one_command:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    raise typer.Exit(status)


@contextmanager
def opened_store() -> "Iterator[Database]":
    """The open store, for commands that only look something up or note something down about what is there.

    Where there is none yet, an empty one for the moment, and a line that says where it was looked for: a command typed in another folder
    than `.env`'s leaves no store behind.

    Raises:
        Refusal: When the environment can't be used, or the store not opened.
    """
    from hr_pipeline.adapters.environment import Environment
    from hr_pipeline.adapters.store.opening import Store

    found = Environment.current()
    if found.home.exists():
        found.create_home()
    if found.store_path.exists():
        with without_pandas(), Store(found.store_path, key=found.store_key, folders=(found.home,)).opened() as database:
            yield database
        return
    typer.echo(f"There is no store yet: {found.store_path} (HR_PIPELINE_HOME and .env are those of this folder).", err=True)
    with tempfile.TemporaryDirectory() as folder, without_pandas(), Store(Path(folder) / found.store_path.name).opened() as database:
        yield database


class _NoPandas(MetaPathFinder):
    """Says that there is no pandas, to whoever can do without; nor httpx's own command line, which it then leaves out."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:  # noqa: ARG002 - the protocol's
        """Refuse these two, leave everything else to the others."""
        if fullname in ("pandas", "httpx._main"):
            raise ModuleNotFoundError(name=fullname)


@contextmanager
def without_pandas() -> Iterator[None]:
    """Spare a lookup what DuckDB does at the first parameter: load pandas, if there is one, to ask whether the value is pandas' own.

    That takes as long as the rest of the command. Only in a process of one command, where no other thread imports anything meanwhile.
    """
    if not _of_one_command:
        yield
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)


def workplace() -> "Workplace":
    """The workplace, with its providers.

    Raises:
        Refusal: When the environment can't be used.
    """
    from hr_pipeline.operations.workplace import Workplace

    return Workplace.current()


def how_to_sync(what: str) -> str:
    """The command that synchronises: asked of the deployment where one looks for requests on this home, done in a process of its own elsewhere.

    Args:
        what: A connection, or `--all`.
    """
    from hr_pipeline.adapters.environment import Environment
    from hr_pipeline.operations.requesting import daemon_looks

    return f"hr-pipeline {'request' if daemon_looks(Environment.current().home) else 'sync'} {what}"


def user() -> str:
    """Who types the command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
