"""How errors are reported: HTTP errors by status, malformed operations in `errors`, faults by reference."""

import secrets
from collections.abc import Sequence

import orjson
import structlog

from graphql import ExecutionResult, GraphQLError
from menagerie.api.messages import Answer, HeaderList
from menagerie.api.storage_full import storage_full
from menagerie.database.session import OwnerRequiredError
from menagerie.database.tenant import StoreGoneError
from menagerie.database.transient import is_disk_full, is_transient
from menagerie.errors import HttpError, InvalidArgumentError, OverloadedError

logger = structlog.get_logger(__name__)
# A separate name, because its lines are rate-limited.
transient_logger = structlog.get_logger("menagerie.api.transient")

_STORE_GONE = "This store is closed."
_RETRY_SECONDS = 2
_ERROR_HEADERS = ((b"content-type", b"application/json"), (b"cache-control", b"no-store"))


def _store_gone() -> HttpError:
    """The HTTP error for a store that was deleted a moment ago."""
    refusal = HttpError(_STORE_GONE)
    refusal.status, refusal.code = 403, "STORE_CLOSED"
    return refusal


def http_error_answer(refusal: HttpError) -> Answer:
    """An HTTP error in the shape of GraphQL's errors, so that clients need only one parser."""
    more = [(name.lower().encode(), value.encode()) for name, value in refusal.headers.items()]
    return _answer(refusal.message, {"code": refusal.code}, refusal.status, more)


def _answer(message: str, extensions: dict[str, object], status: int, more: HeaderList = ()) -> Answer:
    body = orjson.dumps({"errors": [{"message": message, "extensions": extensions}]})
    return Answer(body, [*_ERROR_HEADERS, *more], status)


class ServiceUnavailableError(HttpError):
    """The database is unreachable; a retry in a moment may succeed."""

    status = 503
    code = "UNAVAILABLE"

    def __init__(self) -> None:
        super().__init__(
            "The store is temporarily unavailable. Please try again.", headers={"Retry-After": str(_RETRY_SECONDS)}
        )


def fault_answer(error: BaseException) -> Answer:
    """The answer to an error outside of GraphQL."""
    if isinstance(error, StoreGoneError):
        return http_error_answer(_store_gone())
    if is_transient(error):
        return http_error_answer(_unavailable(error))
    if is_disk_full(error):
        return http_error_answer(storage_full())
    message, extensions = _fault(log_fault(error))
    return _answer(message, extensions, 500)


def _unavailable(error: BaseException) -> ServiceUnavailableError:
    # One rate-limited line: every request in the meantime fails the same way.
    transient_logger.warning("database unreachable", reason=type(error).__name__)
    return ServiceUnavailableError()


def log_fault(error: BaseException) -> str:
    """Log a fault and return the reference to give to the client."""
    reference = secrets.token_hex(6)
    logger.error("fault", reference=reference, exc_info=(type(error), error, error.__traceback__))
    return reference


def raise_if_overloaded(result: ExecutionResult) -> None:
    """Refuse the whole request if every part of the operation failed for lack of capacity.

    Raises:
        OverloadedError: in that case.
    """
    errors = result.errors or ()
    if errors and all(value is None for value in (result.data or {}).values()):
        for error in errors:
            if not isinstance(error.original_error, OverloadedError):
                return
        raise OverloadedError


def presentable(errors: Sequence[GraphQLError]) -> list[GraphQLError]:
    """The errors as a client may see them."""
    return [_presentable(error) for error in errors]


def _presentable(error: GraphQLError) -> GraphQLError:
    original = error.original_error
    while isinstance(original, GraphQLError) and original.original_error is not None:
        original = original.original_error
    if original is not None and is_transient(original):
        original = _unavailable(original)
    elif original is not None and is_disk_full(original):
        original = storage_full()
    match original:
        case InvalidArgumentError() | HttpError():
            return _with_message(error, original.message, {"code": original.code})
        case StoreGoneError():
            return _with_message(error, _STORE_GONE, {"code": "STORE_CLOSED"})
        case OwnerRequiredError():
            return _with_message(error, "Only the operator opens new stores here.", {"code": "FORBIDDEN"})
        case None | GraphQLError():
            return _with_message(error, error.message, {"code": "BAD_REQUEST", **(error.extensions or {})})
        case _ if error.path is None:
            # No path means before execution: a value of the wrong type. Our own faults always have a path.
            return _with_message(error, error.message, {"code": "BAD_REQUEST"})
        case _:
            message, extensions = _fault(log_fault(original))
            return _with_message(error, message, extensions)


def _with_message(error: GraphQLError, message: str, extensions: dict[str, object]) -> GraphQLError:
    return GraphQLError(
        message, error.nodes, error.source, error.positions, error.path, original_error=None, extensions=extensions
    )


def _fault(reference: str) -> tuple[str, dict[str, object]]:
    message = f"Something went wrong on our side. Quote reference {reference} if you ask about it."
    return message, {"code": "INTERNAL", "reference": reference}
