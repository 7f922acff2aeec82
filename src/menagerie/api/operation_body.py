"""The operation in a request's body, in the shape that GraphQL over HTTP gives it."""

from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple, cast

import orjson

from menagerie.api.messages import BadRequestError

_MAX_REMEMBERED_BYTES = 2 * 1024
_REMEMBERED_BODIES = 1_000

_Json = dict[str, Any] | list[Any] | str | float | bool | None


class Operation(NamedTuple):
    """An operation as it was sent."""

    query: str
    variables: dict[str, Any] | None
    name: str | None
    digest: str
    """What the answer depends on besides the catalogue and the day."""


def read_operation(body: bytes) -> Operation:
    """Parse the operation in a JSON body.

    Raises:
        BadRequestError: if it is not an operation.
    """
    return _remembered(body) if len(body) <= _MAX_REMEMBERED_BYTES else _read(body)


def checked_members(parsed: object) -> tuple[str, dict[str, Any] | None, str | None]:
    """The document, the variables, and the operation's name.

    Raises:
        BadRequestError: if it is not an operation.
    """
    if isinstance(parsed, list):
        raise BadRequestError("Send one operation at a time; batches are not supported.")
    members: dict[str, _Json] = cast("dict[str, _Json]", parsed) if isinstance(parsed, dict) else {}
    query, variables, name = members.get("query"), members.get("variables"), members.get("operationName")
    if not isinstance(query, str):
        raise BadRequestError('The operation must be a JSON object with a "query" string.')
    if not isinstance(variables, dict | None):
        raise BadRequestError("`variables` must be a JSON object.")
    if not isinstance(name, str | None):
        raise BadRequestError("`operationName` must be a string.")
    if not isinstance(members.get("extensions"), dict | None):
        raise BadRequestError("`extensions` must be a JSON object.")
    return query, variables, name


def _read(body: bytes) -> Operation:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadRequestError(f"The body is not JSON: {error}.") from None
    query, variables, name = checked_members(parsed)
    try:
        parts = orjson.dumps([query, variables, name], option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        raise BadRequestError("The variables are nested too deeply.") from None
    return Operation(query, variables, name, sha256(parts).hexdigest())


# Pages send the same bytes again and again, and a page's operation is small.
_remembered = lru_cache(_REMEMBERED_BODIES)(_read)
