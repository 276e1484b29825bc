"""Every kind of failure, as the exception that users of OpenAI's library know."""

import json
import pickle
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from peer import Peer

import headway


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, headway.BadRequestError),
        (401, headway.AuthenticationError),
        (402, headway.QuotaExhaustedError),
        (403, headway.PermissionDeniedError),
        (404, headway.NotFoundError),
        (409, headway.ConflictError),
        (413, headway.BadRequestError),
        (422, headway.UnprocessableEntityError),
        (429, headway.RateLimitError),
        (500, headway.InternalServerError),
        (504, headway.InternalServerError),
    ],
)
def test_each_status_has_its_exception(llm: headway.OpenAI, status: int, expected: type[headway.Error]) -> None:
    with pytest.raises(headway.APIStatusError) as caught:
        llm.invoke(f"STATUS {status}", max_wait=0)
    error = caught.value
    assert type(error) is expected and error.status == error.status_code == status
    assert (error.type, error.code, error.request_id, error.attempts) == ("a_type", "a_code", "req-1", 1)
    assert error.endpoint.endswith("/v1/completions") and error.message and error.times["first_byte"] > 0
    assert error.provider_message == f"status {status}" and error.kind
    assert error.provider_message in str(error)
    assert error.body == {"message": f"status {status}", "type": "a_type", "code": "a_code"}


def test_errors_can_be_pickled(llm: headway.OpenAI) -> None:
    with pytest.raises(headway.BadRequestError) as caught:
        llm.invoke("STATUS 400")
    again = pickle.loads(pickle.dumps(caught.value))
    assert type(again) is headway.BadRequestError and str(again) == str(caught.value)
    assert vars(again) == vars(caught.value)


def test_what_was_paid_for_and_cannot_be_used_is_told(peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url, price_in=1.0, price_out=2.0) as client:
        with pytest.raises(headway.APIResponseValidationError) as caught:
            headway.ChatOpenAI(client=client, model="m", max_retries=0).invoke("UNUSABLE")
        (spent,) = client.spend()
    error = caught.value
    assert json.loads(error.unusable_body)["choices"] == []
    assert (error.usage["prompt_tokens"], error.usage["completion_tokens"], error.usage["cache_write_tokens"]) == (4, 6, 2)
    assert (spent["prompt_tokens"], spent["cache_write_tokens"], spent["cost"]) == (4, 2, error.cost)
    assert error.cost and "cmpl-7" not in str(error)
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)
    (row,) = headway.to_rows([error])
    assert (row["prompt_tokens"], row["completion_tokens"], row["cost"], row["error_kind"]) == (4, 6, error.cost, "protocol")


def test_of_what_is_no_answer_nothing_was_paid(llm: headway.OpenAI) -> None:
    with pytest.raises(headway.BadRequestError) as caught:
        llm.invoke("STATUS 400")
    assert (caught.value.unusable_body, caught.value.cost) == (b"", None) and not any(caught.value.usage.values())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@pytest.mark.parametrize(
    ("address", "options", "expected", "kind"),
    [
        ("http://127.0.0.1:{free}", {}, headway.APIConnectionError, "connect"),
        ("http://no-such-host.invalid", {"api_key": "sk-x"}, headway.APIConnectionError, "dns"),
    ],
)
def test_connections_that_fail(address: str, options: Any, expected: Any, kind: str) -> None:
    url = address.format(free=free_port())
    with pytest.raises(expected) as caught:
        headway.OpenAI(base_url=url, model="m", max_retries=0, **options).invoke("private words")
    assert caught.value.kind == kind and caught.value.status == 0 and caught.value.body is None
    assert "private" not in str(caught.value) and "sk-x" not in str(caught.value)


@pytest.mark.parametrize(("option", "kind"), [("timeout", "timeout"), ("deadline", "deadline")])
def test_time_limits(llm: headway.OpenAI, peer: Peer, option: str, kind: str) -> None:
    limit: Any = {option: 1}
    llm.invoke("x")  # the connection is there, so that the call is soon with the peer
    with pytest.raises(headway.APITimeoutError) as caught:
        llm.invoke("HOLD", max_retries=0, **limit)
    assert caught.value.kind == kind and isinstance(caught.value, headway.APIConnectionError)
    peer.wait_for(lambda: peer.dropped == 1)


def test_a_limit_for_the_first_byte(peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url, timeouts={"first_byte": 0.05}, max_retries=0) as client:
        with pytest.raises(headway.APITimeoutError) as caught:
            headway.OpenAI(client=client, model="m").invoke("HOLD")
    assert caught.value.kind == "first_byte_timeout"


@pytest.mark.parametrize(
    ("scheme", "expected"), [("http", headway.APIResponseValidationError), ("https", headway.APIConnectionError)]
)
def test_an_answer_that_is_none(scheme: str, expected: type[headway.Error]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as executor:

        def talk() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n<p/>")

        executor.submit(talk)
        url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(expected) as caught:
            headway.OpenAI(base_url=url, model="m", max_retries=0).invoke("x")
    assert caught.value.kind == ("tls" if scheme == "https" else "protocol")


def test_nothing_is_sent_without_a_key() -> None:
    with pytest.raises(headway.ConfigurationError, match="OPENAI_API_KEY"):
        headway.OpenAI()
    with pytest.raises(headway.ConfigurationError, match="model"):
        headway.ChatOpenAI(base_url="http://127.0.0.1:9")


def test_a_key_is_in_no_error(peer: Peer) -> None:
    llm = headway.OpenAI(base_url=peer.base_url, model="m", api_key="sk-secret-1234567890")
    with pytest.raises(headway.Error) as caught:
        llm.invoke("STATUS 401")
    assert "sk-secret" not in repr(vars(caught.value)) + str(caught.value) + repr(llm)


def test_every_exception_is_an_error() -> None:
    named = [getattr(headway, name) for name in headway.__all__ if name.endswith("Error")]
    assert len(named) == 17 and all(issubclass(each, headway.Error) for each in named)
    assert issubclass(headway.QuotaExhaustedError, headway.RateLimitError)
