"""Whether a port is free."""

import errno
import socket

_CONNECT_SECONDS = 0.5


def taken(host: str, port: int) -> str | None:
    """Why nothing can listen there, or None if something can.

    While a program listens on all addresses, a single one can sometimes still be bound (on macOS, and on Linux between
    servers that share a port), so first check whether anything answers.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if port == 0:
        return None
    with socket.socket(family) as visitor:
        visitor.settimeout(_CONNECT_SECONDS)
        if visitor.connect_ex((_reached_at(host), port)) == 0:
            return "another program listens there"
    with socket.socket(family) as listener:
        # Connections that ended a moment ago must not block the port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as error:
            if error.errno == errno.EACCES:
                return "only the administrator may use ports below 1024"
            return (error.strerror or str(error)).lower()
    return None


def _reached_at(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  compared, not bound
