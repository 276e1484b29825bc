"""headway.OpenAIEmbeddings, and LangChain's with its standard suite."""

import asyncio
import copy
import pickle
from collections.abc import Iterator
from typing import Any

import pytest
from embeddings_peer import EmbeddingsPeer, running_embeddings

import headway

TEXTS = [f"text {number}" for number in range(50)]


def expected(text: str) -> list[float]:
    return [float(text.rpartition(" ")[2]), 0.5, float(len(text))]


@pytest.fixture
def endpoint() -> Iterator[EmbeddingsPeer]:
    with running_embeddings() as peer:
        yield peer


@pytest.mark.parametrize("form", ["base64", "float", ""])
def test_texts_share_requests_and_come_in_their_order(endpoint: EmbeddingsPeer, form: str) -> None:
    embeddings = headway.OpenAIEmbeddings(base_url=endpoint.base_url, model="m", chunk_size=20, encoding_format=form)
    assert embeddings.embed_documents(iter(TEXTS)) == [expected(text) for text in TEXTS]
    assert sorted(len(body["input"]) for body in endpoint.bodies) == [10, 20, 20]
    assert [body.get("encoding_format", "") for body in endpoint.bodies] == [form] * 3


def test_a_query_and_what_is_sent(endpoint: EmbeddingsPeer) -> None:
    embeddings = headway.OpenAIEmbeddings(base_url=endpoint.base_url, dimensions=3, user="u")
    assert embeddings.embed_query("text 7") == expected("text 7")
    assert endpoint.bodies == [
        {"model": "text-embedding-ada-002", "input": ["text 7"], "dimensions": 3, "encoding_format": "base64", "user": "u"}
    ]


def test_a_cap_that_nobody_told_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADWAY_MODEL", "one-that-writes")
    with running_embeddings(most=8) as endpoint:
        embeddings = headway.OpenAIEmbeddings(base_url=endpoint.base_url)
        assert embeddings.embed_documents(TEXTS) == [expected(text) for text in TEXTS]
        assert {body["model"] for body in endpoint.bodies} == {"text-embedding-ada-002"}


def test_nothing_is_lost_where_a_request_fails(endpoint: EmbeddingsPeer) -> None:
    embeddings = headway.OpenAIEmbeddings(base_url=endpoint.base_url, max_inputs=2)
    asked = ["text 1", "text 2", "BAD", "text 3", "text 4"]
    outcomes = embeddings.embed_documents(asked, return_exceptions=True)
    assert [isinstance(each, headway.BadRequestError) for each in outcomes] == [False, False, True, True, False]
    with pytest.raises(headway.BadRequestError, match="no BAD") as raised:
        embeddings.embed_documents(asked)
    assert raised.value.outcomes[4] == expected("text 4")  # type: ignore[index]


def test_what_is_no_text_is_refused_before_anything_is_sent(endpoint: EmbeddingsPeer) -> None:
    embeddings = headway.OpenAIEmbeddings(base_url=endpoint.base_url)
    bad: Any = ["a", None]
    with pytest.raises(TypeError, match="text 1 is a NoneType"):
        embeddings.embed_documents(bad)
    with pytest.raises(TypeError, match="not one text"):
        embeddings.embed_documents("text 1")
    assert not endpoint.bodies


def test_asyncio_and_its_cancellation(endpoint: EmbeddingsPeer) -> None:
    embeddings = headway.OpenAIEmbeddings(base_url=endpoint.base_url)

    async def main() -> None:
        assert await embeddings.aembed_documents(TEXTS) == [expected(text) for text in TEXTS]
        assert await embeddings.aembed_query("text 1") == expected("text 1")
        held = asyncio.ensure_future(embeddings.aembed_documents(["HOLD"]))
        await asyncio.to_thread(endpoint.asked.wait)
        held.cancel()
        with pytest.raises(asyncio.CancelledError):
            await held

    asyncio.run(main())
    assert endpoint.left.wait(60)


def test_it_pickles_and_says_what_it_is_without_a_key(endpoint: EmbeddingsPeer) -> None:
    embeddings = headway.OpenAIEmbeddings(base_url=endpoint.base_url, api_key="sk-secret", model="m")
    for again in (pickle.loads(pickle.dumps(embeddings)), copy.deepcopy(embeddings)):
        assert again.embed_query("text 2") == expected("text 2")
    assert "'m'" in repr(embeddings) and "127.0.0.1" in repr(embeddings) and "secret" not in repr(embeddings)


def test_what_was_used_is_told_by_the_client(endpoint: EmbeddingsPeer) -> None:
    with headway.Client(base_url=endpoint.base_url, price_in=1, price_out=1) as client:
        headway.OpenAIEmbeddings(client=client, model="m").embed_documents(TEXTS)
        (row,) = client.spend()
        assert row["model"] == "m" and row["prompt_tokens"] == 100 and row["cost"] == pytest.approx(1e-4)


def test_a_provider_without_embeddings_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-1")
    with pytest.raises(headway.ConfigurationError):
        headway.OpenAIEmbeddings(model="anthropic:claude-x")
