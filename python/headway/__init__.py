"""Very many LLM calls at once, as fast as the provider allows, none lost.

    from headway import OpenAI

    llm = OpenAI()  # OPENAI_API_KEY, OPENAI_BASE_URL, HEADWAY_MODEL
    print(llm.invoke("Hello how are you?"))
"""

import atexit

from headway import _core
from headway.answer import Answer, Chunk
from headway.client import Client, RawAnswer
from headway.embeddings import OpenAIEmbeddings
from headway.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    AuthenticationError,
    BadRequestError,
    CallCancelledError,
    ConfigurationError,
    ConflictError,
    Error,
    InternalServerError,
    NotFoundError,
    PermissionDeniedError,
    QuotaExhaustedError,
    RateLimitError,
    UnprocessableEntityError,
)
from headway.mapping import amap, map
from headway.models import AzureChatOpenAI, ChatAnthropic, ChatGoogleGenerativeAI, ChatOpenAI, OpenAI, init_chat_model
from headway.run_file import Report, run_file
from headway.table import to_rows, to_table
from headway.watching import progress

__version__ = _core.version
__all__ = [
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "Answer",
    "AuthenticationError",
    "AzureChatOpenAI",
    "BadRequestError",
    "CallCancelledError",
    "ChatAnthropic",
    "ChatGoogleGenerativeAI",
    "ChatOpenAI",
    "Chunk",
    "Client",
    "ConfigurationError",
    "ConflictError",
    "Error",
    "InternalServerError",
    "NotFoundError",
    "OpenAI",
    "OpenAIEmbeddings",
    "PermissionDeniedError",
    "QuotaExhaustedError",
    "RateLimitError",
    "RawAnswer",
    "Report",
    "UnprocessableEntityError",
    "amap",
    "init_chat_model",
    "map",
    "progress",
    "run_file",
    "to_rows",
    "to_table",
]

atexit.register(_core.close_all)
