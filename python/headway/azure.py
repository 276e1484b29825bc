"""Azure's address of a deployment, from the keyword arguments of LangChain's AzureChatOpenAI."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

from headway.errors import ConfigurationError

_ALIASES = {"azure_endpoint": "base_url", "deployment_name": "azure_deployment", "openai_api_version": "api_version"}


def azure_settings(given: dict[str, Any]) -> dict[str, Any]:
    """The same by the engine's names. Raises ConfigurationError for a deployment without an address or an API version."""
    settings = {_ALIASES.get(name, name): value for name, value in given.items()}
    settings.setdefault("provider", "azure")
    version = settings.pop("api_version", None)
    if token := settings.pop("azure_ad_token", None):
        token = token.get_secret_value() if hasattr(token, "get_secret_value") else token
        settings["default_headers"] = {**(settings.get("default_headers") or {}), "Authorization": f"Bearer {token}"}
    if deployment := settings.pop("azure_deployment", None):
        address = settings.get("base_url") or settings.pop("openai_api_base", None) or os.environ.get("AZURE_OPENAI_ENDPOINT")
        version = version or os.environ.get("OPENAI_API_VERSION")
        if not address:
            raise ConfigurationError("AZURE_OPENAI_ENDPOINT is not set, and no azure_endpoint")
        if not version:
            raise ConfigurationError("a deployment of Azure's needs an api_version, or OPENAI_API_VERSION")
        place = f"{address.rstrip('/')}/openai/deployments/{quote(deployment, safe='')}"
        settings |= {"base_url": f"{place}?api-version={quote(version, safe='')}", "model": deployment}
    return settings
