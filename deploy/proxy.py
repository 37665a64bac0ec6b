"""The proxy: its configuration, and starting it. May import: `places`, `settings`, `logins`, `templates`.

Run as a program it becomes nginx: `python -m deploy.proxy NGINX RUN_FOLDER`.
"""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil

from deploy.logins import Login, Role
from deploy.places import Places, exists
from deploy.settings import Settings
from deploy.templates import filled_in

SYSTEM_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"  # cron's is shorter


def configuration(places: Places, settings: Settings) -> str:
    """The text of `nginx.conf`."""
    tls = (
        f"    ssl_certificate {settings.certificate};\n    ssl_certificate_key {settings.key};\n"
        "    ssl_protocols TLSv1.2 TLSv1.3;\n    ssl_session_cache shared:tls:1m;\n    ssl_session_tickets off;"
    )
    hsts = '        add_header Strict-Transport-Security "max-age=31536000" always;'
    return filled_in(
        "nginx.conf",
        run=places.run,
        user=f"user {places.web_user};" if os.geteuid() == 0 else "",
        tls=tls if settings.certificate else "",
        hsts=hsts if settings.certificate else "",
        listen=f"{settings.host}:{settings.port}" + (" ssl" if settings.certificate else ""),
        names=" ".join(dict.fromkeys(name for name, _ in settings.names)),
        origins="\n".join(f'        "{origin}" 0;' for origin in settings.origins),
    )


def can_make_user() -> bool:
    """Whether there is what `make_user` needs."""
    return os.geteuid() != 0 or shutil.which("useradd", path=SYSTEM_PATH) is not None


def make_user(places: Places) -> None:
    """When root deploys: the user of the proxy's workers, once. It owns nothing, and nobody can log in as it."""
    if os.geteuid() == 0 and not exists(places.web_user):
        _run(
            "useradd",
            "--system",
            "--user-group",
            "--no-create-home",
            "--home-dir",
            "/nonexistent",
            "--shell",
            "/usr/sbin/nologin",
            places.web_user,
        )


def remove_user(places: Places) -> None:
    """The user again, of a deployment that is taken away."""
    if os.geteuid() == 0 and exists(places.web_user):
        _run("userdel", places.web_user, check=False)


def _run(program: str, *words: str, check: bool = True) -> None:
    subprocess.run([shutil.which(program, path=SYSTEM_PATH) or program, *words], check=check, capture_output=True)  # noqa: S603 - our own words


def write_configuration(places: Places, settings: Settings, logins: list[Login]) -> None:
    """Write what nginx reads. Its workers may be another user, who gets to read the hashes and no more."""
    (places.run / "proxy").mkdir(mode=0o700, exist_ok=True)
    shutil.chown(places.run / "proxy", places.web_user)
    _write(places, "nginx.conf", configuration(places, settings), 0o600)
    write_logins(places, logins)


def write_logins(places: Places, logins: list[Login]) -> None:
    """Write who may come in; nginx reads hashes at each request, roles when it is told to read its configuration again."""
    _write(places, "users", "".join(f"{login.name}:{login.hashed}\n" for login in logins), 0o640)
    _write(places, "engineers", "".join(f"{login.name} engineer;\n" for login in logins if login.role is Role.ENGINEER), 0o600)


def _write(places: Places, name: str, text: str, mode: int) -> None:
    path, part = places.run / name, places.run / f".{name}.part"
    part.touch(mode=mode)
    part.chmod(mode)
    if mode & 0o040 and os.geteuid() == 0:
        shutil.chown(part, group=places.web_user)
    part.write_text(text, encoding="utf-8")
    part.rename(path)


def become_nginx(nginx: str, run: Path) -> None:
    """End the workers of a master that was killed, who would keep the port to themselves, and replace this process by nginx."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name() == "nginx" and process.cwd() == str(run):
                process.kill()
                process.wait(5)
    os.execv(nginx, [nginx, "-c", str(run / "nginx.conf"), "-p", str(run), "-e", "stderr"])  # noqa: S606 - without a shell on purpose


if __name__ == "__main__":
    become_nginx(sys.argv[1], Path(sys.argv[2]))
