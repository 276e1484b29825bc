"""headway.langchain.OpenAIEmbeddings: LangChain's standard suite."""

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="langchain-core is not installed: headway.langchain is not tested")
pytest.importorskip("langchain_tests", reason="langchain-tests is not installed: headway.langchain is not tested")

from embeddings_peer import running_embeddings  # noqa: E402
from langchain_core.embeddings import Embeddings  # noqa: E402
from langchain_core.vectorstores import InMemoryVectorStore  # noqa: E402
from langchain_tests.integration_tests import EmbeddingsIntegrationTests  # noqa: E402
from langchain_tests.unit_tests import EmbeddingsUnitTests  # noqa: E402

from headway.langchain import OpenAIEmbeddings  # noqa: E402


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


class TestUnits(EmbeddingsUnitTests):
    """LangChain's own unit tests."""

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return OpenAIEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "m", "base_url": "http://127.0.0.1:9"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        environment = {"OPENAI_API_KEY": "key-1", "OPENAI_API_BASE": "http://127.0.0.1:9", "OPENAI_ORG_ID": "org"}
        read = {"openai_api_key": "key-1", "openai_api_base": "http://127.0.0.1:9", "openai_organization": "org"}
        return environment, {"model": "m"}, read


@pytest.mark.anyio
class TestCalls(EmbeddingsIntegrationTests):
    """LangChain's own integration tests."""

    @pytest.fixture(autouse=True)
    def _endpoint(self) -> Iterator[None]:
        with running_embeddings() as self.endpoint:
            yield

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return OpenAIEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {"model": "m", "base_url": self.endpoint.base_url, "chunk_size": 2}

    def test_a_store_of_langchain_finds_by_them(self) -> None:
        store = InMemoryVectorStore(OpenAIEmbeddings(**self.embedding_model_params))
        store.add_texts([f"text {number}" for number in range(5)])
        assert [found.page_content for found in store.similarity_search("text 4", k=1)] == ["text 4"]
        assert sorted(len(body["input"]) for body in self.endpoint.bodies) == [1, 1, 2, 2]
