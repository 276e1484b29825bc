"""headway.openai: requests of httpx pass through the engine; and OpenAI's SDK and what is built on it, each installed by
tools/ecosystem-venv in an environment of its own."""

import asyncio
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat_peer import Endpoint, running_endpoint
from conftest import BUILD, SOURCE
from model_server import ModelServer, served_model
from peer import Peer
from retry_peer import running_refuser

httpx = pytest.importorskip("httpx", reason="httpx is not installed: headway.openai is not tested")

import headway  # noqa: E402
import headway.openai  # noqa: E402

PROGRAMS = Path(__file__).parent / "ecosystem"
ECOSYSTEM = {
    "openai-3": ["openai_sdk", "azure_by_openai", "instructor_objects", "pydantic_ai_agent", "langchain_openai_chain"],
    "openai-1": ["openai_sdk", "llama_index_llm", "dspy_module", "litellm_provider", "anthropic_by_litellm", "gemini_by_litellm", "generated_by_litellm",
                 "gemini_by_genai"],
}  # fmt: skip


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with running_endpoint() as started:
        yield started


@pytest.mark.parametrize(("set_", "name"), [(set_, name) for set_, names in ECOSYSTEM.items() for name in names])
def test_a_library_runs_on_headway(set_: str, name: str, endpoint: Endpoint) -> None:
    python = SOURCE / ".venv-ecosystem" / set_ / "bin" / "python"
    assert python.exists(), "run tools/ecosystem-venv"
    environment = {**os.environ, "PYTHONPATH": str(BUILD / "python"), "DSPY_CACHEDIR": "/dev/null", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(
        [str(python), str(PROGRAMS / f"{name}.py"), endpoint.base_url], env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0 and "good" in done.stdout, done.stdout + done.stderr


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with served_model() as server:
        yield server


@pytest.mark.parametrize("set_", ECOSYSTEM)
def test_the_sdk_does_as_with_its_own_transport(set_: str, model: ModelServer) -> None:
    python = SOURCE / ".venv-ecosystem" / set_ / "bin" / "python"
    environment = {**os.environ, "PYTHONPATH": str(BUILD / "python")}
    command = [str(python), str(PROGRAMS / "openai_beside.py"), model.base_url, model.name]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and "good" in done.stdout, done.stdout + done.stderr


DOCUMENTED = [
    (document.name, found[1])
    for document in [SOURCE / "README.md", SOURCE / "README.ja.md", *sorted((SOURCE / "docs").glob("*.md"))]
    for found in re.finditer(r"```python\n(.*?)```", document.read_text(), re.S)
    if "import openai" in found[1]
]


@pytest.mark.parametrize("text", [text for _, text in DOCUMENTED], ids=[name for name, _ in DOCUMENTED])
def test_what_the_documents_show_runs(text: str, endpoint: Endpoint) -> None:
    python = SOURCE / ".venv-ecosystem" / "openai-3" / "bin" / "python"
    environment = {**os.environ, "PYTHONPATH": str(BUILD / "python"), "OPENAI_BASE_URL": endpoint.base_url, "OPENAI_API_KEY": "x"}
    done = subprocess.run([str(python), "-c", text], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0 and "You said" in done.stdout, done.stdout + done.stderr


def test_bytes_come_as_they_are_written_and_leaving_ends_them(peer: Peer) -> None:
    client = headway.openai.http_client()
    with client.stream("POST", f"{peer.base_url}/completions", json={"prompt": "ENDLESS", "stream": True}) as answer:
        assert answer.status_code == 200 and answer.headers["content-type"] == "text/event-stream"
        pieces = answer.iter_raw()
        assert next(pieces).startswith(b"data: ") and next(pieces)
    peer.wait_for(lambda: peer.stopped_sending == 1)


def test_a_slow_reader_holds_the_server_back(peer: Peer) -> None:
    client = headway.openai.http_client()
    with client.stream("POST", f"{peer.base_url}/completions", json={"prompt": "ENDLESS", "stream": True}) as answer:
        pieces = answer.iter_raw()
        next(pieces)
        sent = 0
        while peer.sent != sent:  # it has stopped
            sent = peer.sent
            with peer.changed:
                peer.changed.wait(0.5)
        assert sent < 64 << 20
        next(pieces)


def test_an_async_stream_is_cancelled_down_to_its_socket(peer: Peer) -> None:
    async def main() -> None:
        client = headway.openai.async_http_client()
        held = asyncio.ensure_future(client.post(f"{peer.base_url}/completions", json={"prompt": "HOLD"}, timeout=60))
        await asyncio.to_thread(peer.wait_for, lambda: peer.held == 1)
        held.cancel()
        with pytest.raises(asyncio.CancelledError):
            await held
        await asyncio.to_thread(peer.wait_for, lambda: peer.dropped == 1)

    asyncio.run(main())


def test_a_streams_break_is_an_error_of_httpx(peer: Peer) -> None:
    client = headway.openai.http_client()
    with pytest.raises(httpx.RemoteProtocolError):
        client.post(f"{peer.base_url}/completions", json={"prompt": "BREAK 3", "stream": True})


def test_a_timeout_is_the_longest_silence(peer: Peer) -> None:
    client = headway.openai.http_client(max_retries=0)
    with pytest.raises(httpx.ReadTimeout):
        client.post(f"{peer.base_url}/completions", json={"prompt": "HOLD"}, timeout=0.2)


def test_retries_are_headways_and_the_sdks_are_one_attempt_each(peer: Peer) -> None:
    with running_refuser(500, times=100) as base_url, headway.Client() as client:
        session = headway.openai.http_client(client)
        first = session.post(f"{base_url}/chat/completions", json={"model": "m"})
        assert first.status_code == 500 and first.headers["x-should-retry"] == "false"
        assert client.stats()["attempts"] == 3
        session.post(f"{base_url}/chat/completions", json={"model": "m"}, headers={"x-stainless-retry-count": "1"})
        assert client.stats()["attempts"] == 4


def test_one_limit_holds_for_all_that_share_a_client(peer: Peer) -> None:
    with headway.Client(base_url=peer.base_url, max_concurrency=2) as client:
        model = headway.OpenAI(client=client, model="m")

        async def main() -> None:
            session = headway.openai.async_http_client(client)
            asked = [session.post("http://sdk.invalid/v1/completions", json={"model": "m", "prompt": "HOLD"}, timeout=60) for _ in range(3)]
            tasks = [asyncio.ensure_future(each) for each in (*asked, model.ainvoke("HOLD"))]
            await asyncio.to_thread(peer.wait_for, lambda: peer.held == 2)
            await asyncio.sleep(0.2)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run(main())
        assert peer.most_held == 2


def test_what_head_is_answered_has_no_body(endpoint: Endpoint) -> None:
    session = headway.openai.http_client(max_retries=0)
    for _ in range(2):  # on the same connection
        answer = session.head(f"{endpoint.base_url}/models")
        assert answer.status_code == 501 and answer.content == b"", "it is as http.server says that it knows no HEAD"


@pytest.mark.parametrize("address", ["invalid://example.org", "://example.org", "http://"])
def test_what_is_no_address_is_httpxs_own_error(address: str) -> None:
    with pytest.raises(httpx.UnsupportedProtocol):
        headway.openai.http_client().get(address)

    async def ask() -> None:
        with pytest.raises(httpx.UnsupportedProtocol):
            await headway.openai.async_http_client().get(address)

    asyncio.run(ask())


def test_a_key_goes_to_its_own_host_alone(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    session = headway.openai.http_client()
    session.post(f"{peer.base_url}/completions?a=b", json={"prompt": "x"}, headers={"api-key": "sk-1", "x-one": "1"})
    assert peer.headers[-1]["api-key"] == "sk-1" and peer.headers[-1]["x-one"] == "1"
    assert "authorization" not in peer.headers[-1]


def test_either_a_client_or_its_settings() -> None:
    with pytest.raises(TypeError, match="either"):
        headway.openai.http_client(headway.Client(), rpm=5)
