"""Keywords: those of ``headway run`` that say what is asked, of whom, how fast, and what an answer must be."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from headway.errors import ConfigurationError
from headway.providers import OPENAI, PROVIDERS, Provider, split

ASKED = ("prompt", "system", "completions", "id_column", "model", "max_tokens", "temperature", "set", "select", "expect")
"""They make an answer what it is: a run goes on only with the same."""
SENT = ("config", "base_url", "http", "in_flight", "rpm", "tpm", "price_in", "price_out", "prices", "timeout",
        "max_retries", "answer_retries")  # fmt: skip
SELECTS = ("text", "json")


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The same with what files hold in the place of ``"@file"``, so that other machines need not have them.

    Raises TypeError for a name that is none, ConfigurationError for a file that cannot be read.
    """
    unknown = [name for name in given if name not in ASKED + SENT]
    if unknown:
        raise TypeError(f"there is no keyword '{unknown[0]}'; the keywords are: {', '.join(ASKED + SENT)}")
    flags = {name: value for name, value in given.items() if value is not None}
    for name in ("prompt", "system"):
        if str(flags.get(name, "")).startswith("@"):
            flags[name] = _text(flags[name][1:]).removesuffix("\n").removesuffix("\r")
    if str(flags.get("expect", "")).startswith("@"):
        flags["expect"] = _json(flags["expect"][1:])
    select = flags.setdefault("select", "text")
    if select not in SELECTS:
        raise ConfigurationError(f"select = '{select}' has no column; 'text' and 'json' have")
    return flags


def with_environment(flags: Mapping[str, Any]) -> dict[str, Any]:
    """The same with what this process's environment says of endpoint and model. Keys stay where they are."""
    from_here = {"model": os.environ.get("HEADWAY_MODEL")}
    if "config" not in flags:
        from_here["base_url"] = _provider(flags).base_url()
    return {name: value for name, value in from_here.items() if value} | dict(flags)


def asked(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Those that make an answer what it is, as JSON would have them."""
    return dict(json.loads(json.dumps({name: flags[name] for name in ASKED if name in flags}, default=str)))


def limit_name(flags: Mapping[str, Any]) -> str:
    """Of the limit that calls with these settings share: the same for one endpoint and key. Says nothing of the key."""
    provider = _provider(flags)
    parts = [
        str(flags.get("base_url") or provider.base_url() or ("" if provider is OPENAI else provider.url)),
        _text(flags["config"]) if "config" in flags else "",
        provider.key(),
    ]
    return "limit-" + hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _provider(flags: Mapping[str, Any]) -> Provider:
    """Whose model it is: a key is for its own provider's address, and for no other's."""
    named, _ = split(str(flags.get("model") or os.environ.get("HEADWAY_MODEL") or ""))
    return PROVIDERS[named or "openai"]


def _json(path: str) -> Any:
    try:
        return json.loads(_text(path))
    except ValueError as error:
        raise ConfigurationError(f"{path} is not JSON: {error}") from error


def _text(path: str | os.PathLike[str]) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{os.fspath(path)} cannot be read: {error}") from error
