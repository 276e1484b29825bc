"""DSPy, and LiteLLM below it: headway's clients are LiteLLM's sessions."""

import sys

import dspy
import litellm

import headway
import headway.openai

engine = headway.Client()
litellm.client_session = headway.openai.http_client(engine)
litellm.aclient_session = headway.openai.async_http_client(engine)
lm = dspy.LM("openai/m", api_base=sys.argv[1], api_key="x", cache=False, engine="litellm")
assert lm("hello there") == ["You said: hello there"]
assert engine.stats()["attempts"] == 1
print("good")
