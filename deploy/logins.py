"""Who may come in, and as what: names, roles and hashes in one private file. May import: `adapters`, `domain`.

Passwords are drawn, never chosen, so that none is weak and the cost of hashing does not matter; each is written to a private file until it
was handed out. Names are lower case: the proxy looks roles up without regard to case, passwords with.
"""

import re
import secrets
import subprocess
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from hr_pipeline.adapters.private_files import PartFile, create_private_folder
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal


class Role(StrEnum):
    """What a login opens: `engineer` sees and does, `viewer` sees."""

    ENGINEER = "engineer"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Login:
    """One person or program that may come in."""

    name: str
    role: Role
    hashed: str


class Logins:
    """The logins of a deployment, in its state folder."""

    def __init__(self, state: Path) -> None:
        self._file, self.handed_out = state / "logins", state / "passwords"

    def all(self) -> list[Login]:
        """Every login, by name."""
        lines = self._file.read_text(encoding="utf-8").splitlines() if self._file.exists() else []
        rows = [line.split(":", 2) for line in lines]
        return sorted((Login(name, Role(role), hashed) for name, role, hashed in rows), key=lambda login: login.name)

    def add(self, name: str, role: Role) -> None:
        """Give a name a new password, which is appended to `handed_out`.

        Raises:
            Refusal: `INVALID_SETTING` for a name that is none.
        """
        if not re.fullmatch(r"[a-z][a-z0-9.-]{0,31}", name):
            raise Refusal(Code.INVALID_SETTING, setting="NAME", expected="a lower case name: letters, digits, dots and dashes, at most 32")
        password = secrets.token_urlsafe(24)
        self._store([*(login for login in self.all() if login.name != name), Login(name, role, _hashed(password))])
        known = self.handed_out.read_text(encoding="utf-8").splitlines() if self.handed_out.exists() else []
        kept = [line for line in known if line.split()[0] != name]
        write_private(self.handed_out, "".join(f"{line}\n" for line in [*kept, f"{name} {password}"]))

    def remove(self, name: str) -> None:
        """Shut a name out.

        Raises:
            Refusal: `INVALID_SETTING` for a name that nobody has.
        """
        if name not in {login.name for login in self.all()}:
            raise Refusal(Code.INVALID_SETTING, setting="NAME", expected="the name of a login")
        self._store([login for login in self.all() if login.name != name])

    def _store(self, logins: list[Login]) -> None:
        write_private(self._file, "".join(f"{login.name}:{login.role}:{login.hashed}\n" for login in logins))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    create_private_folder(path.parent)
    part = PartFile(path)
    try:
        part.file.write(text.encode())
        part.publish()
    except BaseException:
        part.discard()
        raise


def _hashed(password: str) -> str:
    """SHA-512 crypt, which the C library and so nginx understands. The password goes through a pipe: arguments show in `ps`."""
    command = ["openssl", "passwd", "-6", "-stdin"]
    return subprocess.run(command, input=password, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603 - fixed words
