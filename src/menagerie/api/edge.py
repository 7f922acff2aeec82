"""The outermost layer: host check, request ids, security headers, one log line and one measurement per request."""

import random
import re
import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from urllib.parse import urlsplit

from prometheus_client import Counter, Histogram
from starlette.types import Message, Receive, Scope, Send

from menagerie.api.access_log import AccessLog
from menagerie.api.entrance import Entrance
from menagerie.api.errors import fault_answer, http_error_answer
from menagerie.api.messages import Request, respond
from menagerie.errors import HttpError
from menagerie.fair_queue import arrived
from menagerie.logs import about_request
from menagerie.settings import Settings

Handler = Callable[[Request, Send], Awaitable[None]]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_OWN_SITES = frozenset({"same-origin", "none"})
"""Sec-Fetch-Site of requests from the store's own page, and of those that no page sent."""
_LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_MAX_HOST_LENGTH = 300
"""A host name has at most 253 characters. Longer headers are neither parsed nor cached."""
_CONTENT_SECURITY_POLICY = b"; ".join(
    (
        b"default-src 'none'",
        b"script-src 'self'",
        b"style-src 'self'",
        b"img-src 'self' data: blob:",
        b"font-src 'self'",
        b"connect-src 'self'",
        b"manifest-src 'self'",
        b"base-uri 'none'",
        b"form-action 'self'",
        b"frame-ancestors 'none'",
        b"require-trusted-types-for 'script'",
        b"trusted-types 'none'",
    )
)
_HEADERS = (
    (b"content-security-policy", _CONTENT_SECURITY_POLICY),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_STRICT_TRANSPORT_SECURITY = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")

REQUESTS = Counter("menagerie_requests", "Requests by kind of address and status.", ["kind", "status"])
SECONDS = Histogram("menagerie_request_seconds", "Seconds from a request to the end of its answer.", ["kind"])


class UnknownHostError(HttpError):
    """The request names a host that this server does not answer to."""

    status = 421
    code = "UNKNOWN_HOST"

    def __init__(self) -> None:
        super().__init__("This server does not answer to that host name. Add it to MENAGERIE_ALLOWED_HOSTS.")


class CrossOriginError(HttpError):
    """A page of another site sent the request, with the credentials that the browser keeps for this site."""

    status = 403
    code = "CROSS_ORIGIN"

    def __init__(self) -> None:
        super().__init__("A page of another site sent this. Send it from the store's own page, or without a browser.")


class Edge:
    """The outermost ASGI application, around the handler."""

    def __init__(self, handler: Handler, settings: Settings, access_log: AccessLog, entrance: Entrance) -> None:
        self._handler = handler
        self._entrance = entrance
        self._log = access_log
        public_host = (urlsplit(settings.public_url).hostname or "").lower()
        self._hosts = _LOCAL_HOSTS | {public_host, *(host.lower() for host in settings.allowed_hosts)}
        is_public = public_host not in _LOCAL_HOSTS and settings.public_url.startswith("https:")
        self._headers = (*_HEADERS, _STRICT_TRANSPORT_SECURITY) if is_public else _HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        started = time.perf_counter()
        request = Request(scope, receive)
        request_id = _request_id(request.header(b"x-request-id"))
        request.log["request_id"] = request_id
        about_request.set(request.log)
        arrived.set(time.monotonic())
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *self._headers, (b"x-request-id", request_id.encode())]
            await send(message)

        try:
            if not request.path.startswith("/health/"):  # orchestrators request these by a pod's address
                self._check_host(request)
                if request.method == "POST":
                    self._check_origin(request)
                await self._entrance.enter(request)
            await self._handler(request, sending)
        except HttpError as error:
            await request.discard()
            await respond(sending, http_error_answer(error))
        except Exception as error:  # noqa: BLE001  any error: the client gets a sentence, the log gets the fault
            if status == 0:  # an error within a stream has already been answered and logged there
                await request.discard()
                await respond(sending, fault_answer(error))
        finally:
            self._tell(request, status or 500, time.perf_counter() - started)

    def _check_host(self, request: Request) -> None:
        host = request.header(b"host")
        if len(host) > _MAX_HOST_LENGTH or _host_name(host) not in self._hosts:
            raise UnknownHostError

    def _check_origin(self, request: Request) -> None:
        """Refuse requests from another site's page: browsers add HTTP Basic credentials, and forms need no preflight.

        Current browsers send Sec-Fetch-Site, older ones Origin; other clients send neither.
        """
        if site := request.header(b"sec-fetch-site"):
            if site not in _OWN_SITES:
                raise CrossOriginError
        elif origin := request.header(b"origin"):
            host = origin.partition("://")[2]
            if len(host) > _MAX_HOST_LENGTH or _host_name(host) not in self._hosts:
                raise CrossOriginError

    def _tell(self, request: Request, status: int, seconds: float) -> None:
        count, duration = _metrics(kind_of_address(request.path), status)
        count.inc()
        duration.observe(seconds)
        self._log.write(
            {
                "event": "request",
                **request.log,
                "method": request.method,
                "path": request.path,
                "status": status,
                "ms": round(seconds * 1000, 1),
            }
        )


@lru_cache(maxsize=512)
def _metrics(kind: str, status: int) -> tuple[Counter, Histogram]:
    return REQUESTS.labels(kind, status), SECONDS.labels(kind)


@lru_cache(maxsize=512)
def _host_name(host: str) -> str:
    """The host name in a Host header, without port and brackets; empty if the header is invalid."""
    if "@" in host:
        return ""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower().rstrip(".")
    except ValueError:
        return ""


def _request_id(given: str) -> str:
    """The request id that a proxy assigned, or a new one."""
    # Not a secret, and the operating system's random numbers take a system call.
    return given if given and _REQUEST_ID.fullmatch(given) else f"{random.getrandbits(64):016x}"


def kind_of_address(path: str) -> str:
    """The kind of address; there are few enough kinds to use as a metric label."""
    match path.split("/", 3)[1:3]:
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
