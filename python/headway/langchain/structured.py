"""Answers that keep to a schema."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from langchain_core.output_parsers import BaseOutputParser, JsonOutputParser, PydanticOutputParser
from langchain_core.output_parsers.openai_tools import JsonOutputKeyToolsParser, PydanticToolsParser
from langchain_core.runnables import Runnable, RunnableMap, RunnablePassthrough
from langchain_core.utils.function_calling import convert_to_json_schema, convert_to_openai_tool
from langchain_core.utils.pydantic import is_basemodel_subclass
from pydantic import BaseModel

Schema = dict[str, Any] | type | Callable[..., Any]


def is_pydantic(schema: Any) -> bool:
    """Whether answers become objects of it; else they become dicts."""
    return isinstance(schema, type) and is_basemodel_subclass(schema)


def response_format(schema: Any, strict: bool | None) -> dict[str, Any]:
    """``{"type": "json_schema", ...}``; ``strict`` None: for pydantic's classes, and where the schema says so."""
    if isinstance(schema, dict) and schema.get("type") == "json_schema" and "json_schema" in schema:
        return schema
    if strict is None:
        strict = schema.get("strict") is True if isinstance(schema, dict) else _is_of_pydantic_2(schema)
    body = convert_to_json_schema(schema, strict=strict)
    named = {"name": body.pop("title"), "strict": strict}
    if said := body.pop("description", None):
        named["description"] = said
    return {"type": "json_schema", "json_schema": {**named, "schema": body}}


def _is_of_pydantic_2(schema: Any) -> bool:
    return isinstance(schema, type) and issubclass(schema, BaseModel)


def text_parser(schema: Any) -> BaseOutputParser[Any]:
    """Of an answer that is JSON."""
    return PydanticOutputParser(pydantic_object=schema) if is_pydantic(schema) else JsonOutputParser()


def tool_parser(schema: Any) -> Any:
    """Of an answer that calls the schema as a tool."""
    if is_pydantic(schema):
        return PydanticToolsParser(tools=[schema], first_tool_only=True)
    return JsonOutputKeyToolsParser(key_name=tool_name(schema), first_tool_only=True)


def tool_name(schema: Any) -> str:
    """The name that the schema has as a tool."""
    name: str = convert_to_openai_tool(schema)["function"]["name"]
    return name


def parsed(llm: Runnable[Any, Any], parser: Any, include_raw: bool) -> Runnable[Any, Any]:
    """The answer parsed; with ``include_raw`` ``{"raw": ..., "parsed": ..., "parsing_error": ...}``, which never raises."""
    if not include_raw:
        whole: Runnable[Any, Any] = llm | parser
        return whole
    good = RunnablePassthrough.assign(parsed=itemgetter("raw") | parser, parsing_error=lambda _: None)
    bad = RunnablePassthrough.assign(parsed=lambda _: None)
    return RunnableMap(raw=llm) | good.with_fallbacks([bad], exception_key="parsing_error")
