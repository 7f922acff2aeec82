"""The application that each server process serves; imported only there."""

import asyncio
import gc
import multiprocessing
import os
import signal
import threading

from starlette.types import Receive, Scope, Send

from menagerie.api.app import Application, create_app
from menagerie.demo.stores import demo_login
from menagerie.stores.graphql import Demo

_GARBAGE_THRESHOLDS = (10_000, 50, 100)


class WatchedApplication:
    """The application, in a process that ends if its parent is killed, and that open pages do not keep from stopping.

    Granian stops on SIGTERM and on SIGINT, but first waits for every response to end, which a live shelf's does not. So
    SIGTERM is handled here: it ends the streams, and is then passed on as SIGINT.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle what the server passes on."""
        if scope["type"] == "lifespan":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop)
        await self._application(scope, receive, send)

    def _stop(self) -> None:
        self._application.end_streams()
        signal.raise_signal(signal.SIGINT)


def create_watched_app() -> WatchedApplication:
    """The application of one server process."""
    # Leave the terminal's process group: Ctrl-C is for the parent, which then stops every worker in the same way.
    os.setpgrp()
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    application = WatchedApplication(create_app(Demo(demo_login)))
    _collect_garbage_seldom()
    return application


def _collect_garbage_seldom() -> None:
    """Look for cycles rarely, and never among objects that live as long as the process.

    Nearly everything that a request allocates is freed when it is answered. Scanning all that is kept at Python's
    default rate takes a fifth of the CPU time under load, and every request waits meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


def _stop_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # Otherwise this process would go on holding the port.
        os.kill(os.getpid(), signal.SIGTERM)
