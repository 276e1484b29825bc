"""What headway asks of Azure, against OpenAI's own SDK for it (openai.AzureOpenAI): the same path, headers that say who asks, and body."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import openai

import headway

Asked = tuple[str, dict[str, str | None], dict[str, Any]]
ANSWER = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
}  # fmt: skip
EMBEDDED = {"object": "list", "model": "m", "data": [{"object": "embedding", "index": 0, "embedding": "AADAPw=="}], "usage": {"prompt_tokens": 1, "total_tokens": 1}}
USER = [{"role": "user", "content": "Hi 東京"}]
asked: list[Asked] = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        who = {name: self.headers.get(name) for name in ("api-key", "authorization", "content-type")}
        asked.append((self.path, who, body))
        data = json.dumps(EMBEDDED if "input" in body else ANSWER).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
place = f"http://127.0.0.1:{server.server_port}"
older = {"azure_endpoint": place, "azure_deployment": "gpt-mine", "api_version": "2024-10-21"}


def same(what: str, theirs: Any, ours: Any) -> None:
    asked.clear()
    theirs()
    ours()
    assert len(asked) == 2 and asked[0] == asked[1], f"{what}: {asked}"


def chat(client: openai.OpenAI, **fields: Any) -> None:
    client.chat.completions.create(model="gpt-mine", messages=USER, **fields)  # type: ignore[call-overload]


def with_key() -> None:
    same("a key", lambda: chat(openai.AzureOpenAI(**older, api_key="k")), lambda: headway.AzureChatOpenAI(**older, api_key="k").invoke(USER))


def with_token() -> None:
    theirs = openai.AzureOpenAI(**older, azure_ad_token="t")
    same("a token", lambda: chat(theirs), lambda: headway.AzureChatOpenAI(**older, azure_ad_token="t").invoke(USER))


def with_fields() -> None:
    fields = {"temperature": 0.5, "max_tokens": 9, "seed": 7}
    theirs = openai.AzureOpenAI(**older, api_key="k")
    same("fields", lambda: chat(theirs, **fields), lambda: headway.AzureChatOpenAI(**older, api_key="k", **fields).invoke(USER))


def without_a_deployment() -> None:
    """The SDK's client makes the path of the model; headway's is told it."""
    theirs = openai.AzureOpenAI(azure_endpoint=place, api_version="2024-10-21", api_key="k")
    same("the model as deployment", lambda: chat(theirs), lambda: headway.AzureChatOpenAI(**older, api_key="k").invoke(USER))


def by_the_newer_api() -> None:
    """Azure's documents ask it with the plain client, whose key is a bearer's; headway sends it as Azure's REST reference does."""
    asked.clear()
    chat(openai.OpenAI(base_url=f"{place}/openai/v1/", api_key="k"))
    headway.AzureChatOpenAI(azure_endpoint=place, model="gpt-mine", api_key="k").invoke(USER)
    (path, _, body), (own_path, who, own_body) = asked
    assert (path, body) == (own_path, own_body) and who["api-key"] == "k" and who["authorization"] is None, asked


def embeddings() -> None:
    theirs = openai.AzureOpenAI(**older, api_key="k")
    ours = headway.OpenAIEmbeddings(provider="azure", base_url=f"{place}/openai/deployments/gpt-mine?api-version=2024-10-21", model="gpt-mine", api_key="k")
    same("embeddings", lambda: theirs.embeddings.create(model="gpt-mine", input=["Hi"]), lambda: ours.embed_query("Hi"))


for check in (with_key, with_token, with_fields, without_a_deployment, by_the_newer_api, embeddings):
    check()
print("good", openai.__version__, file=sys.stdout)
