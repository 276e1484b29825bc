"""Embeddings for LangChain."""

from __future__ import annotations

from typing import Any

from langchain_core.embeddings import Embeddings

import headway
from headway.langchain.settings import Place
from headway.settings import EmbeddingsSettings

_HEADWAYS = EmbeddingsSettings.__annotations__.keys()


class OpenAIEmbeddings(Place, Embeddings):
    """POST /v1/embeddings, by headway: any number of texts, packed into as few requests as the provider takes.

    A text that is longer than the model takes is an error, and never cut. See headway.OpenAIEmbeddings.
    """

    kind = headway.OpenAIEmbeddings

    model: str = "text-embedding-ada-002"
    dimensions: int | None = None
    chunk_size: int | None = None
    """Texts in one request at the most; else 2,048, as at OpenAI."""
    max_request_tokens: int | None = None
    """Tokens in one request at the most, counted as a third of the bytes; else 300,000."""
    encoding_format: str | None = None
    in_flight: int | None = None

    @property
    def _embeddings(self) -> headway.OpenAIEmbeddings:
        made: headway.OpenAIEmbeddings = self._made
        return made

    def _given(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in type(self).model_fields if name in _HEADWAYS}
        return {name: value for name, value in fields.items() if value is not None}

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The embeddings, in the order of the texts."""
        return self._embeddings.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        """The embedding of one text."""
        return self._embeddings.embed_query(text)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """The same for asyncio."""
        return await self._embeddings.aembed_documents(texts)

    async def aembed_query(self, text: str) -> list[float]:
        """The same for asyncio."""
        return await self._embeddings.aembed_query(text)
