"""Embeddings for LangChain."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from langchain_core.embeddings import Embeddings
from langchain_core.utils.utils import from_env, secret_from_env
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

import headway
from headway.client import Client
from headway.settings import EmbeddingsSettings

if TYPE_CHECKING:
    from typing_extensions import Self

_HEADWAYS = EmbeddingsSettings.__annotations__.keys()


class OpenAIEmbeddings(BaseModel, Embeddings):
    """POST /v1/embeddings, by headway: any number of texts, packed into as few requests as the provider takes.

    A text that is longer than the model takes is an error, and never cut. See headway.OpenAIEmbeddings.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True, arbitrary_types_allowed=True, protected_namespaces=())

    client: Client | None = Field(default=None, exclude=True)
    """A ``headway.Client``; else that which all models share, or share by ``config``."""
    config: str | os.PathLike[str] | None = None
    """The path of a headway.toml."""
    endpoints: list[dict[str, Any]] | None = None

    model: str = "text-embedding-ada-002"
    dimensions: int | None = None
    chunk_size: int | None = None
    """Texts in one request at the most; else 2,048, as at OpenAI."""
    max_request_tokens: int | None = None
    """Tokens in one request at the most, counted as a third of the bytes; else 300,000."""
    encoding_format: str | None = None
    in_flight: int | None = None
    openai_api_key: SecretStr | None = Field(
        default_factory=secret_from_env("OPENAI_API_KEY", default=None), alias="api_key"
    )
    openai_api_base: str | None = Field(
        default_factory=from_env(["OPENAI_API_BASE", "OPENAI_BASE_URL"], default=None), alias="base_url"
    )
    openai_organization: str | None = Field(
        default_factory=from_env(["OPENAI_ORG_ID", "OPENAI_ORGANIZATION"], default=None), alias="organization"
    )
    default_headers: Mapping[str, str] | None = None
    request_timeout: float | None = Field(default=None, alias="timeout")
    """Seconds for one attempt."""
    max_retries: int | None = None
    user: str | None = None
    model_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Further fields of the request."""
    extra_body: Mapping[str, Any] | None = None

    @cached_property
    def _embeddings(self) -> headway.OpenAIEmbeddings:
        fields: Any = {name: getattr(self, name) for name in type(self).model_fields if name in _HEADWAYS}
        given: Any = {name: value for name, value in fields.items() if value is not None}
        return headway.OpenAIEmbeddings(client=self.client, config=self.config, **given)

    @model_validator(mode="after")
    def _checked(self) -> Self:
        """Raises what headway raises, here and not at the first call."""
        self._embeddings  # noqa: B018
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        self.__dict__.pop("_embeddings", None)

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
