"""GraphQL over HTTP, for operations sent as JSON: from the body to the answer."""

import time

import orjson
from starlette.types import Send

from graphql import ExecutionResult
from menagerie.api.admission import Endpoint, admit, client_of
from menagerie.api.context import of_process, of_request
from menagerie.api.errors import presentable, raise_if_overloaded
from menagerie.api.messages import Answer, HeaderList, Request, respond
from menagerie.api.operation_body import Operation, read_operation
from menagerie.api.uploads_and_streams import UploadsAndStreams
from menagerie.cache.log import version_of
from menagerie.errors import HttpError
from menagerie.fair_queue import FairQueue
from menagerie.graphql.context import Context
from menagerie.graphql.documents import Document, Documents
from menagerie.graphql.reading import DocumentReader, StoreReader
from menagerie.pets.answer_cache import CatalogVersion
from menagerie.runtime import Runtime
from menagerie.stores.graphql import Demo
from menagerie.stores.models import Store

MAX_OPERATION_BYTES = 128 * 1024
_DAY_SECONDS = 24 * 60 * 60
_JSON, _GRAPHQL_JSON = b"application/json", b"application/graphql-response+json"


class OperationNotAllowedError(HttpError):
    """Only POST is allowed."""

    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self) -> None:
        super().__init__("Send GraphQL operations with POST.", headers={"Allow": "POST"})


class UnsupportedMediaTypeError(HttpError):
    """The body's media type is not supported."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"

    def __init__(self) -> None:
        super().__init__("Send the operation as application/json, or as multipart/form-data with a file.")


class Operations:
    """One GraphQL endpoint."""

    def __init__(
        self,
        endpoint: Endpoint,
        documents: Documents,
        runtime: Runtime,
        uploads_and_streams: UploadsAndStreams,
        *,
        turns: FairQueue,
        demo: Demo,
    ) -> None:
        self._endpoint = endpoint
        self._documents = documents
        self._reader = DocumentReader(documents)
        self._runtime = runtime
        self._uploads_and_streams = uploads_and_streams
        self._turns = turns
        self._process = of_process(runtime, demo)

    async def __call__(self, request: Request, send: Send) -> None:
        """Answer one request."""
        if request.method != "POST":
            raise OperationNotAllowedError
        client = client_of(request, self._runtime.settings.trusted_proxies)
        admission = await admit(self._runtime, self._endpoint, request, client)
        caller = admission.caller if admission is not None else None
        version = admission.versions[0] if admission is not None and admission.versions else None
        if caller is not None and caller.store is not None and version is not None:
            self._runtime.shelves.follow(caller.store, version)
        context = Context({**self._process, **of_request(client, caller, version)})
        media_type = request.header(b"content-type").partition(";")[0].strip().lower()
        if media_type == "multipart/form-data" and self._endpoint.name == "merchant":
            await self._uploads_and_streams.upload(request, self._with_reader(context), send)
            return
        if media_type != "application/json":
            raise UnsupportedMediaTypeError
        body = await request.body(MAX_OPERATION_BYTES, f"{MAX_OPERATION_BYTES // 1024} KiB")
        operation = read_operation(body)
        if "text/event-stream" in request.header(b"accept"):
            await self._uploads_and_streams.stream(request, operation, self._with_reader(context), send)
            return
        await respond(send, await self._answer(request, operation, context))

    async def _answer(self, request: Request, operation: Operation, context: Context) -> Answer:
        """Answer an operation, from the cache if it is cacheable."""
        store, seen = context.find(Store), context.find(CatalogVersion)
        document = await self._reader.read(operation.query, store.slug if store is not None else None)
        if (
            document.cacheable
            and store is not None
            and seen is not None
            and seen.value is not None
            and self._endpoint.name == "storefront"
        ):
            version = self._runtime.shelves.log.newest(store, version_of(seen.value))
            digest = f"{operation.digest}-{int(time.time()) // _DAY_SECONDS}"
            shared = not self._runtime.shelves.knows(store)
            content = await self._runtime.answer_cache.get(store, version, digest, shared=shared)
            if content is None:
                content, failed = await self._runtime.answer_cache.flights.run(
                    (store.id, version, digest),
                    lambda: self._kept(store, version, digest, document, operation, context, shared=shared),
                )
            else:
                failed = False
        else:
            content, failed = _encoded(await self._execute(document, operation, context))
        return _answer(content, request.header(b"accept"), failed=failed)

    def _with_reader(self, context: Context) -> Context:
        store = context.find(Store)
        return context.with_part(StoreReader(self._reader, store.slug if store is not None else None))

    async def _kept(  # noqa: PLR0917  what an answer is cached under, and what produces it
        self,
        store: Store,
        version: bytes,
        digest: str,
        document: Document,
        operation: Operation,
        context: Context,
        *,
        shared: bool,
    ) -> tuple[bytes, bool]:
        """Execute an operation and cache the answer, unless it has errors or the catalogue has changed meanwhile."""
        result = await self._execute(document, operation, context)
        content, failed = _encoded(result)
        if not result.errors and self._runtime.shelves.log.newest(store, version) == version:
            await self._runtime.answer_cache.put(store, version, digest, content, shared=shared)
        return content, failed

    async def _execute(self, document: Document, operation: Operation, context: Context) -> ExecutionResult:
        store = context.find(Store)
        async with self._turns.turn(store.slug if store is not None else None):
            return await self._documents.execute(
                document, context=context, variables=operation.variables, name=operation.name
            )


def _encoded(result: ExecutionResult) -> tuple[bytes, bool]:
    """The answer's JSON, and whether the operation did not run."""
    if not result.errors:
        return orjson.dumps({"data": result.data}), False
    raise_if_overloaded(result)
    errors = [error.formatted for error in presentable(result.errors)]
    failed = result.data is None and all("path" not in error for error in errors)
    return orjson.dumps({"errors": errors} if failed else {"data": result.data, "errors": errors}), failed


def _answer(content: bytes, accept: str, *, failed: bool) -> Answer:
    """Negotiate as in GraphQL over HTTP: clients that accept its media type get 400 for operations that did not run."""
    if _GRAPHQL_JSON.decode() in accept:
        return Answer(content, _GRAPHQL_JSON_HEADERS, 400 if failed else 200)
    return Answer(content, _JSON_HEADERS)


def _headers(media_type: bytes) -> HeaderList:
    return ((b"content-type", media_type + b"; charset=utf-8"), (b"cache-control", b"no-store"))


_JSON_HEADERS, _GRAPHQL_JSON_HEADERS = _headers(_JSON), _headers(_GRAPHQL_JSON)
