"""OpenAI, ChatOpenAI, ChatAnthropic and ChatGoogleGenerativeAI as LangChain's own classes: chains, tools, callbacks and tracing work, and headway makes the calls.

    from headway.langchain import ChatOpenAI

    chain = prompt | ChatOpenAI(model="gpt-4o-mini") | parser

Needs langchain-core: ``pip install langchain-core``.
"""

from headway.langchain.chat import ChatAnthropic, ChatGoogleGenerativeAI, ChatOpenAI
from headway.langchain.completions import OpenAI

__all__ = ["ChatAnthropic", "ChatGoogleGenerativeAI", "ChatOpenAI", "OpenAI"]
