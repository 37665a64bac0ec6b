"""Dagster's webserver on a socket in a private folder: `dagster-webserver` itself only listens on ports, which every user of the machine reaches.

It knows where Dagster's history is and where the code server listens, nothing else: no key, no credential, no store.
May import: nothing of ours.
"""

import argparse
import logging

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__

STATEMENT_MILLISECONDS, RECYCLE_SECONDS, OVERFLOW, POLL_MILLISECONDS = 15_000, 3_600, 20, 2_000  # as `dagster-webserver` has them


def serve(socket: str, workspace: str, *, read_only: bool) -> None:
    """Serve until this process is asked to end."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(STATEMENT_MILLISECONDS, RECYCLE_SECONDS, OVERFLOW)
        with WorkspaceProcessContext(instance, WorkspaceFileTarget([workspace]), version=__version__, read_only=read_only) as context:
            app = create_app_from_workspace_process_context(context, live_data_poll_rate=POLL_MILLISECONDS)
            uvicorn.run(app, uds=socket, log_level="warning", server_header=False, timeout_graceful_shutdown=5)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m deploy.webserver")
    parser.add_argument("--socket", required=True)
    parser.add_argument("--workspace", required=True)
    parser.add_argument("--read-only", action="store_true")
    given = parser.parse_args()
    serve(given.socket, given.workspace, read_only=given.read_only)
