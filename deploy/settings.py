"""What a deployment is told by its environment, checked before anything starts. May import: `adapters`, `domain`."""

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path

from hr_pipeline.adapters.environment import Environment
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal

ADDRESS, NAMES = "HR_PIPELINE_ADDRESS", "HR_PIPELINE_NAMES"
CERTIFICATE, KEY = "HR_PIPELINE_CERTIFICATE_FILE", "HR_PIPELINE_CERTIFICATE_KEY_FILE"
USUAL_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Settings:
    """Where people come in. `host` may be an IPv6 address in brackets; `names` are (name, port) as a browser's address bar shows them."""

    host: str
    port: int
    names: tuple[tuple[str, int], ...]
    certificate: Path | None
    key: Path | None

    @classmethod
    def of(cls, environment: Environment, folder: Path) -> "Settings":
        """Settings of the environment; relative paths are from the folder.

        Raises:
            Refusal: `INVALID_SETTING`, also for passwords that would travel in clear.
        """
        host, port = _address(environment.value(ADDRESS))
        certificate, key = (_file(environment, name, folder) for name in (CERTIFICATE, KEY))
        if bool(certificate) != bool(key):
            raise Refusal(Code.INVALID_SETTING, setting=KEY if certificate else CERTIFICATE, expected="a PEM file: the two go together")
        if not certificate and not _is_loopback(host):
            raise Refusal(
                Code.INVALID_SETTING,
                setting=CERTIFICATE,
                expected=f"a TLS certificate, or {ADDRESS} on 127.0.0.1: logins never travel in clear",
            )
        names = tuple(_name(text, port) for text in environment.value(NAMES).split(",") if text.strip())
        if not names:
            raise _no_names()
        return cls(host, port, names, certificate, key)

    @property
    def scheme(self) -> str:
        """`https` with a certificate."""
        return "https" if self.certificate else "http"

    @property
    def origins(self) -> tuple[str, ...]:
        """What a browser on one of our own pages says in `Origin`."""
        return tuple(
            f"{self.scheme}://{name}" + ("" if port == USUAL_PORTS[self.scheme] else f":{port}") for name, port in dict.fromkeys(self.names)
        )


def _address(text: str) -> tuple[str, int]:
    if found := re.fullmatch(r"(\[[0-9a-f:]+\]|[\w.-]+):(\d{1,5})", text):
        host, port = found[1], int(found[2])
        if port < 65536:
            return host, port
    raise Refusal(Code.INVALID_SETTING, setting=ADDRESS, expected="an address and a port, such as 127.0.0.1:8080 or 0.0.0.0:443")


def _name(text: str, port: int) -> tuple[str, int]:
    if found := re.fullmatch(r"([a-z0-9]([a-z0-9.-]*[a-z0-9])?)(?::(\d{1,5}))?", text.strip().lower()):
        return found[1], int(found[3] or port)
    raise _no_names()


def _no_names() -> Refusal:
    return Refusal(Code.INVALID_SETTING, setting=NAMES, expected="names such as sync.example.org, separated by commas")


def _file(environment: Environment, name: str, folder: Path) -> Path | None:
    text = environment.value(name)
    path = folder / Path(text).expanduser() if text else None
    if path and not (path.is_file() and os.access(path, os.R_OK) and re.fullmatch(r"[\w./~+-]+", str(path))):
        raise Refusal(Code.INVALID_SETTING, setting=name, expected="the path of a PEM file that can be read, without spaces")
    return path


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
