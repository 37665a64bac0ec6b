"""`python -m deploy up|keep|down|status|login|logout|remove`, which `make` calls. May import: this room, `cli.answers`, `defs.home`, `domain`."""

import argparse
import os
import sys
from collections.abc import Sequence

from deploy.bringing_up import Deployment
from deploy.logins import Role
from deploy.supervision import Supervisor
from hr_pipeline.cli.answers import said
from hr_pipeline.defs.home import VARIABLE
from hr_pipeline.domain.refusals import Refusal

NOTHING_UP = 3  # as services say it: what was asked about does not run, and nothing is wrong; `make status` takes it for an answer


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what was asked; 1 when it was refused or did not start, 3 for the status of what is not up."""
    parser = argparse.ArgumentParser(prog="python -m deploy", description="A deployment of hr_pipeline on this machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="bring everything up, again after a change of settings or code")
    commands.add_parser("keep", help="bring it up when it should run and does not, else say nothing: for a crontab")
    commands.add_parser("down", help="stop everything; nothing is lost")
    commands.add_parser("status", help="what runs, since when")
    login = commands.add_parser("login", help="let somebody in, or give a new password")
    login.add_argument("name")
    login.add_argument("--role", type=Role, choices=list(Role), default=Role.VIEWER)
    commands.add_parser("logout", help="shut somebody out").add_argument("name")
    commands.add_parser("remove", help="stop everything and forget Dagster's history, logins and logs; the store stays")
    given = parser.parse_args(arguments)
    os.umask(0o077)
    os.environ.pop(VARIABLE, None)  # a deployment has a Dagster home of its own
    try:
        return _done(given)
    except Refusal as refusal:
        message = said(refusal, "en")
        sys.stderr.write(f"Error: {message.message} ({message.code})\nNext: {message.next}\n")
    except TimeoutError as late:
        sys.stderr.write(f"Error: this did not start in time: {late}\n")
    return 1


def _done(given: argparse.Namespace) -> int:
    deployment = Deployment.here()
    match given.command:
        case "up":
            deployment.up(lambda text: print(f"  {text}", file=sys.stderr, flush=True))
            print(f"Dagster: {deployment.address}")
            _tell_passwords(deployment)
        case "keep":
            if deployment.keep(lambda _: None):
                print(f"It did not run, and was brought up again: {deployment.address}")
        case "down":
            deployment.down()
        case "status":
            supervisor = Supervisor(deployment.places)
            states = supervisor.states() if supervisor.lives() else []
            for state in states:
                print(f"{state['name']:9} {state['statename']:9} {state['description']}")
            if not states:
                print("nothing is up; `make up` brings it up")
                return NOTHING_UP
            return 0 if all(state["statename"] == "RUNNING" for state in states) else 1
        case "login":
            deployment.let_in(given.name, given.role)
            _tell_passwords(deployment)
        case "logout":
            deployment.let_in(given.name, None)
            left = ", ".join(one.name for one in deployment.logins.all())
            print(f"{given.name} is shut out. Who may come in: {left or 'nobody'}")
        case "remove":
            removed = deployment.remove()
            print("\n".join(f"Removed: {path}" for path in removed) or "Nothing of a deployment was there.")
            print(f"The store stays, and so does everything else in {deployment.places.home}")
    return 0


def _tell_passwords(deployment: Deployment) -> None:
    """Where they are, not what they are: this may be a log. Once handed out, the file goes."""
    file = deployment.logins.handed_out
    if file.exists():
        print(f"Logins:  {file} (names and passwords; hand them out and delete the file)")


if __name__ == "__main__":
    sys.exit(main())
