"""OpenAI's SDK, and what is built on it, on headway's engine: the same code, one limit, pacing and retries.

    import openai
    import headway.openai

    client = openai.OpenAI(http_client=headway.openai.http_client(rpm=600))
    client = openai.AsyncOpenAI(http_client=headway.openai.async_http_client(rpm=600))

The two are clients of httpx, or of httpx2 where the SDK that is installed uses that. Instructor, pydantic-ai, langchain_openai,
LlamaIndex and LiteLLM (DSPy) take such a client, or an SDK made with one.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from headway import _core
from headway.client import Client, shared
from headway.errors import ConfigurationError, Error

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from headway.settings import ClientSettings

_OURS = frozenset(("host", "connection", "content-length", "transfer-encoding", "accept-encoding"))
_KEYS = frozenset(("authorization", "api-key", "x-api-key", "x-goog-api-key"))
_UNPACKED = frozenset((b"content-encoding", b"content-length", b"transfer-encoding", b"connection", b"x-should-retry"))
_STATUS = {"configuration": 400, "rate_limited": 429, "quota_exhausted": 429, "protocol": 502, "cancelled": 499}
_RAISED = {
    "connect": "ConnectError", "dns": "ConnectError", "tls": "ConnectError", "incomplete": "RemoteProtocolError",
    "connect_timeout": "ConnectTimeout", "first_byte_timeout": "ReadTimeout", "idle_timeout": "ReadTimeout",
    "timeout": "ReadTimeout", "deadline": "ReadTimeout",
}  # fmt: skip


def http_client(client: Client | None = None, **settings: Unpack[ClientSettings]) -> Any:
    """An ``httpx.Client`` for ``openai.OpenAI(http_client=...)``, whose requests ``client`` makes.

    ``settings`` are those of a ``headway.Client``, in the place of one. Requests go where the SDK says, with its key, unless the
    client has an address or endpoints of its own: then these hold. All paths, methods and bodies pass through, and streams come
    as they are written. Waiting for a limit is not charged to the SDK's timeout, which is the longest silence of an attempt.

    What is refused or breaks off is sent again by headway, and then given as it came, with ``x-should-retry: false``, so that
    the SDK raises what it always raises and adds no retries. Of the SDK's own retries, after a broken connection, each is one
    attempt.
    """
    httpx = _library()
    return httpx.Client(transport=_transports(httpx)[0](_Way(client, settings)), follow_redirects=True)


def async_http_client(client: Client | None = None, **settings: Unpack[ClientSettings]) -> Any:
    """The same for ``openai.AsyncOpenAI``: an ``httpx.AsyncClient``, for asyncio."""
    httpx = _library()
    return httpx.AsyncClient(transport=_transports(httpx)[1](_Way(client, settings)), follow_redirects=True)


def _library() -> Any:
    """The one that the SDK uses, if it is there; else the one that is installed."""
    try:
        of_sdk = importlib.import_module("openai").DefaultHttpxClient
        roots = {each.__module__.partition(".")[0] for each in of_sdk.__mro__}
        return importlib.import_module("httpx2" if "httpx2" in roots else "httpx")
    except ImportError:
        pass
    try:
        return importlib.import_module("httpx")
    except ImportError as error:
        raise ConfigurationError("headway.openai needs OpenAI's SDK or httpx: pip install openai") from error


class _Way:
    """From a request of httpx's to the engine."""

    def __init__(self, client: Client | None, settings: Mapping[str, Any]) -> None:
        if client is not None and settings:
            raise TypeError("give either client or its settings: a client has its own")
        self.client = client or (Client(**settings) if settings else shared(None))
        self._own = self.client._has_place
        self._passages: dict[tuple[str, str], _core.Passage] = {}

    def asked(self, request: Any, body: bytes) -> tuple[_core.Passage, dict[str, Any]]:
        headers = _headers_of(request)
        retries = int(headers.get("x-stainless-retry-count") or 0)
        silence = (request.extensions.get("timeout") or {}).get("read")
        passage = self._passage(request.url, headers)
        path = request.url.raw_path.decode("ascii")
        return passage, {
            "method": request.method, "body": body, "headers": {name: headers[name] for name in headers.keys() - _KEYS},
            "path": _after_base(path) if self._own else path, "silence": silence or 0.0, "max_retries": 0 if retries else None,
        }  # fmt: skip

    def _passage(self, url: Any, headers: Mapping[str, str]) -> _core.Passage:
        keys = {} if self._own else {name: headers[name] for name in _KEYS if headers.get(name)}
        origin = "" if self._own else f"{url.scheme}://{url.netloc.decode('ascii')}"
        name = (origin, json.dumps(keys, sort_keys=True))
        if name not in self._passages:
            place = None if self._own else {"base_url": origin, "default_headers": keys}
            self._passages[name] = _core.Passage(self.client._engine, place)
        return self._passages[name]


def _headers_of(request: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in request.headers.multi_items():
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return {name: value for name, value in headers.items() if name not in _OURS}


def _check_address(httpx: Any, request: Any) -> None:
    if request.url.scheme not in ("http", "https") or not request.url.host:
        raise httpx.UnsupportedProtocol(f"'{request.url.scheme}://{request.url.host}' is no address of http or https", request=request)


def _after_base(path: str) -> str:
    """As a path of the API: the base URL before it is the SDK's."""
    place = path.find("/v1/")
    return path if place < 0 else path[place:]


def _answered(httpx: Any, head: tuple[int, list[tuple[bytes, bytes]], int], stream: Any) -> Any:
    """What the first letter tells, with the body to come."""
    status, told, attempts = head
    headers = [(name, value) for name, value in told if name.lower() not in _UNPACKED]
    if status >= 400:
        headers.append((b"x-should-retry", b"false"))
    return httpx.Response(status, headers=headers, stream=stream, extensions={"headway_attempts": attempts})


def _failure(httpx: Any, error: Error, request: Any) -> Any:
    """As httpx tells it: an exception to raise, or an answer in OpenAI's form where headway knows more than a broken line."""
    if (name := _RAISED.get(error.kind)) and not error.status:
        return getattr(httpx, name)(str(error), request=request)
    status = error.status if error.status >= 400 else _STATUS.get(error.kind, 500)
    code = error.code or ("insufficient_quota" if error.kind == "quota_exhausted" else error.kind)
    said = {"message": str(error), "type": error.type or error.kind, "code": code, "param": None}
    headers = {"x-should-retry": "false", **({"x-request-id": error.request_id} if error.request_id else {})}
    return httpx.Response(status, headers=headers, json={"error": said}, request=request)


def _given(httpx: Any, error: Error, request: Any) -> Any:
    failure = _failure(httpx, error, request)
    if isinstance(failure, Exception):
        raise failure from error
    return failure


class _Letters:
    """What comes, one by one; at the end None, or the error is raised."""

    def __init__(self, inbox: _core.Inbox) -> None:
        self._inbox = inbox
        self._come: list[Any] = []
        self._failed = self._over = False

    def next(self) -> Any:
        if not self._come and not self._over:
            self._come, self._over, self._failed = self._inbox.next()
            self._inbox.taken(len(self._come))
        if not self._come:
            return None
        letter = self._come.pop(0)
        if self._failed and not self._come:
            raise letter
        return letter

    def close(self) -> None:
        self._inbox.cancel()


class _AsyncLetters:
    """The same for asyncio."""

    def __init__(self, passage: _core.Passage, asked: dict[str, Any]) -> None:
        from headway.bridge import Feed, current

        loop, self._bridge = current()
        self._feed = Feed(loop)
        self._come: list[Any] = []
        self._number = self._bridge.pass_through(passage, self._feed, asked)

    async def next(self) -> Any:
        if not self._come:
            self._come = await self._feed.next()
            self._bridge.taken(self._number, len(self._come))
        return self._come.pop(0)

    def close(self) -> None:
        self._bridge.cancel(self._number)


def _transports(httpx: Any) -> tuple[type[Any], type[Any]]:
    """For one of the two libraries."""

    class Stream(httpx.SyncByteStream):  # type: ignore[misc]
        def __init__(self, letters: _Letters, request: Any) -> None:
            self._letters, self._request = letters, request

        def __iter__(self) -> Iterator[bytes]:
            try:
                while (piece := self._letters.next()) is not None:
                    yield piece
            except Error as error:
                raise _broken(httpx, error, self._request) from error

        def close(self) -> None:
            self._letters.close()

    class AsyncStream(httpx.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, letters: _AsyncLetters, request: Any) -> None:
            self._letters, self._request = letters, request

        async def __aiter__(self) -> AsyncIterator[bytes]:
            try:
                while (piece := await self._letters.next()) is not None:
                    yield piece
            except Error as error:
                raise _broken(httpx, error, self._request) from error

        async def aclose(self) -> None:
            self._letters.close()

    class Transport(httpx.BaseTransport):  # type: ignore[misc]
        def __init__(self, way: _Way) -> None:
            self._way = way

        def handle_request(self, request: Any) -> Any:
            _check_address(httpx, request)
            try:
                letters = _Letters(_core.pass_through(*self._way.asked(request, request.read())))
            except Error as error:
                return _given(httpx, error, request)
            try:
                head = letters.next()
            except Error as error:
                return _given(httpx, error, request)
            except BaseException:
                letters.close()
                raise
            return _answered(httpx, head, Stream(letters, request))

    class AsyncTransport(httpx.AsyncBaseTransport):  # type: ignore[misc]
        def __init__(self, way: _Way) -> None:
            self._way = way

        async def handle_async_request(self, request: Any) -> Any:
            _check_address(httpx, request)
            body = await request.aread()
            try:
                letters = _AsyncLetters(*self._way.asked(request, body))
            except Error as error:
                return _given(httpx, error, request)
            try:
                head = await letters.next()
            except Error as error:
                return _given(httpx, error, request)
            except BaseException:
                letters.close()
                raise
            return _answered(httpx, head, AsyncStream(letters, request))

    return Transport, AsyncTransport


def _broken(httpx: Any, error: Error, request: Any) -> Exception:
    """An answer that had begun."""
    name = _RAISED.get(error.kind, "RemoteProtocolError")
    failure: Exception = getattr(httpx, name)(str(error), request=request)
    return failure
