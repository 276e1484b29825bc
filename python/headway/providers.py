"""What the engine knows of each provider's place in the environment, for those who must tell it apart without one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import NamedTuple


class Provider(NamedTuple):
    """Where the environment has its address and key."""

    url: str
    url_variables: tuple[str, ...]
    key_variables: tuple[str, ...]

    def base_url(self) -> str:
        """Empty: the environment says none."""
        return _first(self.url_variables)

    def key(self) -> str:
        """Empty: the environment has none."""
        return _first(self.key_variables)


OPENAI = Provider("https://api.openai.com", ("OPENAI_BASE_URL", "OPENAI_API_BASE"), ("OPENAI_API_KEY",))
_ANTHROPIC = Provider("https://api.anthropic.com", ("ANTHROPIC_BASE_URL",), ("ANTHROPIC_API_KEY",))
_GEMINI = Provider(
    "https://generativelanguage.googleapis.com", ("GOOGLE_GEMINI_BASE_URL",), ("GEMINI_API_KEY", "GOOGLE_API_KEY")
)
_AZURE = Provider("", ("AZURE_OPENAI_ENDPOINT",), ("AZURE_OPENAI_API_KEY",))
PROVIDERS = {
    "openai": OPENAI, "anthropic": _ANTHROPIC, "gemini": _GEMINI, "google_genai": _GEMINI, "azure": _AZURE, "azure_openai": _AZURE,
}  # fmt: skip


def split(model: str) -> tuple[str | None, str]:
    """A model's name may begin with its provider's: "anthropic:claude-haiku-4-5"."""
    before, colon, name = model.partition(":")
    return (before, name) if colon and before in PROVIDERS else (None, model)


def _first(variables: Iterable[str]) -> str:
    return next((value for variable in variables if (value := os.environ.get(variable))), "")
