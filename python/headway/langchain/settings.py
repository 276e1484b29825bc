"""What both models have in common: settings by LangChain's names, and the headway model behind them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import get_config_list
from langchain_core.utils.utils import from_env, secret_from_env
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from headway.client import Client
from headway.models import LanguageModel
from headway.settings import ModelSettings

if TYPE_CHECKING:
    from typing_extensions import Self

_THREADS = 1000  # of a batch that says nothing else
_HEADWAYS = ModelSettings.__annotations__.keys() - {"metadata"}  # which LangChain has for something else
_NOT_TOLD = {"openai_api_key", "azure_ad_token", "openai_organization", "default_headers", "endpoints"}
_FORBIDDEN = ConfigDict(extra="forbid", populate_by_name=True, arbitrary_types_allowed=True, protected_namespaces=())


class Place(BaseModel):
    """Where calls go, and what asks there: made at once, so that headway's errors are raised here and not at the first call."""

    model_config = _FORBIDDEN
    kind: ClassVar[Any]

    client: Client | None = Field(default=None, exclude=True)
    """A ``headway.Client``; else that which all models share, or share by ``config``."""
    config: str | os.PathLike[str] | None = None
    """The path of a headway.toml."""
    endpoints: list[dict[str, Any]] | None = None

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
    """Merged last over the request's body."""

    @cached_property
    def _made(self) -> Any:
        return self.kind(client=self.client, config=self.config, **self._given())

    @model_validator(mode="after")
    def _checked(self) -> Self:
        self._made  # noqa: B018
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        self.__dict__.pop("_made", None)

    def _given(self) -> dict[str, Any]:
        """headway's keyword arguments: what was said here or in the environment."""
        raise NotImplementedError


class Settings(Place):
    """The keyword arguments of both chat and completions. What a call says wins over them."""

    model_name: str | None = Field(default_factory=from_env("HEADWAY_MODEL", default=None), alias="model")
    temperature: float | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    stop: list[str] | str | None = Field(default=None, alias="stop_sequences")

    top_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    logit_bias: Mapping[str, float] | None = None
    n: int | None = None
    seed: int | None = None

    @property
    def _llm(self) -> LanguageModel:
        made: LanguageModel = self._made
        return made

    def _given(self) -> dict[str, Any]:
        all_of_them = {name: getattr(self, name) for name in type(self).model_fields if name in _HEADWAYS}
        return {name: value for name, value in all_of_them.items() if value is not None or name in self.model_fields_set}

    def batch(self, inputs: list[Any], config: Any = None, **kwargs: Any) -> list[Any]:
        """As any Runnable's, each input with its own callbacks and failures; 1,000 at once unless ``config`` says else."""
        if not inputs:
            return []
        configs = [_at_once(one) for one in get_config_list(config, len(inputs))]
        return Runnable.batch(self, inputs, configs, **kwargs)  # type: ignore[arg-type]

    async def abatch(self, inputs: list[Any], config: Any = None, **kwargs: Any) -> list[Any]:
        """The same for asyncio, all at once unless ``config`` says else."""
        return await Runnable.abatch(self, inputs, config, **kwargs)  # type: ignore[arg-type]

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {name: value for name, value in self._given().items() if name not in _NOT_TOLD}

    @property
    def lc_secrets(self) -> dict[str, str]:
        """Secrets, by the environment variables that they may be read from."""
        return {"openai_api_key": "OPENAI_API_KEY", "openai_organization": "OPENAI_ORG_ID"}

    @classmethod
    def is_lc_serializable(cls) -> bool:
        """Whether LangChain may write it down, secrets left out."""
        return True


def _at_once(config: RunnableConfig) -> RunnableConfig:
    return config if config.get("max_concurrency") else {**config, "max_concurrency": _THREADS}


def for_call(kwargs: dict[str, Any]) -> dict[str, Any]:
    """A call's keywords without those that are LangChain's alone."""
    return {name: value for name, value in kwargs.items() if name != "stream"}
