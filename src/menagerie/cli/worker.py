"""What each server process serves; imported there alone."""

import multiprocessing
import os
import signal
import threading

from menagerie.api.app import Application, create_app


def create_watched_app() -> Application:
    """The application, in a process that ends when its parent was killed: it would go on holding the port."""
    threading.Thread(target=_stop_with_parent, daemon=True).start()
    return create_app()


def _stop_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
