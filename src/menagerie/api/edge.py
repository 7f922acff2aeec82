"""The outermost layer: known hosts, request ids, secure headers, one log line and one measurement per request."""

import re
import secrets
import time
from collections.abc import Iterable
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from menagerie.api.errors import fault_response, refusal_response
from menagerie.errors import Refusal
from menagerie.settings import Settings

logger = structlog.get_logger("menagerie.access")

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

REQUESTS = Counter("menagerie_requests", "Requests by kind of address and status.", ["kind", "status"])
SECONDS = Histogram("menagerie_request_seconds", "Seconds from a request to the end of its answer.", ["kind"])


class UnknownHost(Refusal):
    """The request names a host that is not this server."""

    status = 421
    code = "UNKNOWN_HOST"

    def __init__(self) -> None:
        super().__init__("This server does not answer to that host name. Add it to MENAGERIE_ALLOWED_HOSTS.")


class Edge:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        public_host = (urlsplit(settings.public_url).hostname or "").lower()
        self._hosts = _LOCAL_HOSTS | {public_host, *(host.lower() for host in settings.allowed_hosts)}
        self._headers = dict(_HEADERS)
        if public_host not in _LOCAL_HOSTS and settings.public_url.startswith("https:"):
            self._headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})
        headers = Headers(scope=scope)
        request_id = _request_id(headers.get("x-request-id", ""))
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started, status, begun = time.perf_counter(), 500, False

        async def sending(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                outgoing = MutableHeaders(scope=message)
                for name, value in (*self._headers.items(), ("X-Request-Id", request_id)):
                    outgoing.setdefault(name, value)
            await send(message)

        try:
            self._check_host(headers, scope["path"])
            await self._app(scope, receive, sending)
        except Refusal as refusal:
            await refusal_response(refusal)(scope, receive, sending)
        except Exception as error:  # noqa: BLE001  whatever it is, the client gets a sentence and the log the fault
            if not begun:  # what failed within the application was answered and logged there
                await fault_response(error)(scope, receive, sending)
        finally:
            kind, seconds = _kind(scope["path"]), time.perf_counter() - started
            REQUESTS.labels(kind, status).inc()
            SECONDS.labels(kind).observe(seconds)
            logger.info(
                "request", method=scope["method"], path=scope["path"], status=status, ms=round(seconds * 1000, 1)
            )

    def _check_host(self, headers: Headers, path: str) -> None:
        # Orchestrators ask for health by whatever address a pod has.
        if not path.startswith("/health/") and _host_name(headers.get("host", "")) not in self._hosts:
            raise UnknownHost


def _host_name(host: str) -> str:
    """The name in a Host header, without port and brackets."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower().rstrip(".")
    except ValueError:
        return ""


def _request_id(given: str) -> str:
    """The id that a proxy gave the request, or a new one."""
    return given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _kind(path: str) -> str:
    """A kind of address, few enough to be a label."""
    parts: Iterable[str] = path.split("/")[1:3]
    match list(parts):
        case ["graphql", ("storefront" | "merchant" | "platform" | "signup") as endpoint]:
            return endpoint
        case ["stores", _] if "/pictures/" in path:
            return "picture"
        case ["stores" | "assets", *_]:
            return "page"
        case ["health", *_]:
            return "health"
        case _:
            return "other"
