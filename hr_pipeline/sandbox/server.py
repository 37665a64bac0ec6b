"""Runs the sandbox: one process, one port on loopback, both providers behind it.

`/securex`, `/payfit` and `/payfit-oauth`, each with `/docs`. May import: everything of the sandbox.
"""

import signal
import socket
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from types import FrameType, TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hr_pipeline.sandbox.companies import Company, ProviderName
from hr_pipeline.sandbox.desk import PAYFIT_CLIENT, SECUREX_CLIENT, SUBSCRIPTION_KEYS, Desk, api_key
from hr_pipeline.sandbox.faults import Fault, ordered
from hr_pipeline.sandbox.oauth import oauth_app
from hr_pipeline.sandbox.options import SandboxOptions
from hr_pipeline.sandbox.payfit import payfit_app
from hr_pipeline.sandbox.securex import securex_app

HOST = "127.0.0.1"
START_SECONDS = 30
BACKLOG = 512


class _LendingProtocol(HttpToolsProtocol):
    """Lends the transport to the answer, so that the fault `reset` can abort it."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["transport"] = self.transport


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class Sandbox:
    """Both providers, running in a thread while the context lasts.

    Args:
        options: What to be.
        port: Port on 127.0.0.1; 0 takes a free one.
    """

    def __init__(self, options: SandboxOptions | None = None, port: int = 0) -> None:
        self.options = options or SandboxOptions()
        self._desk = Desk(self.options)
        self._port = port

    def __enter__(self) -> Self:
        """Starts serving.

        Raises:
            OSError: The port is taken.
        """
        self._socket = _bound(self._port)
        self._dead = _bound(0)  # bound and never listening: connections to it are refused
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            _application(self._desk),
            http=_LendingProtocol,
            ws="none",
            lifespan="off",
            log_level="critical",
            access_log=False,
            backlog=BACKLOG,
            timeout_graceful_shutdown=1,
            server_header=False,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, name="sandbox", daemon=True)
        self._thread.start()
        if not self._server.listening.wait(START_SECONDS):
            raise OSError("the sandbox did not start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stops serving; an answer that hangs is cut after a second."""
        self._server.should_exit = True
        self._thread.join()
        self._dead.close()

    @property
    def address(self) -> str:
        """Root of all addresses."""
        return f"http://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables of interfaces.md, and one `PAYFIT_KEY_<n>` for each PayFit company."""
        roots = {provider: self._root(provider) for provider in ProviderName}
        keys = {c.key_env: api_key(c, self.options.seed) for c in self.companies if c.key_env}
        return {
            "SECUREX_BASE_URL": f"{roots[ProviderName.SECUREX]}/securex",
            "SECUREX_TOKEN_URL": f"{roots[ProviderName.SECUREX]}/securex/oauth2/token",
            "SECUREX_CLIENT_ID": SECUREX_CLIENT[0],
            "SECUREX_CLIENT_SECRET": SECUREX_CLIENT[1],
            "SECUREX_SUBSCRIPTION_KEY": SUBSCRIPTION_KEYS[0],
            "SECUREX_SUBSCRIPTION_KEY_SECONDARY": SUBSCRIPTION_KEYS[1],
            "PAYFIT_BASE_URL": f"{roots[ProviderName.PAYFIT]}/payfit",
            "PAYFIT_OAUTH_URL": f"{roots[ProviderName.PAYFIT]}/payfit-oauth",
            "PAYFIT_CLIENT_ID": PAYFIT_CLIENT[0],
            "PAYFIT_CLIENT_SECRET": PAYFIT_CLIENT[1],
            **keys,
        }

    @property
    def companies(self) -> tuple[Company, ...]:
        """Every company, the written ones first."""
        return self._desk.world.companies

    @property
    def requests(self) -> Counter[str]:
        """Requests that arrived, by `provider resource` (`securex workers`, `payfit introspect`); `elsewhere` for followed redirects."""
        return Counter(self._desk.requests)

    @property
    def faults_hit(self) -> Counter[str]:
        """Strikes of each fault, by name."""
        return Counter(self._desk.hits)

    @property
    def night(self) -> int:
        """The night being played; may be set while running."""
        return self._desk.night

    @night.setter
    def night(self, night: int) -> None:
        self._desk.arrange(replace(self._desk.options, night=night))

    @property
    def faults(self) -> tuple[str, ...]:
        """Faults ordered (the script's aside); may be set while running, which makes spent ones fresh."""
        return self._desk.options.faults

    @faults.setter
    def faults(self, faults: tuple[str, ...]) -> None:
        self._desk.arrange(replace(self._desk.options, faults=faults))

    def _root(self, provider: ProviderName) -> str:
        """Root of a provider's addresses: a dead port while the fault `refused` is ordered for it."""
        for order in map(ordered, self.faults):
            if order.fault is Fault.REFUSED and order.targets <= {provider.value}:
                self._desk.hits[Fault.REFUSED.value] += 1
                return f"http://{HOST}:{self._dead.getsockname()[1]}"
        return self.address


def run(options: SandboxOptions, port: int, announce: Callable[[Sandbox], None]) -> None:
    """Serves until SIGINT or SIGTERM. For the main thread; prints nothing: `announce` is given the running sandbox once.

    Raises:
        OSError: The port is taken.
    """
    stop = threading.Event()

    def ask_to_stop(_: int, __: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, ask_to_stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with Sandbox(options, port) as sandbox:
            announce(sandbox)
            stop.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if port:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError:
        bound.close()
        raise
    return bound


def _application(desk: Desk) -> Starlette:
    async def elsewhere(_: Request) -> Response:
        desk.requests["elsewhere"] += 1
        return PlainTextResponse("Nobody should have followed a redirect here.")

    mounts = [Mount("/securex", securex_app(desk)), Mount("/payfit", payfit_app(desk)), Mount("/payfit-oauth", oauth_app(desk))]
    return Starlette(routes=[Route("/elsewhere", elsewhere), *mounts])
