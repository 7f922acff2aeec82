"""What each server process serves; imported there alone."""

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
    """The application, in a process that ends when its parent was killed, and whose open pages do not hold it up.

    Granian stops on SIGTERM and on SIGINT, and first waits for every answer to end, which a live shelf's does not. So
    SIGTERM is taken here: it ends the streams, and then is passed on as SIGINT.
    """

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle what the server hands over."""
        if scope["type"] == "lifespan":
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self._stop)
        await self._application(scope, receive, send)

    def _stop(self) -> None:
        self._application.end_streams()
        signal.raise_signal(signal.SIGINT)


def create_watched_app() -> WatchedApplication:
    """The application of one server process."""
    # Out of the terminal's group: a Ctrl-C is for the parent, who then stops every worker in the same way.
    os.setpgrp()
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    application = WatchedApplication(create_app(Demo(demo_login)))
    _collect_garbage_seldom()
    return application


def _collect_garbage_seldom() -> None:
    """Look for cycles seldom, and never among what lives as long as the process.

    Nearly everything that a request makes goes when it is answered. Looking through all that is kept, at Python's usual
    pace, takes a fifth of the processor's time under load, and everybody waits meanwhile.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


def _stop_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        # It would go on holding the port.
        os.kill(os.getpid(), signal.SIGTERM)
