"""Routes each address to what answers it."""

from collections.abc import Awaitable

from starlette.types import Send

from menagerie.api import health
from menagerie.api.admission import ENDPOINTS, Endpoint
from menagerie.api.messages import Answer, Request, respond
from menagerie.api.operations import Operations
from menagerie.api.pictures import Pictures
from menagerie.api.schemas import SCHEMAS
from menagerie.api.storefront import NotFoundError, Storefront
from menagerie.api.uploads_and_streams import UploadsAndStreams
from menagerie.errors import HttpError
from menagerie.fair_queue import FairQueue
from menagerie.graphql.document_limits import SIGNED_IN, SIGNED_OUT
from menagerie.graphql.documents import Documents
from menagerie.runtime import Runtime
from menagerie.stores.graphql import NO_DEMO, Demo

_SHARES = {"storefront": 4, "merchant": 2, "platform": 1, "signup": 1}
"""Shares of the memory for documents, so that no endpoint evicts another's documents."""
_ROOT = Answer(
    b"Menagerie. A store's page is at /stores/<its name>.\n", ((b"content-type", b"text/plain; charset=utf-8"),)
)


class MethodNotAllowedError(HttpError):
    """Pages and pictures can only be requested with GET."""

    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__("This address can only be read. Use GET.", headers={"Allow": "GET, HEAD"})


class Routes:
    """The routes of a process."""

    def __init__(self, runtime: Runtime, turns: FairQueue, demo: Demo = NO_DEMO) -> None:
        """Create the handlers.

        Args:
            runtime: the process's runtime.
            turns: the turns at operations, by store slug.
            demo: what the server reveals of the demo, if it is one.
        """
        self._runtime = runtime
        self._documents = {path: _documents(endpoint, runtime) for path, endpoint in ENDPOINTS.items()}
        self._operations = {
            path: Operations(
                endpoint,
                self._documents[path],
                runtime,
                UploadsAndStreams(SCHEMAS[endpoint.name], uploads=endpoint.name == "merchant"),
                turns=turns,
                demo=demo,
            )
            for path, endpoint in ENDPOINTS.items()
        }
        self._pictures = Pictures(runtime, max_bytes=runtime.cache_budget.pictures)
        self._storefront = Storefront(runtime, demo, max_bytes=runtime.cache_budget.pages)

    def cache_bytes(self) -> dict[str, int]:
        """How many bytes each cache of the process keeps, by its name in the budget."""
        return {
            "shelves": self._runtime.shelves.memory_bytes,
            "answers": self._runtime.answer_cache.memory_bytes,
            "pictures": self._pictures.memory_bytes,
            "pages": self._storefront.memory_bytes,
            "documents": sum(documents.memory_bytes for documents in self._documents.values()),
        }

    def __call__(self, request: Request, send: Send) -> Awaitable[None]:
        """Answer a request."""
        operations = self._operations.get(request.path)
        if operations is not None:
            return operations(request, send)
        return self._read(request, send)

    def _read(self, request: Request, send: Send) -> Awaitable[None]:
        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowedError
        match request.path.split("/")[1:]:
            case ["stores", slug, "pictures", name, file]:
                return self._pictures.answer(request, send, slug, name, file)
            case ["stores", slug, *_]:
                return self._storefront.page(request, send, slug)
            case ["assets", *names]:
                return self._storefront.asset(request, send, "/".join(names))
            case ["health", "live"]:
                return health.live(request, send)
            case ["health", "ready"]:
                return health.ready(self._runtime, send)
            case [""]:
                return respond(send, _ROOT)
            case _:
                raise NotFoundError


def _documents(endpoint: Endpoint, runtime: Runtime) -> Documents:
    schema, signed_in = SCHEMAS[endpoint.name].graphql_schema, endpoint.role is not None
    return Documents(
        schema,
        SIGNED_IN if signed_in else SIGNED_OUT,
        max_bytes=runtime.cache_budget.documents * _SHARES[endpoint.name] // sum(_SHARES.values()),
        introspection=signed_in,
    )
