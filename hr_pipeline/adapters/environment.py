"""What the surroundings say: environment variables, `.env` and the home folder, read once and handed on as a value.

The only module that reads the environment; `.env.example` lists the same variables. Opening envelopes is `credentials`'.
May import: `domain`, `credentials`, `private_files`.
"""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dotenv import dotenv_values

from hr_pipeline.adapters.credentials import ENVELOPE, credential_key, opened
from hr_pipeline.adapters.private_files import FOLDER_MODE, create_private_folder, room_needed
from hr_pipeline.domain.codes import Code
from hr_pipeline.domain.refusals import Refusal


class Variable(NamedTuple):
    """One environment variable. An empty default means that there is none."""

    name: str
    meaning: str
    default: str = ""
    secret: bool = False


VARIABLES: tuple[Variable, ...] = (
    Variable("HR_PIPELINE_HOME", "Folder of all state: store, landing files, keys, Dagster.", "data/"),
    Variable("HR_PIPELINE_STORE", "DuckDB file of the store. Empty: hr_pipeline.duckdb in the home."),
    Variable(
        "HR_PIPELINE_STORE_KEY", "Key that encrypts store, landing files and credentials: at least 32 random characters.", secret=True
    ),
    Variable("SECUREX_BASE_URL", "Address of the Securex HR & Payroll API, as Securex gave it to you (acceptance or production)."),
    Variable("SECUREX_TOKEN_URL", "Where Securex issues tokens.", "https://logon.securex.eu/adfs/oauth2/token"),
    Variable("SECUREX_CLIENT_ID", "Client id of your Securex partner credential."),
    Variable("SECUREX_CLIENT_SECRET", "Client secret of your Securex partner credential.", secret=True),
    Variable("SECUREX_SUBSCRIPTION_KEY", "Primary subscription key of your Securex subscription.", secret=True),
    Variable("SECUREX_SUBSCRIPTION_KEY_SECONDARY", "Secondary subscription key, taken over to while the primary is rotated.", secret=True),
    Variable("PAYFIT_BASE_URL", "Address of the PayFit Partner API.", "https://partner-api.payfit.com"),
    Variable("PAYFIT_OAUTH_URL", "Address of PayFit's authorisation server.", "https://oauth.payfit.com"),
    Variable("PAYFIT_CLIENT_ID", "Client id of your PayFit application; only for `connect payfit --oauth`."),
    Variable("PAYFIT_CLIENT_SECRET", "Client secret of your PayFit application; only for `connect payfit --oauth`.", secret=True),
    Variable("HR_PIPELINE_ATTENTION_TO", "Attention: who is told by mail when something gets worse; e-mail addresses separated by commas."),
    Variable("HR_PIPELINE_ATTENTION_FROM", "Attention: the sender's address of those mails."),
    Variable(
        "HR_PIPELINE_ATTENTION_SMTP",
        "Attention: mail server, smtp://USER@HOST:587 (STARTTLS; plain only to this machine) or smtps://USER@HOST:465. Empty: no mail.",
    ),
    Variable("HR_PIPELINE_ATTENTION_SMTP_PASSWORD", "Attention: password of that user.", secret=True),
    Variable(
        "HR_PIPELINE_ATTENTION_WEBHOOK",
        "Attention: https address that takes a JSON document with a `text`, as Slack and Teams give one. Empty: no webhook.",
        secret=True,
    ),
    Variable(
        "HR_PIPELINE_ATTENTION_WEBHOOK_SECRET",
        "Attention: key of the HMAC-SHA256 in the header X-Hr-Pipeline-Signature; at least 16 characters. Empty: not signed.",
        secret=True,
    ),
    Variable("HR_PIPELINE_ATTENTION_LANGUAGE", "Attention: language of the digests: fr, nl or en.", "en"),
    Variable("HR_PIPELINE_ATTENTION_DAGSTER", "Attention: address of Dagster's UI as people reach it, for links. Empty: no links."),
    Variable(
        "HR_PIPELINE_ATTENTION_AUTHORITIES",
        "Attention: PEM file of certificate authorities to trust beside the public ones, such as your own.",
    ),
    Variable("HR_PIPELINE_ADDRESS", "Deployment: address and port where people reach Dagster.", "127.0.0.1:8080"),
    Variable(
        "HR_PIPELINE_NAMES",
        "Deployment: every name they type to get there, separated by commas; with `:port` when that is another port.",
        "localhost,127.0.0.1",
    ),
    Variable(
        "HR_PIPELINE_CERTIFICATE_FILE", "Deployment: TLS certificate with its chain (PEM file). Without one only this machine is served."
    ),
    Variable("HR_PIPELINE_CERTIFICATE_KEY_FILE", "Deployment: private key of the certificate (PEM file)."),
    Variable(
        "HR_PIPELINE_DATABASE",
        "PostgreSQL that keeps Dagster's history: postgresql://user:password@host/database. Empty: a deployment's own server, else SQLite.",
        secret=True,
    ),
)

FOLDER = "HR_PIPELINE_FOLDER"  # of `.env` and of relative paths, in processes that work in another folder; set by us alone
SHORTEST_KEY = 32

_DEFAULTS = {variable.name: variable.default for variable in VARIABLES}

# What each provider's session is given, and the variable it comes from.
_PROVIDER_VARIABLES: Mapping[str, Mapping[str, str]] = {
    "securex": {
        "base_url": "SECUREX_BASE_URL",
        "token_url": "SECUREX_TOKEN_URL",
        "client_id": "SECUREX_CLIENT_ID",
        "client_secret": "SECUREX_CLIENT_SECRET",
        "subscription_key": "SECUREX_SUBSCRIPTION_KEY",
        "subscription_key_secondary": "SECUREX_SUBSCRIPTION_KEY_SECONDARY",
    },
    "payfit": {
        "base_url": "PAYFIT_BASE_URL",
        "oauth_url": "PAYFIT_OAUTH_URL",
        "client_id": "PAYFIT_CLIENT_ID",
        "client_secret": "PAYFIT_CLIENT_SECRET",
    },
}
_OPTIONAL = ("subscription_key_secondary",)
_OF_THE_APPLICATION = ("client_id", "client_secret")  # not needed by who holds a token
_IN_HEADERS = ("token", "subscription_key", "subscription_key_secondary")

# Entries by which a folder is known to be a home of ours.
_OURS = {".gitkeep", "hr_pipeline.duckdb", "landing", "dagster"}


@dataclass(frozen=True, slots=True)
class Environment:
    """The surroundings of one process. Secrets never show in its `repr`.

    `home` is absolute; `store` is an absolute path, or an address when it has a scheme (`ducklake:…`).
    """

    home: Path
    store: str = field(repr=False)  # an address may carry a password
    store_key: str | None = field(repr=False)
    given: Mapping[str, str] = field(repr=False)  # every variable that is set and not blank, defaults not filled in

    @classmethod
    def current(cls, variables: Mapping[str, str] | None = None, folder: Path | None = None) -> "Environment":
        """The environment of this process, with `.env` of the working folder beneath it: a real variable wins, even when empty.

        Dagster's processes work elsewhere, since Dagster would put the `.env` of its working folder above: `HR_PIPELINE_FOLDER` leads here.

        Args:
            variables: Instead of the process's own.
            folder: Instead of the working folder.

        Raises:
            Refusal: `INVALID_FILE` when `.env` is not text, `INVALID_SETTING` for a store key that is too short or no engine takes.
        """
        folder = Path(os.environ.get(FOLDER) or Path.cwd()) if folder is None else folder
        merged = {**_dotenv(folder / ".env"), **(os.environ if variables is None else variables)}
        given = {name: value.strip() for name, value in merged.items() if value.strip()}
        home = folder.absolute() / Path(given.get("HR_PIPELINE_HOME", _DEFAULTS["HR_PIPELINE_HOME"])).expanduser()
        store = given.get("HR_PIPELINE_STORE", str(home / "hr_pipeline.duckdb"))
        if not _is_address(store):
            store = str(folder.absolute() / Path(store).expanduser())
        return cls(home, store, _checked_key(given.get("HR_PIPELINE_STORE_KEY")), given)

    @property
    def store_path(self) -> Path:
        """The store's file.

        Raises:
            Refusal: `INVALID_SETTING` when the store is an address instead.
        """
        if _is_address(self.store):
            raise Refusal(Code.INVALID_SETTING, setting="HR_PIPELINE_STORE", expected="the path of a DuckDB file")
        return Path(self.store)

    def value(self, name: str) -> str:
        """A variable's value, its default, or an empty text."""
        return self.given.get(name) or _DEFAULTS.get(name, "")

    def secrets_for(self, provider: str, credential_ref: Mapping[str, str], connection_id: str = "") -> dict[str, str]:
        """What a provider's session needs, optional values as empty texts.

        `{"kind": "partner"}` takes the partner's own credential (for PayFit: the application that asks for consent); the other two kinds
        add a `token`: `{"kind": "env", "variable": …}` from a variable, `{"kind": "envelope", …}` from an envelope of this connection.

        Raises:
            Refusal: `ENVIRONMENT_INCOMPLETE` naming the variables that are missing, `INVALID_SETTING` for a value that no header can
                carry, `CREDENTIAL_REFUSED` or `STORE_KEY_REFUSED` for an envelope that doesn't open.
        """
        sources = dict(_PROVIDER_VARIABLES[provider])
        kind = credential_ref["kind"]
        if kind == "env":
            sources["token"] = _variable_name(credential_ref["variable"], self.given)
        optional = _OPTIONAL if kind == "partner" else (*_OPTIONAL, *_OF_THE_APPLICATION)
        secrets = {key: self.value(name) for key, name in sources.items()}
        if missing := [name for key, name in sources.items() if not secrets[key] and key not in optional]:
            raise Refusal(Code.ENVIRONMENT_INCOMPLETE, variables=", ".join(missing))
        if kind == ENVELOPE:
            secrets["token"] = opened(credential_ref, connection_id, credential_key(self.home, self.store_key))
        for key in _IN_HEADERS:
            if not re.fullmatch(r"[\x21-\x7e]*", secrets.get(key, "")):
                raise Refusal(Code.INVALID_SETTING, setting=sources.get(key, key), expected="visible ASCII characters only")
        return secrets

    def create_home(self) -> None:
        """Make the home, readable by nobody else.

        An existing folder is closed to others too when it is empty or a home of ours; one that holds other things is left as it is, since
        it may be needed by others: what is made inside is private all the same.

        Raises:
            Refusal: `INVALID_SETTING` when it is not a folder one can write to, `DISK_FULL`.
        """
        try:
            with room_needed():
                create_private_folder(self.home)
                entries = {entry.name for entry in self.home.iterdir()}
                shared = bool(self.home.stat().st_mode & stat.S_ISVTX)  # such as /tmp
                if not shared and (not entries or entries & _OURS):
                    self.home.chmod(FOLDER_MODE)
        except OSError:
            raise _unusable_home() from None
        if not os.access(self.home, os.R_OK | os.W_OK | os.X_OK):
            raise _unusable_home()

    @property
    def home_is_private(self) -> bool:
        """Whether nobody else can look into the home, as `doctor` reports it."""
        return self.home.is_dir() and self.home.stat().st_mode & 0o077 == 0


def _unusable_home() -> Refusal:
    return Refusal(Code.INVALID_SETTING, setting="HR_PIPELINE_HOME", expected="a folder of your own that can be written to")


def _dotenv(path: Path) -> dict[str, str]:
    """Values as they stand: no `${…}` is filled in, since secrets contain dollars."""
    try:
        values = dotenv_values(path, interpolate=False, encoding="utf-8")
    except UnicodeDecodeError:
        raise Refusal(Code.INVALID_FILE, file=path.name, expected="UTF-8 text in .env") from None
    return {name: value for name, value in values.items() if value is not None}


def _checked_key(key: str | None) -> str | None:
    """The store key. The engine reads a backslash in a key as an escape and takes no accents.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    if key is None or (len(key) >= SHORTEST_KEY and re.fullmatch(r"[ -\[\]-~]*", key)):
        return key
    expected = f"at least {SHORTEST_KEY} random characters of the ASCII ones, without a backslash"
    raise Refusal(Code.INVALID_SETTING, setting="HR_PIPELINE_STORE_KEY", expected=expected)


def _is_address(store: str) -> bool:
    return re.match(r"[a-z][a-z0-9+]+:", store) is not None


def _variable_name(text: str, given: Mapping[str, str]) -> str:
    """The name of a variable that holds a token.

    Who pastes the token itself in its place must not read it back in a message or find it in the store.

    Raises:
        Refusal: `INVALID_SETTING`.
    """
    if text in given or re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", text):
        return text
    raise Refusal(Code.INVALID_SETTING, setting="--api-key-env", expected="the name of an environment variable, in capitals")
