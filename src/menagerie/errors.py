"""The ways in which things go wrong on purpose. Anything else that is raised is a fault of ours."""

_RETRY_AFTER_SECONDS = 1


class DomainError(Exception):
    """Something a person can mend; its text is a sentence that says what to do."""


class HttpError(DomainError):
    """A request that is refused before it is looked into; answered with an HTTP status."""

    status = 400
    code = "BAD_REQUEST"

    def __init__(self, message: str, *, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.headers = headers or {}


class OverloadedError(HttpError):
    """There is more to do than can be done; ask again after a moment."""

    status = 503
    code = "OVERLOADED"

    def __init__(self) -> None:
        super().__init__(
            "The store is very busy right now. Please try again in a moment.",
            headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
        )


class InvalidArgumentError(DomainError):
    """An argument of an operation that no well-meaning client sends; answered in GraphQL's `errors`."""

    code = "BAD_REQUEST"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
