"""OpenAI, ChatOpenAI, ChatAnthropic, ChatGoogleGenerativeAI, AzureChatOpenAI and OpenAIEmbeddings as LangChain's own classes: chains, tools, callbacks and tracing work, and headway makes the calls.

    from headway.langchain import ChatOpenAI

    chain = prompt | ChatOpenAI(model="gpt-4o-mini") | parser

Needs langchain-core: ``pip install langchain-core``.
"""

from headway.langchain.chat import AzureChatOpenAI, ChatAnthropic, ChatGoogleGenerativeAI, ChatOpenAI
from headway.langchain.completions import OpenAI
from headway.langchain.embeddings import OpenAIEmbeddings

__all__ = ["AzureChatOpenAI", "ChatAnthropic", "ChatGoogleGenerativeAI", "ChatOpenAI", "OpenAI", "OpenAIEmbeddings"]
