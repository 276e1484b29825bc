"""What may go wrong. The names are those that users of OpenAI's library know; docs/errors.md says what each kind means."""

from __future__ import annotations

from typing import Any


class Error(Exception):
    """Base of all. ``str(error)`` is one line for people, without the key and the prompt.

    What is not known is empty or 0. Errors can be pickled.
    """

    kind: str
    """Its kind, e.g. "rate_limited": docs/errors.md lists them."""
    message: str
    """One sentence: what happened, and what to do."""
    provider_message: str
    """The provider's own words, with the key and the prompt blacked out."""
    type: str
    """The provider's ``error.type``."""
    code: str
    """The provider's ``error.code``."""
    request_id: str
    """The provider's ``x-request-id``, which its support asks for."""
    endpoint: str
    """Host, port and path that were called."""
    status: int
    """The HTTP status; 0: no answer came."""
    attempts: int
    """Requests sent, or tried to send."""
    maybe_billed: bool
    """The request reached the server and no answer came back: it may have been paid for."""
    times: dict[str, float]
    """Seconds in each stage, over all attempts."""
    unusable_body: bytes
    """What came with a status of success and cannot be used: it was paid for. As it came, with nothing blacked out, and so not
    in ``str(error)``; of a stream the event that failed. Empty: no such answer. (``body`` is another thing: OpenAI's.)"""
    usage: dict[str, int]
    """Tokens of ``unusable_body``, by the names of ``Answer.usage``; zeros or empty: it does not tell."""
    cost: float | None
    """US dollars for ``unusable_body``; None: there is none, or its model has no price."""
    outcomes: list[Any] | None = None
    """Of a batch that failed: every answer or error, in the order of the prompts. Not pickled."""

    def __init__(self, what: str, record: dict[str, Any] | None = None) -> None:
        super().__init__(what)
        self._record = _UNKNOWN | {"message": what} | (record or {})
        self.__dict__.update(self._record)

    @property
    def status_code(self) -> int:
        """As ``status``."""
        return self.status

    @property
    def body(self) -> dict[str, str] | None:
        """What is kept of the provider's ``error``, as OpenAI's library names it: ``message``, ``type`` and ``code``. None: no answer."""
        if not self.status:
            return None
        return {"message": self.provider_message, "type": self.type, "code": self.code}

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.args[0], self._record)


_UNKNOWN: dict[str, Any] = {
    "kind": "", "message": "", "provider_message": "", "type": "", "code": "", "request_id": "", "endpoint": "",
    "status": 0, "attempts": 0, "maybe_billed": False, "times": {},
    "unusable_body": b"", "usage": {}, "cost": None,
}  # fmt: skip


class ConfigurationError(Error):
    """Nothing was sent: a missing key, a bad URL, an option that makes no sense."""


class CallCancelledError(Error):
    """The client was closed before the call was done."""


class APIError(Error):
    """The provider or the network failed."""


class APIConnectionError(APIError):
    """No connection, or one that broke before the answer was whole."""


class APITimeoutError(APIConnectionError):
    """Something took too long; ``kind`` says what."""


class APIResponseValidationError(APIError):
    """What came back is not what an answer should be."""


class APIStatusError(APIError):
    """An answer with a status of 400 or more."""


class BadRequestError(APIStatusError):
    """400, and other 4xx: the request is refused."""


class AuthenticationError(APIStatusError):
    """401: the key is wrong."""


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""


class NotFoundError(APIStatusError):
    """404: no such model or path."""


class ConflictError(APIStatusError):
    """409."""


class UnprocessableEntityError(APIStatusError):
    """422: the request is refused."""


class RateLimitError(APIStatusError):
    """429: too fast, for longer than the call may wait."""


class QuotaExhaustedError(RateLimitError):
    """The account has no money or credit left; or the client's own cap is reached. Waiting does not help."""


class InternalServerError(APIStatusError):
    """5xx: the server failed."""


_OF_KIND: dict[str, type[Error]] = {
    "configuration": ConfigurationError,
    "authentication": AuthenticationError,
    "permission": PermissionDeniedError,
    "not_found": NotFoundError,
    "bad_request": BadRequestError,
    "rate_limited": RateLimitError,
    "quota_exhausted": QuotaExhaustedError,
    "server": InternalServerError,
    "connect": APIConnectionError,
    "dns": APIConnectionError,
    "tls": APIConnectionError,
    "incomplete": APIConnectionError,
    "connect_timeout": APITimeoutError,
    "first_byte_timeout": APITimeoutError,
    "idle_timeout": APITimeoutError,
    "timeout": APITimeoutError,
    "deadline": APITimeoutError,
    "protocol": APIResponseValidationError,
    "cancelled": CallCancelledError,
}
_OF_STATUS: dict[tuple[str, int], type[Error]] = {
    ("server", 408): APIStatusError,
    ("server", 409): ConflictError,
    ("bad_request", 422): UnprocessableEntityError,
}


def make(what: str, record: dict[str, Any]) -> Error:
    """The exception for an error of the engine's."""
    kind = record["kind"]
    return _OF_STATUS.get((kind, record["status"]), _OF_KIND.get(kind, Error))(what, record)
