"""Errors raised on purpose. Any other exception is a bug."""

_RETRY_AFTER_SECONDS = 1


class DomainError(Exception):
    """Something that a person can put right; its text is a sentence that says how."""


class HttpError(DomainError):
    """A domain error that ends a request before GraphQL, with an HTTP status of its own."""

    status = 400
    code = "BAD_REQUEST"

    def __init__(self, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.headers = headers or {}


class OverloadedError(HttpError):
    """The server is overloaded; try again in a moment."""

    status = 503
    code = "OVERLOADED"

    def __init__(self) -> None:
        super().__init__(
            "The store is very busy right now. Please try again in a moment.",
            headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
        )


class InvalidArgumentError(DomainError):
    """An argument that no well-behaved client sends; reported in GraphQL's `errors`."""

    code = "BAD_REQUEST"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
